package secret

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

const leak = "s3cr3t-marker"

// TestTextNeverPrints walks every way a value commonly leaves a program.
func TestTextNeverPrints(t *testing.T) {
	t.Parallel()
	text := NewText(leak)
	type exported struct{ T Text }
	type hidden struct{ t Text }
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%T", "%10s", "%p"} {
		for _, v := range []any{text, &text, exported{text}, &exported{text}, hidden{text}, &hidden{text}, []Text{text}, map[string]Text{"k": text}} {
			clean(t, verb, fmt.Sprintf(verb, v))
		}
	}
	if got := fmt.Sprintf("%v|%s|%x|%#v", text, text, text, text); got != strings.Repeat(Redacted+"|", 3)+Redacted {
		t.Errorf("printed as %q", got)
	}
	if text.String() != Redacted || text.GoString() != Redacted {
		t.Errorf("String and GoString give %q, %q", text.String(), text.GoString())
	}
	js, err := json.Marshal(exported{text})
	if err != nil || string(js) != `{"T":"[redacted]"}` {
		t.Errorf("as JSON: %s, %v", js, err)
	}
	keyed, err := json.Marshal(map[string]any{"a": text, "b": []Text{text}})
	clean(t, "json in a map", string(keyed), err)
	x, err := xml.Marshal(exported{text})
	clean(t, "xml", string(x), err)
	for name, h := range handlers() {
		slog.New(h.handler).Info("a line", "secret", text, "group", slog.GroupValue(slog.Any("inner", text)), "in", hidden{text})
		clean(t, name, h.out.String())
		if !strings.Contains(h.out.String(), Redacted) {
			t.Errorf("%s: nothing redacted in %q", name, h.out)
		}
	}
}

type logSink struct {
	handler slog.Handler
	out     *bytes.Buffer
}

func handlers() map[string]logSink {
	var a, b bytes.Buffer
	return map[string]logSink{
		"slog text": {slog.NewTextHandler(&a, nil), &a},
		"slog json": {slog.NewJSONHandler(&b, nil), &b},
	}
}

// clean fails when the secret, or its hex, stands in what was printed.
func clean(t *testing.T, how, printed string, errs ...error) {
	t.Helper()
	for _, err := range errs {
		if err != nil {
			t.Errorf("%s: %v", how, err)
		}
	}
	for _, form := range []string{leak, fmt.Sprintf("%x", leak), fmt.Sprintf("%X", leak)} {
		if strings.Contains(printed, form) {
			t.Errorf("%s shows the secret: %q", how, printed)
		}
	}
}

func TestTextReveal(t *testing.T) {
	t.Parallel()
	if got := NewText(leak).Reveal(); got != leak {
		t.Errorf("Reveal gives %q", got)
	}
	var zero Text
	if zero.Reveal() != "" || !zero.IsZero() || !NewText("").IsZero() || NewText("x").IsZero() {
		t.Error("IsZero is wrong about empty, or about full")
	}
}

func TestTextEqual(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a, b Text
		want bool
	}{
		{NewText("a"), NewText("a"), true},
		{NewText("a"), NewText("b"), false},
		{NewText("a"), NewText("aa"), false},
		{NewText(""), Text{}, true},
		{NewText("a"), Text{}, false},
	} {
		if got := c.a.Equal(c.b); got != c.want {
			t.Errorf("%q equal %q: %v", c.a.Reveal(), c.b.Reveal(), got)
		}
	}
}
