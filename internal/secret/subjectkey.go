package secret

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"io"

	"github.com/switchboard-platform/switchboard/internal/fault"
)

// SubjectKey seals the personal texts in the events of one subject with AES-256-GCM. Whoever destroys it
// has erased them. It does not print, as Text does not.
type SubjectKey struct{ key Text }

const subjectKeySize = 32

// NewSubjectKey makes a random key.
func NewSubjectKey() SubjectKey {
	var b [subjectKeySize]byte
	_, _ = rand.Read(b[:]) // never fails
	return SubjectKey{key: NewText(string(b[:]))}
}

// LoadSubjectKey takes a key as Bytes gave it.
func LoadSubjectKey(b []byte) (SubjectKey, error) {
	if len(b) != subjectKeySize {
		return SubjectKey{}, fault.New(fault.Internal, "A key of personal texts has %d bytes instead of %d.", len(b), subjectKeySize)
	}
	return SubjectKey{key: NewText(string(b))}, nil
}

// Bytes gives the key to be stored.
func (k SubjectKey) Bytes() []byte { return []byte(k.key.Reveal()) }

// String is Redacted.
func (SubjectKey) String() string { return Redacted }

// Format writes Redacted for every verb.
func (SubjectKey) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, Redacted) }

// MarshalText gives Redacted.
func (SubjectKey) MarshalText() ([]byte, error) { return []byte(Redacted), nil }

func (k SubjectKey) aead() cipher.AEAD {
	b, err := aes.NewCipher(k.Bytes())
	if err == nil {
		if g, err := cipher.NewGCMWithRandomNonce(b); err == nil {
			return g
		}
	}
	panic("secret: AES-256-GCM is not available") // the key has the right length
}

// Seal encrypts a text, bound to a context, to base64.
func (k SubjectKey) Seal(text, context string) string {
	return base64.RawStdEncoding.EncodeToString(k.aead().Seal(nil, nil, []byte(text), []byte(context)))
}

// Open decrypts what Seal made under the same context.
func (k SubjectKey) Open(sealed, context string) (string, error) {
	b, err := base64.RawStdEncoding.DecodeString(sealed)
	if err == nil {
		if b, err = k.aead().Open(nil, nil, b, []byte(context)); err == nil {
			return string(b), nil
		}
	}
	return "", fault.Wrap(err, fault.Internal, "A sealed text cannot be opened: it was changed or moved.")
}
