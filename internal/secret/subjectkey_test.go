package secret

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/switchboard-platform/switchboard/internal/fault"
)

const personal = `{"comment":"Asha's shop is closed – आशा"}`

func TestSubjectKeySealsAndOpens(t *testing.T) {
	t.Parallel()
	k := NewSubjectKey()
	again, err := LoadSubjectKey(k.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"", "x", personal, strings.Repeat(personal, 100)} {
		sealed := k.Seal(text, "agent:1")
		if b, _ := base64.RawStdEncoding.DecodeString(sealed); text != "" && len(text) > 8 && bytes.Contains(b, []byte(text)) {
			t.Errorf("%q stands in its sealed form", text)
		}
		if strings.Trim(sealed, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/") != "" {
			t.Errorf("the sealed form needs quoting in JSON: %s", sealed)
		}
		if got, err := again.Open(sealed, "agent:1"); err != nil || got != text {
			t.Errorf("%q comes back as %q, %v", text, got, err)
		}
		if k.Seal(text, "agent:1") == sealed {
			t.Errorf("%q is sealed twice alike: equal texts can be told", text)
		}
	}
}

// TestSubjectKeyIsBound: nothing opens but what this key sealed, unchanged, under the same context.
func TestSubjectKeyIsBound(t *testing.T) {
	t.Parallel()
	k := NewSubjectKey()
	sealed := k.Seal(personal, "agent:1")
	flipped := []byte(sealed)
	flipped[len(flipped)/2] ^= 1
	for name, row := range map[string]struct {
		key             SubjectKey
		sealed, context string
	}{
		"another context": {k, sealed, "agent:2"},
		"no context":      {k, sealed, ""},
		"another key":     {NewSubjectKey(), sealed, "agent:1"},
		"altered":         {k, string(flipped), "agent:1"},
		"cut":             {k, sealed[:len(sealed)-4], "agent:1"},
		"too short":       {k, "AAAA", "agent:1"},
		"empty":           {k, "", "agent:1"},
		"no base64":       {k, "%%%", "agent:1"},
	} {
		got, err := row.key.Open(row.sealed, row.context)
		if !fault.Is(err, fault.Internal) || got != "" {
			t.Errorf("%s: opens to %q, %v", name, got, err)
		}
		if err != nil && strings.Contains(err.Error(), "Asha") {
			t.Errorf("%s: the error tells the text: %v", name, err)
		}
	}
}

func TestSubjectKeyOfAnotherLength(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 1, 31, 33, 64} {
		if _, err := LoadSubjectKey(make([]byte, n)); !fault.Is(err, fault.Internal) {
			t.Errorf("%d bytes are taken for a key: %v", n, err)
		}
	}
}

// TestSubjectKeyIsItsOwn: whoever gave the bytes can overwrite them.
func TestSubjectKeyIsItsOwn(t *testing.T) {
	t.Parallel()
	b := bytes.Repeat([]byte{7}, subjectKeySize)
	k, err := LoadSubjectKey(b)
	if err != nil {
		t.Fatal(err)
	}
	clear(b)
	if !bytes.Equal(k.Bytes(), bytes.Repeat([]byte{7}, subjectKeySize)) {
		t.Error("the key changed with the bytes it was loaded from")
	}
}

// TestSubjectKeyNeverPrints walks every way a value commonly leaves a program.
func TestSubjectKeyNeverPrints(t *testing.T) {
	t.Parallel()
	k, err := LoadSubjectKey([]byte("0123456789abcdefSECRETSECRET-key"))
	if err != nil {
		t.Fatal(err)
	}
	type hidden struct{ k SubjectKey }
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
		for _, v := range []any{k, &k, hidden{k}, &hidden{k}, []SubjectKey{k}, map[string]SubjectKey{"k": k}} {
			fmt.Fprintf(&out, verb+"\n", v)
		}
	}
	for _, h := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
		slog.New(h).Info("a line", "key", k, "in", hidden{k})
	}
	js, err := json.Marshal(map[string]any{"k": k, "in": hidden{k}})
	if err != nil {
		t.Fatal(err)
	}
	out.Write(js)
	for _, trace := range []string{"SECRET", "534543524554", "83 69 67 82 69 84", base64.StdEncoding.EncodeToString(k.Bytes())[:20], "0x53, 0x45"} {
		if strings.Contains(out.String(), trace) {
			t.Errorf("the key shows as %s in\n%s", trace, out.String())
		}
	}
}
