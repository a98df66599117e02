package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/store"
)

func concurrencyCases() []testCase {
	return []testCase{
		{"Concurrency/failing Updates do not disturb the others", failuresDoNotDisturb},
		{"Concurrency/Updates of one agent follow each other", updatesOfOneAgent},
		{"Concurrency/one of two opposite Updates wins", oneOfTwoWins},
		{"Concurrency/only one creates", onlyOneCreates},
		{"Concurrency/an Update whose context ends tells the truth", contextsEnd},
		{"Concurrency/a View never sees half an Update", viewsAreWhole},
		{"Concurrency/user codes are given once", userCodesGivenOnce},
		{"Concurrency/Close under load", closeUnderLoad},
	}
}

// parallel runs fn n times at once, all let go at the same moment, and waits for all.
func parallel(n int, fn func(i int)) {
	var wg sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		wg.Go(func() {
			<-start
			fn(i)
		})
	}
	close(start)
	wg.Wait()
}

// errFailing ends the Updates that are meant to fail.
func errFailing() error { return fault.New(fault.Invalid, "meant to fail") }

// count adds 1 to a number that is kept as a setting, and gives what it was.
func count(tx store.Tx, name string) (int, error) {
	text, err := tx.Setting(name)
	if err != nil {
		return 0, err
	}
	n := 0
	if text != "" {
		if n, err = strconv.Atoi(text); err != nil {
			return 0, err
		}
	}
	return n, tx.SetSetting(name, strconv.Itoa(n+1))
}

// fate says how the i-th of many parallel Updates is meant to end, after all its writes.
func fate(i int) fault.Code {
	switch {
	case i%5 == 1:
		return fault.Invalid
	case i%5 == 3:
		return fault.Internal
	case i%10 == 7:
		return fault.Exists
	}
	return ""
}

// meet makes the i-th Update end as its fate says.
func meet(tx store.Tx, i int) error {
	switch fate(i) {
	case fault.Invalid:
		return errFailing()
	case fault.Internal:
		panic("meant to panic")
	case fault.Exists:
		_, err := addAgent(tx, partnerID, userCode)
		return err
	}
	return nil
}

func failuresDoNotDisturb(t *testing.T, s store.Store) {
	buildWorld(t, s)
	const updaters = 100
	before := len(events(t, s))
	var saw, answeredBefore [updaters]int
	var answered atomic.Int64
	parallel(updaters, func(i int) {
		answeredBefore[i] = int(answered.Load())
		err := s.Update(t.Context(), func(tx store.Tx) (err error) {
			if saw[i], err = count(tx, "a"); err != nil {
				return err
			}
			code := fmt.Sprintf("6000%04d", i)
			if _, err := addAgent(tx, partnerID, code); err != nil {
				return err
			}
			if _, err := setActivation(tx, code, "43", agent.Active, strconv.Itoa(saw[i])); err != nil {
				return err
			}
			return meet(tx, i)
		})
		if fault.CodeOf(err) != fate(i) {
			t.Errorf("Update %d: got error %v, want %q", i, err, fate(i))
		}
		if err == nil {
			answered.Add(1)
		}
	})
	var good []int
	for i := range updaters {
		code := fmt.Sprintf("6000%04d", i)
		if fate(i) != "" {
			_, err := s.Record(t.Context(), code)
			wantCode(t, "Record of an agent whose Update failed", err, fault.UnknownAgent)
			notFound(t, s, "agent whose Update failed", fault.UnknownAgent, func(tx store.Tx) (*agent.Record, error) { return tx.Agent(code) })
			continue
		}
		good = append(good, saw[i])
		sameAsStored(t, s, code)
		verifyChain(t, s, code)
		equal(t, "count kept with the agent", recordOf(t, s, code).Activation("43").Comment, strconv.Itoa(saw[i]))
		if saw[i] < answeredBefore[i] {
			t.Errorf("Update %d saw %d Updates, %d were answered before it began", i, saw[i], answeredBefore[i])
		}
	}
	eachOnce(t, good)
	equal(t, "count", setting(t, s, "a"), strconv.Itoa(len(good)))
	equal(t, "new events", len(events(t, s))-before, 2*len(good))
}

// eachOnce checks that counts are 0, 1, 2, … in any order: no two saw the same, none is missing.
func eachOnce(t *testing.T, counts []int) {
	t.Helper()
	slices.Sort(counts)
	for want, got := range counts {
		if got != want {
			t.Errorf("the Updates saw %v: no two may see the same state, and none may be lost", counts)
			return
		}
	}
}

func updatesOfOneAgent(t *testing.T, s store.Store) {
	buildWorld(t, s)
	const updaters = 60
	good := 0
	for i := range updaters {
		if fate(i) == "" {
			good++
		}
	}
	parallel(updaters, func(i int) {
		err := s.Update(t.Context(), func(tx store.Tx) error {
			if _, err := setActivation(tx, userCode, []string{"43", "45", "53"}[i%3], agent.Active, ""); err != nil {
				return err
			}
			if _, err := setLastName(tx, userCode, "shop "+strconv.Itoa(i)); err != nil {
				return err
			}
			return meet(tx, i)
		})
		if fault.CodeOf(err) != fate(i) {
			t.Errorf("Update %d: got error %v, want %q", i, err, fate(i))
		}
	})
	equal(t, "version of the agent", recordOf(t, s, userCode).Head().Version, uint64(1+2*good))
	sameAsStored(t, s, userCode)
	verifyChain(t, s, userCode)
	events(t, s)
}

