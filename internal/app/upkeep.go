package app

import (
	"context"
	"time"
)

// every calls fn now and again until ctx ends.
func every(ctx context.Context, interval time.Duration, fn func(context.Context)) {
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		fn(ctx)
	}
}

// How often old things are let go of: those in memory, and those in the database.
const (
	sweepEvery  = time.Minute
	upkeepEvery = time.Minute
)

// sweep lets go of what is in memory and too old to be of use.
func (a *App) sweep(context.Context) { a.gate.Sweep() }

// upkeep lets go of what is in the database and too old to be of use, and counts what was changed.
func (a *App) upkeep(ctx context.Context) {
	if err := a.reg.CountChanges(ctx); err != nil && ctx.Err() == nil {
		a.log.Error("changes cannot be counted", "error", err)
	}
	if a.cfg.Shared() {
		if err := a.reg.DiscardHalfMade(ctx); err != nil && ctx.Err() == nil {
			a.log.Error("plans that were left half made cannot be discarded", "error", err)
		}
	}
	for _, old := range []struct {
		what   string
		forget func(context.Context, time.Duration) (int, error)
		age    time.Duration
	}{
		{"client_ref_ids", a.reg.ForgetCalls, a.cfg.CallRetention},
		{"api_request_ids", a.reg.ForgetMemberCalls, a.cfg.CallRetention},
		{"webhook deliveries", a.reg.ForgetDeliveries, a.cfg.WebhookRetention},
		{"sessions", a.reg.ForgetSessions, 0},                   // by their own ends
		{"challenges", a.reg.ForgetChallenges, 0},               // likewise
		{"wrong passwords", a.reg.ForgetTallies, 0},             // likewise
		{"signatures", a.forgetUses, 2 * a.cfg.SignatureWindow}, // a timestamp may be as far ahead as it may be old
	} {
		if n, err := old.forget(ctx, old.age); err != nil && ctx.Err() == nil {
			a.log.Error("old "+old.what+" cannot be forgotten", "error", err)
		} else if n > 0 {
			a.log.Info("old "+old.what+" forgotten", "count", n)
		}
	}
}

// forgetUses forgets signatures that the nodes of a shared database remember.
func (a *App) forgetUses(ctx context.Context, age time.Duration) (int, error) {
	s, shared := a.store.(*sharedStore)
	if !shared {
		return 0, nil
	}
	return s.ForgetUses(ctx, a.reg.Now().Add(-age))
}
