package decision_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/geo"
	"github.com/switchboard-platform/switchboard/internal/sandbox"
)

// FuzzQuestion compares what is taken for a question with encoding/json and the rules: an object, no field
// that is not known or there twice, texts where texts are wanted, and nothing behind it.
func FuzzQuestion(f *testing.F) {
	for _, s := range []string{
		question(sandbox.UserCode, vendors), question("1", "2", "place", "1,2", "device", "x", "at", "2026-03-01T09:00:00Z"), `{"agent":"1","agent":"2"}`,
		`{"agent":"\u0031\ud83d\ude00","service":" x "}`, ` { "service" : null , "agent":"1" } `, `{"agent":"1","service":"2","x":[{}]}`, `{"agent":1}`, `{} {}`,
		"{\"agent\":\"\xff\",\"service\":\"1\"}", `{"Agent":"1"}`, `[]`, "null", `{"agent":"1","service":"2"}` + "\x00", `{"agent":"1","service":"2","at":"2026-03-01t09:00:00z"}`,
	} {
		f.Add(s)
	}
	w := newWorld(f)
	f.Fuzz(func(t *testing.T, body string) {
		w.t = t
		if strings.Count(body, "{")+strings.Count(body, "[") >= 100 || len(body) > 60<<10 {
			return // encoding/json goes deeper
		}
		r := w.send(request{body: body})
		want := http.StatusBadRequest
		if isQuestion(body) {
			want = http.StatusOK
		}
		if r.status != want {
			t.Errorf("%q: %d, want %d: %s", body, r.status, want, r.body)
		}
	})
}

func isQuestion(body string) bool {
	fields, ok := members(body)
	if !ok {
		return false
	}
	text := map[string]string{}
	for name, raw := range fields {
		switch name {
		case "agent", "service", "place", "at", "device":
		default:
			return false
		}
		var s *string
		if json.Unmarshal(raw, &s) != nil {
			return false
		}
		if s != nil {
			text[name] = *s
		}
	}
	return rightTexts(text)
}

func rightTexts(text map[string]string) bool {
	for _, name := range []string{"agent", "service"} {
		if text[name] == "" || len(text[name]) > 64 {
			return false
		}
	}
	if p := text["place"]; p != "" {
		if _, ok := geo.ParsePoint(p); !ok || len(p) > 64 {
			return false
		}
	}
	if d := text["device"]; d != "" && !agent.ValidDevice(d) {
		return false
	}
	if at := text["at"]; at != "" {
		t, err := time.Parse(time.RFC3339, at)
		return err == nil && !t.Truncate(time.Microsecond).Before(dawn().Add(-5*time.Minute)) && t.UTC().Year() <= 9999
	}
	return true
}

// members reads an object by encoding/json; ok is false when it is none or has a name twice.
func members(body string) (m map[string]json.RawMessage, ok bool) {
	d := json.NewDecoder(strings.NewReader(body))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, false
	}
	m = map[string]json.RawMessage{}
	for d.More() {
		name, err := d.Token()
		text, is := name.(string)
		if _, twice := m[text]; err != nil || !is || twice {
			return nil, false
		}
		var raw json.RawMessage
		if d.Decode(&raw) != nil {
			return nil, false
		}
		m[text] = bytes.Clone(raw)
	}
	if _, err := d.Token(); err != nil {
		return nil, false
	}
	_, err := d.Token()
	return m, err == io.EOF
}

// FuzzEvaluations: whatever a body is, the answer is one of AuthZEN's, and never a yes about somebody else.
func FuzzEvaluations(f *testing.F) {
	for _, s := range []string{yes(), no(), `{"evaluations":[` + yes() + `,{}]}`, `{"subject":{"type":"agent","id":"20810200"},"evaluations":[{"action":{"name":"transact"}}]}`,
		yes(`"context":{"place":"1,2","at":null}`), yes(`"options":{"evaluations_semantic":"deny_on_first_deny"}`), "{", `{"subject":[]}`} {
		f.Add(s)
	}
	w := newWorld(f)
	f.Fuzz(func(t *testing.T, body string) {
		w.t = t
		r := w.send(request{path: "/access/v1/evaluations", body: body})
		if !json.Valid([]byte(r.body)) || r.status != http.StatusOK && r.status != http.StatusBadRequest && r.status != http.StatusRequestEntityTooLarge {
			t.Errorf("%q: %d %s", body, r.status, r.body)
		}
		if r.status == http.StatusOK && !json.Valid([]byte(body)) {
			t.Errorf("%q is no JSON, and answered %s", body, r.body)
		}
	})
}
