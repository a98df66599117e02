package postgres_test

import (
	"fmt"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/pgtest"
	"github.com/switchboard-platform/switchboard/internal/pgtest/citus"
	"github.com/switchboard-platform/switchboard/internal/store"
	"github.com/switchboard-platform/switchboard/internal/store/postgres"
	"github.com/switchboard-platform/switchboard/internal/store/storetest"
)

// TestConnectionsAreLost cuts every connection again and again while agents are changed and read: nothing that was
// answered is lost, nothing is done twice, and what is read is right.
func TestConnectionsAreLost(t *testing.T) {
	t.Parallel()
	server := citus.New(t)
	url := server.Database(t)
	s := open(t, postgres.Config{URL: url})
	storetest.AddPartner(t, s, "p1", "9876543210")
	storetest.AddService(t, s, "43", agent.ReviewNone)
	agents, changes, pause := 6, 60, 40*time.Millisecond
	if citus.Named() { // where a connection takes several to be of use
		agents, changes, pause = 3, 20, 500*time.Millisecond
	}
	for i := range agents {
		storetest.AddAgent(t, s, "p1", fmt.Sprint("2081020", i))
	}
	storetest.SetActivation(t, s, "20810200", "43", agent.Active)

	var work, cutter sync.WaitGroup
	over := make(chan struct{})
	cutter.Go(func() {
		for {
			select {
			case <-over:
				return
			case <-time.After(pause):
				pgtest.Exec(t, url, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
 WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name = 'switchboard'`)
			}
		}
	})
	for i := range agents {
		work.Go(func() {
			if err := changeOften(t, s, "counter "+strconv.Itoa(i), changes); err != nil {
				t.Error(err)
			}
		})
		work.Go(func() {
			for range changes {
				rec, dir, err := s.State(t.Context(), "20810200")
				if err != nil || len(rec.Activations) != 1 || len(dir.Services) != 1 {
					t.Errorf("read %+v, %v", rec, err)
				}
			}
		})
	}
	work.Wait()
	close(over)
	cutter.Wait()
}

// TestAFrozenNodeLetsGo: a node that does not go on with a change that it began holds nobody up for long; when it goes on,
// its change is made as if it came then, or it says that it does not know.
func TestAFrozenNodeLetsGo(t *testing.T) {
	if testing.Short() {
		t.Skip("takes as long as a frozen node is waited for")
	}
	t.Parallel()
	url := citus.New(t).Database(t)
	a, b := open(t, postgres.Config{URL: url}), open(t, postgres.Config{URL: url})
	set := func(s store.Store, name string, frozen func()) error {
		return s.Update(t.Context(), func(tx store.Tx) error {
			frozen()
			return tx.SetSetting(name, "set")
		})
	}
	began, others, ended := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	freeze := sync.OnceFunc(func() {
		close(began)
		<-others
	})
	go func() { ended <- set(a, "a", freeze) }()
	<-began
	if err := set(b, "b", func() {}); err != nil {
		t.Errorf("another node's change: %v", err)
	}
	close(others)
	unfrozen := <-ended
	if unfrozen != nil && !fault.Is(unfrozen, fault.Unavailable) {
		t.Errorf("the change of the node that was frozen: %v", unfrozen)
	}
	if err := b.View(t.Context(), func(tx store.Tx) error {
		for name, must := range map[string]bool{"a": unfrozen == nil, "b": true} {
			v, err := tx.Setting(name)
			if err != nil {
				return err
			}
			if must && v != "set" {
				t.Errorf("%s is %q, and was answered", name, v)
			}
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
}

// changeOften counts a setting up. A change whose end is not known may be there or not, and no other.
func changeOften(t *testing.T, s store.Store, name string, times int) error {
	last := 0
	for range times {
		saw := last // unless it comes to be looked at
		err := s.Update(t.Context(), func(tx store.Tx) error {
			text, err := tx.Setting(name)
			if err != nil {
				return err
			}
			saw, _ = strconv.Atoi(text) // never set: 0
			return tx.SetSetting(name, strconv.Itoa(saw+1))
		})
		if err != nil && !fault.Is(err, fault.Unavailable) {
			return err
		}
		if saw < last || saw > last+1 {
			return fmt.Errorf("%s was %d, and is %d", name, last, saw)
		}
		if last = saw; err == nil {
			last++
		}
	}
	return nil
}
