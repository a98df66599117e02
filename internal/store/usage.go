package store

import (
	"time"

	"github.com/switchboard-platform/switchboard/internal/agent"
)

// UsageTx keeps on which day an activation, and in which minute a key, was last used. It is no part of the record of
// changes.
type UsageTx interface {
	// SaveUses notes uses; of several days of one activation the last one stays.
	SaveUses(uses []Use) error

	// Uses gives the last uses of an agent, by service code.
	Uses(userCode string) ([]Use, error)

	// Idle lists by user code the activations of a service that are on, and that were neither used nor
	// changed since the beginning of a day.
	Idle(f IdleFilter) ([]agent.Activation, error)

	// SaveKeyUses notes uses of keys; of several times of one key the last one stays.
	SaveKeyUses(uses []KeyUse) error

	// KeyUses gives the last use of every key that was ever used, by kind and id.
	KeyUses() ([]KeyUse, error)
}

// KeyName names what opens a door: a developer key, a token, or a secret of a channel.
type KeyName struct {
	Kind KeyKind
	ID   string // the developer key, or the id of the token or of the secret
}

// KeyKind is what kind of key it is.
type KeyKind string

// The kinds of key.
const (
	DeveloperKey  KeyKind = "key"
	BearerToken   KeyKind = "token"
	ChannelSecret KeyKind = "secret"
)

// KeyUse says when a key was last used.
type KeyUse struct {
	Key KeyName
	At  time.Time // the beginning of the minute
}

// Use says that an activation was used on a day.
type Use struct {
	UserCode    string
	ServiceCode string
	Day         int // since 1 January 1970, in UTC
}

// IdleFilter says which activations to list.
type IdleFilter struct {
	ServiceCode string // required
	Since       int    // the day, as Use.Day; required
	After       string // user codes after this one
	Limit       int    // at most so many; required
}
