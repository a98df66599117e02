package mobileapi

import (
	"encoding/json"
	"strings"
	"testing"
)

// FuzzScan compares the scanner with encoding/json: what is JSON, and what the fields are.
func FuzzScan(f *testing.F) {
	for _, s := range []string{
		`{"action":"LOGIN","payload":{"pin":"1234","identifier":254712345678}}`, ` { "payload" : { "pin" : "\u0031\n\ud83d\ude00" } , "action":" x " } `,
		`{"payload":{"pin":-0.5e+10,"identifier":null,"x":[{"a":[true,false,null]},1.0]}}`, `{"\u0061ction":"é\/","payload":{"p\u0069n":"\ud800"}}`,
		`{"action":01}`, `{"action":1.}`, `{"action":-}`, `{"action":tru}`, `{"action":"a` + "\x01" + `"}`, `{"action":"\q"}`, `{"a":1,}`, `{} {}`, "{\"action\":\"\xff\"}", "\x00", "{}\x00",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, body string) {
		var fields payload
		m, err := scanMessage([]byte(body), &fields)
		var want map[string]json.RawMessage
		isObject := json.Unmarshal([]byte(body), &want) == nil && want != nil
		if err != nil && strings.Contains(err.Error(), "more than once") {
			err = nil // which encoding/json does not mind
		}
		if deep(body) {
			return // encoding/json goes deeper
		}
		if (err == nil) != isObject {
			t.Fatalf("an object: %t, but %v", isObject, err)
		}
		if !isObject {
			return
		}
		compare(t, "action", m.action, want["action"])
		var inner map[string]json.RawMessage
		_ = json.Unmarshal(want["payload"], &inner)
		if m.payload.twice {
			return
		}
		if m.payload.seen != (want["payload"] != nil) || m.payload.seen && m.payload.wrong != (inner == nil) {
			t.Fatalf("the payload is %+v, not %s", m.payload, want["payload"])
		}
		for i, name := range fieldNames {
			compare(t, name, fields[i], inner[name])
		}
	})
}

// compare compares a value with the raw one, the last of its name.
func compare(t *testing.T, name string, got value, want json.RawMessage) {
	t.Helper()
	var text string
	wrong := false
	switch {
	case want == nil || string(want) == "null":
	case want[0] == '"':
		if err := json.Unmarshal(want, &text); err != nil {
			t.Fatal(err)
		}
		text = strings.TrimSpace(text)
	case want[0] == '-' || want[0] >= '0' && want[0] <= '9':
		text = string(want)
	default:
		wrong = true
	}
	if got.twice {
		return
	}
	if string(got.text) != text || got.wrong != wrong || got.seen != (want != nil) {
		t.Errorf("%s is %q (%+v), want %q of %s", name, got.text, got, text, want)
	}
}

// deepest is how deeply the scanner lets a body be nested.
const deepest = 100

// deep says whether a text may be nested more deeply than we read.
func deep(body string) bool {
	return strings.Count(body, "{")+strings.Count(body, "[") >= deepest
}

func TestDepth(t *testing.T) {
	t.Parallel()
	var fields payload
	for depth, ok := range map[int]bool{1: true, deepest - 1: true, deepest: false, 30_000: false} {
		for _, nest := range [][2]string{{"[", "]"}, {`{"a":`, "}"}} {
			inside := strings.Repeat(nest[0], depth) + map[bool]string{true: "", false: "1"}[nest[0] == "["] + strings.Repeat(nest[1], depth)
			if _, err := scanMessage([]byte(`{"a":`+inside+`}`), &fields); (err == nil) != ok {
				t.Errorf("%d of %s: %v", depth, nest[0], err)
			}
		}
	}
}

func BenchmarkScan(b *testing.B) {
	body := []byte(`{"action":"CHECK_USER","payload":{"api_request_id":"df3e7cf5-1e4b-41ef-a22f-e755be665432","identifier_type":"MSISDN",` +
		`"identifier":"254712345678","device_identifier_type":"APP_ID","device_identifier":"1099200912931023"}}`)
	var fields payload
	b.ReportAllocs()
	for b.Loop() {
		fields = payload{}
		if _, err := scanMessage(body, &fields); err != nil {
			b.Fatal(err)
		}
	}
}
