package registry_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/registry"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// steps gives how often something happened in each step of a period that has any, by how many steps ago.
func (w *world) steps(period, name, label string) map[int]int64 {
	w.t.Helper()
	a, err := w.Activity(context.Background(), period)
	if err != nil {
		w.t.Fatal(err)
	}
	found := map[int]int64{}
	for _, s := range a.Series {
		for i, n := range s.Counts {
			if s.Name == name && s.Label == label && n != 0 {
				found[a.Steps-1-i] = n
			}
		}
	}
	return found
}

func (w *world) wantSteps(period, name, label string, want map[int]int64) {
	w.t.Helper()
	got := w.steps(period, name, label)
	same := len(got) == len(want)
	for step, n := range want {
		same = same && got[step] == n
	}
	if !same {
		w.t.Errorf("%s %s of the last %s, by steps ago: %v, want %v", name, label, period, got, want)
	}
}

func (w *world) saveActivity() {
	w.t.Helper()
	if err := w.SaveActivity(context.Background()); err != nil {
		w.t.Fatal(err)
	}
}

// What happens is told at once and once, saved or not, in the steps of each period.
func TestActivityInSteps(t *testing.T) {
	t.Parallel()
	w := open(t, nil)
	w.Happened("a", "x", 3)
	w.wantSteps("hour", "a", "x", map[int]int64{0: 3})
	w.saveActivity()
	w.wantSteps("hour", "a", "x", map[int]int64{0: 3})
	w.Happened("a", "x", 1)
	w.Happened("a", "", 7)
	w.wantSteps("hour", "a", "x", map[int]int64{0: 4})
	w.pass(16 * time.Minute)
	w.Happened("a", "x", 10)
	w.saveActivity()
	w.saveActivity()
	w.wantSteps("hour", "a", "x", map[int]int64{16: 4, 0: 10})
	w.wantSteps("day", "a", "x", map[int]int64{1: 4, 0: 10})
	w.wantSteps("week", "a", "x", map[int]int64{0: 14})
	w.wantSteps("week", "a", "", map[int]int64{0: 7})
	w.pass(43*time.Minute + 59*time.Second)
	w.wantSteps("hour", "a", "x", map[int]int64{59: 4, 43: 10})
	w.pass(time.Second)
	w.wantSteps("hour", "a", "x", map[int]int64{44: 10})
	w.wantSteps("week", "a", "x", map[int]int64{1: 14})
	w.pass(7*24*time.Hour - time.Hour)
	w.wantSteps("week", "a", "x", nil)
	if _, err := w.Activity(t.Context(), "year"); !fault.Is(err, fault.Invalid) {
		t.Errorf("the activity of a year: %v", err)
	}
}

// What is too old for every period is gone from the store with the next counts; what still counts is not.
func TestActivityIsForgotten(t *testing.T) {
	t.Parallel()
	w := open(t, nil)
	rows := func() (n int) {
		for _, p := range registry.Periods() {
			if err := w.store.View(t.Context(), func(tx store.Tx) error {
				return tx.Counts(p.Step, time.Time{}, func(store.Count) { n++ })
			}); err != nil {
				t.Fatal(err)
			}
		}
		return n
	}
	for _, x := range []struct {
		after time.Duration
		want  int // rows: of this time, and of those before
	}{{0, 3}, {0, 3}, {time.Minute, 4}, {time.Hour, 7}, {2 * time.Hour, 7}, {3 * 24 * time.Hour, 6}, {20 * 24 * time.Hour, 3}} {
		w.pass(x.after)
		w.Happened("a", "", 1)
		w.saveActivity()
		if got := rows(); got != x.want {
			t.Errorf("%v later there are %d rows, want %d", x.after, got, x.want)
		}
	}
}

// What cannot be saved is saved the next time.
func TestActivityThatCannotBeSaved(t *testing.T) {
	t.Parallel()
	w := open(t, nil)
	w.Happened("a", "", 5)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := w.SaveActivity(ended); !fault.Is(err, fault.Unavailable) {
		t.Errorf("saved in a context that ended: %v", err)
	}
	w.Happened("a", "", 1)
	w.wantSteps("hour", "a", "", map[int]int64{0: 6})
	w.saveActivity()
	w.wantSteps("hour", "a", "", map[int]int64{0: 6})
}

// appendEvents records so many changes of a kind at the present time.
func (w *world) appendEvents(kind event.Kind, n int) {
	w.t.Helper()
	if err := w.store.Update(context.Background(), func(tx store.Tx) error {
		for range n {
			e := event.Head{}.Next(event.Event{Subject: event.Subject{Kind: event.Service, ID: "x"}, Kind: kind, Cause: w.operator().Cause, Data: "{}"})
			if err := tx.AppendEvent(&e); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		w.t.Fatal(err)
	}
}

// Every change is counted once, however many count and however often, and is told before it is counted, too.
func TestChangesAreCountedOnce(t *testing.T) {
	t.Parallel()
	w := open(t, nil)
	count := func() {
		if err := w.CountChanges(t.Context()); err != nil {
			t.Error(err)
		}
	}
	added := w.steps("hour", registry.Changes, "partner.added")
	if len(added) != 1 || added[0] == 0 {
		t.Errorf("what the sandbox began with is told as %v", added)
	}
	count()
	w.wantSteps("hour", registry.Changes, "partner.added", added)
	w.pass(2 * time.Minute)
	w.appendEvents("many", 25_000)
	w.pass(time.Minute)
	w.appendEvents("few", 3)
	var counting sync.WaitGroup
	for range 4 {
		counting.Go(count)
	}
	counting.Wait()
	w.wantSteps("hour", registry.Changes, "many", map[int]int64{1: 25_000})
	w.wantSteps("hour", registry.Changes, "few", map[int]int64{0: 3})
	w.appendEvents("few", 2)
	w.wantSteps("hour", registry.Changes, "few", map[int]int64{0: 5})
	count()
	count()
	w.wantSteps("day", registry.Changes, "few", map[int]int64{0: 5})
}

// A database that was never counted is not read whole.
func TestChangesOfAnOldDatabase(t *testing.T) {
	t.Parallel()
	w := open(t, nil)
	w.appendEvents("old", 1)
	w.appendEvents("young", 100_000)
	if err := w.CountChanges(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.wantSteps("hour", registry.Changes, "old", nil)
	w.wantSteps("hour", registry.Changes, "young", map[int]int64{0: 100_000})
}

// Series are told in one order.
func TestSeriesAreInOrder(t *testing.T) {
	t.Parallel()
	w := open(t, nil)
	for _, label := range []string{"z", "", "m"} {
		w.Happened("b", label, 1)
		w.Happened("a", label, 1)
	}
	a, err := w.Activity(t.Context(), "day")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range a.Series {
		if s.Name != registry.Changes {
			got = append(got, s.Name+":"+s.Label)
		}
	}
	if want := []string{"a:", "a:m", "a:z", "b:", "b:m", "b:z"}; !slices.Equal(got, want) {
		t.Errorf("the series are %v, want %v", got, want)
	}
}
