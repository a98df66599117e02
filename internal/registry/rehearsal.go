package registry

import (
	"context"
	"slices"
	"time"

	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/block"
	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// Rehearsal asks what would stop by itself until a later time, if nobody did anything.
type Rehearsal struct {
	At      time.Time // later than now
	Service string    // only this service; "" for all
	After   string    // agents after this user code
	Limit   int       // look at so many agents at most; required
}

// Stopping is an activation that may be used now and may not at the time of a rehearsal.
type Stopping struct {
	UserCode, ServiceCode string
	Reasons               []agent.Reason // those that there will be
}

// Rehearsed is one page of a rehearsal.
type Rehearsed struct {
	Agents int // how many were looked at
	Items  []Stopping
	Next   string // go on after this user code; "" at the end
}

// Rehearse looks through the next agents for activations that may be used now and would not be any more at a
// later time. Dates, blocks and dormancy count; the place and the device of a use do not.
//
// Faults: Invalid, UnknownService.
func (r *Registry) Rehearse(ctx context.Context, ask Rehearsal) (out Rehearsed, err error) {
	now := r.Now()
	var bad fault.Fields
	if !ask.At.After(now) {
		bad.Add("at", "must be in the future")
	}
	if !event.ValidDate(ask.At) {
		bad.Add("at", event.DateProblem)
	}
	if err := bad.Err(); err != nil {
		return out, err
	}
	if ask.After == "" {
		if err := r.FlushUses(ctx); err != nil {
			return out, err
		}
	}
	err = r.store.View(ctx, func(tx store.Tx) error {
		dir, err := tx.Directory()
		if err != nil {
			return err
		}
		if _, err := dir.FindService(ask.Service); err != nil && ask.Service != "" {
			return err
		}
		page, err := tx.Records(ask.After, ask.Limit)
		if err != nil {
			return err
		}
		for _, rec := range page {
			x := rehearsing{tx: tx, dir: dir, rec: anywhere(&rec.Record), now: now, then: ask.At}
			if err := x.agent(ask.Service, &out); err != nil {
				return err
			}
		}
		if out.Agents = len(page); out.Agents == ask.Limit {
			out.Next = page[len(page)-1].Agent.UserCode
		}
		return nil
	})
	return out, err
}

// anywhere is a record whose agent may transact from any device.
func anywhere(rec *agent.Record) *agent.Record {
	free := *rec
	free.Agent.Devices = ""
	return &free
}

// rehearsing is one agent that is looked at.
type rehearsing struct {
	tx        store.Tx
	dir       *store.Directory
	rec       *agent.Record
	now, then time.Time
}

func (x rehearsing) agent(service string, out *Rehearsed) error {
	for i := range x.rec.Activations {
		a := &x.rec.Activations[i]
		svc, ok := x.dir.Service(a.ServiceCode)
		if !ok || service != "" && svc.Code != service {
			continue
		}
		svc.Fence = agent.Fence{}
		if len(x.decide(&svc, x.now)) > 0 {
			continue
		}
		reasons := x.decide(&svc, x.then)
		if svc.DormantDays > 0 {
			dormant, err := x.dormant(&svc)
			if err != nil {
				return err
			}
			reasons = append(reasons, dormant...)
		}
		if len(reasons) > 0 {
			out.Items = append(out.Items, Stopping{UserCode: a.UserCode, ServiceCode: a.ServiceCode, Reasons: slices.Clip(reasons)})
		}
	}
	return nil
}

func (x rehearsing) decide(svc *agent.Service, at time.Time) []agent.Reason {
	return x.rec.Decide(svc, x.dir.BlocksOnService(svc.Code), x.dir.BlocksOnPartner(x.rec.Agent.PartnerID), agent.Question{At: at})
}

// dormant gives the reason that there will be if the activation is not used until then.
func (x rehearsing) dormant(svc *agent.Service) ([]agent.Reason, error) {
	last, err := lastUsed(x.tx, x.rec, svc.Code)
	if err != nil {
		return nil, err
	}
	lifted, _, err := dormancyOf(x.tx, x.rec.Agent.UserCode, svc.Code)
	if err != nil {
		return nil, err
	}
	begins := max(last, lifted) + svc.DormantDays + 1 // the day after so many unused ones
	if begins > dayOf(x.then) {
		return nil, nil
	}
	since := time.Unix(int64(begins)*secondsADay, 0).UTC()
	return []agent.Reason{{Code: agent.BlockedActivation, Owner: block.System, Rule: block.Dormant, Since: since}}, nil
}
