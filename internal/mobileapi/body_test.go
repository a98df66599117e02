package mobileapi_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/switchboard-platform/switchboard/internal/mobileapi"
	"github.com/switchboard-platform/switchboard/internal/sandbox"
)

func TestMethods(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, method := range []string{"GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "post"} {
		r := check()
		r.method = method
		got := w.send(t, r).want(t, 405, "", "ERROR").says(t, "POST")
		if allow := got.header.Get("Allow"); allow != "POST" {
			t.Errorf("%s: Allow is %q", method, allow)
		}
	}
}

func TestMediaTypes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for media, ok := range map[string]bool{
		"application/json": true, "Application/JSON": true, "application/json; charset=utf-8": true, " application/json;": true, "application/json; x": true,
		"-": false, "text/plain": false, "text/json": false, "application/x-www-form-urlencoded": false, "application/json, text/plain": false, "application/jsonx": false,
	} {
		r := check()
		r.media = media
		if got := w.send(t, r); ok {
			got.want(t, 200, "CHECK_USER", "ACTIVE")
		} else {
			got.want(t, 415, "", "ERROR").says(t, "application/json")
		}
	}
	for encoding, status := range map[string]int{"identity": 200, "": 200, "gzip": 415, "br": 415} {
		r := check()
		r.header = http.Header{"Content-Encoding": {encoding}}
		if got := w.send(t, r); got.http != status {
			t.Errorf("encoding %q: HTTP %d", encoding, got.http)
		}
	}
}

// TestUnreadable: a body that is no object with a known action has no status field of its own.
func TestUnreadable(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const noObject, noAction = "The body is not a JSON object.", "action must be DEACTIVATE_MOBILE_APP, ACTIVATE_MOBILE_APP, CHECK_USER, " +
		"MO_CHECK_USER, LOGIN, SET_PIN, CHANGE_PIN, GET_AUTH_SECURITY_PARAMETERS, SET_AUTH_SECURITY_PARAMETERS or GET_USER_DETAILS."
	for body, says := range map[string]string{
		" ": noObject, "null": noObject, "[]": noObject, `"LOGIN"`: noObject, "42": noObject, "action=LOGIN": noObject,
		`{"action":"LOGIN"`: noObject, `{"action":"LOGIN"}}`: noObject, `{"action":"LOGIN"} x`: noObject, `{"action":"LOGIN",}`: noObject,
		`{"action":"LOGIN","payload":{}`: noObject, `{action:"LOGIN"}`: noObject, `{'action':'LOGIN'}`: noObject, "{\"action\":\"LO\nGIN\"}": noObject,
		`{"action":"LOGIN","payload":{"pin":01234}}`: noObject, `{"action":"LOGIN","payload":{"pin":"\x"}}`: noObject, "\ufeff{}": noObject,
		`{"a":` + strings.Repeat("[", 101) + strings.Repeat("]", 101) + "}": noObject,
		`{}`: noAction, `{"payload":{}}`: noAction, `{"action":null}`: noAction, `{"action":""}`: noAction, `{"action":"login"}`: noAction,
		`{"action":"GET_ACCOUNTS","payload":{}}`: noAction, `{"action":["LOGIN"]}`: noAction, `{"action":{"action":"LOGIN"}}`: noAction, `{"action":1}`: noAction,
		`{"Action":"LOGIN","payload":{}}`: noAction, `{"action":"LOGIN LOGIN"}`: noAction, `{"action":"` + strings.Repeat("LOGIN", 20) + `"}`: noAction,
		`{"action":"LOGIN","action":"LOGIN","payload":{}}`: "more than once", `{"action":"LOGIN","payload":{},"payload":{}}`: "more than once",
	} {
		w.send(t, request{body: body}).want(t, 400, "", "ERROR").says(t, says)
	}
	for body, says := range map[string]string{
		`{"action":"LOGIN"}`: "payload is required", `{"action":"LOGIN","payload":null}`: "payload must be an object",
		`{"action":"LOGIN","payload":[]}`: "payload must be an object", `{"payload":"x","action":"LOGIN"}`: "payload must be an object",
		`{"action":"LOGIN","payload":{}}`: "api_request_id is required",
	} {
		w.send(t, request{action: "LOGIN", body: body}).want(t, 400, "LOGIN", "ERROR").says(t, says)
	}
	if got := w.lastObserved(); got != "LOGIN invalid" {
		t.Errorf("observed: %s", got)
	}
}

// body makes a good body of a length.
func bodyOf(length int) string {
	body := `{"action":"MO_CHECK_USER","payload":{"api_request_id":"x","identifier_type":"MSISDN","identifier":"` + sandbox.MSISDN + `"}}`
	return body + strings.Repeat(" ", length-len(body))
}

func TestLargeBodies(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	server := httptest.NewServer(w.handler)
	defer server.Close()
	for length, status := range map[int]int{64 << 10: 200, 64<<10 + 1: 413, 1 << 20: 413} {
		w.send(t, request{action: "MO_CHECK_USER", body: bodyOf(length)}).want(t, status, map[int]string{200: "MO_CHECK_USER"}[status],
			map[int]string{200: "FOUND", 413: "ERROR"}[status])
		req, err := http.NewRequest("POST", server.URL, io.MultiReader(strings.NewReader(bodyOf(length)))) // its length cannot be seen
		must(t, err)
		req.SetBasicAuth(sandbox.ChannelID, sandbox.ChannelSecret)
		req.Header.Set("Content-Type", "application/json")
		resp, err := server.Client().Do(req)
		must(t, err)
		_ = resp.Body.Close()
		if resp.StatusCode != status {
			t.Errorf("%d bytes in chunks: HTTP %d, want %d", length, resp.StatusCode, status)
		}
	}
}

// TestBodyThatBreaksOff: what arrived is not acted on.
func TestBodyThatBreaksOff(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	req := w.build(t, good("DEACTIVATE_MOBILE_APP"))
	req.Body, req.ContentLength = io.NopCloser(io.MultiReader(req.Body, brokenReader{})), -1
	rec := httptest.NewRecorder()
	w.handler.ServeHTTP(rec, req)
	readReply(t, rec, "request_status").want(t, 400, "", "ERROR").says(t, "did not arrive whole")
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// TestNothingIsLeftOfACall: calls are used again, and one must not see another's fields.
func TestNothingIsLeftOfACall(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for range 20 {
		w.do(t, good("GET_USER_DETAILS"), "SUCCESS")
		r := request{action: "LOGIN", body: `{"action":"LOGIN","payload":{}}`}
		w.send(t, r).want(t, 400, "LOGIN", "ERROR").says(t, "api_request_id is required; identifier_type is required; identifier is required; pin is required; device")
		w.send(t, request{body: `{}`}).want(t, 400, "", "ERROR")
	}
}

func TestActions(t *testing.T) {
	t.Parallel()
	got := mobileapi.Actions()
	if len(got) != len(statusFields)+1 || got[0] != "unknown" {
		t.Errorf("the actions are %v", got)
	}
	for _, name := range got[1:] {
		if statusFields[name] == "" {
			t.Errorf("%s is no action of the contract", name)
		}
	}
}
