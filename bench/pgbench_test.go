//go:build linux

package main

import (
	"cmp"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/switchboard-platform/switchboard/internal/pgtest"
)

// sharedAgents are in the database of newShared, each with two services.
const sharedAgents = 12

// newShared gives a database with the server's tables and a few agents.
func newShared(t *testing.T) (string, *pgx.Conn) {
	t.Helper()
	address := pgtest.New(t).Database(t)
	c, err := pgx.Connect(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close(t.Context()) })
	files, err := filepath.Glob("../internal/store/postgres/migrations/*.sql")
	if err != nil || len(files) == 0 {
		t.Fatalf("no migrations: %v", err)
	}
	for _, file := range slices.Sorted(slices.Values(files)) {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Exec(t.Context(), string(text)); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
	}
	for i := range sharedAgents {
		mustExec(t, c, `INSERT INTO agents SELECT $1, 'sandbox', 1, '', '', '', '', '', '', 0, 0, 1, 1, '\x00', '', '', '', '', '', '', '', ''`, fmt.Sprint(userCode(i)))
		for _, service := range []string{changedService, decidedService} {
			mustExec(t, c, `INSERT INTO activations SELECT $1, $2, 1, 0, '', '', 0, 0, 1, 1, '\x00'`, fmt.Sprint(userCode(i)), service)
		}
	}
	mustExec(t, c, `INSERT INTO events SELECT 100, 0, '', '', 0, '', '', '', '', '', '', 0, '', '\x00'`)
	return address, c
}

func mustExec(t *testing.T, c *pgx.Conn, sql string, args ...any) {
	t.Helper()
	if _, err := c.Exec(t.Context(), sql, args...); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

func number(t *testing.T, c *pgx.Conn, sql string) (n int) {
	t.Helper()
	if err := c.QueryRow(t.Context(), sql).Scan(&n); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return n
}

// TestChangeScript: pgbench finds the agents by the codes that it calculates, and every run of the script changes one
// row and appends the event of it.
func TestChangeScript(t *testing.T) {
	t.Parallel()
	address, c := newShared(t)
	for range 2 { // what is there stays
		mustExec(t, c, makeBenchSequence)
	}
	script := filepath.Join(t.TempDir(), "change.sql")
	if err := os.WriteFile(script, writeChangeScript(sharedAgents), 0o600); err != nil {
		t.Fatal(err)
	}
	const runs = 60
	out, err := exec.CommandContext(t.Context(), filepath.Join(pgtest.Programs(), "pgbench"), "-n", "-M", "prepared", "-t", fmt.Sprint(runs), "-f", script, address).Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if r, err := readPgbench(out); err != nil || r.Requests != runs || r.Rate <= 0 || r.P50 <= 0 {
		t.Errorf("read %+v, error %v, of\n%s", r, err, out)
	}
	for what, want := range map[string]int{
		"count(*) - 1 FROM events": runs,
		"max(seq) FROM events":     100 + runs,
		"sum(version - 1) FROM activations WHERE service_code = '" + changedService + "'": runs,
		"sum(version - 1) FROM activations WHERE service_code = '" + decidedService + "'": 0,
	} {
		if have := number(t, c, "SELECT "+what); have != want {
			t.Errorf("%s: have %d, want %d", what, have, want)
		}
	}
	heads := number(t, c, `SELECT count(*) FROM activations s JOIN events e ON e.seq = s.seq WHERE e.subject_id = s.user_code AND e.version = s.version`)
	if changed := number(t, c, `SELECT count(*) FROM activations WHERE version > 1`); heads != changed || heads < 2 {
		t.Errorf("%d activations were changed, and %d have their last event", changed, heads)
	}
}

func TestReadRows(t *testing.T) {
	t.Parallel()
	address, _ := newShared(t)
	spec := func(sql string, rows int) *rowsSpec {
		return &rowsSpec{Database: address, SQL: sql, Rows: rows, Conns: 3, Agents: sharedAgents, Duration: 200 * time.Millisecond}
	}
	for sql, rows := range map[string]int{selectAgent: 1, selectServices: 2} {
		r, err := readRows(t.Context(), spec(sql, rows))
		if err := cmp.Or(err, r.healthy()); err != nil {
			t.Fatal(err)
		}
		if r.Rate <= 0 || r.P50 <= 0 || r.P99 < r.P50 {
			t.Errorf("have %+v", r)
		}
	}
	if _, err := readRows(t.Context(), spec(selectAgent, 2)); err == nil || !strings.Contains(err.Error(), "want 2 rows, have 1") {
		t.Errorf("a missing row is no error: %v", err)
	}
}

func TestReadPgbench(t *testing.T) {
	t.Parallel()
	if r, err := readPgbench([]byte("pgbench: error\n")); err == nil {
		t.Errorf("read %+v out of nothing", r)
	}
}
