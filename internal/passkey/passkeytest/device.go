package passkeytest

import (
	"crypto/sha256"
	"net/url"
	"testing"

	"github.com/descope/virtualwebauthn"
)

// Device is an authenticator with one passkey, in a browser that shows a page of some origin.
type Device struct {
	Origin string
	Counts bool // each use; else its counter stays at 0, as those of passkeys that are shared do
	Shared bool // its owner's devices share the passkey

	key  virtualwebauthn.Credential
	auth virtualwebauthn.Authenticator
}

// New makes a device whose browser shows the desk at an origin.
func New(origin string) *Device {
	return &Device{Origin: origin, key: newKey(), auth: virtualwebauthn.NewAuthenticator()}
}

// wholeKey is how long a public key is written, with two coordinates of 32 bytes.
const wholeKey = 77

// newKey makes a key that is written as it must be: of each 128 the library writes one without a coordinate's leading zeros.
func newKey() virtualwebauthn.Credential {
	for {
		if k := virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeEC2); len(k.Key.AttestationData()) == wholeKey {
			return k
		}
	}
}

// Copy is a device that was copied from this one: from now on they count apart.
func (d *Device) Copy() *Device {
	c := *d
	return &c
}

// Create answers a challenge to make a passkey.
func (d *Device) Create(t testing.TB, options []byte) []byte {
	t.Helper()
	asked, err := virtualwebauthn.ParseAttestationOptions(string(options))
	if err != nil {
		t.Fatal(err)
	}
	return []byte(virtualwebauthn.CreateAttestationResponse(d.party(t), d.flagged(), d.key, *asked))
}

// Prove answers a challenge to prove that it is there.
func (d *Device) Prove(t testing.TB, options []byte) []byte {
	t.Helper()
	asked, err := virtualwebauthn.ParseAssertionOptions(string(options))
	if err != nil {
		t.Fatal(err)
	}
	if d.Counts {
		d.key.Counter++
	}
	return []byte(virtualwebauthn.CreateAssertionResponse(d.party(t), d.flagged(), d.key, *asked))
}

// Owner makes the device name its owner in its answers, as those do that keep it.
func (d *Device) Owner(name string) {
	sum := sha256.Sum256([]byte("switchboard operator: " + name))
	d.auth.Options.UserHandle = sum[:]
}

// flagged is the authenticator with what it says of the passkey.
func (d *Device) flagged() virtualwebauthn.Authenticator {
	a := d.auth
	a.Options.BackupEligible, a.Options.BackupState = d.Shared, d.Shared
	return a
}

// party is what the browser makes of the page it shows: the device never sees another.
func (d *Device) party(t testing.TB) virtualwebauthn.RelyingParty {
	u, err := url.Parse(d.Origin)
	if err != nil {
		t.Fatal(err)
	}
	return virtualwebauthn.RelyingParty{ID: u.Hostname(), Name: "Switchboard", Origin: d.Origin}
}
