package postgres_test

import (
	"testing"

	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/pgtest"
	"github.com/switchboard-platform/switchboard/internal/pgtest/citus"
	"github.com/switchboard-platform/switchboard/internal/store"
	"github.com/switchboard-platform/switchboard/internal/store/postgres"
)

// TestOneNodeAtATime: a second node is refused while the first is there, and one that lost its lease to another
// changes nothing any more.
func TestOneNodeAtATime(t *testing.T) {
	t.Parallel()
	server := citus.New(t)
	cfg := postgres.Config{URL: server.Database(t), Node: "a"}
	set := func(s store.Store, value string) error {
		return s.Update(t.Context(), func(tx store.Tx) error { return tx.SetSetting("a", value) })
	}
	a := open(t, cfg)
	if err := set(a, "1"); err != nil {
		t.Fatal(err)
	}
	other := cfg
	other.Node = "b"
	if _, err := postgres.Open(t.Context(), other); !fault.Is(err, fault.Conflict) {
		t.Fatalf("a second node: %v", err)
	}
	again := open(t, cfg) // as after a crash: the same node need not wait
	if err := set(again, "2"); err != nil {
		t.Fatal(err)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	if err := again.Close(); err != nil {
		t.Fatal(err)
	}

	b := open(t, other) // at once: the lease was given back
	pgtest.Exec(t, cfg.URL, `UPDATE leases SET holder = 'c', held_until = clock_timestamp() + interval '1 hour'`)
	if err := set(b, "3"); !fault.Is(err, fault.Unavailable) {
		t.Errorf("a node that was taken over: %v", err)
	}
	if err := b.View(t.Context(), func(tx store.Tx) error {
		if v, err := tx.Setting("a"); err != nil || v != "2" {
			t.Errorf("it reads %q, %v", v, err)
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
}
