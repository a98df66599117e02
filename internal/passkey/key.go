package passkey

import (
	"crypto/sha256"
	"strings"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/switchboard-platform/switchboard/internal/access"
)

// credential is a passkey as the library wants to see it.
func credential(k access.Passkey) webauthn.Credential {
	c := webauthn.Credential{ID: k.Credential, PublicKey: k.Public, Flags: webauthn.CredentialFlags{BackupEligible: k.Synced}}
	c.Authenticator.SignCount = k.Count
	for name := range strings.SplitSeq(k.Transports, ",") {
		if name != "" {
			c.Transport = append(c.Transport, protocol.AuthenticatorTransport(name))
		}
	}
	return c
}

// transports are the names by which an authenticator can be reached; of what no browser says, nothing is kept.
func transports(c *webauthn.Credential) string {
	var names []string
	for _, t := range c.Transport {
		switch t {
		case protocol.USB, protocol.NFC, protocol.BLE, protocol.SmartCard, protocol.Hybrid, protocol.Internal:
			names = append(names, string(t))
		}
	}
	return strings.Join(names, ",")
}

// owner is an operator as the library wants to see a user.
type owner struct {
	name string
	keys []access.Passkey
}

// WebAuthnID is the same for an operator at every node and for ever. It is not the name itself: authenticators show it
// to whoever holds them.
func (o owner) WebAuthnID() []byte {
	sum := sha256.Sum256([]byte("switchboard operator: " + o.name))
	return sum[:]
}

func (o owner) WebAuthnName() string        { return o.name }
func (o owner) WebAuthnDisplayName() string { return o.name }

func (o owner) WebAuthnCredentials() []webauthn.Credential {
	list := make([]webauthn.Credential, 0, len(o.keys))
	for _, k := range o.keys {
		list = append(list, credential(k))
	}
	return list
}
