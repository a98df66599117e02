package access

import (
	"strings"
	"time"
	"unicode/utf8"

	"github.com/switchboard-platform/switchboard/internal/fault"
)

// Passkey is a device with which an operator proves a sign-in: the public half of it. Nothing in it is secret.
type Passkey struct {
	ID       string // shown in lists and events
	Operator string
	Label    string // what its owner calls it

	Credential []byte // what the authenticator calls it
	Public     []byte // the key, in the form of COSE
	Transports string // how the authenticator can be reached, as "usb,nfc": a hint for browsers
	Synced     bool   // its owner's devices share it; it is so from its making on, or never
	Count      uint32 // how often the authenticator says it was used; 0 for one that does not count

	CreatedAt time.Time
	UsedAt    time.Time // zero: never was
}

// MaxPasskeys is how many passkeys an operator may have.
const MaxPasskeys = 10

// maxLabel bounds what a passkey may be called, in characters.
const maxLabel = 60

// Check adds every field of a new passkey that its owner has to give otherwise.
func (k Passkey) Check(bad *fault.Fields) {
	if k.Label == "" || utf8.RuneCountInString(k.Label) > maxLabel || !plain(k.Label) {
		bad.Add("label", "must be plain text of 1 to %d characters", maxLabel)
	}
}

// plain says whether a text is valid, and has nothing in it that does not show.
func plain(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f || r == '\uFFFD' }) < 0
}

// Identity is who somebody is at an OpenID provider.
type Identity struct {
	Issuer string
	Claim  string // by which the provider's people are known
	Value  string // of that claim
}

// maxValue bounds the value of a claim, in bytes: as much as the standard lets a subject have.
const maxValue = 255

// Check adds every field of the identity that an administrator has to give otherwise.
func (i Identity) Check(bad *fault.Fields) {
	if i.Value == "" || len(i.Value) > maxValue || !plain(i.Value) {
		bad.Add("value", "must be the claim %s of the person at the OpenID provider, of at most %d bytes", i.Claim, maxValue)
	}
}

// Link says that an operator may sign in as somebody at an OpenID provider.
type Link struct {
	Operator string
	Identity Identity
	At       time.Time // since when
}
