package storetest

import (
	"errors"
	"fmt"
	"strconv"
	"sync"
	"testing"

	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// load makes every kind of call until the store is closed, and gives how many of its Updates
// were answered with success. Any error but Unavailable is a defect.
func load(t *testing.T, s store.Store, id int, began func()) (done int) {
	for n := 0; ; n++ {
		errs := map[string]error{}
		errs["Update"] = s.Update(t.Context(), func(tx store.Tx) error {
			_, err := appendOne(tx, fmt.Sprintf("%d-%d", id, n))
			return errors.Join(err, tx.SetSetting(fmt.Sprint(id), strconv.Itoa(n+1)))
		})
		if errs["Update"] == nil {
			done = n + 1
		}
		errs["View"] = s.View(t.Context(), func(tx store.Tx) error { _, err := tx.EventsFrom(0, 3); return err })
		_, errs["Record"] = s.Record(t.Context(), userCode)
		_, errs["Member"] = s.Member(t.Context(), msisdn)
		_, errs["Directory"] = s.Directory(t.Context())
		closed := false
		for name, err := range errs {
			if err != nil && (asFault(err) == nil || !fault.Is(err, fault.Unavailable)) {
				t.Errorf("%s while the store is closing: %v", name, err)
			}
			closed = closed || err != nil
		}
		if n == 3 || closed {
			began()
		}
		if closed {
			return done
		}
	}
}

// closeLoaded closes the store while n goroutines use it, and gives how many Updates each of them
// was answered with success.
func closeLoaded(t *testing.T, s store.Store, n int) []int {
	done := make([]int, n)
	var busy sync.WaitGroup
	busy.Add(n)
	parallel(n+1, func(i int) {
		if i < n {
			done[i] = load(t, s, i, sync.OnceFunc(busy.Done))
			return
		}
		busy.Wait()
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return done
}

func closeUnderLoad(t *testing.T, s store.Store) {
	buildWorld(t, s)
	closeLoaded(t, s, 8)
	err := s.View(t.Context(), func(store.Tx) error { return nil })
	wantCode(t, "View after Close", err, fault.Unavailable)
}
