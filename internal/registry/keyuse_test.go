package registry_test

import (
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard/internal/registry"
	"github.com/switchboard-platform/switchboard/internal/sandbox"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// TestKeyUsesOutlastTheDirectory: what was noted under one directory is saved although another has come; a process that
// knows of a later use is not set back by one that knows of an earlier, nor the store by either.
func TestKeyUsesOutlastTheDirectory(t *testing.T) {
	t.Parallel()
	w, ctx := open(t, nil), t.Context()
	key := store.KeyName{Kind: store.DeveloperKey, ID: sandbox.DeveloperKey}
	use := func(r *registry.Registry) {
		t.Helper()
		on, err := r.Stand(ctx)
		if err != nil {
			t.Fatal(err)
		}
		k, ok := r.Key(on, sandbox.DeveloperKey, w.Now())
		if !ok {
			t.Fatal("the sandbox's key lets nobody in")
		}
		k.Used(w.Now())
	}
	want := func(r *registry.Registry, what string, at time.Time) {
		t.Helper()
		last, err := r.KeyUses(ctx)
		if got := last[key]; err != nil || !got.Equal(at) {
			t.Errorf("%s: last used %v, %v, want %v", what, got, err, at)
		}
	}
	want(w.Registry, "never", time.Time{})
	early := w.Now()
	use(w.Registry)
	if _, err := w.SetReplay(ctx, w.operator(), sandbox.DeveloperKey, 1); err != nil {
		t.Fatal(err)
	}
	want(w.Registry, "in memory, after a change of the directory", early)

	w.pass(10 * time.Minute)
	late := w.Now()
	if err := w.store.Update(ctx, func(tx store.Tx) error { return tx.SaveKeyUses([]store.KeyUse{{Key: key, At: late}}) }); err != nil {
		t.Fatal(err)
	}
	want(w.Registry, "once another process has saved a later one", late)
	for range 2 {
		if err := w.FlushKeyUses(ctx); err != nil {
			t.Fatal(err)
		}
		want(w.Registry, "once the earlier one is saved", late)
	}
	w.pass(time.Minute)
	use(w.Registry)
	if err := w.FlushKeyUses(ctx); err != nil {
		t.Fatal(err)
	}
	if err := w.store.View(ctx, func(tx store.Tx) error {
		list, err := tx.KeyUses()
		if err == nil && (len(list) != 1 || !list[0].At.Equal(w.Now())) {
			t.Errorf("the store has %+v", list)
		}
		return err
	}); err != nil {
		t.Error(err)
	}
}
