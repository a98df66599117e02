package plan

import (
	"time"

	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/block"
	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
)

// ItemState is where an item stands.
type ItemState uint8

// The states of an item.
const (
	Ready     ItemState = 0 // has its turn to come
	Refused   ItemState = 1 // could not be done when the plan was made, and is not tried
	Done      ItemState = 2
	Skipped   ItemState = 3 // something else had changed it meanwhile
	Failed    ItemState = 4
	TakenBack ItemState = 5 // was done and undone
	Kept      ItemState = 6 // was done and not undone: something else has changed it since
)

// ItemStates gives every state there is.
func ItemStates() []ItemState {
	return []ItemState{Ready, Refused, Done, Skipped, Failed, TakenBack, Kept}
}

// String is the state as answers spell it.
func (s ItemState) String() string {
	return [...]string{"ready", "refused", "done", "skipped", "failed", "undone", "kept"}[s%7]
}

// ParseItemState reads what String wrote.
func ParseItemState(s string) (ItemState, bool) {
	for _, x := range ItemStates() {
		if x.String() == s {
			return x, true
		}
	}
	return Ready, false
}

// Item is one activation of a plan, or one agent.
type Item struct {
	Plan        string
	N           int // from 1
	UserCode    string
	ServiceCode string // "" for the whole agent
	State       ItemState
	Was         Was    // when the plan was made
	After       uint64 // the version of the activation's event once the item was done, or undone
	Block       string // id of the block that was placed
	Problem     string // why it was refused, skipped or kept, or failed
}

// Was is an activation as it was found.
type Was struct {
	State   agent.State
	Dates   agent.Dates
	Version uint64 // of its event; 0 for one that never was
}

// Found says how an activation was found.
func Found(a agent.Activation) Was {
	return Was{State: a.State, Dates: a.Dates, Version: a.Head.Version}
}

// Move brings an item to another state and counts it there.
func (p *Plan) Move(it *Item, to ItemState, problem string) {
	if n := p.count(it.State); n != nil {
		*n--
	}
	if n := p.count(to); n != nil {
		*n++
	}
	it.State, it.Problem = to, problem
}

// count is where items of a state are counted; those that are ready are what is left.
func (p *Plan) count(s ItemState) *int {
	switch s {
	case Refused:
		return &p.Counts.Refused
	case Done:
		return &p.Counts.Done
	case Skipped:
		return &p.Counts.Skipped
	case Failed:
		return &p.Counts.Failed
	case TakenBack:
		return &p.Counts.Undone
	case Kept:
		return &p.Counts.Kept
	}
	return nil
}

// Apply decides what the plan makes of an activation, as a command of its own would: with all rules, and
// a second person where the service demands one. The event is nil when nothing changes; for the action Block
// there is nothing to decide here. Faults: as agent.Record.Apply.
func (p Plan) Apply(rec *agent.Record, svc agent.Service, c event.Cause) (agent.Activation, *event.Event, error) {
	t := p.Terms
	switch p.Action {
	case Activate:
		return rec.Apply(svc, agent.Command{Kind: agent.Activate, Dates: agent.Dates{From: t.From, Until: t.Until}, Comment: t.Reason}, c)
	case Deactivate:
		return rec.Apply(svc, agent.Command{Kind: agent.Deactivate, Comment: t.Reason}, c)
	case Dates:
		d := rec.Activation(svc.Code).Dates
		if !t.From.IsZero() {
			d.From = t.From
		}
		if !t.Until.IsZero() {
			d.Until = t.Until
		}
		if !t.VerifyBy.IsZero() {
			d.VerifyBy = t.VerifyBy
		}
		return rec.Reschedule(svc, d, c)
	}
	return agent.Activation{}, nil, fault.New(fault.Internal, "%s has no such action: %s.", p.ID, p.Action)
}

// BlockOn is the block that the plan places for an item at a time; one whose beginning has passed begins at once.
func (p Plan) BlockOn(it Item, now time.Time) block.Block {
	b := block.Block{Target: block.Target{Agent: it.UserCode, Service: it.ServiceCode}, Owner: p.Terms.Owner, Reason: p.Terms.Reason,
		From: p.Terms.From, Until: p.Terms.Until}
	if !b.From.After(now) {
		b.From = time.Time{}
	}
	return b
}

// Restore decides how an activation becomes what it was before the plan changed it. Faults: Conflict when
// something else has changed it since; as agent.Record.Restore.
func (it Item) Restore(rec *agent.Record, svc agent.Service, c event.Cause) (agent.Activation, *event.Event, error) {
	now := rec.Activation(it.ServiceCode)
	if now.Head.Version != it.After {
		return now, nil, fault.New(fault.Conflict, "It was changed since, and is %s now.", now.State)
	}
	if now.State == it.Was.State { // the dates alone, by the rules for them: widened they may take two people
		return rec.Reschedule(svc, it.Was.Dates, c)
	}
	return rec.Restore(svc, it.Was.State, it.Was.Dates, c)
}
