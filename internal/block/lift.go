package block

import (
	"time"

	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
)

// maxReason is the longest reason, in bytes.
const maxReason = 200

// Check adds every field of a new block that is missing or malformed. validText says what a reason may be.
func (b *Block) Check(now time.Time, validText func(string) bool, bad *fault.Fields) {
	if b.Kind() == "" {
		bad.Add("target", "must be an agent, a service of an agent, a service, or a partner")
	}
	if b.Reason == "" || len(b.Reason) > maxReason || !validText(b.Reason) {
		bad.Add("reason", "is required: plain text of at most %d bytes", maxReason)
	}
	if !b.From.IsZero() && !b.From.After(now) {
		bad.Add("from", "must be in the future; leave it out to begin at once")
	}
	if !b.Until.IsZero() && (!b.Until.After(now) || !b.Until.After(b.From)) {
		bad.Add("until", "must be in the future, and later than from")
	}
	if !event.ValidDate(b.From) {
		bad.Add("from", event.DateProblem)
	}
	if !event.ValidDate(b.Until) {
		bad.Add("until", event.DateProblem)
	}
}

// Place makes the event that records a new block; it has no version and hash yet.
func (b *Block) Place(c event.Cause) *event.Event {
	e := b.record(event.BlockPlaced, c, "owner", b.Owner.String(), "rule", string(b.Rule), "from", event.Date(b.From), "until", event.Date(b.Until))
	e.Private = event.Private("reason", b.Reason)
	return e
}

// Lift takes the block away, or cancels one that has not begun. Where that takes two people, the first
// one's request is kept and the second one's takes it away: never the same person, and never the shared
// token. Whether the caller may lift blocks of this owner at all is the caller's matter. The event has no
// version and hash yet; it is nil when the block was lifted already.
//
// Faults: Conflict.
func (b Block) Lift(two bool, reason string, c event.Cause) (Block, *event.Event, error) {
	if !b.Open() {
		return b, nil, nil
	}
	if two {
		switch {
		case !c.Person():
			return b, nil, fault.New(fault.Conflict, "Lifting this block takes two people: lift it with a credential of your own, not with the shared token.")
		case b.LiftAskedBy == "":
			b.LiftAskedBy, b.LiftAskedAt = c.Actor, c.At
			return b, b.withReason(event.BlockLiftAsked, reason, c), nil
		case b.LiftAskedBy == c.Actor:
			return b, nil, fault.New(fault.Conflict, "Lifting this block takes two people: %s has asked for it, so that somebody else must as well.", c.Actor)
		}
	}
	kind := event.BlockLifted
	if c.At.Before(b.From) {
		kind = event.BlockCancelled
	}
	b.LiftedAt, b.LiftedBy = c.At, c.Actor
	return b, b.withReason(kind, reason, c), nil
}

func (b *Block) withReason(kind event.Kind, reason string, c event.Cause) *event.Event {
	e := b.record(kind, c, "owner", b.Owner.String(), "asked_by", b.LiftAskedBy)
	e.Private = event.Private("reason", reason)
	return e
}

// record makes an event of the block in the chain of its target, without version and hash.
func (b *Block) record(kind event.Kind, c event.Cause, pairs ...string) *event.Event {
	e := &event.Event{Subject: b.Subject(), Kind: kind, Cause: c, Data: event.Data(append([]string{"block", b.ID}, pairs...)...)}
	if b.Agent != "" {
		e.Service = b.Service
	}
	return e
}
