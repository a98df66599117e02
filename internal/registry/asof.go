package registry

import (
	"context"
	"slices"
	"time"

	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// AsOf gives an agent as it was at a time, without its profile, and its last events until then, newest first;
// limit 0 gives all. What was erased since stays erased. UnknownAgent when there is none, or was none yet.
func (r *Registry) AsOf(ctx context.Context, userCode string, at time.Time, limit int) (then *agent.Record, events []event.Event, err error) {
	err = r.store.View(ctx, func(tx store.Tx) error {
		rec, err := tx.Agent(userCode)
		if err != nil {
			return err
		}
		then, events, err = replay(tx, rec, at)
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	slices.Reverse(events)
	if limit > 0 && len(events) > limit {
		events = events[:limit]
	}
	return then, events, nil
}

// replay plays the history of an agent until a time again. It gives the events too, oldest first.
func replay(tx store.Tx, rec *agent.Record, at time.Time) (*agent.Record, []event.Event, error) {
	events, err := store.History(tx, rec.Head(), 0)
	if err == nil {
		err = reveal(tx, events)
	}
	if err != nil {
		return nil, nil, err
	}
	slices.Reverse(events)
	if i := slices.IndexFunc(events, func(e event.Event) bool { return e.Cause.At.After(at) }); i >= 0 {
		events = events[:i]
	}
	then, ok := agent.Replay(events, at)
	if !ok {
		return nil, nil, fault.New(fault.UnknownAgent, "Agent %s was not there yet: it was onboarded on %s.",
			rec.Agent.UserCode, rec.Agent.CreatedAt.UTC().Format("2006-01-02 15:04:05Z"))
	}
	return &then, events, nil
}
