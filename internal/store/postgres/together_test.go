package postgres

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/switchboard-platform/switchboard/internal/pgtest"
	"github.com/switchboard-platform/switchboard/internal/store/tables"
)

// The statements of the tests. The three in the middle write one row each, or fail.
const (
	addOne    = `INSERT INTO things (name, size, data, part) VALUES (?,?,?,1)`
	changeOne = `UPDATE things SET size = ?, part = part + 1 WHERE name = ? AND size = ?`
	setOne    = `INSERT INTO things (name, size, data, part) VALUES (?,?,?,1) ON CONFLICT (name) DO UPDATE SET size = excluded.size`
	dropSome  = `DELETE FROM things WHERE size >= ?`
)

// things is an engine in a transaction on a table of its own.
func things(t *testing.T) (*engine, *tables.Conn) {
	t.Helper()
	url := pgtest.New(t).Database(t)
	pgtest.Exec(t, url, `CREATE TABLE things (name TEXT PRIMARY KEY, size SMALLINT NOT NULL, data BYTEA NOT NULL, part BIGINT NOT NULL)`)
	c, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close(context.Background()) })
	e := newEngine(&connection{Conn: c})
	must(t, e.exec("BEGIN"))
	return e, &tables.Conn{Engine: e}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func add(t *testing.T, c *tables.Conn, name string, size int64) {
	t.Helper()
	q := c.Prepare(addOne)
	must(t, q.Text(name).Int(size).Blob([]byte(name)).Run())
}

func change(t *testing.T, c *tables.Conn, name string, was, is int64) {
	t.Helper()
	q := c.Prepare(changeOne)
	must(t, q.Int(is).Text(name).Int(was).Run())
	if !c.Changed() {
		t.Errorf("no hope for %s", name)
	}
}

// want compares what is in the table, after the end of a transaction.
func want(t *testing.T, c *tables.Conn, rows string) {
	t.Helper()
	var have []string
	q := c.Prepare(`SELECT name || size || convert_from(data, 'UTF8') || part FROM things ORDER BY name`)
	for q.Next() {
		have = append(have, q.Str())
	}
	must(t, q.Err)
	if strings.Join(have, " ") != rows {
		t.Errorf("there is %q, want %q", have, rows)
	}
}

// TestTogether writes rows that go together, in the order of those that do not.
func TestTogether(t *testing.T) {
	t.Parallel()
	for name, apart := range map[string]bool{"together": false, "apart": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e, c := things(t)
			e.distributed = apart
			add(t, c, "a", 1)
			add(t, c, "ü", 2)
			change(t, c, "a", 1, 3)
			add(t, c, "c", 4)
			change(t, c, "ü", 2, 5)
			if list, err := e.together(false); err != nil || apart != (len(list) == 5) || !apart && len(list) != 2 {
				t.Errorf("%d statements, %v", len(list), err)
			}
			q := c.Prepare(dropSome)
			must(t, q.Int(4).Run())
			add(t, c, "c", 6) // there again, and nothing takes it away
			set := c.Prepare(setOne)
			must(t, set.Text("a").Int(9).Blob(nil).Run())
			change(t, c, "a", 9, 7)
			if add(t, c, "d", 8); c.Changes() != 1 {
				t.Error("the last write wrote one row")
			}
			must(t, e.send(commit, nil, nil))
			want(t, c, "a7a3 c6c1 d8d1")
		})
	}
}

// TestHopeIsLostAtTheEnd hopes in vain, with COMMIT on the way already: nothing may be committed.
func TestHopeIsLostAtTheEnd(t *testing.T) {
	t.Parallel()
	for name, apart := range map[string]bool{"together": false, "apart": true} {
		for why, write := range map[string]func(*testing.T, *tables.Conn){
			"one row is not there": func(t *testing.T, c *tables.Conn) { change(t, c, "b", 1, 2) },
			"one of two is not":    func(t *testing.T, c *tables.Conn) { change(t, c, "a", 1, 2); change(t, c, "b", 1, 2) },
			"one is changed twice": func(t *testing.T, c *tables.Conn) { change(t, c, "a", 1, 2); change(t, c, "a", 1, 3) },
			"one is there already": func(t *testing.T, c *tables.Conn) { add(t, c, "b", 1); add(t, c, "a", 1) },
			"one cannot be stored": func(t *testing.T, c *tables.Conn) { add(t, c, "b", 1); add(t, c, "\x00", 1) },
		} {
			t.Run(name+", "+why, func(t *testing.T) {
				t.Parallel()
				e, c := things(t)
				e.distributed = apart
				add(t, c, "a", 1)
				must(t, e.send(commit, nil, nil))
				must(t, e.exec("BEGIN"))
				add(t, c, "c", 1)
				write(t, c)
				if err := e.send(commit, nil, nil); !errors.Is(err, errHope) {
					t.Errorf("got %v", err)
				}
				e.rollback()
				want(t, c, "a1a1")
			})
		}
	}
}

// TestCommitOfWhatFailed asks for a commit that the database makes a rollback.
func TestCommitOfWhatFailed(t *testing.T) {
	t.Parallel()
	e, c := things(t)
	add(t, c, "a", 1)
	if err := e.exec("SELECT 1 / 0"); err == nil {
		t.Error("no error")
	}
	if err := e.send(commit, nil, nil); !errors.Is(err, errHope) {
		t.Errorf("got %v", err)
	}
	e.rollback()
	want(t, c, "")
}

func TestPluralOf(t *testing.T) {
	t.Parallel()
	for sql, has := range map[string]bool{
		addOne: true, changeOne: true, setOne: false, dropSome: false,
		`UPDATE things SET size = (SELECT 1) WHERE name = ?`: false,
		`UPDATE things SET size = ?`:                         false,
		`INSERT INTO things SELECT ?`:                        false,
	} {
		if p := pluralOf(numbered(sql)); (p != nil) != has {
			t.Errorf("%s: %+v", sql, p)
		}
	}
}
