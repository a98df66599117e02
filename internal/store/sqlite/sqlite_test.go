package sqlite_test

import (
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/store"
	"github.com/switchboard-platform/switchboard/internal/store/sqlite"
	"github.com/switchboard-platform/switchboard/internal/store/storetest"
)

// configs are the settings under which the promises must hold alike: as shipped, and with
// everything so small that groups, caches and checkpoints turn over all the time.
func configs() map[string]sqlite.Config {
	return map[string]sqlite.Config{
		"default":    {},
		"each alone": {CommitGroup: 1},
		"small": {
			CommitGroup: 3, Readers: 1, Records: 2, RecordBytes: 256 << 10, Members: 2, MemberBytes: 448 << 10, CheckpointPages: 8,
		},
		"nothing packed":   {Records: 2, RecordBytes: -1, Members: 2, MemberBytes: -1},
		"members packed":   {Records: -1, RecordBytes: -1, Members: -1},
		"nothing in cache": {Records: -1, RecordBytes: -1, Members: -1, MemberBytes: -1},
	}
}

// opener opens stores with cfg; a case may have closed its store before its clean-up does.
func opener(cfg sqlite.Config) func(t *testing.T, path string) store.Store {
	return func(t *testing.T, path string) store.Store {
		t.Helper()
		cfg := cfg
		cfg.Path = path
		s, err := sqlite.Open(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := s.Close(); err != nil && !fault.Is(err, fault.Unavailable) {
				t.Errorf("Close: %v", err)
			}
		})
		return s
	}
}

func TestStore(t *testing.T) {
	t.Parallel()
	for name, cfg := range configs() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			open := opener(cfg)
			storetest.Run(t, func(t *testing.T) store.Store { return open(t, filepath.Join(t.TempDir(), "db")) })
			storetest.RunFile(t, open)
		})
	}
}

// TestOnCommit makes sure that commits are told of whether they recorded an event or not, and that those which
// wrote nothing are not.
func TestOnCommit(t *testing.T) {
	t.Parallel()
	var groups []int
	s := opener(sqlite.Config{OnCommit: func(group int, _ time.Duration) { groups = append(groups, group) }})(t, filepath.Join(t.TempDir(), "db"))
	for _, fn := range []func(tx store.Tx) error{
		func(tx store.Tx) error { return tx.CreateMember(storetest.NewMember("254700000001")) },
		func(tx store.Tx) error { _, err := tx.Member("254700000001"); return err },
		func(tx store.Tx) error { return tx.SetSetting("a", "set") },
	} {
		if err := s.Update(t.Context(), fn); err != nil {
			t.Fatal(err)
		}
	}
	if !slices.Equal(groups, []int{1, 1}) {
		t.Errorf("commits told of: %v, want two of one Update each", groups)
	}
}
