package plan

import (
	"strconv"
	"time"

	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/block"
	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
)

// Action is what a plan does with each of its items.
type Action string

// The actions.
const (
	Activate   Action = "activate"
	Deactivate Action = "deactivate"
	Block      Action = "block" // the service of the agent, or the whole agent where an item names no service
	Dates      Action = "dates" // sets the dates that the plan gives, and leaves the others
)

// Actions gives every action there is.
func Actions() []Action { return []Action{Activate, Deactivate, Block, Dates} }

// Terms are what every item of a plan gets.
type Terms struct {
	Reason   string      // for people; of a block required
	Owner    block.Owner // of a block
	From     time.Time   // of a block, or of what is activated or rescheduled; zero: at once, or as it is
	Until    time.Time
	VerifyBy time.Time // of what is rescheduled
}

// Filter says which activations a plan is about; "" does not restrict. A plan that was made of a file has
// the zero Filter.
type Filter struct {
	Service string // required, but for blocks on whole agents
	Partner string
	Status  Status
	City    string // of the agent's address
	Region  string // the state of the agent's address
}

// Status is what the activations that a plan is about are.
type Status string

// The statuses. Without one a plan looks at whatever its action can change.
const (
	AnyStatus   Status = ""
	None        Status = "none" // never asked for
	Activated   Status = "activated"
	Pending     Status = "pending"
	Deactivated Status = "deactivated"
)

// Has says whether an activation has the status.
func (s Status) Has(a agent.Activation) bool {
	switch s {
	case None:
		return a.State == agent.Absent
	case Activated:
		return a.State.Status == agent.Activated
	case Pending:
		return a.State.Status == agent.Pending
	case Deactivated:
		return a.State.Status == agent.Deactivated && a.State != agent.Absent
	}
	return true
}

// Plan is a change of many.
type Plan struct {
	ID        string
	Action    Action
	Terms     Terms
	Filter    Filter
	FromFile  bool // its items came from a file, not by the filter
	State     State
	Pace      int // items a second; 0: as fast as it goes
	MaxErrors int // so many items that fail stop it; a resumed plan may fail as often again
	Counts    Counts
	StopAt    int // so many failed items stop it
	Cursor    int // the last item that had its turn

	MadeBy, ConfirmedBy, UndoneBy string // actors
	MadeAt, ConfirmedAt, EndedAt  time.Time
	Head                          event.Head
}

// Counts are how many items a plan has in which state.
type Counts struct {
	Items     int // all, but for those that are Unchanged
	Unchanged int // found, and so already when the plan was made
	Refused   int
	Done      int
	Skipped   int
	Failed    int
	Undone    int
	Kept      int
}

// Left is how many items have their turn to come, of applying or of undoing.
func (p Plan) Left() int {
	n := p.Counts
	switch p.State {
	case Undoing, Halted:
		return n.Done
	case Undone, Discarded:
		return 0
	}
	return n.Items - n.Refused - n.Done - n.Skipped - n.Failed
}

// Total is how many items a plan has of a service in a place.
type Total struct {
	Service string // "" for whole agents
	Region  string
	City    string
	Items   int
}

// The bounds of a plan.
const (
	MaxItems = 1_000_000
	maxPace  = 100_000
)

// Check adds every field of a new plan that is missing or malformed.
func (p Plan) Check(now time.Time, bad *fault.Fields) {
	p.checkAction(bad)
	if p.Pace < 0 || p.Pace > maxPace {
		bad.Add("pace", "must be from 0 to %d items a second", maxPace)
	}
	if p.MaxErrors < 1 {
		bad.Add("max_errors", "must be at least 1")
	}
	t := p.Terms
	if !agent.ValidText(t.Reason) || p.Action == Block && t.Reason == "" {
		bad.Add("reason", "must be plain text of at most 200 bytes; for blocks it is required")
	}
	for _, d := range []struct {
		name string
		at   time.Time
		fits bool
	}{
		{"from", t.From, p.Action == Block || p.Action == Activate || p.Action == Dates},
		{"until", t.Until, p.Action == Block || p.Action == Activate || p.Action == Dates},
		{"verify_by", t.VerifyBy, p.Action == Dates},
	} {
		if !d.at.IsZero() && (!d.fits || d.name != "from" && !d.at.After(now)) {
			bad.Add(d.name, "must be in the future, and of an action that takes it")
		} else if !event.ValidDate(d.at) {
			bad.Add(d.name, event.DateProblem)
		}
	}
	if !t.From.IsZero() && !t.Until.IsZero() && !t.From.Before(t.Until) {
		bad.Add("until", "must be later than from")
	}
	if p.Action == Dates && t.From.IsZero() && t.Until.IsZero() && t.VerifyBy.IsZero() {
		bad.Add("until", "or another date is required: say what to set")
	}
}

