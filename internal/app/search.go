package app

import (
	"context"
	"time"
)

// How long the search waits for more of what is new before it takes it in, and after a failure.
const (
	termsSettle = 500 * time.Millisecond
	termsRetry  = 5 * time.Second
)

// keepTerms keeps the terms by which agents and members are found, until ctx ends.
func (a *App) keepTerms(ctx context.Context) {
	for ctx.Err() == nil {
		if err := a.followTerms(ctx); ctx.Err() == nil {
			a.log.Error("the search cannot take in what is new for now", "error", err)
		}
		rest(ctx, termsRetry)
	}
}

// followTerms goes on from where the last one was, until something fails or ctx ends.
func (a *App) followTerms(ctx context.Context) error {
	indexer, err := a.reg.Indexer(ctx)
	if err != nil {
		return err
	}
	for {
		more, err := indexer.Step(ctx)
		if err != nil {
			return err
		}
		if more {
			continue
		}
		if err := a.reg.Await(ctx, indexer.At()); err != nil {
			return err
		}
		rest(ctx, termsSettle)
	}
}

// rest waits for a while, or until ctx ends.
func rest(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
