package registry

import (
	"context"
	"time"

	"github.com/switchboard-platform/switchboard/internal/access"
	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// ReviewQuery says which reviews somebody at the desk wants to see; zero fields do not restrict.
type ReviewQuery struct {
	Service string
	Partner string
	Claimed Claimed
	After   store.ReviewKey
	Limit   int // at most so many; required
}

// Claimed says who looks at a review, from where somebody stands.
type Claimed string

// Who may look at a review.
const (
	ByMe     Claimed = "me"
	ByOthers Claimed = "others"
	ByNobody Claimed = "nobody"
)

// ReviewPage is a page of the queue. It may have fewer reviews than it was asked for, and others follow nevertheless.
type ReviewPage struct {
	Reviews []store.Review
	Next    store.ReviewKey
	More    bool // beginning after Next
}

// How many of the queue are read at a time where not each is wanted, and how many one page looks at.
const (
	queueChunk = 500
	queueReach = 6 * queueChunk
)

// Reviews gives what waits for a review, the oldest first. Claims that have ended are not shown.
func (r *Registry) Reviews(ctx context.Context, by Caller, q ReviewQuery) (p ReviewPage, err error) {
	err = r.store.View(ctx, func(tx store.Tx) (err error) {
		p, err = q.page(tx, by.Cause)
		return err
	})
	return p, err
}

// page looks through the queue until the page is full and one more is found, the queue ends, or it has looked at enough.
func (q *ReviewQuery) page(tx store.Tx, c event.Cause) (p ReviewPage, err error) {
	f := store.ReviewFilter{ServiceCode: q.Service, After: q.After, Limit: q.Limit + 1}
	if q.Partner != "" || q.Claimed != "" {
		f.Limit = queueChunk
	}
	if q.Claimed == ByMe || q.Claimed == ByOthers {
		f.HeldAt = c.At
	}
	p.Next = q.After
	for looked := 0; looked < queueReach; looked += f.Limit {
		list, err := tx.Reviews(f)
		if err != nil {
			return p, err
		}
		if q.add(&p, list, c); p.More || len(list) < f.Limit {
			return p, nil
		}
		f.After = p.Next
	}
	p.More = true
	return p, nil
}

// add adds what is wanted of some reviews, until the page is full; More says that one was left over.
func (q *ReviewQuery) add(p *ReviewPage, list []store.Review, c event.Cause) {
	for _, x := range list {
		if !x.Claim.Holds(x.Activation, c.At) {
			x.Claim = x.Claim.Over()
		}
		if q.wants(&x, c.Actor) {
			if p.More = len(p.Reviews) == q.Limit; p.More {
				return
			}
			p.Reviews = append(p.Reviews, x)
		}
		p.Next = x.Key()
	}
}

func (q *ReviewQuery) wants(x *store.Review, actor string) bool {
	if q.Partner != "" && q.Partner != x.Agent.PartnerID {
		return false
	}
	switch by := x.Claim.By; q.Claimed {
	case ByMe:
		return by == actor
	case ByOthers:
		return by != "" && by != actor
	case ByNobody:
		return by == ""
	}
	return true
}

// ReviewSummary gives how much waits of each service, over those that wait since before a time, and how many reviews the
// caller has claimed.
func (r *Registry) ReviewSummary(ctx context.Context, by Caller, before time.Time) (totals []store.ReviewTotal, mine int, err error) {
	err = r.store.View(ctx, func(tx store.Tx) (err error) {
		if totals, err = tx.ReviewTotals(before); err == nil {
			mine, err = tx.ClaimsHeld(by.Cause.Actor, by.Cause.At)
		}
		return err
	})
	return totals, mine, err
}

// ClaimReview says that the caller is looking at an activation that waits, or still is. changed is false when that
// was known. Faults: UnknownAgent, UnknownService, Conflict when it does not wait or somebody else looks at it.
func (r *Registry) ClaimReview(ctx context.Context, by Caller, userCode, serviceCode string) (cl agent.Claim, changed bool, err error) {
	return r.changeClaim(ctx, by, userCode, serviceCode, func(cl agent.Claim, a agent.Activation) (agent.Claim, *event.Event, error) {
		return cl.Take(a, by.Cause)
	})
}

// ReleaseReview gives a claim back: the caller's own, or an administrator anybody's. changed is false when nobody had
// claimed it. Faults: UnknownAgent, UnknownService, Forbidden.
func (r *Registry) ReleaseReview(ctx context.Context, by Caller, userCode, serviceCode string) (changed bool, err error) {
	_, changed, err = r.changeClaim(ctx, by, userCode, serviceCode, func(cl agent.Claim, a agent.Activation) (agent.Claim, *event.Event, error) {
		return cl.Release(a, by.overrules(), by.Cause)
	})
	return changed, err
}

// overrules says whether the caller may decide what others have claimed.
func (by Caller) overrules() bool { return by.Roles.Has(access.Administrator) }

// changeClaim changes a claim and records it in a chain of its own: neither the agent nor the directory changes.
func (r *Registry) changeClaim(ctx context.Context, by Caller, userCode, serviceCode string,
	change func(agent.Claim, agent.Activation) (agent.Claim, *event.Event, error)) (now agent.Claim, changed bool, err error) {
	err = r.update(ctx, by, func(tx store.Tx) error {
		rec, err := own(tx.AgentState, by.PartnerID, userCode)
		if err != nil {
			return err
		}
		if err := inCatalogue(tx, serviceCode); err != nil {
			return err
		}
		was, err := tx.Claim(userCode, serviceCode)
		if err != nil {
			return err
		}
		var e *event.Event
		now, e, err = change(was, rec.Activation(serviceCode))
		if changed = e != nil; err != nil || !changed {
			return err
		}
		if now.Head, err = record(tx, was.Head, e); err != nil {
			return err
		}
		return tx.SaveClaim(now)
	})
	return now, changed, err
}

func inCatalogue(tx store.Tx, serviceCode string) error {
	dir, err := tx.Directory()
	if err == nil {
		_, err = dir.FindService(serviceCode)
	}
	return err
}

// heedClaim looks whether somebody else is looking at what the caller wants to approve or reject. It gives the claim
// that the decision ends. Faults: Conflict.
func heedClaim(tx store.Tx, by Caller, a agent.Activation, cmd agent.CommandKind) (cl agent.Claim, err error) {
	if cmd != agent.Approve && cmd != agent.Reject || !a.State.Waiting() {
		return cl, nil
	}
	if cl, err = tx.Claim(a.UserCode, a.ServiceCode); err != nil {
		return cl, err
	}
	return cl, cl.Heed(a, by.overrules(), by.Cause)
}

// endClaim ends a claim: what was decided is recorded with the agent, and where a second one must decide as well, they
// claim it anew.
func endClaim(tx store.Tx, cl agent.Claim) error {
	if cl.By == "" {
		return nil
	}
	return tx.SaveClaim(cl.Over())
}
