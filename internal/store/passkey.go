package store

import (
	"time"

	"github.com/switchboard-platform/switchboard/internal/access"
)

// PasskeyTx keeps the passkeys of operators. Nothing of them is in the Directory.
type PasskeyTx interface {
	// Passkeys gives the passkeys of an operator, or with "" of all, the oldest first.
	Passkeys(operator string) ([]access.Passkey, error)

	// SavePasskey adds a passkey, or changes its label, its count and when it was used. Exists when another one is of
	// the same credential.
	SavePasskey(k access.Passkey) error

	// DeletePasskey takes a passkey of an operator away; false when the operator has none with this id.
	DeletePasskey(operator, id string) (bool, error)

	// DeletePasskeys takes all passkeys of an operator away, and gives how many.
	DeletePasskeys(operator string) (int, error)
}

// LinkTx keeps who operators are at an OpenID provider. Nothing of it is in the Directory.
type LinkTx interface {
	// Linked gives the link of an identity. NotFound when it is nobody's.
	Linked(i access.Identity) (access.Link, error)

	// Links gives all links, by operator.
	Links() ([]access.Link, error)

	// SaveLink links an operator, in the place of whatever the operator was linked with. Exists when the identity is
	// another operator's.
	SaveLink(l access.Link) error

	// DeleteLink takes an operator's link away; false when there was none.
	DeleteLink(operator string) (bool, error)
}

// ChallengeTx remembers which challenges were answered, so that none is answered twice.
type ChallengeTx interface {
	// SpendChallenge notes that the challenge with an id, which is good until a time, was answered. Exists when it was
	// already.
	SpendChallenge(id string, until time.Time) error

	// ForgetChallenges forgets those that were good until a time or ended before it, and gives how many.
	ForgetChallenges(until time.Time) (int, error)
}
