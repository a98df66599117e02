package secret

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"log/slog"
	"strings"

	"github.com/tink-crypto/tink-go/v2/aead/aesgcm"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"

	"github.com/switchboard-platform/switchboard/internal/fault"
)

// masterKeyBytes is the size of a master key: AES-256.
const masterKeyBytes = 32

// MasterKey is the Tink keyset that seals the access keys. It may hold several AES-256-GCM keys:
// the primary one seals, every enabled one opens, so a master key rotates without a pause. Like
// Text it prints redacted; the zero value is no key, and NewSealer refuses it.
type MasterKey struct {
	_      [0]func()
	handle *keyset.Handle
}

// NewMasterKey makes a keyset of one random key.
func NewMasterKey() (MasterKey, error) {
	m := keyset.NewManager()
	params, err := aesgcm.NewParameters(aesgcm.ParametersOpts{
		KeySizeInBytes: masterKeyBytes, IVSizeInBytes: 12, TagSizeInBytes: 16, Variant: aesgcm.VariantTink,
	})
	if err != nil {
		return MasterKey{}, fault.Wrap(err, fault.Internal, "The master key could not be made.")
	}
	id, err := m.AddNewKeyFromParameters(params)
	if err == nil {
		err = m.SetPrimary(id)
	}
	if err != nil {
		return MasterKey{}, fault.Wrap(err, fault.Internal, "The master key could not be made.")
	}
	h, err := m.Handle()
	if err != nil {
		return MasterKey{}, fault.Wrap(err, fault.Internal, "The master key could not be made.")
	}
	return MasterKey{handle: h}, nil
}

// ParseMasterKey reads a Tink keyset in JSON, or the base64 of one, which passes through
// environment files and unit files without quoting. Errors never repeat the text: it is the key.
func ParseMasterKey(text string) (MasterKey, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return MasterKey{}, fault.New(fault.Invalid, "The master key is empty; it must be a Tink keyset in JSON, or its base64.")
	}
	if text[0] != '{' {
		raw, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			return MasterKey{}, badMasterKey("is neither JSON nor base64")
		}
		text = string(raw)
	}
	h, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(strings.NewReader(text)))
	if err != nil {
		return MasterKey{}, badMasterKey("is not a Tink keyset, or was cut short")
	}
	k := MasterKey{handle: h}
	if _, err := NewSealer(k); err != nil {
		return MasterKey{}, err
	}
	return k, nil
}

// badMasterKey drops the parser's own error, which may quote parts of the keyset.
func badMasterKey(problem string) *fault.Error {
	return fault.New(fault.Invalid,
		"The master key %s; it must be a Tink AES256-GCM keyset in JSON, or its base64. Restore it from its backup.", problem)
}

// Reveal gives the base64 form, for an environment variable.
func (k MasterKey) Reveal() (string, error) {
	raw, err := k.json()
	if err != nil {
		return "", err
	}
	return base64.StdEncoding.EncodeToString(raw), nil
}

// json is the keyset as Tink writes it, in one line.
func (k MasterKey) json() ([]byte, error) {
	if k.handle == nil {
		return nil, fault.New(fault.Invalid, "There is no master key; make or load one first.")
	}
	var b bytes.Buffer
	if err := insecurecleartextkeyset.Write(k.handle, keyset.NewJSONWriter(&b)); err != nil {
		return nil, fault.Wrap(err, fault.Internal, "The master key could not be written as text.")
	}
	return b.Bytes(), nil
}

// String is Redacted.
func (k MasterKey) String() string { return Redacted }

// GoString is Redacted.
func (k MasterKey) GoString() string { return Redacted }

// Format writes Redacted for every verb.
func (k MasterKey) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, Redacted) }

// MarshalText gives Redacted.
func (k MasterKey) MarshalText() ([]byte, error) { return []byte(Redacted), nil }

// LogValue gives Redacted.
func (k MasterKey) LogValue() slog.Value { return slog.StringValue(Redacted) }
