package postgres_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/block"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/pgtest"
	"github.com/switchboard-platform/switchboard/internal/pgtest/citus"
	"github.com/switchboard-platform/switchboard/internal/store"
	"github.com/switchboard-platform/switchboard/internal/store/postgres"
	"github.com/switchboard-platform/switchboard/internal/store/storetest"
)

// texts reads the rows of a statement, each as one text.
func texts(t *testing.T, address, sql string, args ...any) []string {
	t.Helper()
	c, err := pgx.Connect(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(t.Context())
	rows, _ := c.Query(t.Context(), sql, args...)
	list, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return list
}

func migrate(t *testing.T, m postgres.Migration) postgres.Migrated {
	t.Helper()
	done, err := postgres.Migrate(t.Context(), m)
	if err != nil {
		t.Fatal(err)
	}
	return done
}

// TestEveryTableHasAPlace: a table that a migration adds must be in the layout.
func TestEveryTableHasAPlace(t *testing.T) {
	t.Parallel()
	address := pgtest.New(t).Database(t)
	migrate(t, postgres.Migration{URL: address})
	have := texts(t, address, `SELECT relname::text FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace`)
	want := postgres.Placed()
	slices.Sort(have)
	slices.Sort(want)
	if !slices.Equal(have, want) {
		t.Errorf("tables:\n%v\nin the layout:\n%v", have, want)
	}
}

// TestMigrate: it says what it would do and did, refuses what a node serves, and does nothing twice.
func TestMigrate(t *testing.T) {
	t.Parallel()
	m := postgres.Migration{URL: pgtest.New(t).Database(t), DryRun: true}
	if would := migrate(t, m); would.From != 0 || would.To != len(would.Steps) || would.Steps[0] != "001_initial" {
		t.Errorf("a dry run says %+v", would)
	}
	if n := len(texts(t, m.URL, `SELECT relname::text FROM pg_class WHERE relname = 'agents'`)); n != 0 {
		t.Error("a dry run made a table")
	}
	m.DryRun = false
	first := migrate(t, m)
	if again := migrate(t, m); again.From != first.To || len(again.Steps) != 0 {
		t.Errorf("again: %+v", again)
	}
	m.Distribute = true
	if _, err := postgres.Migrate(t.Context(), m); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "CREATE EXTENSION citus") {
		t.Errorf("without the extension: %v", err)
	}
	open(t, postgres.Config{URL: m.URL})
	m.Distribute = false
	if _, err := postgres.Migrate(t.Context(), m); !fault.Is(err, fault.Conflict) {
		t.Errorf("while a node serves: %v", err)
	}
}

// TestDistribute distributes a database that is in use, stopped in the middle: nothing is lost, and what is in its
// place is not touched again.
func TestDistribute(t *testing.T) {
	t.Parallel()
	m := postgres.Migration{URL: citus.Cluster(t).Bare(t)}
	migrate(t, m)
	s := open(t, postgres.Config{URL: m.URL})
	storetest.AddPartner(t, s, "p1", "9876543210")
	storetest.AddService(t, s, "43", agent.ReviewNone)
	for i := range 20 {
		storetest.AddAgent(t, s, "p1", fmt.Sprint("208102", i))
		storetest.SetActivation(t, s, fmt.Sprint("208102", i), "43", agent.Active)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}

	m.Distribute, m.Shards = true, 2
	pgtest.Exec(t, m.URL, `DROP INDEX members_by_number`) // which the layout would replace
	if _, err := postgres.Migrate(t.Context(), m); !fault.Is(err, fault.Unavailable) {
		t.Fatalf("a table that cannot be distributed: %v", err)
	}
	if _, err := postgres.Open(t.Context(), postgres.Config{URL: m.URL}); !fault.Is(err, fault.Conflict) {
		t.Errorf("a database distributed in part: %v", err)
	}
	pgtest.Exec(t, m.URL, `CREATE UNIQUE INDEX members_by_number ON members (number) WHERE number <> ''`)
	if done := migrate(t, m); slices.Contains(done.Steps, "agents") || done.Steps[0] != "members" {
		t.Errorf("it goes on with %v", done.Steps)
	}
	if done := migrate(t, m); len(done.Steps) != 0 {
		t.Errorf("once more: %v", done.Steps)
	}
	if left := texts(t, m.URL, `SELECT relname::text FROM pg_class WHERE relname IN ('agents', 'activations', 'events') AND pg_relation_size(oid) > 0`); len(left) != 0 {
		t.Errorf("rows stayed behind in %v", left)
	}

	s = open(t, postgres.Config{URL: m.URL})
	for i := range 20 {
		code := fmt.Sprint("208102", i)
		rec, err := s.Record(t.Context(), code)
		if err != nil || rec.Activation("43").State != agent.Active {
			t.Errorf("%s: %+v, %v", code, rec, err)
		}
		storetest.SetActivation(t, s, code, "43", agent.Off)
	}
}

// TestUniqueWithoutAnIndex: a block's id belongs to one agent, though no index over several machines can say so.
func TestUniqueWithoutAnIndex(t *testing.T) {
	t.Parallel()
	s := open(t, postgres.Config{URL: citus.Cluster(t).Database(t)})
	save := func(userCode string) error {
		b := block.Block{ID: "b1", Target: block.Target{Agent: userCode}}
		return s.Update(t.Context(), func(tx store.Tx) error { return tx.SaveBlock(b) })
	}
	if err := save("20810200"); err != nil {
		t.Fatal(err)
	}
	if err := save("20810201"); !fault.Is(err, fault.Exists) {
		t.Errorf("the id of another agent's block: %v", err)
	}
	if err := save("20810200"); err != nil {
		t.Errorf("the block again: %v", err)
	}
}
