package transfer_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	zsqlite "zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"

	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/pgtest"
	"github.com/switchboard-platform/switchboard/internal/store"
	"github.com/switchboard-platform/switchboard/internal/store/postgres"
	"github.com/switchboard-platform/switchboard/internal/store/sqlite"
	"github.com/switchboard-platform/switchboard/internal/store/transfer"
)

// TestTransfer runs all cases on one server.
func TestTransfer(t *testing.T) {
	t.Parallel()
	server := pgtest.New(t)
	for name, test := range map[string]func(*testing.T, *pgtest.Server){
		"EveryTableIsCopied":          everyTableIsCopied,
		"ACopyLeavesTheSchemaAsItWas": aCopyLeavesTheSchemaAsItWas,
		"AChangedSourceIsNoticed":     aChangedSourceIsNoticed,
		"ACopyGoesOnInATable":         aCopyGoesOnInATable,
		"ManyBatches":                 manyBatches,
		"ATextThatCannotBeKept":       aTextThatCannotBeKept,
	} {
		t.Run(name, func(t *testing.T) { t.Parallel(); test(t, server) })
	}
}

// newSource makes a database with so many events, the n-th with a text of n bytes.
func newSource(t *testing.T, events int) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "switchboard.db")
	change(t, path, func(tx store.Tx) error {
		for i := range events {
			e := event.Event{Subject: event.Subject{Kind: event.Agent, ID: fmt.Sprint("shop-", i)}, Version: 1, Kind: "agent.added",
				Cause: event.Cause{Actor: "operator:test", At: time.Now()}, Data: strings.Repeat("x", i)}
			_, _ = rand.Read(e.Hash[:]) // of no chain, but no other database's either
			if err := tx.AppendEvent(&e); err != nil {
				return err
			}
		}
		return tx.SetSetting("colour", "blue")
	})
	return path
}

