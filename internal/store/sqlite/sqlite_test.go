package sqlite_test

import (
	"path/filepath"
	"testing"

	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/store"
	"github.com/switchboard-platform/switchboard/internal/store/sqlite"
	"github.com/switchboard-platform/switchboard/internal/store/storetest"
)

// configs are the settings under which the promises must hold alike: as shipped, and with
// everything so small that groups, caches and checkpoints turn over all the time.
func configs() map[string]sqlite.Config {
	return map[string]sqlite.Config{
		"default":          {},
		"each alone":       {CommitGroup: 1},
		"small":            {CommitGroup: 3, Readers: 1, Records: 2, RecordBytes: 256 << 10, CheckpointPages: 8},
		"nothing packed":   {Records: 2, RecordBytes: -1},
		"nothing in cache": {Records: -1, RecordBytes: -1},
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
