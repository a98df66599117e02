package registry_test

import (
	"context"
	"sync"
	"testing"

	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/registry"
	"github.com/switchboard-platform/switchboard/internal/secret"
	"github.com/switchboard-platform/switchboard/internal/store"
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

// held is a store whose LongViews begin when they are let.
type held struct {
	store.Store
	begun, let chan struct{}
}

func (h held) LongView(ctx context.Context, fn func(store.Tx) error) error {
	h.begun <- struct{}{}
	select {
	case <-ctx.Done():
	case <-h.let:
	}
	return h.Store.LongView(ctx, fn)
}

// TestVerificationsTakeTurns: whoever verifies meanwhile is told so at once, and the place is free when the first one has left.
func TestVerificationsTakeTurns(t *testing.T) {
	t.Parallel()
	h := held{begun: make(chan struct{}), let: make(chan struct{})}
	key := withLog(t)
	w := open(t, func(c *registry.Config, p *secret.PINConfig) {
		key(c, p)
		h.Store = c.Store
		c.Store = h
	})
	ctx, leave := context.WithCancel(t.Context())
	verify := func(ctx context.Context) chan error {
		ended := make(chan error)
		go func() {
			_, err := w.VerifyLog(ctx, registry.Verification{})
			ended <- err
		}()
		<-h.begun
		return ended
	}
	first := verify(ctx)
	_, err := w.VerifyLog(t.Context(), registry.Verification{})
	if !fault.Is(err, fault.TooMany) || fault.As(err).RetryAfter == 0 {
		t.Errorf("a second verification: %v", err)
	}
	if err := w.Check(t.Context()); !fault.Is(err, fault.TooMany) {
		t.Errorf("a check meanwhile: %v", err)
	}
	leave()
	if err := <-first; !fault.Is(err, fault.Unavailable) {
		t.Errorf("whoever left is told %v", err)
	}
	next := verify(t.Context())
	close(h.let)
	if err := <-next; err != nil {
		t.Error(err)
	}
	if err := w.Check(t.Context()); err != nil {
		t.Error(err)
	}
}
