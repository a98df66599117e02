package jsontext_test

import (
	"encoding/json"
	"testing"

	"github.com/switchboard-platform/switchboard/internal/jsontext"
)

// FuzzAppendString: whatever the text is, it is written as encoding/json writes it, behind what was there.
func FuzzAppendString(f *testing.F) {
	for _, s := range []string{"", "plain", `a"b\c`, "<&>", "आशा", "\x00\x1f\x7f", "\xff", "\u2028"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		want, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		if got := jsontext.AppendString([]byte("before"), s); string(got) != "before"+string(want) {
			t.Errorf("%q is written %s, want %s", s, got, want)
		}
	})
}
