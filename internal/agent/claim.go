package agent

import (
	"time"

	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
)

// Claim says who is looking at an activation that waits for a review, so that nobody else does meanwhile. It is about one
// wait: whatever ends that ends the claim.
type Claim struct {
	UserCode    string
	ServiceCode string
	By          string    // the actor; "" for nobody
	Since       time.Time // the activation's WaitingSince
	At          time.Time
	Until       time.Time  // not from then on, unless it is claimed again
	Head        event.Head // of the chain of what was claimed of this activation, apart from the agent's own
}

// ClaimFor is how long a claim lasts, and claimAnew how much of it must be gone until claiming it again prolongs it: a page
// that stays open asks often, and need not be recorded each time.
const (
	ClaimFor  = 15 * time.Minute
	claimAnew = 5 * time.Minute
)

// Holds says whether somebody is looking at the activation at a time.
func (cl Claim) Holds(a Activation, at time.Time) bool {
	return cl.By != "" && a.State.Waiting() && cl.Since.Equal(a.WaitingSince) && at.Before(cl.Until)
}

// Take claims the review of an activation, or prolongs one's own claim. The event, which has no version and hash yet, is
// nil when nothing changes. Faults: Conflict.
func (cl Claim) Take(a Activation, c event.Cause) (Claim, *event.Event, error) {
	own := cl.Holds(a, c.At) && cl.By == c.Actor
	switch {
	case !a.State.Waiting():
		return cl, nil, fault.New(fault.Conflict, "Service %s of agent %s is %s: it does not wait for a review.", a.ServiceCode, a.UserCode, a.State)
	case !c.Person():
		return cl, nil, fault.New(fault.Conflict, "A claim says who is looking at a review: use a credential of your own, not the shared token.")
	case cl.Holds(a, c.At) && !own:
		return cl, nil, cl.taken()
	case own && cl.Until.Sub(c.At) > ClaimFor-claimAnew:
		return cl, nil, nil
	case !own:
		cl.By, cl.Since, cl.At = c.Actor, a.WaitingSince, c.At
	}
	cl.Until = c.At.Add(ClaimFor)
	return cl, cl.record(event.ReviewClaimed, c, "until", event.Date(cl.Until)), nil
}

// Release gives a claim back: one's own, or with any somebody else's. The event is nil when nobody has claimed it.
// Faults: Forbidden.
func (cl Claim) Release(a Activation, anybodys bool, c event.Cause) (Claim, *event.Event, error) {
	if !cl.Holds(a, c.At) {
		return cl, nil, nil
	}
	if cl.By != c.Actor && !anybodys {
		return cl, nil, fault.New(fault.Forbidden, "%s has claimed the review of service %s of agent %s: only they, or an administrator, can release it.",
			cl.By, cl.ServiceCode, cl.UserCode)
	}
	e := cl.record(event.ReviewReleased, c, "claimed_by", cl.By)
	return cl.Over(), e, nil
}

// Over is the claim once it has ended.
func (cl Claim) Over() Claim {
	return Claim{UserCode: cl.UserCode, ServiceCode: cl.ServiceCode, Head: cl.Head}
}

// Heed refuses whoever approves or rejects what somebody else is looking at. It is no lock: who may decide for others
// is not held up. Faults: Conflict.
func (cl Claim) Heed(a Activation, forOthers bool, c event.Cause) error {
	if forOthers || cl.By == c.Actor || !cl.Holds(a, c.At) {
		return nil
	}
	return cl.taken()
}

func (cl Claim) taken() error {
	return fault.New(fault.Conflict, "%s is looking at service %s of agent %s, until %s at most: leave it to them, take another one, or have an administrator release it.",
		cl.By, cl.ServiceCode, cl.UserCode, cl.Until.UTC().Format("15:04:05Z"))
}

// record makes an event of the chain of what was claimed.
func (cl Claim) record(kind event.Kind, c event.Cause, pairs ...string) *event.Event {
	return &event.Event{
		Subject: event.Subject{Kind: event.Review, ID: cl.UserCode + "/" + cl.ServiceCode},
		Kind:    kind, Service: cl.ServiceCode, Cause: c, Data: event.Data(pairs...),
	}
}
