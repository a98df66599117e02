package block

import (
	"time"

	"github.com/switchboard-platform/switchboard/internal/event"
)

// Owner is on whose behalf a block stands; it says who may lift it.
type Owner uint8

// The owners. System is Switchboard itself, by a rule of the operator's: see Dormant.
const (
	Operator   Owner = 0
	Compliance Owner = 1
	Fraud      Owner = 2
	Partner    Owner = 3
	System     Owner = 4
)

// Owners gives every owner there is.
func Owners() []Owner { return []Owner{Operator, Compliance, Fraud, Partner, System} }

// String is the owner as commands, events and answers spell it.
func (o Owner) String() string {
	return [...]string{"operator", "compliance", "fraud", "partner", "system"}[o%5]
}

// ParseOwner reads what String wrote.
func ParseOwner(s string) (Owner, bool) {
	for _, o := range Owners() {
		if o.String() == s {
			return o, true
		}
	}
	return Operator, false
}

// Target is what a block stands on: an agent (Agent), one activation (Agent and Service), a whole
// service (Service) or a partner with all its agents (Partner). No other combination is valid.
type Target struct {
	Agent   string // user_code
	Service string // service_code
	Partner string // partner id
}

// Kind names what a target is.
type Kind string

// The kinds of target.
const (
	OnAgent      Kind = "agent"
	OnActivation Kind = "activation"
	OnService    Kind = "service"
	OnPartner    Kind = "partner"
)

// Kind says what the target is; "" for a combination that is not valid.
func (t Target) Kind() Kind {
	switch {
	case t.Agent != "" && t.Service == "" && t.Partner == "":
		return OnAgent
	case t.Agent != "" && t.Service != "" && t.Partner == "":
		return OnActivation
	case t.Agent == "" && t.Service != "" && t.Partner == "":
		return OnService
	case t.Agent == "" && t.Service == "" && t.Partner != "":
		return OnPartner
	}
	return ""
}

// Subject gives whose chain of events records blocks on the target. The target must be valid.
func (t Target) Subject() event.Subject {
	switch t.Kind() {
	case OnService:
		return event.Subject{Kind: event.Service, ID: t.Service}
	case OnPartner:
		return event.Subject{Kind: event.Partner, ID: t.Partner}
	}
	return event.Subject{Kind: event.Agent, ID: t.Agent}
}

// String is the target for people: "service 45 of agent 20810200".
func (t Target) String() string {
	switch t.Kind() {
	case OnService:
		return "service " + t.Service
	case OnPartner:
		return "partner " + t.Partner
	case OnActivation:
		return "service " + t.Service + " of agent " + t.Agent
	}
	return "agent " + t.Agent
}

// Rule names why the system placed a block; "" for one that a person placed.
type Rule string

// The system's rules.
const Dormant Rule = "dormant" // not used for as long as the service's rule says

// Block is one reason to refuse. Any number of them may stand on one target at once.
type Block struct {
	ID string // short, ordered by time, safe to show
	Target
	Owner    Owner
	Rule     Rule
	Reason   string    // for people
	From     time.Time // when it begins to act; zero: since it was placed
	Until    time.Time // when it ends by itself; zero: never
	PlacedAt time.Time
	PlacedBy string // the actor

	// Where lifting needs two people, the first one's request.
	LiftAskedBy string
	LiftAskedAt time.Time

	LiftedAt time.Time // zero: not lifted. One lifted before it began was cancelled
	LiftedBy string
}

// Brief is the part of an open block that answers questions: what a decision tells of it.
func (b *Block) Brief() Block {
	return Block{ID: b.ID, Target: b.Target, Owner: b.Owner, Rule: b.Rule, From: b.From, Until: b.Until, PlacedAt: b.PlacedAt}
}

// Open says whether the block has not been lifted; it may not act yet, or no more.
func (b *Block) Open() bool { return b.LiftedAt.IsZero() }

// Acts says whether the block refuses at a time. One that begins at once has no From, so that it acts
// from its commit on, whatever the clock of whoever asks.
func (b *Block) Acts(at time.Time) bool {
	return b.Open() && (b.From.IsZero() || !at.Before(b.From)) && (b.Until.IsZero() || at.Before(b.Until))
}

// Refuses says whether the block stands against a service at a time: it is on this service, or not on one alone.
func (b *Block) Refuses(serviceCode string, at time.Time) bool {
	return (b.Service == "" || b.Service == serviceCode) && b.Acts(at)
}

// Turn is when the block next begins or ceases to act by itself after a time; zero: never.
func (b *Block) Turn(after time.Time) time.Time {
	switch {
	case !b.Open():
		return time.Time{}
	case after.Before(b.From):
		return b.From
	case after.Before(b.Until):
		return b.Until
	}
	return time.Time{}
}

// Since is when the block began, or will begin, to act.
func (b *Block) Since() time.Time {
	if b.From.IsZero() {
		return b.PlacedAt
	}
	return b.From
}

// State is where a block stands at a time, for people and lists.
type State string

// The states of a block.
const (
	Scheduled State = "scheduled" // begins later
	Acting    State = "acting"
	Ended     State = "ended" // by itself
	Lifted    State = "lifted"
	Cancelled State = "cancelled" // lifted before it began
)

// StateAt says where the block stands at a time.
func (b *Block) StateAt(at time.Time) State {
	switch {
	case !b.Open() && b.LiftedAt.Before(b.From):
		return Cancelled
	case !b.Open():
		return Lifted
	case b.Acts(at):
		return Acting
	case at.Before(b.From):
		return Scheduled
	}
	return Ended
}
