package app

import (
	"log/slog"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard/internal/config"
	"github.com/switchboard-platform/switchboard/internal/pgtest/citus"
	"github.com/switchboard-platform/switchboard/internal/registry"
	"github.com/switchboard-platform/switchboard/internal/secret"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// TestUpkeepCountsChanges: what was recorded is counted once, however often it is looked for, and is in each period.
func TestUpkeepCountsChanges(t *testing.T) {
	t.Parallel()
	for name, url := range map[string]string{"embedded": "", "shared": citus.New(t).Database(t)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := config.Default()
			cfg.Data, cfg.DatabaseURL = t.TempDir(), secret.NewText(url)
			if err := Init(t.Context(), cfg, Sandbox); err != nil {
				t.Fatal(err)
			}
			a, err := Open(t.Context(), cfg, Options{Log: slog.New(slog.DiscardHandler)})
			if err != nil {
				t.Fatal(err)
			}
			defer a.Close()
			for round := range 3 { // the first time nothing was counted yet
				for _, p := range registry.Periods() {
					if n := changes(t, a, p.Name); n != a.events(t) {
						t.Errorf("after %d rounds, %d changes in the last %s, want %d", round, n, p.Name, a.events(t))
					}
				}
				a.upkeep(t.Context())
				if n := saved(t, a); n != a.events(t) {
					t.Errorf("after %d rounds, %d changes are saved, want %d", round+1, n, a.events(t))
				}
			}
		})
	}
}

func (a *App) events(t *testing.T) int64 {
	t.Helper()
	n, err := a.reg.LastEvent(t.Context())
	if err != nil || n == 0 {
		t.Fatal(n, err)
	}
	return int64(n)
}

// saved is how many changes are in the store by the minute.
func saved(t *testing.T, a *App) (sum int64) {
	t.Helper()
	if err := a.store.View(t.Context(), func(tx store.Tx) error {
		return tx.Counts(time.Minute, time.Time{}, func(c store.Count) { sum += c.N })
	}); err != nil {
		t.Fatal(err)
	}
	return sum
}

// changes is how many changes are told.
func changes(t *testing.T, a *App, period string) (sum int64) {
	t.Helper()
	told, err := a.reg.Activity(t.Context(), period)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range told.Series {
		for _, n := range s.Counts {
			sum += n
		}
	}
	return sum
}
