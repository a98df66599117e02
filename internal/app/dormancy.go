package app

import (
	"context"
	"time"
)

// dormancyEvery is how often unused activations are looked for. Their rules count days.
const dormancyEvery = time.Hour

// watchDormancy blocks what was not used for too long: once soon after the start, so that it happens also
// where a process never lives for an hour, and then every so often.
func (a *App) watchDormancy(ctx context.Context) {
	for wait := upkeepEvery; ; wait = dormancyEvery {
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
		n, err := a.reg.SweepDormant(ctx)
		if err != nil && ctx.Err() == nil {
			a.log.Error("dormant activations cannot be blocked", "error", err)
		}
		if n > 0 {
			a.log.Info("dormant activations blocked", "count", n)
		}
	}
}
