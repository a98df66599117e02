package secret

import (
	"github.com/tink-crypto/tink-go/v2/aead/aesgcm"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"

	"github.com/switchboard-platform/switchboard/internal/fault"
)

// Sealer encrypts secrets at rest under a master key. It is safe for concurrent use.
//
// Tink's AES-GCM keys are used directly rather than through its AEAD factory, which would link
// and register every cipher Tink knows. The ciphertext is the same: prefix of the key, nonce,
// ciphertext, tag.
type Sealer struct {
	primary tink.AEAD
	opening []tink.AEAD // every enabled key, the primary included
}

// NewSealer makes a Sealer of every enabled key of the master key. It refuses keysets that hold
// anything but AES256-GCM, so that a weaker key never slips in.
func NewSealer(k MasterKey) (*Sealer, error) {
	if k.handle == nil || k.handle.Len() == 0 {
		return nil, fault.New(fault.Invalid, "There is no master key; make or load one first.")
	}
	s := &Sealer{}
	for i := range k.handle.Len() {
		entry, err := k.handle.Entry(i)
		if err != nil {
			return nil, fault.Wrap(err, fault.Internal, "The master key cannot be read.")
		}
		if err := s.add(entry); err != nil {
			return nil, err
		}
	}
	if s.primary == nil {
		return nil, badMasterKey("has no enabled primary key")
	}
	return s, nil
}

// add takes one key of the keyset into use; disabled ones stay out.
func (s *Sealer) add(entry *keyset.Entry) error {
	if entry.KeyStatus() != keyset.Enabled {
		return nil
	}
	key, ok := entry.Key().(*aesgcm.Key)
	if !ok || key.KeyBytes().Len() != masterKeyBytes {
		return badMasterKey("holds a key that is not AES256-GCM")
	}
	aead, err := aesgcm.NewAEAD(key)
	if err != nil {
		return badMasterKey("holds a key with an unusual nonce or tag size")
	}
	s.opening = append(s.opening, aead)
	if entry.IsPrimary() {
		s.primary = aead
	}
	return nil
}

// Seal encrypts plain. The context, such as "developer_key:" and the key, is bound to the result:
// whoever moves a sealed value to another row of the database cannot have it opened there.
func (s *Sealer) Seal(plain Text, context string) ([]byte, error) {
	sealed, err := s.primary.Encrypt([]byte(plain.Reveal()), []byte(context))
	if err != nil {
		return nil, fault.Wrap(err, fault.Internal, "The secret could not be sealed.")
	}
	return sealed, nil
}

// Open decrypts what Seal made under the same context with a key of this keyset.
func (s *Sealer) Open(sealed []byte, context string) (Text, error) {
	for _, aead := range s.opening {
		if plain, err := aead.Decrypt(sealed, []byte(context)); err == nil {
			return NewText(string(plain)), nil
		}
	}
	return Text{}, fault.New(fault.Internal,
		"A sealed secret cannot be opened: it was changed or moved, or sealed under another master key. Start with the master key it was sealed under.")
}
