package registry

import (
	"context"
	"fmt"
	"time"

	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/block"
	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// dormantActor is who places blocks on what was not used for too long.
const dormantActor = "system:dormant"

// dormantBatch is how many agents one transaction blocks, and one page of candidates has: few enough that a
// change by somebody else does not wait long behind it.
const dormantBatch = 200

// SweepDormant places the system's blocks on activations that were not used for as long as their services'
// rules say, and gives how many. It can be stopped and run again at any time: what has its block is left
// alone, and so is what an administrator lifted one from since.
func (r *Registry) SweepDormant(ctx context.Context) (placed int, err error) {
	dir, err := r.store.Directory(ctx)
	if err != nil {
		return 0, err
	}
	flushed := false
	for _, svc := range dir.Services {
		if svc.DormantDays == 0 {
			continue
		}
		if !flushed { // uses that only this process knows of would else not count
			if err := r.FlushUses(ctx); err != nil {
				return placed, err
			}
			flushed = true
		}
		n, err := r.sweepService(ctx, svc.Code, dayOf(r.Now())-svc.DormantDays)
		if placed += n; err != nil {
			return placed, err
		}
	}
	return placed, nil
}

// sweepService blocks the activations of a service that were not used since a day. Candidates are looked for
// without holding anybody up, and looked at again in the transaction that blocks them.
func (r *Registry) sweepService(ctx context.Context, code string, since int) (placed int, err error) {
	for after, more := "", true; more; {
		var idle []string
		if after, idle, err = r.idle(ctx, code, since, after); err != nil {
			return placed, err
		}
		if more = after != ""; len(idle) == 0 {
			continue
		}
		var n int
		err = r.store.Update(ctx, func(tx store.Tx) (err error) {
			n, err = blockDormant(tx, r.Now(), code, since, idle)
			return err
		})
		if placed += n; err != nil {
			return placed, err
		}
	}
	return placed, nil
}

// idle gives the agents of the next page of activations that are dormant and not blocked for it, and where the
// page after it begins, "" when there is none.
func (r *Registry) idle(ctx context.Context, code string, since int, after string) (next string, idle []string, err error) {
	err = r.store.View(ctx, func(tx store.Tx) error {
		page, err := tx.Idle(store.IdleFilter{ServiceCode: code, Since: since, After: after, Limit: dormantBatch})
		if err != nil {
			return err
		}
		for _, a := range page {
			spared, err := sparedDormancy(tx, a.UserCode, code, since)
			if err != nil {
				return err
			}
			if !spared {
				idle = append(idle, a.UserCode)
			}
		}
		if len(page) == dormantBatch {
			next = page[len(page)-1].UserCode
		}
		return nil
	})
	return next, idle, err
}

// blockDormant blocks a service of agents where it is still dormant.
func blockDormant(tx store.Tx, now time.Time, code string, since int, userCodes []string) (placed int, err error) {
	dir, err := tx.Directory()
	if err != nil {
		return 0, err
	}
	svc, _ := dir.Service(code)
	if svc.DormantDays == 0 || dayOf(now)-svc.DormantDays < since { // the rule has changed meanwhile
		return 0, nil
	}
	for _, userCode := range userCodes {
		rec, err := tx.Agent(userCode)
		if err != nil {
			return 0, err
		}
		last, err := lastUsed(tx, rec, code)
		if err != nil {
			return 0, err
		}
		spared, err := sparedDormancy(tx, userCode, code, since)
		if err != nil {
			return 0, err
		}
		if spared || last >= since || rec.Activation(code).State.Status != agent.Activated || !rec.Agent.ErasedAt.IsZero() {
			continue
		}
		if err := placeDormant(tx, target{dir: dir, rec: rec}, &svc, now); err != nil {
			return 0, err
		}
		placed++
	}
	return placed, nil
}

func placeDormant(tx store.Tx, t target, svc *agent.Service, now time.Time) error {
	b := block.Block{Target: block.Target{Agent: t.rec.Agent.UserCode, Service: svc.Code}, Owner: block.System, Rule: block.Dormant,
		Reason: fmt.Sprintf("not used for %d days", svc.DormantDays)}
	_, err := t.place(tx, b, event.Cause{Actor: dormantActor, At: now})
	return err
}

// dormantBlocks is how many of the last blocks of an activation are looked at.
const dormantBlocks = 20

// sparedDormancy says whether an activation needs no block for dormancy: it has one, or one was lifted from it
// on a day or later, and the days count from then.
func sparedDormancy(tx store.Tx, userCode, code string, since int) (bool, error) {
	lifted, open, err := dormancyOf(tx, userCode, code)
	return open || lifted >= since, err
}

// dormancyOf gives the day on which a block for dormancy was last lifted from an activation, 0 for never, and
// whether it has one now.
func dormancyOf(tx store.Tx, userCode, code string) (lifted int, open bool, err error) {
	owner := block.System
	list, err := tx.Blocks(store.BlockFilter{Agent: userCode, Service: code, Owner: &owner, Limit: dormantBlocks})
	for _, b := range list {
		if b.Rule != block.Dormant {
			continue
		}
		if b.Open() {
			return lifted, true, nil
		}
		lifted = max(lifted, dayOf(b.LiftedAt))
	}
	return lifted, false, err
}

// lastUsed gives the day on which an activation was last used or changed, or the one on which it begins: until
// then nobody could use it.
func lastUsed(tx store.Tx, rec *agent.Record, code string) (day int, err error) {
	a := rec.Activation(code)
	day = max(dayOf(a.CreatedAt), dayOf(a.UpdatedAt), dayOf(a.Dates.From))
	uses, err := tx.Uses(rec.Agent.UserCode)
	for _, u := range uses {
		if u.ServiceCode == code {
			day = max(day, u.Day)
		}
	}
	return day, err
}
