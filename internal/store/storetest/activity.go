package storetest

import (
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/store"
)

func activityCases() []testCase {
	return []testCase{
		{"AddCounts/adds to what is counted already", countsAdd},
		{"AddCounts/refuses what would be read as something else", countsRefused},
		{"AddCounts/is no part of the record of changes", countsRecordNothing},
		{"Counts/of one length of step, from a time on, in order", countsFrom},
		{"ForgetCounts/of one length of step, before a time", countsForgotten},
		{"CountEvents/by minute and kind, in pages", eventsCounted},
	}
}

// countAt counts something in a step that began so many minutes after At(0)'s.
func countAt(step time.Duration, minute int, name, label string, n int64) store.Count {
	return store.Count{Step: step, Start: minuteOf(0).Add(time.Duration(minute) * time.Minute), Name: name, Label: label, N: n}
}

// minuteOf is the minute of At(seconds).
func minuteOf(seconds int) time.Time { return At(seconds).Truncate(time.Minute) }

func addCounts(t testing.TB, s store.Store, list ...store.Count) {
	t.Helper()
	update(t, s, func(tx store.Tx) error { return tx.AddCounts(list) })
}

// counts gives all counts of steps of a length.
func counts(t testing.TB, s store.Store, step time.Duration, from time.Time) []store.Count {
	t.Helper()
	return view(t, s, func(tx store.Tx) (list []store.Count, err error) {
		err = tx.Counts(step, from, func(c store.Count) { list = append(list, c) })
		return list, err
	})
}

func countsAdd(t *testing.T, s store.Store) {
	addCounts(t, s)
	addCounts(t, s, countAt(time.Minute, 0, "a", "", 1), countAt(time.Minute, 0, "a", "x", 10), countAt(time.Hour, 0, "a", "", 100))
	addCounts(t, s, countAt(time.Minute, 0, "a", "", 2), countAt(time.Minute, 0, "a", "", 4), countAt(time.Minute, 1, "a", "", 1<<40))
	equalAll(t, "minutes", counts(t, s, time.Minute, time.Time{}), []store.Count{
		countAt(time.Minute, 0, "a", "", 7), countAt(time.Minute, 0, "a", "x", 10), countAt(time.Minute, 1, "a", "", 1<<40)})
	equalAll(t, "hours", counts(t, s, time.Hour, time.Time{}), []store.Count{countAt(time.Hour, 0, "a", "", 100)})
}

func countsRefused(t *testing.T, s store.Store) {
	good := countAt(time.Minute, 0, "a name", "a label: 'é'", 1)
	addCounts(t, s, good)
	for _, bad := range []store.Count{countAt(time.Minute, 0, "a\t", "", 1), countAt(time.Minute, 0, "a", "b\nc", 1)} {
		refused(t, s, bad.Name+bad.Label, fault.Invalid, func(tx store.Tx) error { return tx.AddCounts([]store.Count{good, bad}) })
	}
	equalAll(t, "counts", counts(t, s, time.Minute, time.Time{}), []store.Count{good})
}

func countsRecordNothing(t *testing.T, s store.Store) {
	buildWorld(t, s)
	before, dir := len(events(t, s)), directoryOf(t, s)
	addCounts(t, s, countAt(time.Minute, 0, "a", "", 1))
	update(t, s, func(tx store.Tx) error { return tx.ForgetCounts(time.Minute, At(0)) })
	equal(t, "events", len(events(t, s)), before)
	samePointer(t, "after counts", directoryOf(t, s), dir, true)
	sameAsStored(t, s, userCode)
	verifyChain(t, s, userCode)
}

func countsFrom(t *testing.T, s store.Store) {
	early, middle, late := countAt(time.Minute, 0, "b", "", 1), countAt(time.Minute, 1, "a", "", 2), countAt(time.Minute, 2, "a", "", 3)
	addCounts(t, s, late, early, middle, countAt(2*time.Minute, 1, "a", "", 4))
	equalAll(t, "from the first", counts(t, s, time.Minute, early.Start), []store.Count{early, middle, late})
	equalAll(t, "from the second", counts(t, s, time.Minute, middle.Start), []store.Count{middle, late})
	equalAll(t, "from after the second", counts(t, s, time.Minute, middle.Start.Add(time.Microsecond)), []store.Count{late})
	equalAll(t, "of steps that nothing was counted in", counts(t, s, time.Second, early.Start), nil)
}

func countsForgotten(t *testing.T, s store.Store) {
	early, late, hour := countAt(time.Minute, 0, "a", "", 1), countAt(time.Minute, 1, "a", "", 2), countAt(time.Hour, 0, "a", "", 3)
	addCounts(t, s, early, late, hour)
	forget := func(before time.Time) {
		update(t, s, func(tx store.Tx) error { return tx.ForgetCounts(time.Minute, before) })
	}
	forget(early.Start)
	equalAll(t, "before the first", counts(t, s, time.Minute, time.Time{}), []store.Count{early, late})
	forget(late.Start)
	equalAll(t, "before the second", counts(t, s, time.Minute, time.Time{}), []store.Count{late})
	forget(late.Start.Add(time.Hour))
	equalAll(t, "before later", counts(t, s, time.Minute, time.Time{}), nil)
	equalAll(t, "hours", counts(t, s, time.Hour, time.Time{}), []store.Count{hour})
}

func eventsCounted(t *testing.T, s store.Store) {
	record := func(kind event.Kind, seconds ...int) {
		update(t, s, func(tx store.Tx) error {
			for _, at := range seconds {
				e := event.Head{}.Next(event.Event{Subject: event.Subject{Kind: event.Service, ID: "x"}, Kind: kind, Cause: Cause(at), Data: "{}"})
				if err := tx.AppendEvent(&e); err != nil {
					return err
				}
			}
			return nil
		})
	}
	first := uint64(len(events(t, s)))
	record("a", 0, 0, 1) // At(0) is the last second of its minute
	record("b", 1, 60)
	record("a", 61)
	count := func(minute int, kind string, n int64) store.Count { return countAt(time.Minute, minute, "", kind, n) }
	for _, x := range []struct {
		after uint64
		limit int
		want  []store.Count
		last  uint64
	}{
		{0, 100, []store.Count{count(0, "a", 2), count(1, "a", 1), count(1, "b", 2), count(2, "a", 1)}, 6},
		{0, 2, []store.Count{count(0, "a", 2)}, 2},
		{1, 3, []store.Count{count(0, "a", 1), count(1, "a", 1), count(1, "b", 1)}, 4},
		{5, 1, []store.Count{count(2, "a", 1)}, 6},
		{6, 100, nil, 6},
	} {
		var last uint64
		got := view(t, s, func(tx store.Tx) (list []store.Count, err error) {
			list, last, err = tx.CountEvents(first+x.after, x.limit)
			return list, err
		})
		equalAll(t, "counts", got, x.want)
		equal(t, "last", last, first+x.last)
	}
}
