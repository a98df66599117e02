package app

import (
	"context"
	"time"
)

// applyPlans works at confirmed plans until ctx ends. What is left of one goes on with the next process.
func (a *App) applyPlans(ctx context.Context) {
	planner := a.reg.NewPlanner()
	for {
		wait, err := planner.Step(ctx)
		if err != nil && ctx.Err() == nil {
			a.log.Error("a plan cannot go on for now", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-a.reg.PlanWork():
		case <-time.After(wait):
		}
	}
}

// meanwhile runs work beside others until the function that it gives is called, which waits for its end.
func meanwhile(ctx context.Context, work func(context.Context)) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		work(ctx)
	}()
	return func() {
		cancel()
		<-ended
	}
}