// checkAction checks the action and what it is to be done with.
func (p Plan) checkAction(bad *fault.Fields) {
	known := false
	for _, a := range Actions() {
		known = known || a == p.Action
	}
	if !known {
		bad.Add("action", "must be activate, deactivate, block or dates")
	}
	f := p.Filter
	switch {
	case p.FromFile:
		if f != (Filter{}) {
			bad.Add("filter", "must be left out where a file says which activations")
		}
	case f == Filter{}:
		bad.Add("filter", "is required: say which activations")
	case f.Service == "" && (p.Action != Block || f.Status != AnyStatus):
		bad.Add("service", "is required: say of which service")
	}
	switch f.Status {
	case AnyStatus, None, Activated, Pending, Deactivated:
	default:
		bad.Add("status", "must be none, activated, pending or deactivated")
	}
}

// Do applies a command. The event has no version and hash yet; it is nil when there is nothing to do, or
// nothing worth recording. why says of Stop what stopped it. Faults: Conflict.
func (p Plan) Do(cmd Command, why string, c event.Cause) (Plan, *event.Event, error) {
	to, ok := p.State.Next(cmd)
	if !ok {
		return p, nil, fault.New(fault.Conflict, "Cannot %s %s: it is %s.", cmd, p.ID, p.State)
	}
	if to == p.State {
		return p, nil, nil
	}
	was := p.State
	p.State = to
	switch cmd {
	case Confirm:
		p.ConfirmedBy, p.ConfirmedAt, p.StopAt = c.Actor, c.At, p.MaxErrors
	case Resume:
		p.StopAt = p.Counts.Failed + p.MaxErrors
	case Undo:
		p.UndoneBy, p.Cursor, p.EndedAt = c.Actor, 0, time.Time{}
	case Finish, Discard:
		p.EndedAt = c.At
	}
	kind, recorded := kinds[cmd]
	if !recorded {
		return p, nil, nil
	}
	return p, p.record(kind, c, "from", string(was), "to", string(to), "why", why), nil
}

// kinds are the events of commands; Begin has none, as its items have.
var kinds = map[Command]event.Kind{Complete: event.PlanReady, Confirm: event.PlanConfirmed, Stop: event.PlanEnded, Resume: event.PlanResumed,
	Finish: event.PlanEnded, Undo: event.PlanUndone, Discard: event.PlanDiscarded}

// ConfirmFor is Do with Confirm. Where two people are demanded, whoever made the plan does not confirm it,
// and the shared token is nobody. Faults: Conflict.
func (p Plan) ConfirmFor(two bool, c event.Cause) (Plan, *event.Event, error) {
	switch {
	case two && !c.Person():
		return p, nil, fault.New(fault.Conflict, "This plan takes two people: confirm it with a credential of your own, not with the shared token.")
	case two && p.MadeBy == event.SharedToken:
		return p, nil, fault.New(fault.Conflict, "This plan takes two people, and the shared token, which made it, is nobody: make it with a credential of your own.")
	case two && p.MadeBy == c.Actor:
		return p, nil, fault.New(fault.Conflict, "This plan takes two people: %s made it, so that somebody else must confirm it.", c.Actor)
	}
	return p.Do(Confirm, "", c)
}

// Make records a new plan; its items are still to come.
func (p Plan) Make(c event.Cause) (Plan, *event.Event) {
	p.State, p.MadeBy, p.MadeAt = Making, c.Actor, c.At
	source := ""
	if p.FromFile {
		source = "file"
	}
	e := p.record(event.PlanMade, c, "action", string(p.Action), "owner", p.ownerText(), "from", event.Date(p.Terms.From),
		"until", event.Date(p.Terms.Until), "verify_by", event.Date(p.Terms.VerifyBy), "source", source, "service", p.Filter.Service,
		"partner", p.Filter.Partner, "status", string(p.Filter.Status), "city", p.Filter.City, "state", p.Filter.Region)
	e.Private = event.Private("reason", p.Terms.Reason)
	return p, e
}

func (p Plan) ownerText() string {
	if p.Action != Block {
		return ""
	}
	return p.Terms.Owner.String()
}

// record makes an event of the plan, with all its counts.
func (p Plan) record(kind event.Kind, c event.Cause, pairs ...string) *event.Event {
	n := p.Counts
	for _, x := range []struct {
		name  string
		count int
	}{{"items", n.Items}, {"unchanged", n.Unchanged}, {"refused", n.Refused}, {"done", n.Done}, {"skipped", n.Skipped},
		{"failed", n.Failed}, {"undone", n.Undone}, {"kept", n.Kept}} {
		if x.count > 0 {
			pairs = append(pairs, x.name, strconv.Itoa(x.count))
		}
	}
	return &event.Event{Subject: event.Subject{Kind: event.Plan, ID: p.ID}, Kind: kind, Cause: c, Data: event.Data(pairs...)}
}

// Worker is the cause of what the plan does at a time: whoever confirmed it, or had it undone, and the
// plan in the place of a request.
func (p Plan) Worker(at time.Time) event.Cause {
	actor := p.ConfirmedBy
	if p.State == Undoing {
		actor = p.UndoneBy
	}
	return event.Cause{Actor: actor, RequestID: p.ID, At: at}
}
