package passkey

import (
	"net"
	"net/url"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/switchboard-platform/switchboard/internal/fault"
)

// Name is what authenticators show as the place that a passkey is for.
const Name = "Switchboard"

// Party is the relying party: the desk at one address. It is safe for use by many goroutines.
type Party struct{ lib *webauthn.WebAuthn }

// New makes the party of the desk at an address that browsers see, such as https://desk.example.com. Passkeys are bound
// to its host name: at another they are worth nothing, which is what keeps them from being fished for. Invalid for an
// address whose host is no name, where browsers make no passkeys.
func New(address string) (*Party, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || net.ParseIP(u.Hostname()) != nil {
		return nil, fault.Wrap(err, fault.Invalid, "%q is no address where browsers make passkeys: it takes a host name, such as https://desk.example.com.", address)
	}
	lib, err := webauthn.New(&webauthn.Config{
		RPID:          u.Hostname(),
		RPDisplayName: Name,
		RPOrigins:     []string{u.Scheme + "://" + u.Host},

		// Any authenticator will do: who makes it, and how it is made, is not asked.
		AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			// The name is known when a passkey is asked for, so that a key need not keep it.
			ResidentKey:      protocol.ResidentKeyRequirementDiscouraged,
			UserVerification: protocol.VerificationPreferred,
		},
		// Keepers of passwords report what was not asked for. Nothing here looks at it.
		ExtensionsUnsolicitedOutputPolicy: protocol.UnsolicitedOutputPolicyIgnore,
	})
	if err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "%q is no address where browsers make passkeys: it takes a host name, such as https://desk.example.com.", address)
	}
	return &Party{lib: lib}, nil
}
