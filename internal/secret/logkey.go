package secret

import (
	"crypto/ed25519"

	"github.com/tink-crypto/tink-go/v2/aead/aesgcm"
	"github.com/tink-crypto/tink-go/v2/insecuresecretdataaccess"
	"github.com/tink-crypto/tink-go/v2/keyset"

	"github.com/switchboard-platform/switchboard/internal/fault"
)

// logInfo is what the key of the log is derived for. It says nothing of the other keys of a master key.
const logInfo = "switchboard: key of the log of events, version 1"

// LogKey signs the heads of the log of events. It is derived from the primary key of the master key, so
// that nothing more has to be kept secret, and does not print.
type LogKey struct{ seed Text }

// NewLogKey derives the key.
func NewLogKey(k MasterKey) (LogKey, error) {
	if _, err := NewSealer(k); err != nil {
		return LogKey{}, err // which looked at every key
	}
	seed, err := primaryFor(k.handle, logInfo)
	if err != nil {
		return LogKey{}, fault.Wrap(err, fault.Internal, "The key of the log could not be derived from the master key.")
	}
	return LogKey{seed}, nil
}

// primaryFor derives a key for one purpose from the primary key of a keyset.
func primaryFor(h *keyset.Handle, info string) (Text, error) {
	entry, err := h.Primary()
	if err != nil {
		return Text{}, err
	}
	key, ok := entry.Key().(*aesgcm.Key)
	if !ok {
		return Text{}, badMasterKey("has a primary key that is not AES-GCM")
	}
	return derive(key.KeyBytes().Data(insecuresecretdataaccess.Token{}), info)
}

func (k LogKey) private() ed25519.PrivateKey { return ed25519.NewKeyFromSeed([]byte(k.seed.Reveal())) }

// IsZero says that there is no key.
func (k LogKey) IsZero() bool { return k.seed.IsZero() }

// Public is the half of the key that verifies.
func (k LogKey) Public() ed25519.PublicKey {
	return k.private().Public().(ed25519.PublicKey) // always is one
}

// Sign signs a message.
func (k LogKey) Sign(message []byte) []byte { return ed25519.Sign(k.private(), message) }

// String is Redacted.
func (k LogKey) String() string { return Redacted }

// GoString is Redacted.
func (k LogKey) GoString() string { return Redacted }
