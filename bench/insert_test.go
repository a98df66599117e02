//go:build linux

package main

import (
	"path/filepath"
	"testing"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"
)

func TestBareInsertCopiesEverything(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	from := openDB(t, filepath.Join(dir, "from.db"))
	const script = `
		CREATE TABLE a (code TEXT PRIMARY KEY, n INTEGER, f REAL, b BLOB, twice INTEGER AS (n * 2)) WITHOUT ROWID;
		CREATE INDEX a_by_n ON a (n);
		CREATE TABLE "order" (id INTEGER PRIMARY KEY, "key" TEXT);
		INSERT INTO a (code, n, f, b) VALUES ('y', 1, 0.5, x'00ff'), ('x', NULL, NULL, NULL), ('', -7, 1e300, x'');
		INSERT INTO "order" VALUES (7, 'seven'), (3, NULL);`
	if err := sqlitex.ExecuteScript(from, script, nil); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "to.db")
	r, err := bareInsert(from, file)
	if err != nil {
		t.Fatal(err)
	}
	if r.Rows != 5 || r.Tables["a"] != 3 || r.Tables["order"] != 2 || r.Seconds <= 0 {
		t.Errorf("have %+v", r)
	}
	to := openDB(t, file)
	for _, query := range []string{
		`SELECT group_concat(type || name || sql, '|') FROM (SELECT * FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name)`,
		`SELECT group_concat(quote(code) || quote(n) || quote(f) || quote(b) || quote(twice), '|') FROM a`,
		`SELECT group_concat(id || quote("key"), '|') FROM "order"`,
	} {
		want, err := sqlitex.ResultText(from.Prep(query))
		if err != nil {
			t.Fatal(err)
		}
		if have, err := sqlitex.ResultText(to.Prep(query)); err != nil || have != want {
			t.Errorf("%s:\nwant %s\nhave %s, error %v", query, want, have, err)
		}
	}
}

func openDB(t *testing.T, file string) *sqlite.Conn {
	t.Helper()
	c, err := sqlite.OpenConn(file)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}
