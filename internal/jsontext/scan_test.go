package jsontext_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/switchboard-platform/switchboard/internal/jsontext"
)

// deepest is how deeply the scanner lets a text be nested.
const deepest = 100

// FuzzSkip: what is stepped over from one end to the other is what encoding/json calls valid.
func FuzzSkip(f *testing.F) {
	for _, s := range []string{`{"a":[1,-0.5e+3,"x\u00e9\n",true,false,null,{}],"b":{}}`, ` [ ] `, `"\ud800"`, `01`, `1.`, `-`, `tru`, `"` + "\x01" + `"`, `"\q"`,
		`{"a":1,}`, `[1,]`, `{} {}`, "\x00", "{}\x00", `{"a"}`, `{"a":}`, `{1:2}`, "", " "} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if strings.Count(text, "{")+strings.Count(text, "[") >= deepest {
			return // encoding/json goes deeper
		}
		s := jsontext.NewScanner([]byte(text))
		if got := s.Skip(1) && s.AtEnd(); got != json.Valid([]byte(text)) {
			t.Errorf("%q is valid: %t", text, got)
		}
	})
}

// FuzzText: a string reads as encoding/json reads it.
func FuzzText(f *testing.F) {
	for _, s := range []string{`"plain"`, `"\"\\\/\b\f\n\r\t\u0041"`, `"é"`, `"` + "\xff" + `"`, `"\ud83d\ude00\ud83d"`, `"open`, `x`, `"a"b`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s := jsontext.NewScanner([]byte(text))
		got, ok := s.Text()
		ok = ok && s.AtEnd()
		var want string
		is := json.Unmarshal([]byte(text), &want) == nil && strings.HasPrefix(strings.TrimLeft(text, " \t\r\n"), `"`)
		if ok != is || ok && string(got) != want {
			t.Errorf("%q reads as %q, %t, want %q, %t", text, got, ok, want, is)
		}
	})
}

// TestNesting bounds how deep a text may go, so that no text makes the stack grow without end.
func TestNesting(t *testing.T) {
	t.Parallel()
	for depth, ok := range map[int]bool{1: true, deepest: true, deepest + 1: false, 100_000: false} {
		for _, pair := range [][2]string{{"[", "]"}, {`{"a":`, "}"}} {
			text := strings.Repeat(pair[0], depth) + map[bool]string{true: "", false: "1"}[pair[0] == "["] + strings.Repeat(pair[1], depth)
			s := jsontext.NewScanner([]byte(text))
			if got := s.Skip(1) && s.AtEnd(); got != ok {
				t.Errorf("%d of %s: %t", depth, pair[0], got)
			}
		}
	}
}
