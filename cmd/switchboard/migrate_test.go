package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/switchboard-platform/switchboard/internal/pgtest"
)

// TestMigrate: what it says it would do, did, and did not do.
func TestMigrate(t *testing.T) {
	t.Parallel()
	database := []string{"--database-url", pgtest.New(t).Database(t), "--data", t.TempDir()}
	run := func(code int, args ...string) result {
		t.Helper()
		var tm terminal
		r := tm.run(append(append([]string{"migrate"}, args...), database...)...)
		if r.code != code {
			t.Fatalf("migrate %v: exit %d, want %d: %s%s", args, r.code, code, r.out, r.err)
		}
		return r
	}
	if r := run(exitOK, "--dry-run"); !strings.Contains(r.out, "schema 0 to") || !strings.Contains(r.out, "-- migration 001_initial\n") {
		t.Errorf("a dry run prints %q", r.out)
	}
	if r := run(exitOK); !strings.HasPrefix(r.out, "Brought postgres://") || !strings.Contains(r.err, "1/") {
		t.Errorf("it prints %q, and tells %q", r.out, r.err)
	}
	var v struct {
		From, To   int
		Steps      []string
		Statements []string
	}
	r := run(exitOK, "--json")
	if err := json.Unmarshal([]byte(r.out), &v); err != nil || v.From == 0 || v.From != v.To || v.Steps == nil || v.Statements == nil {
		t.Errorf("again: %s, %v", r.out, err)
	}
	if r := run(exitFailed, "--distribute"); !strings.Contains(r.err, "CREATE EXTENSION citus") {
		t.Errorf("without the extension: %s", r.err)
	}
	database = []string{"--data", t.TempDir()}
	if r := run(exitFailed); !strings.Contains(r.err, "--database-url") {
		t.Errorf("without a database: %s", r.err)
	}
}
