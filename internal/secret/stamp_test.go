package secret_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/switchboard-platform/switchboard/internal/secret"
)

func newStamper(t *testing.T) *secret.Stamper {
	t.Helper()
	key, err := secret.NewMasterKey()
	if err != nil {
		t.Fatal(err)
	}
	s, err := secret.NewStamper(key)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestStamp: what was stamped is known again, and nothing that differs from it in one bit.
func TestStamp(t *testing.T) {
	t.Parallel()
	s, other := newStamper(t), newStamper(t)
	b := s.Append([]byte("before content"), len("before "))[len("before "):]
	content, ok := s.Check(b)
	if !ok || string(content) != "content" {
		t.Fatalf("%q, %t", content, ok)
	}
	for i := range len(b) * 8 {
		changed := bytes.Clone(b)
		changed[i/8] ^= 1 << (i % 8)
		if _, ok := s.Check(changed); ok {
			t.Errorf("with bit %d changed it passes", i)
		}
	}
	for _, short := range [][]byte{nil, b[:len(b)-1], b[len("content"):], b[1:]} {
		if _, ok := s.Check(short); ok {
			t.Errorf("%d bytes pass", len(short))
		}
	}
	if _, ok := other.Check(b); ok {
		t.Error("under another master key it passes")
	}
}

// TestStamperDoesNotPrint: no verb shows a key.
func TestStamperDoesNotPrint(t *testing.T) {
	t.Parallel()
	s := newStamper(t)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%q"} {
		if text := fmt.Sprintf(verb, s); len(text) > 400 || strings.Contains(text, "key:{") && !strings.Contains(text, secret.Redacted) {
			t.Errorf("%s prints %s", verb, text)
		}
	}
}

// TestNoKeyNoStamper: without a master key there is none.
func TestNoKeyNoStamper(t *testing.T) {
	t.Parallel()
	if _, err := secret.NewStamper(secret.MasterKey{}); err == nil {
		t.Error("a stamper of no key")
	}
}
