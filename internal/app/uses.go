package app

import (
	"context"
	"errors"
	"time"
)

// usesEvery is how often the notes of what was used are saved: what a crash can lose of them.
const usesEvery = 30 * time.Second

// keepUses saves the notes of what was used; Close saves the last ones.
func (a *App) keepUses(ctx context.Context) {
	if err := a.flushUses(ctx); err != nil && ctx.Err() == nil {
		a.log.Error("what was used cannot be noted", "error", err)
	}
}

// Close saves what is only in memory and closes the store. Serve and Operate must have returned.
func (a *App) Close() error {
	a.count()
	ctx := context.Background()
	return errors.Join(a.flushUses(ctx), a.reg.SaveActivity(ctx), a.store.Close())
}

// flushUses saves what was used: activations, and keys.
func (a *App) flushUses(ctx context.Context) error {
	return errors.Join(a.reg.FlushUses(ctx), a.reg.FlushKeyUses(ctx))
}
