package failovertest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	core "github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/store"
	"github.com/switchboard-platform/switchboard/internal/store/postgres"
)

// check compares what the database holds with what was answered: each change once and in its order, and no other.
func (l *load) check(t *testing.T, url string) {
	t.Helper()
	s, err := postgres.Open(t.Context(), postgres.Config{URL: url})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	err = s.View(t.Context(), func(tx store.Tx) error {
		var errs []error
		for _, a := range l.agents {
			if err := a.compare(tx); err != nil {
				errs = append(errs, fmt.Errorf("agent %s: %w", a.code, err))
			}
		}
		return errors.Join(errs...)
	})
	if err != nil {
		t.Error(err)
	}
}

func (a *agent) compare(tx store.Tx) error {
	rec, err := tx.Agent(a.code)
	if err != nil {
		return err
	}
	events, err := store.History(tx, rec.Head(), 0)
	if err != nil {
		return err
	}
	slices.Reverse(events)
	if err := event.Verify(event.Head{}, events); err != nil {
		return err
	}
	events = events[1:] // its onboarding
	for i, c := range a.changes {
		if i == len(events) {
			return fmt.Errorf("%d changes were answered, and the record ends before %s", len(a.changes), c.reference)
		}
		if !strings.Contains(events[i].Data, c.reference) {
			return fmt.Errorf("change %d was %s, and the record has %s", i, c.reference, events[i].Data)
		}
	}
	if len(events) > len(a.changes) {
		return fmt.Errorf("%d changes were answered, and the record has %d", len(a.changes), len(events))
	}
	on := len(a.changes) > 0 && a.changes[len(a.changes)-1].on
	if have := rec.Activation(serviceCode).State == core.Active; have != on {
		return fmt.Errorf("its service is on: %t, and was answered to be: %t", have, on)
	}
	return nil
}

// stale gives the decisions that no longer were so when they were asked for: answered against the last change that
// had been answered before, while no other was under way.
func (l *load) stale(decisions []decision) (list []decision) {
	for _, d := range decisions {
		if !l.agents[d.Agent].wasOnce(d.Allowed, d.Began, d.Answered) {
			list = append(list, d)
		}
	}
	return list
}

// wasOnce says whether the service can have been on, or off, at some time in between.
func (a *agent) wasOnce(on bool, from, to time.Time) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	state := false // of the last change that was answered before
	for _, c := range a.changes {
		if !c.answered.IsZero() && c.answered.Before(from) {
			state = c.on
		} else if c.began.Before(to) && c.on == on {
			return true
		}
	}
	return state == on
}

// TestStaleIsFound: the check finds a stale answer, and takes what may have been so.
func TestStaleIsFound(t *testing.T) {
	t.Parallel()
	began := time.Now()
	at := func(s int) time.Time { return began.Add(time.Duration(s) * time.Second) }
	a := &agent{changes: []change{
		{on: true, began: at(1), answered: at(2)},
		{on: false, began: at(4), answered: at(6)},
		{on: true, began: at(9)}, // not answered yet
	}}
	for _, c := range []struct {
		on       bool
		from, to int
		want     bool
	}{
		{true, 0, 0, false}, {false, 0, 0, true}, // before the first
		{true, 3, 3, true}, {false, 3, 3, false},
		{true, 5, 5, true}, {false, 5, 5, true}, // while it is switched off
		{true, 7, 8, false}, {false, 7, 8, true},
		{true, 7, 10, true}, {false, 11, 12, true}, // while it is switched on
	} {
		if got := a.wasOnce(c.on, at(c.from), at(c.to)); got != c.want {
			t.Errorf("on=%t from %d to %d was so: %t, want %t", c.on, c.from, c.to, got, c.want)
		}
	}
}
