package registry_test

import (
	"context"
	"sync/atomic"
	"testing"

	"github.com/switchboard-platform/switchboard/internal/access"
	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/block"
	"github.com/switchboard-platform/switchboard/internal/registry"
	"github.com/switchboard-platform/switchboard/internal/sandbox"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// TestOneStateAtATime: a block on the agent and one on the service take turns, each change one transaction, so
// that there is no moment without one. Whoever read the agent of one moment and the services of another would
// see none.
func TestOneStateAtATime(t *testing.T) {
	t.Parallel()
	w := open(t, nil)
	w.changed(w.operator(), agent.Activate)
	blocks := [2]block.Block{
		{ID: "a", Target: block.Target{Agent: sandbox.UserCode}, Reason: "x", PlacedAt: w.Now(), PlacedBy: "operator:test"},
		{ID: "b", Target: block.Target{Service: "45"}, Reason: "x", PlacedAt: w.Now(), PlacedBy: "operator:test"},
	}
	turn := func(n int) error {
		return w.store.Update(context.Background(), func(tx store.Tx) error {
			stands, lifted := blocks[n%2], blocks[(n+1)%2]
			lifted.LiftedAt = w.Now()
			if err := tx.SaveBlock(stands); err != nil {
				return err
			}
			return tx.SaveBlock(lifted)
		})
	}
	if err := turn(0); err != nil {
		t.Fatal(err)
	}
	var over atomic.Bool
	failed := make(chan error, 1)
	go func() {
		defer over.Store(true)
		for n := range 300 {
			if err := turn(n); err != nil {
				failed <- err
				return
			}
		}
	}()
	by := registry.Asker{Holder: access.HolderSwitch, ID: sandbox.SwitchID, At: w.Now()}
	for !over.Load() {
		v, err := w.Decide(t.Context(), by, &registry.Ask{Agent: sandbox.UserCode, Service: "45"})
		if err != nil || v.Allowed {
			t.Fatalf("%+v, %v", v, err)
		}
	}
	select {
	case err := <-failed:
		t.Error(err)
	default:
	}
}
