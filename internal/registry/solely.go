package registry

import (
	"context"
	"log/slog"
	"time"

	"github.com/switchboard-platform/switchboard/internal/fault"
)

// The pieces of work that one process does at a time.
const (
	Delivering = "webhooks"
	Signing    = "log"
	Planning   = "plans"
	Sweeping   = "dormancy"
	Forgetting = "upkeep"
	Indexing   = "search"
)

// How long a claim of work holds, how often it is prolonged, and when a process that could not prolong it lets go:
// a while before another one may begin, so that it can end.
const (
	workFor    = 10 * time.Second
	workEvery  = 2 * time.Second
	workSafely = workFor - 2*workEvery
)

// Solely does a piece of work whenever it is this process's turn, until ctx ends. The context of the work ends with
// ctx, or when it may no longer be this process's turn; the work must then come to its end. A process that freezes and
// wakes up may find that another one has begun: what the work writes must bear that.
func (r *Registry) Solely(ctx context.Context, name string, work func(context.Context)) {
	for ctx.Err() == nil {
		if asked := time.Now(); r.claim(ctx, name) {
			r.solely(ctx, name, asked, work)
		}
		select {
		case <-ctx.Done():
		case <-time.After(workEvery):
		}
	}
}

// claim takes a piece of work or prolongs it. What cannot be asked is not held.
func (r *Registry) claim(ctx context.Context, name string) bool {
	held, err := r.store.Claim(ctx, name, workFor)
	if err != nil && ctx.Err() == nil && !fault.Is(err, fault.Unavailable) {
		slog.Error("work cannot be claimed", "work", name, "error", err)
	}
	return held && err == nil
}

// solely does a piece of work whose claim was asked for at a time, prolongs the claim until the work has ended, and gives
// it back.
func (r *Registry) solely(ctx context.Context, name string, asked time.Time, work func(context.Context)) {
	ctx, letGo := context.WithCancel(ctx)
	defer letGo()
	keeping, enough := context.WithCancel(context.WithoutCancel(ctx)) // the work may take a while to end
	kept := make(chan struct{})
	go func() {
		defer close(kept)
		r.keep(keeping, name, asked, letGo)
	}()
	defer func() {
		enough()
		<-kept
		_, _ = r.store.Claim(context.WithoutCancel(ctx), name, 0) // if it fails the next one waits
	}()
	work(ctx)
}

// keep prolongs a claim until ctx ends. When that fails for too long it calls letGo.
func (r *Registry) keep(ctx context.Context, name string, asked time.Time, letGo func()) {
	late := time.AfterFunc(workSafely-time.Since(asked), letGo)
	defer late.Stop()
	tick := time.NewTicker(workEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if asked = time.Now(); r.claim(ctx, name) {
				late.Reset(workSafely - time.Since(asked))
			}
		}
	}
}
