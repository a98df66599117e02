package main

import "testing"

func TestParseResponse(t *testing.T) {
	t.Parallel()
	const whole = "HTTP/1.1 200 OK\r\nDate: today\r\ncontent-LENGTH: 5\r\nX: y\r\n\r\nhello"
	for n := range len(whole) {
		if _, complete, err := parseResponse([]byte(whole[:n])); complete || err != nil {
			t.Fatalf("after %d bytes: complete %t, error %v", n, complete, err)
		}
	}
	r, complete, err := parseResponse([]byte(whole + "HTTP"))
	if err != nil || !complete || r.status != 200 || string(r.body) != "hello" || r.size != len(whole) {
		t.Fatalf("have %+v, complete %t, error %v", r, complete, err)
	}
}

func TestParseResponseRefuses(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"another protocol":   "SSH-2.0-OpenSSH\r\n\r\n",
		"no status":          "HTTP/1.1 abc\r\nContent-Length: 0\r\n\r\n",
		"no length":          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
		"a length of words":  "HTTP/1.1 200 OK\r\nContent-Length: five\r\n\r\n",
		"a negative length":  "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
		"nothing but breaks": "\r\n\r\n",
	} {
		if _, complete, err := parseResponse([]byte(text)); err == nil || complete {
			t.Errorf("%s: complete %t, error %v", name, complete, err)
		}
	}
}
