package store

import "github.com/switchboard-platform/switchboard/internal/agent"

// UsageTx keeps on which day an activation was last used. It is no part of the record of changes.
type UsageTx interface {
	// SaveUses notes uses; of several days of one activation the last one stays.
	SaveUses(uses []Use) error

	// Uses gives the last uses of an agent, by service code.
	Uses(userCode string) ([]Use, error)

	// Idle lists by user code the activations of a service that are on, and that were neither used nor
	// changed since the beginning of a day.
	Idle(f IdleFilter) ([]agent.Activation, error)
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
