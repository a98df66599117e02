package mobileapi_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/switchboard-platform/switchboard/internal/sandbox"
)

// FuzzAnswer sends bodies of any shape: each is answered with JSON in which the right field has the
// status, never as our fault, and neither the answer nor the log has the PIN that stood for $PIN.
func FuzzAnswer(f *testing.F) {
	for _, action := range names() {
		b := fmt.Sprintf(`{"action":%q,"payload":%s}`, action, text(f, good(action).named("id").with(fields{"pin": "$PIN", "new_pin": "$PIN"}).payload))
		f.Add(b, "x")
		f.Add(strings.ReplaceAll(b, `"$PIN"`, `["$PIN"]`), "y")
		f.Add(strings.ReplaceAll(b, `"$PIN"`, "7$PIN"), "z")
	}
	f.Add(`{"action":"LOGIN"`, "")
	w := newWorld(f)
	f.Fuzz(func(t *testing.T, body, salt string) {
		pin := fmt.Sprintf("77%x88", salt)[:min(2*len(salt)+4, 40)]
		if len(pin) < 8 {
			pin += "31415926"
		}
		whole := strings.ReplaceAll(body, "$PIN", pin)
		if strings.Contains(body, pin) || whole == "" {
			t.Skip("it is no secret")
		}
		action := actionOf(whole)
		got, field := w.send(t, request{action: action, body: whole}), statusFields[action]
		if action == "" {
			field = "request_status"
		}
		switch {
		case got.http != 200 && got.http != 400 && got.http != 413:
			t.Errorf("HTTP %d: %s", got.http, got.body)
		case got.http == 200 && action == "":
			t.Errorf("what is no request was done: %s", got.body)
		case got.field != field && !strings.Contains(got.body, "more than once") && !strings.Contains(got.body, "not a JSON object"):
			t.Errorf("the status is in %s: %s", got.field, got.body)
		}
		got.tells(t, pin)
		if strings.Contains(w.log.Take(), pin) {
			t.Error("the log has the PIN")
		}
		m := w.member(t, sandbox.MSISDN)
		if m.FullName != sandbox.FullName {
			t.Errorf("the member became %+v", m)
		}
	})
}

// actionOf gives the action of a body, as encoding/json reads it; "" when it has none that is known.
func actionOf(body string) string {
	var outer map[string]json.RawMessage
	var action string
	if json.Unmarshal([]byte(body), &outer) != nil || json.Unmarshal(outer["action"], &action) != nil {
		return ""
	}
	if action = strings.TrimSpace(action); statusFields[action] == "" {
		return ""
	}
	return action
}