func oneOfTwoWins(t *testing.T, s store.Store) {
	for round := range 30 {
		names := []string{fmt.Sprintf("left %d", round), fmt.Sprintf("right %d", round)}
		parallel(2, func(i int) {
			if err := s.Update(t.Context(), func(tx store.Tx) error {
				other, err := tx.Setting(names[1-i])
				if err != nil || other != "" {
					return err
				}
				return tx.SetSetting(names[i], "mine")
			}); err != nil {
				t.Error(err)
			}
		})
		equal(t, "both sides together", setting(t, s, names[0])+setting(t, s, names[1]), "mine")
	}
}

func onlyOneCreates(t *testing.T, s store.Store) {
	buildWorld(t, s)
	for round := range 5 {
		code := fmt.Sprintf("7000000%d", round)
		var created atomic.Int64
		parallel(16, func(i int) {
			err := s.Update(t.Context(), func(tx store.Tx) error {
				_, err := addProfile(tx, partnerID, code, Profile(fmt.Sprintf("90000000%02d", i)))
				return err
			})
			if err == nil {
				created.Add(1)
			} else if !fault.Is(err, fault.Exists) {
				t.Errorf("creating an agent at once with others: %v", err)
			}
		})
		equal(t, "Updates that created "+code, created.Load(), 1)
		sameAsStored(t, s, code)
	}
	events(t, s)
}

func contextsEnd(t *testing.T, s store.Store) {
	const updaters = 100
	var done, began [updaters]bool
	parallel(updaters, func(i int) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		if i%3 == 1 {
			go cancel()
		}
		err := s.Update(ctx, func(tx store.Tx) error {
			began[i] = true
			if i%3 == 2 {
				cancel()
			}
			if _, err := count(tx, "n"); err != nil {
				return err
			}
			if err := tx.SetSetting(fmt.Sprint(i), "done"); err != nil || fate(i) != fault.Invalid {
				return err
			}
			return errFailing()
		})
		done[i] = err == nil
		switch {
		case began[i] && fate(i) == fault.Invalid:
			wantCode(t, "Update that began and is meant to fail", err, fault.Invalid)
		case began[i] && err != nil:
			t.Errorf("Update that began, whatever became of its context: %v", err)
		case !began[i]:
			wantCode(t, "Update that did not begin", err, fault.Unavailable)
		}
	})
	good := 0
	for i := range updaters {
		equal(t, fmt.Sprintf("Update %d is there, as answered", i), setting(t, s, fmt.Sprint(i)) == "done", done[i])
		if done[i] {
			good++
		}
	}
	equal(t, "count", setting(t, s, "n"), strconv.Itoa(good))
}

// moveOne moves one unit between two of four accounts, and after that may fail.
func moveOne(tx store.Tx, i int) error {
	for name, by := range map[string]int{fmt.Sprint("account ", i%4): -1, fmt.Sprint("account ", (i+1)%4): 1} {
		text, err := tx.Setting(name)
		if err != nil {
			return err
		}
		n, _ := strconv.Atoi(text) // an account never set holds 0
		if err := tx.SetSetting(name, strconv.Itoa(n+by)); err != nil {
			return err
		}
	}
	e, err := appendOne(tx, fmt.Sprint(i))
	return errors.Join(err, tx.SetSetting("last event", fmt.Sprint(e.Seq)))
}

// wholeState checks that the accounts balance and that the last event is the one noted.
func wholeState(tx store.Tx) error {
	sum := 0
	for i := range 4 {
		text, err := tx.Setting(fmt.Sprint("account ", i))
		if err != nil {
			return err
		}
		n, _ := strconv.Atoi(text)
		sum += n
	}
	noted, err := tx.Setting("last event")
	if err != nil || noted == "" {
		return errors.Join(err, differ("sum before any Update", sum, 0))
	}
	seq, err := strconv.ParseUint(noted, 10, 64)
	if err != nil {
		return err
	}
	later, err1 := tx.EventsFrom(seq, 10)
	_, err2 := tx.Event(seq)
	return errors.Join(err1, err2, differ("sum of the accounts", sum, 0), differ("events after the last", len(later), 0))
}

func viewsAreWhole(t *testing.T, s store.Store) {
	const writers, readers, rounds = 8, 4, 25
	parallel(writers+readers, func(i int) {
		for round := range rounds {
			if i >= writers {
				if err := s.View(t.Context(), wholeState); err != nil {
					t.Errorf("View: %v", err)
				}
				continue
			}
			bad := round%4 == 3
			err := s.Update(t.Context(), func(tx store.Tx) error {
				if err := errors.Join(wholeState(tx), moveOne(tx, rounds*i+round)); err != nil || !bad {
					return err
				}
				return errors.Join(tx.SetSetting("account 0", "1000"), errFailing())
			})
			if (err != nil) != bad || bad && !fault.Is(err, fault.Invalid) {
				t.Errorf("Update: %v", err)
			}
		}
	})
	must(t, s.View(t.Context(), wholeState))
	events(t, s)
}

func userCodesGivenOnce(t *testing.T, s store.Store) {
	var mu sync.Mutex
	given := map[string]bool{}
	parallel(50, func(i int) {
		var codes []string
		err := s.Update(t.Context(), func(tx store.Tx) (err error) {
			if codes, err = newCodes(tx, 3); err == nil && i%5 == 0 {
				return errFailing()
			}
			return err
		})
		if i%5 == 0 {
			if !fault.Is(err, fault.Invalid) {
				t.Errorf("Update that is meant to fail: %v", err)
			}
			return // nobody got these codes
		}
		if err != nil {
			t.Error(err)
		}
		mu.Lock()
		defer mu.Unlock()
		allNew(t, given, codes)
	})
	equal(t, "codes given", len(given), 40*3)
}
