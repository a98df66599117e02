package store

import (
	"github.com/switchboard-platform/switchboard/internal/access"
	"github.com/switchboard-platform/switchboard/internal/event"
)

// AccessTx writes operators, switches and tokens; Directory reads them.
type AccessTx interface {
	// SaveOperator adds or replaces an operator, and leaves the end of the operator's chain as it is.
	SaveOperator(o access.Operator) error

	// OperatorHead gives the end of an operator's chain, the zero one when there is no such operator. It is not in the
	// Directory: signing in and out moves it.
	OperatorHead(name string) (event.Head, error)

	// SaveOperatorHead moves the end of the chain of an operator that was saved. NotFound when there is none.
	SaveOperatorHead(name string, h event.Head) error

	// SaveSwitch adds or replaces a switch.
	SaveSwitch(s access.Switch) error

	// SaveToken adds a token, or changes when the one with its id ends. Exists when another token has
	// its digest.
	SaveToken(t access.Token) error
}
