package access

import (
	"strings"

	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
)

// The bounds of what names an operator or a switch.
const (
	maxID   = 50
	maxName = 200
)

// Check adds every field of the operator that is missing or malformed.
func (o Operator) Check(bad *fault.Fields) {
	switch {
	case !validID(o.Name):
		bad.Add("name", "must be 1 to %d small letters, digits, dashes, dots or underscores, a letter or digit first", maxID)
	case OperatorPrefix+o.Name == event.SharedToken:
		bad.Add("name", "is what events call the shared token; choose another one")
	}
	if o.Roles == 0 {
		bad.Add("roles", "are required: %s", strings.Join(roleNames, ", "))
	}
}

// Check adds every field of the switch that is missing or malformed.
func (s Switch) Check(bad *fault.Fields) {
	if !validID(s.ID) {
		bad.Add("switch", "must be 1 to %d small letters, digits, dashes, dots or underscores, a letter or digit first", maxID)
	}
	if len(s.Name) > maxName || strings.IndexFunc(s.Name, func(r rune) bool { return r < ' ' || r == 0x7f || r == '\uFFFD' }) >= 0 {
		bad.Add("name", "must be plain text of at most %d bytes", maxName)
	}
}

// ValidName says whether a text can be an operator's name.
func ValidName(name string) bool {
	return validID(name) && OperatorPrefix+name != event.SharedToken
}

// OperatorPrefix begins the actor of every operator.
const OperatorPrefix = string(HolderOperator) + ":"

// validID keeps to what needs no quoting in a command line, a URL or an event.
func validID(id string) bool {
	if len(id) == 0 || len(id) > maxID {
		return false
	}
	for i, r := range id {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
		case i > 0 && (r == '-' || r == '.' || r == '_'):
		default:
			return false
		}
	}
	return true
}
