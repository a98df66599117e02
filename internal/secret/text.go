package secret

import (
	"crypto/subtle"
	"fmt"
	"io"
	"log/slog"
)

// Redacted is what every secret prints as.
const Redacted = "[redacted]"

// Text is a secret string. Every way of printing or encoding it gives Redacted; only Reveal gives
// the string. The zero value is the empty secret.
//
// The string stands behind a pointer because fmt does not call methods on unexported fields: a
// Text inside a printed struct then shows an address. The first field makes == a compile error,
// so that nobody compares two secrets in a time that depends on them.
type Text struct {
	_ [0]func()
	s *string
}

// NewText makes a secret of s.
func NewText(s string) Text { return Text{s: &s} }

// Reveal gives the secret itself. Whoever calls it answers for where it goes.
func (t Text) Reveal() string {
	if t.s == nil {
		return ""
	}
	return *t.s
}

// IsZero reports whether the secret is empty.
func (t Text) IsZero() bool { return t.Reveal() == "" }

// Equal compares in a time that does not depend on the contents, only on the lengths.
func (t Text) Equal(u Text) bool {
	return subtle.ConstantTimeCompare([]byte(t.Reveal()), []byte(u.Reveal())) == 1
}

// String is Redacted.
func (t Text) String() string { return Redacted }

// GoString is Redacted.
func (t Text) GoString() string { return Redacted }

// Format writes Redacted for every verb, %x and %d included, which would pass String by.
func (t Text) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, Redacted) }

// MarshalText gives Redacted.
func (t Text) MarshalText() ([]byte, error) { return []byte(Redacted), nil }

// MarshalJSON gives Redacted as a JSON string.
func (t Text) MarshalJSON() ([]byte, error) { return []byte(`"` + Redacted + `"`), nil }

// LogValue gives Redacted.
func (t Text) LogValue() slog.Value { return slog.StringValue(Redacted) }
