package postgres_test

import (
	"errors"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/pgtest"
	"github.com/switchboard-platform/switchboard/internal/store"
	"github.com/switchboard-platform/switchboard/internal/store/postgres"
)

// alone gives a server that no other test uses.
func alone(t *testing.T) *pgtest.Server {
	t.Helper()
	server, err := pgtest.Start()
	if errors.Is(err, pgtest.ErrMissing) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Stop)
	return server
}

// awaits makes commits wait for a second machine that there is not, or no longer.
func awaits(t *testing.T, server *pgtest.Server, second string) {
	t.Helper()
	pgtest.Exec(t, server.URL(), "ALTER SYSTEM SET synchronous_standby_names = '"+second+"'")
	pgtest.Exec(t, server.URL(), "SELECT pg_reload_conf()")
}

// TestCommitIsNotWaitedFor: a commit that was made to wait no longer for the second machine is not answered as made.
func TestCommitIsNotWaitedFor(t *testing.T) {
	t.Parallel()
	server := alone(t)
	s := open(t, postgres.Config{URL: server.Database(t)})
	set := func(value string) error {
		return s.Update(t.Context(), func(tx store.Tx) error { return tx.SetSetting("a", value) })
	}
	if err := set("1"); err != nil {
		t.Fatal(err)
	}
	awaits(t, server, "nobody")
	pgtest.Exec(t, server.URL(), `DO $$ BEGIN WHILE NOT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event = 'SyncRep') LOOP
 PERFORM pg_sleep(0.02), pg_stat_clear_snapshot(); END LOOP; END $$`)
	answer := make(chan error, 1)
	go func() { answer <- set("2") }()
	for answered := false; !answered; {
		select {
		case err := <-answer:
			if answered = true; !fault.Is(err, fault.Unavailable) {
				t.Errorf("it was answered %v", err)
			}
		case <-time.After(20 * time.Millisecond):
			pgtest.Exec(t, server.URL(), "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND query = 'COMMIT'")
		}
	}
	awaits(t, server, "")
	if err := set("3"); err != nil {
		t.Error(err)
	}
}

// TestReadsNeedACommit: a server that can commit nothing may have been replaced, so that what it says counts for nothing.
func TestReadsNeedACommit(t *testing.T) {
	t.Parallel()
	server := alone(t)
	s := open(t, postgres.Config{URL: server.Database(t)})
	awaits(t, server, "nobody")
	until := func(what string, is func(error) bool) {
		t.Helper()
		for {
			_, err := s.Directory(t.Context())
			if is(err) {
				return
			}
			if err != nil && !fault.Is(err, fault.Unavailable) {
				t.Fatalf("%s: %v", what, err)
			}
			time.Sleep(20 * time.Millisecond)
		}
	}
	until("with no second machine", func(err error) bool { return err != nil })
	awaits(t, server, "")
	until("with one again", func(err error) bool { return err == nil })
}
