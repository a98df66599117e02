package access

import (
	"strings"
	"time"

	"github.com/switchboard-platform/switchboard/internal/block"
	"github.com/switchboard-platform/switchboard/internal/event"
)

// Roles is what an operator may do: a set.
type Roles uint8

// The roles.
const (
	Viewer        Roles = 1 << iota // sees everything, changes nothing
	Support                         // serves agents and members
	Reviewer                        // approves and rejects
	Fraud                           // owns blocks of fraud
	Compliance                      // owns blocks of compliance
	Administrator                   // everything; lifts any block, with a reason
)

var roleNames = []string{"viewer", "support", "reviewer", "fraud", "compliance", "administrator"}

// RoleNames gives the roles as commands and files spell them.
func RoleNames() []string { return append([]string(nil), roleNames...) }

// Has says whether the set has any of the roles asked for. An administrator has all.
func (r Roles) Has(any Roles) bool { return r&(any|Administrator) != 0 }

// String lists the roles with commas between them.
func (r Roles) String() string {
	var names []string
	for i, name := range roleNames {
		if r&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	return strings.Join(names, ",")
}

// ParseRoles reads what String wrote. ok is false for an empty list and for a role that is not known.
func ParseRoles(s string) (r Roles, ok bool) {
	for _, name := range strings.Split(s, ",") {
		found := false
		for i, known := range roleNames {
			if strings.TrimSpace(name) == known {
				r, found = r|1<<i, true
			}
		}
		if !found {
			return 0, false
		}
	}
	return r, true
}

// Owns says whether blocks of an owner are the business of these roles themselves: an administrator, who
// lifts any, is no owner for that.
func (r Roles) Owns(o block.Owner) bool {
	switch o {
	case block.Operator:
		return r&(Support|Reviewer) != 0
	case block.Compliance:
		return r&Compliance != 0
	case block.Fraud:
		return r&Fraud != 0
	}
	return false
}

// MayOwn says whether somebody with these roles may place blocks of an owner. Only an administrator may
// for another; nobody but the system for the system.
func (r Roles) MayOwn(o block.Owner) bool {
	switch o {
	case block.Operator:
		return r.Has(Support | Reviewer)
	case block.Compliance:
		return r.Has(Compliance)
	case block.Fraud:
		return r.Has(Fraud)
	case block.Partner:
		return r.Has(Administrator)
	}
	return false
}

// Operator is a person at the desk.
type Operator struct {
	Name      string // as events name the person: "operator:NAME"
	Roles     Roles
	CreatedAt time.Time
	RevokedAt time.Time // zero: not revoked
}

// Switch is a transaction switch: it asks for decisions about every agent.
type Switch struct {
	ID        string
	Name      string
	CreatedAt time.Time
	RevokedAt time.Time // zero: not revoked
	Head      event.Head
}

// Holder is what kind of caller a token is of.
type Holder string

// The holders.
const (
	HolderPartner  Holder = "partner"
	HolderSwitch   Holder = "switch"
	HolderOperator Holder = "operator"
)

// Token is a bearer secret, of which only the digest is kept. A holder may have several live ones, so
// that they rotate without a pause.
type Token struct {
	ID        string // shown in lists and events
	Holder    Holder
	HolderID  string   // partner id, switch id or operator's name
	Hash      [32]byte // of package secret
	CreatedAt time.Time
	ExpiresAt time.Time // zero: never
	RevokedAt time.Time // zero: not revoked
}

// MaxLiveTokens is how many tokens of a holder may be live at a time.
const MaxLiveTokens = 4

// Live reports whether the token opens the door at a time.
func (t Token) Live(at time.Time) bool {
	return t.RevokedAt.IsZero() && (t.ExpiresAt.IsZero() || at.Before(t.ExpiresAt))
}
