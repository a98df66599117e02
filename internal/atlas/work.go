package atlas

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/store"
)

const (
	atOnce   = 500                    // agents and events read in one step
	patience = 2 * time.Second        // how long an event is waited for before the clock is looked at again
	breath   = 200 * time.Millisecond // between two steps when little happens, and after what failed
)

// Work reads the agents when somebody asks for a map, and follows the record for as long as somebody does, until ctx
// ends.
func (a *Atlas) Work(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-a.wanted:
		}
		if a.idle() {
			continue // that was before all was forgotten
		}
		if err := a.attend(ctx); err != nil && ctx.Err() == nil {
			a.log.Error("the agents cannot be read for the map", "error", err)
			rest(ctx, patience)
			a.wake()
		}
	}
}

// rest waits, or until ctx ends.
func rest(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// attend reads all agents and follows the record until nobody asks any more. Then all is forgotten.
func (a *Atlas) attend(ctx context.Context) error {
	defer a.begin(nil, 0)
	seq, err := a.reg.LastEvent(ctx) // what happens from here on is looked at again
	if err != nil {
		return err
	}
	total, err := a.reg.CountAgents(ctx)
	if err != nil {
		return err
	}
	a.begin(newIndex(total), total)
	f := follower{Atlas: a, seq: seq}
	if err := f.readAll(ctx); err != nil {
		return err
	}
	a.mu.Lock()
	a.ready = true
	a.mu.Unlock()
	return f.follow(ctx)
}

func (a *Atlas) begin(x *index, total int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.index, a.total, a.ready = x, total, false
}

// follower keeps an atlas as the record says.
type follower struct {
	*Atlas
	seq    uint64                 // of the last event that was looked at
	fences map[string]agent.Fence // by service code, under which all agents were read
}

// follow goes on until nobody asks any more. When the database is away for a while, what is held stays as good as it
// was.
func (f *follower) follow(ctx context.Context) error {
	for !f.idle() {
		err := f.step(ctx)
		if ctx.Err() != nil || err != nil && !fault.Is(err, fault.Unavailable) {
			return err
		}
		if err != nil {
			rest(ctx, patience)
		}
	}
	return nil
}

// readAll reads every agent, from the beginning. One that was read before is replaced.
func (f *follower) readAll(ctx context.Context) error {
	var fences map[string]agent.Fence // as they were at the beginning: a later change is an event to come
	for after := ""; ; {
		list, dir, err := f.reg.Survey(ctx, after, atOnce)
		if err != nil {
			return err
		}
		if fences == nil {
			fences = fencesOf(dir)
		}
		f.put(list, dir)
		if len(list) < atOnce {
			f.fences = fences
			return nil
		}
		after = list[len(list)-1].Agent.UserCode
	}
}

// put holds what was read of agents. It is worked out before anybody has to wait.
func (f *follower) put(list []*store.Record, dir *store.Directory) {
	entries, now := make([]entry, 0, len(list)), f.reg.Now()
	for _, rec := range list {
		if rec != nil {
			entries = append(entries, describe(&rec.Record, dir, now))
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for i := range entries {
		f.index.put(&entries[i])
	}
}

// step looks at the next events, or waits for one, and reads again whom they are about and whose blocks begin or end.
// After an error the same events are looked at again.
func (f *follower) step(ctx context.Context) error {
	events, err := f.reg.Recorded(ctx, f.seq, atOnce)
	if err != nil {
		return err
	}
	if err := f.readAgain(ctx, f.concerned(events)); err != nil {
		return err
	}
	if err := f.mindFences(ctx, events); err != nil {
		return err
	}
	switch len(events) {
	case atOnce: // there are more
	case 0:
		return f.await(ctx)
	default:
		rest(ctx, breath)
	}
	f.seq = events[len(events)-1].Seq
	return nil
}

// await waits for the next event, or until it is time to look at the clock.
func (f *follower) await(ctx context.Context) error {
	waiting, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	err := f.reg.Await(waiting, f.seq)
	if waiting.Err() != nil {
		return ctx.Err()
	}
	return err
}

// concerned gives the agents that are to be read again, once each.
func (f *follower) concerned(events []event.Event) []string {
	f.mu.RLock()
	codes := f.index.due(f.reg.Now())
	f.mu.RUnlock()
	for _, e := range events {
		if e.Subject.Kind == event.Agent {
			codes = append(codes, e.Subject.ID)
		}
	}
	slices.Sort(codes)
	return slices.Compact(codes)
}

func (f *follower) readAgain(ctx context.Context, codes []string) error {
	for some := range slices.Chunk(codes, atOnce) {
		list, dir, err := f.reg.SurveyOf(ctx, some)
		if err != nil {
			return err
		}
		f.put(list, dir)
	}
	return nil
}

// mindFences reads all agents again when the fence of a service was changed: any of them may be outside of it now.
func (f *follower) mindFences(ctx context.Context, events []event.Event) error {
	if !slices.ContainsFunc(events, func(e event.Event) bool { return e.Subject.Kind == event.Service }) {
		return nil
	}
	on, err := f.reg.Stand(ctx)
	if err != nil || maps.Equal(fencesOf(on.Dir), f.fences) {
		return err
	}
	return f.readAll(ctx)
}

func fencesOf(dir *store.Directory) map[string]agent.Fence {
	fences := make(map[string]agent.Fence, len(dir.Services))
	for i := range dir.Services {
		if s := &dir.Services[i]; s.Fence.Demanded() {
			fences[s.Code] = s.Fence
		}
	}
	return fences
}
