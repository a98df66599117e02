package atlas_test

import (
	"context"
	"log/slog"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard/internal/access"
	"github.com/switchboard-platform/switchboard/internal/atlas"
	"github.com/switchboard-platform/switchboard/internal/block"
	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/registry"
	"github.com/switchboard-platform/switchboard/internal/sandbox"
	"github.com/switchboard-platform/switchboard/internal/secret"
	"github.com/switchboard-platform/switchboard/internal/secret/secrettest"
	"github.com/switchboard-platform/switchboard/internal/store/sqlite"
)

// found makes a sandbox's registry whose clock is so far ahead.
func found(t *testing.T, ahead *atomic.Int64) *registry.Registry {
	t.Helper()
	s, err := sqlite.Open(t.Context(), sqlite.Config{Path: filepath.Join(t.TempDir(), "switchboard.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	keys := secrettest.New(t)
	pins := keys.PINs(t, secret.PINConfig{MemoryKiB: 64, Passes: 1, Queue: 10})
	r := registry.New(registry.Config{Store: s, Sealer: keys.Sealer, PINs: pins, Sandbox: true,
		Now: func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }})
	if err := r.Found(t.Context(), registry.Caller{Cause: event.Cause{Actor: "operator:test", At: r.Now()}}, nil); err != nil {
		t.Fatal(err)
	}
	return r
}

// working gives an atlas whose work ends with the test.
func working(t *testing.T, cfg atlas.Config) *atlas.Atlas {
	t.Helper()
	cfg.Log = slog.New(slog.DiscardHandler)
	a, ended := atlas.New(cfg), make(chan struct{})
	ctx, cancel := context.WithCancel(context.Background())
	go func() { defer close(ended); a.Work(ctx) }()
	t.Cleanup(func() { cancel(); <-ended })
	return a
}

// until waits for something.
func until(t *testing.T, what string, is func() bool) {
	t.Helper()
	for range 400 {
		if is() {
			return
		}
		time.Sleep(25 * time.Millisecond)
	}
	t.Fatal("in vain: " + what)
}

func look(t *testing.T, a *atlas.Atlas, q atlas.Query) atlas.View {
	t.Helper()
	v, err := a.Look(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// Nothing is read before somebody asks; when nobody does any more all is forgotten, and read again for the next one.
func TestForgetting(t *testing.T) {
	t.Parallel()
	a := working(t, atlas.Config{Registry: found(t, new(atomic.Int64)), Forget: 200 * time.Millisecond})
	if a.Held() != 0 {
		t.Error("agents are held that nobody asked for")
	}
	for range 2 {
		until(t, "all are read", func() bool { return look(t, a, atlas.World()).Ready })
		if v := look(t, a, atlas.World()); v.Read != 1 || v.Total != 1 || v.Nowhere != 1 {
			t.Errorf("the map of the sandbox shows %+v", v)
		}
		until(t, "all are forgotten", func() bool { return a.Held() == 0 })
	}
}

// Before it has read anything it says so, and what is wrong with a question all the same.
func TestNotReady(t *testing.T) {
	t.Parallel()
	a := atlas.New(atlas.Config{Registry: found(t, new(atomic.Int64))})
	if v := look(t, a, atlas.World()); v.Ready || v.Read != 0 || len(v.Clusters) != 0 {
		t.Errorf("without any work the map shows %+v", v)
	}
	q := atlas.World()
	q.Service = "999"
	if _, err := a.Look(t.Context(), q); !fault.Is(err, fault.UnknownService) {
		t.Errorf("a service that is none: %v", err)
	}
	q.Service, q.State = "", "gone"
	if _, err := a.Look(t.Context(), q); !fault.Is(err, fault.Invalid) {
		t.Errorf("a state that is none: %v", err)
	}
}

// A block that ends by itself is no reason any more, though nobody changed anything.
func TestBlocksEndByThemselves(t *testing.T) {
	t.Parallel()
	var ahead atomic.Int64
	r := found(t, &ahead)
	by := registry.Caller{Cause: event.Cause{Actor: "operator:test", At: r.Now()}, Roles: access.Administrator}
	b := block.Block{Target: block.Target{Agent: sandbox.UserCode}, Reason: "because", Until: r.Now().Add(time.Hour)}
	if _, err := r.PlaceBlock(t.Context(), by, b); err != nil {
		t.Fatal(err)
	}
	a := working(t, atlas.Config{Registry: r})
	q := atlas.World()
	q.State = atlas.Blocked
	until(t, "the agent is blocked", func() bool { v := look(t, a, q); return v.Ready && v.Total == 1 })
	ahead.Store(int64(2 * time.Hour))
	until(t, "the block has ended", func() bool { return look(t, a, q).Total == 0 })
}
