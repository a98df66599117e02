package registry_test

import (
	"sync"
	"testing"

	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/registry"
	"github.com/switchboard-platform/switchboard/internal/secret"
)

// TestLogOfSeveralNodes: every node may sign the log, in turn and at the same time, and each goes on from what the
// others signed.
func TestLogOfSeveralNodes(t *testing.T) {
	t.Parallel()
	var cfg registry.Config
	key := withLog(t)
	w := open(t, func(c *registry.Config, p *secret.PINConfig) {
		key(c, p)
		cfg = *c
	})
	nodes := []*registry.Registry{w.Registry, registry.New(cfg), registry.New(cfg)}
	w.shops(200, "45") // more than a block of the log
	for round := range 6 {
		if _, err := w.SetStanding(t.Context(), w.operator(), shop(round), agent.Suspended, "test"); err != nil {
			t.Fatal(err)
		}
		h, err := nodes[round%3].SignLog(t.Context())
		if err != nil || h.ID != uint64(round+1) {
			t.Fatalf("head %d is %+v, %v", round+1, h, err)
		}
	}
	for round := range 5 {
		w.turn(shop(101+2*round), "45", agent.Activate)
		var g sync.WaitGroup
		for _, r := range nodes {
			g.Go(func() {
				if _, err := r.SignLog(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		g.Wait()
	}
	last, err := w.LastEvent(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range nodes {
		h, err := r.SignLog(t.Context())
		if err != nil || h.Size != last {
			t.Errorf("the last head is of %d events, and there are %d (%v)", h.Size, last, err)
		}
		if _, err := r.ProveEvent(t.Context(), 1); err != nil {
			t.Error(err)
		}
	}
	w.verified()
}
