package postgres_test

import (
	"testing"

	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/pgtest/citus"
	"github.com/switchboard-platform/switchboard/internal/store"
	"github.com/switchboard-platform/switchboard/internal/store/postgres"
	"github.com/switchboard-platform/switchboard/internal/store/storetest"
)

// configs are the settings under which the promises must hold alike.
func configs() map[string]postgres.Config {
	all := map[string]postgres.Config{"small": {CommitGroup: 3, Readers: 1}}
	if !testing.Short() {
		all["default"], all["each alone"] = postgres.Config{}, postgres.Config{CommitGroup: 1}
	}
	return all
}

func open(t *testing.T, cfg postgres.Config) store.Store {
	t.Helper()
	s, err := postgres.Open(t.Context(), cfg)
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

func TestStore(t *testing.T) {
	t.Parallel()
	server := citus.New(t)
	for name, cfg := range configs() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storetest.Run(t, func(t *testing.T) store.Store {
				cfg := cfg
				cfg.URL = server.Database(t)
				return open(t, cfg)
			})
			storetest.RunNodes(t, func(t *testing.T) func() store.Store {
				cfg := cfg
				cfg.URL = server.Database(t)
				return func() store.Store { return open(t, cfg) }
			})
		})
	}
}
