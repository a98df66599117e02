package main

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"testing"
	"time"
)

// parse reads a filled template as a server would.
func parse(t *testing.T, text []byte) (r *http.Request, body string) {
	t.Helper()
	in := bufio.NewReader(bytes.NewReader(text))
	r, err := http.ReadRequest(in)
	if err != nil {
		t.Fatal(err)
	}
	all, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	if in.Buffered() > 0 {
		t.Fatalf("%d bytes follow the request", in.Buffered())
	}
	return r, string(all)
}

func TestTemplates(t *testing.T) {
	t.Parallel()
	keys := partnerKeys{InitiatorID: "9000000000", DeveloperKey: "dev", AccessKey: "TEST_ACCESS_KEY_DO_NOT_USE"}
	s := newSignaturePool(keys.AccessKey, 1, time.UnixMilli(1_700_000_000_000)).pick(0)
	for _, c := range []struct {
		name           string
		template       template
		method, target string
		body           string
	}{
		{
			"enquiry", enquiryTemplate("h:1", "/p", keys),
			"GET", "/p/user/account/services?initiator_id=9000000000&user_code=20810200", "",
		},
		{
			"activate", changeTemplate("h:1", "/p", "45", "activate", false, keys),
			"PUT", "/p/admin/network/agent/20810200/service/45/activate", `{"initiator_id":"9000000000"}`,
		},
		{
			"with a reference", changeTemplate("h:1", "/p", "4", "deactivate", true, keys),
			"PUT", "/p/admin/network/agent/20810200/service/4/deactivate",
			`{"initiator_id":"9000000000","client_ref_id":"00000000000000000042"}`,
		},
	} {
		text := c.template.fill([]byte("left over from before"), 20810200, s, 42)
		r, body := parse(t, text)
		if r.Method != c.method || r.RequestURI != c.target || body != c.body {
			t.Errorf("%s: have %s %s %s", c.name, r.Method, r.RequestURI, body)
		}
		for name, want := range map[string]string{
			"developer_key": "dev", "secret-key-timestamp": "1700000000000", "content-type": "application/json",
			"secret-key": "u30ak/iOGwKCaspqCeiYng8fd98QDx7kF3DBBOadQHk=",
		} {
			// Get makes the name canonical the way the reader did.
			if have := r.Header.Get(name); have != want {
				t.Errorf("%s: header %s: want %q, have %q", c.name, name, want, have)
			}
		}
	}
}
