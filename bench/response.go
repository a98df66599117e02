package main

import (
	"bytes"
	"fmt"
	"strconv"
)

// response is one HTTP answer as it lies in a connection's buffer.
type response struct {
	status int
	body   []byte
	size   int // of head and body together
}

// parseResponse reads an answer of known length from the start of buf. complete is false while
// more bytes are needed. It knows what the load needs and no more: status and Content-Length.
func parseResponse(buf []byte) (r response, complete bool, err error) {
	end := bytes.Index(buf, []byte("\r\n\r\n"))
	if end < 0 {
		return response{}, false, nil
	}
	head := buf[:end+2]
	if r.status, err = parseStatus(head); err != nil {
		return response{}, false, err
	}
	length, err := contentLength(head)
	if err != nil {
		return response{}, false, err
	}
	r.size = end + 4 + length
	if len(buf) < r.size {
		return response{}, false, nil
	}
	r.body = buf[end+4 : r.size]
	return r, true, nil
}

func parseStatus(head []byte) (int, error) {
	const prefix = "HTTP/1.1 "
	if len(head) < len(prefix)+3 || string(head[:len(prefix)]) != prefix {
		return 0, fmt.Errorf("not an HTTP/1.1 answer: %.40q", head)
	}
	status, err := strconv.Atoi(string(head[len(prefix) : len(prefix)+3]))
	if err != nil {
		return 0, fmt.Errorf("no status in %.40q", head)
	}
	return status, nil
}

// contentLength finds the header by going through the lines; head ends with a line break.
func contentLength(head []byte) (int, error) {
	const name = "content-length:"
	for {
		eol := bytes.Index(head, []byte("\r\n"))
		if eol < 0 {
			return 0, fmt.Errorf("the answer has no Content-Length")
		}
		if line := head[:eol]; len(line) > len(name) && bytes.EqualFold(line[:len(name)], []byte(name)) {
			n, err := strconv.Atoi(string(bytes.TrimSpace(line[len(name):])))
			if err != nil || n < 0 {
				return 0, fmt.Errorf("malformed Content-Length: %.40q", line)
			}
			return n, nil
		}
		head = head[eol+2:]
	}
}
