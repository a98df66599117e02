package storetest

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/store"
)

func awaitCases() []testCase {
	return []testCase{
		{"Await/at once when there is a later event", awaitAtOnce},
		{"Await/returns once an event is committed, to all who wait", awaitWakes},
		{"Await/who waits misses no event", awaitMissesNothing},
		{"Await/the end of its context ends it", awaitContext},
		{"Await/Close ends it", awaitClose},
	}
}

// lastSeq is the Seq of the last event.
func lastSeq(t testing.TB, s store.Store) uint64 {
	t.Helper()
	stats, err := s.Stats(t.Context())
	must(t, err)
	return uint64(stats.Events)
}

// waitFor waits until there is an event after a seq, as everybody does who waits: it may be woken early.
func waitFor(ctx context.Context, s store.Store, after uint64) (found []uint64, err error) {
	for len(found) == 0 && err == nil {
		if err = s.Await(ctx, after); err != nil {
			return nil, err
		}
		err = s.View(ctx, func(tx store.Tx) error {
			list, err := tx.EventsFrom(after, 1000)
			for _, e := range list {
				found = append(found, e.Seq)
			}
			return err
		})
	}
	return found, err
}

func awaitAtOnce(t *testing.T, s store.Store) {
	buildWorld(t, s)
	for after := range lastSeq(t, s) {
		must(t, s.Await(t.Context(), after))
	}
}

// awaitWakes: what records nothing, or fails, brings nobody an event; what is committed brings it to all.
func awaitWakes(t *testing.T, s store.Store) {
	buildWorld(t, s)
	const waiting = 20
	last := lastSeq(t, s)
	woken := make(chan error, waiting)
	for range waiting {
		go func() {
			found, err := waitFor(t.Context(), s, last)
			woken <- errors.Join(err, differ("events found", fmt.Sprint(found), fmt.Sprint([]uint64{last + 1})))
		}()
	}
	update(t, s, func(tx store.Tx) error { return tx.SetSetting("a", "set") })
	if err := s.Update(t.Context(), func(tx store.Tx) error { _, err := appendOne(tx, "undone"); return errors.Join(err, errFailing()) }); err == nil {
		t.Error("an Update whose fn failed gives no error")
	}
	update(t, s, func(tx store.Tx) error { _, err := appendOne(tx, "done"); return err })
	for range waiting {
		must(t, <-woken)
	}
}

func awaitMissesNothing(t *testing.T, s store.Store) {
	buildWorld(t, s)
	const writers, each = 4, 50
	start := lastSeq(t, s)
	end := start + writers*each
	parallel(writers+3, func(i int) {
		if i < writers {
			for n := range each {
				if err := s.Update(t.Context(), func(tx store.Tx) error { _, err := appendOne(tx, fmt.Sprint(i, "-", n)); return err }); err != nil {
					t.Error(err)
				}
			}
			return
		}
		for seen := start; seen < end; {
			found, err := waitFor(t.Context(), s, seen)
			if err != nil || found[0] != seen+1 {
				t.Errorf("after %d: found %v (error %v)", seen, found, err)
				return
			}
			seen = found[len(found)-1]
		}
	})
}

func awaitContext(t *testing.T, s store.Store) {
	buildWorld(t, s)
	last := lastSeq(t, s)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { _, err := waitFor(ctx, s, last); ended <- err }()
	cancel()
	wantCode(t, "Await whose context ended", <-ended, fault.Unavailable)
	wantCode(t, "Await with a context that had ended", s.Await(ctx, 0), fault.Unavailable)
}

func awaitClose(t *testing.T, s store.Store) {
	buildWorld(t, s)
	last := lastSeq(t, s)
	ended := make(chan error, 1)
	go func() { _, err := waitFor(t.Context(), s, last); ended <- err }()
	must(t, s.Close())
	wantCode(t, "Await of a store that closed", <-ended, fault.Unavailable)
}
