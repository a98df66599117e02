package app

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard/internal/config"
)

// TestWorkBeginsAgain: what a process lost to another one, or to a database that was away, it does again when it is
// its turn.
func TestWorkBeginsAgain(t *testing.T) {
	t.Parallel()
	cfg := config.Default()
	cfg.Data = t.TempDir()
	if err := Init(t.Context(), cfg, Sandbox); err != nil {
		t.Fatal(err)
	}
	a, err := Open(t.Context(), cfg, Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	for name, work := range a.ones() {
		for range 2 {
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
			work(ctx)
			if cancel(); ctx.Err() == nil {
				t.Errorf("%s ended before it was to", name)
			}
		}
	}
}
