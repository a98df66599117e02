package store

import "github.com/switchboard-platform/switchboard/internal/access"

// AccessTx writes operators, switches and tokens; Directory reads them.
type AccessTx interface {
	// SaveOperator adds or replaces an operator.
	SaveOperator(o access.Operator) error

	// SaveSwitch adds or replaces a switch.
	SaveSwitch(s access.Switch) error

	// SaveToken adds a token, or changes when the one with its id ends. Exists when another token has
	// its digest.
	SaveToken(t access.Token) error
}
