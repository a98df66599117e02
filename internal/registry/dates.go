package registry

import (
	"context"
	"time"

	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// DatesChange says what to do with an activation's dates: nil leaves one as it is, the zero time takes it away.
type DatesChange struct {
	From, Until, VerifyBy *time.Time
}

func (d DatesChange) of(was agent.Dates) agent.Dates {
	for _, x := range []struct{ to, now *time.Time }{{d.From, &was.From}, {d.Until, &was.Until}, {d.VerifyBy, &was.VerifyBy}} {
		if x.to != nil {
			*x.now = store.Cut(*x.to)
		}
	}
	return was
}

// Reschedule changes the dates of an activation that is on or waits. changed is false when they were so
// already. Faults: UnknownAgent, UnknownService, Invalid, Conflict, Unauthenticated.
func (r *Registry) Reschedule(ctx context.Context, by Caller, userCode, serviceCode string, d DatesChange) (now agent.Activation, changed bool, err error) {
	err = r.store.Update(ctx, func(tx store.Tx) error {
		dir, err := mayStill(tx, by)
		if err != nil {
			return err
		}
		rec, err := own(tx.AgentState, by.PartnerID, userCode)
		if err != nil {
			return err
		}
		svc, err := dir.FindService(serviceCode)
		if err != nil {
			return err
		}
		var e *event.Event
		now, e, err = rec.Reschedule(svc, d.of(rec.Activation(svc.Code).Dates), by.Cause)
		if changed = e != nil; err != nil || e == nil {
			return err
		}
		if err := by.Seen.still(rec.Agent.Head, rec.Activation(svc.Code).Head); err != nil {
			return err
		}
		now, err = saveActivation(tx, rec, now, e)
		return err
	})
	return now, changed, err
}

// SetPlace registers where an agent trades, "" for nowhere. changed is false when it was so already.
// Faults: UnknownAgent, Invalid, Conflict, Unauthenticated.
func (r *Registry) SetPlace(ctx context.Context, by Caller, userCode, latLong string) (changed bool, err error) {
	_, changed, err = r.changeAgent(ctx, by, userCode, func(rec *agent.Record) (agent.Agent, *event.Event, error) {
		return rec.SetPlace(latLong, by.Cause)
	})
	return changed, err
}

// SetDevices says from which devices alone an agent may transact, none for any: what change makes of those
// that there are. It must be pure. Faults: as SetPlace.
func (r *Registry) SetDevices(ctx context.Context, by Caller, userCode string, change func([]string) []string) (devices []string, changed bool, err error) {
	a, changed, err := r.changeAgent(ctx, by, userCode, func(rec *agent.Record) (agent.Agent, *event.Event, error) {
		return rec.SetDevices(change(rec.Agent.Devices.List()), by.Cause)
	})
	return a.Devices.List(), changed, err
}

// changeAgent changes an agent and records it, when there is something to change.
func (r *Registry) changeAgent(ctx context.Context, by Caller, userCode string, change func(*agent.Record) (agent.Agent, *event.Event, error)) (a agent.Agent, changed bool, err error) {
	err = r.store.Update(ctx, func(tx store.Tx) error {
		if _, err := mayStill(tx, by); err != nil {
			return err
		}
		rec, err := own(tx.Agent, by.PartnerID, userCode)
		if err != nil {
			return err
		}
		var e *event.Event
		a, e, err = change(rec)
		if changed = e != nil; err != nil || e == nil {
			return err
		}
		if err := by.Seen.still(rec.Agent.Head); err != nil {
			return err
		}
		return saveAgent(tx, rec, a, e)
	})
	return a, changed, err
}
