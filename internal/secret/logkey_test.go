package secret

import (
	"crypto/ed25519"
	"fmt"
	"strings"
	"testing"
)

// TestLogKey: the same master key gives the same key, which signs, and prints nothing.
func TestLogKey(t *testing.T) {
	t.Parallel()
	master, err := NewMasterKey()
	if err != nil {
		t.Fatal(err)
	}
	key, err := NewLogKey(master)
	again, err2 := NewLogKey(master)
	if err != nil || err2 != nil || key.IsZero() {
		t.Fatal(err, err2)
	}
	if !key.Public().Equal(again.Public()) || !ed25519.Verify(key.Public(), []byte("head"), again.Sign([]byte("head"))) {
		t.Error("the same master key gives another key")
	}
	other, _ := NewMasterKey()
	if another, err := NewLogKey(other); err != nil || another.Public().Equal(key.Public()) {
		t.Error("another master key gives the same key", err)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x"} {
		text := fmt.Sprintf(verb, struct{ K LogKey }{key}) + fmt.Sprintf(verb, key)
		if strings.Contains(text, key.seed.Reveal()) || strings.Contains(text, fmt.Sprintf("%x", key.seed.Reveal())) {
			t.Errorf("%s prints the key", verb)
		}
	}
	if _, err := NewLogKey(MasterKey{}); err == nil || !(LogKey{}).IsZero() {
		t.Error("no master key gives a key")
	}
}