func change(t *testing.T, path string, fn func(store.Tx) error) {
	t.Helper()
	s, err := sqlite.Open(t.Context(), sqlite.Config{Path: path})
	if err == nil {
		err = errors.Join(s.Update(t.Context(), fn), s.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
}

// run copies path to url, stopping before the end when stop is an error.
func run(t *testing.T, path, url string, restart bool, stop error) (transfer.Done, error) {
	t.Helper()
	from, err := sqlite.OpenSource(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer from.Close()
	to, err := postgres.OpenTarget(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer to.Close()
	tr := transfer.Transfer{From: from, To: to, Restart: restart, Check: func(context.Context) error { return stop }}
	return tr.Run(t.Context())
}

var errStop = errors.New("stopped")

// everyTableIsCopied compares the schemas of the two stores: what one has and the other has not is named here, with
// its reason. Whoever adds a table to one store only is told so by this test.
func everyTableIsCopied(t *testing.T, server *pgtest.Server) {
	url := server.Database(t)
	done, err := run(t, newSource(t, 1), url, false, nil)
	if err != nil {
		t.Fatal(err)
	}
	c, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(context.Background())
	// Each with its columns by name and, behind them, those of its key in the key's order: how far a copy is, a key says.
	rows, _ := c.Query(t.Context(), `SELECT c.relname || ': ' || string_agg(a.attname, ',' ORDER BY a.attname COLLATE "C") || '; ' ||
 coalesce((SELECT string_agg(k.attname, ',' ORDER BY array_position(i.indkey::int2[], k.attnum)) FROM pg_index i
  JOIN pg_attribute k ON k.attrelid = c.oid AND k.attnum = ANY (i.indkey) WHERE i.indrelid = c.oid AND i.indisprimary), '')
 FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' GROUP BY c.relname, c.oid`)
	shared, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	shared = slices.DeleteFunc(shared, func(table string) bool {
		name, _, _ := strings.Cut(table, ":")
		return slices.Contains([]string{
			"schema_version",    // of the database's own schema
			"directory_version", // counts what nodes hold in memory: nobody holds anything yet
			"last_event",        // made of events when they are there
			"leases",            // of nodes: none runs yet
			"sessions",          // of people who sign in anew
			"signature_uses",    // of nodes, too
		}, name)
	})
	embedded := slices.DeleteFunc(embeddedTables(t, newSource(t, 1)), func(table string) bool {
		name, _, _ := strings.Cut(table, ":")
		return name == "mobiles" || name == "mobiles_new" || // made of agents, which the other store finds by an index
			name == "sessions"
	})
	slices.Sort(shared)
	if !slices.Equal(shared, embedded) {
		t.Errorf("over PostgreSQL the tables are\n%s\nand embedded\n%s", strings.Join(shared, "\n"), strings.Join(embedded, "\n"))
	}
	for _, table := range embedded {
		name, _, _ := strings.Cut(table, ":")
		if _, ok := done.Tables[name]; !ok {
			t.Errorf("table %s was not copied", name)
		}
	}
}

func embeddedTables(t *testing.T, path string) (names []string) {
	t.Helper()
	c, err := zsqlite.OpenConn(path, zsqlite.OpenReadOnly)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	err = sqlitex.Execute(c, `SELECT m.name || ': ' || (SELECT group_concat(name, ',' ORDER BY name) FROM pragma_table_info(m.name)) || '; ' ||
 (SELECT group_concat(name, ',' ORDER BY pk) FROM pragma_table_info(m.name) WHERE pk > 0)
 FROM sqlite_schema m WHERE type = 'table' AND m.name NOT LIKE 'sqlite_%' ORDER BY 1`,
		&sqlitex.ExecOptions{ResultFunc: func(s *zsqlite.Stmt) error { names = append(names, s.ColumnText(0)); return nil }})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// indexes gives the definitions of all indexes.
func indexes(t *testing.T, url string) []string {
	t.Helper()
	c, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(context.Background())
	rows, _ := c.Query(t.Context(), `SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1`)
	list, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// aCopyLeavesTheSchemaAsItWas: the indexes that were left out are there again, and nothing is that was not.
func aCopyLeavesTheSchemaAsItWas(t *testing.T, server *pgtest.Server) {
	fresh, url := server.Database(t), server.Database(t)
	s, err := postgres.Open(t.Context(), postgres.Config{URL: fresh})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	path := newSource(t, 3)
	for _, stop := range []error{errStop, errStop, nil} {
		if _, err := run(t, path, url, false, stop); !errors.Is(err, stop) {
			t.Fatal(err)
		}
	}
	if have, want := indexes(t, url), indexes(t, fresh); !slices.Equal(have, want) {
		t.Errorf("the indexes are\n%s\nwant\n%s", strings.Join(have, "\n"), strings.Join(want, "\n"))
	}
}

// aChangedSourceIsNoticed: half of a copy is not made whole with rows of another time, nor with another database's.
func aChangedSourceIsNoticed(t *testing.T, server *pgtest.Server) {
	url := server.Database(t)
	path := newSource(t, 5)
	if _, err := run(t, path, url, false, errStop); !errors.Is(err, errStop) {
		t.Fatal(err)
	}
	if _, err := run(t, newSource(t, 5), url, false, nil); !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "another database") {
		t.Errorf("another database: %v", err)
	}
	change(t, path, func(tx store.Tx) error { return tx.SetSetting("colour", "green") }) // without an event
	if _, err := run(t, path, url, false, nil); !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "--restart") {
		t.Errorf("a changed one: %v", err)
	}
	done, err := run(t, path, url, true, nil)
	if err != nil || done.Before != 0 || done.Events != 5 {
		t.Fatalf("begun anew: %+v, %v", done, err)
	}
	if colour, err := postgres.ReadSetting(t.Context(), url, "colour"); colour != "green" || err != nil {
		t.Errorf("the setting is %q (%v)", colour, err)
	}
	if _, err := run(t, path, url, true, nil); err != nil { // finished: there is nothing to begin anew
		t.Error(err)
	}
	if _, err := run(t, newSource(t, 5), url, true, nil); !fault.Is(err, fault.Exists) {
		t.Errorf("a finished copy is begun anew: %v", err)
	}
}

// aCopyGoesOnInATable stops behind the first batch of a table with several.
func aCopyGoesOnInATable(t *testing.T, server *pgtest.Server) {
	path, url := newSource(t, 5000), server.Database(t)
	from, err := sqlite.OpenSource(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	to, err := postgres.OpenTarget(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	tr := transfer.Transfer{From: from, To: to, Tell: func(p transfer.Progress) {
		if p.Events > 0 {
			cancel()
		}
	}}
	if _, err := tr.Run(ctx); !errors.Is(err, context.Canceled) {
		t.Fatalf("it ended with %v", err)
	}
	if err := errors.Join(to.Close(), from.Close()); err != nil {
		t.Fatal(err)
	}
	done, err := run(t, path, url, false, nil)
	if err != nil || done.Events != 5000 || done.Before == 0 || done.Before >= done.Rows {
		t.Fatalf("%+v, %v", done, err)
	}
	s, err := postgres.Open(t.Context(), postgres.Config{URL: url})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var last uint64
	err = s.View(t.Context(), func(tx store.Tx) error {
		return tx.ScanEvents(0, func(e *event.Raw) error {
			if last++; e.Seq != last || len(e.Data) != int(last-1) {
				t.Errorf("event %d has %d bytes and stands at %d", e.Seq, len(e.Data), last)
			}
			return nil
		})
	})
	if err != nil || last != 5000 {
		t.Errorf("there are %d events: %v", last, err)
	}
}

// manyBatches copies more than goes into one.
func manyBatches(t *testing.T, server *pgtest.Server) {
	path, url := newSource(t, 5000), server.Database(t) // 12 MB
	if _, err := run(t, path, url, false, errStop); !errors.Is(err, errStop) {
		t.Fatal(err)
	}
	done, err := run(t, path, url, false, nil)
	if err != nil || done.Events != 5000 || done.Before != done.Rows {
		t.Errorf("%+v, %v", done, err)
	}
}

// aTextThatCannotBeKept names the row.
func aTextThatCannotBeKept(t *testing.T, server *pgtest.Server) {
	path, url := newSource(t, 1), server.Database(t)
	change(t, path, func(tx store.Tx) error { return tx.SetSetting("odd", "a\x00b") })
	_, err := run(t, path, url, false, nil)
	if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "settings") || !strings.Contains(err.Error(), `row ["odd"]`) {
		t.Errorf("got %v", err)
	}
}
