package sqlite

import (
	"fmt"
	"path/filepath"
	"testing"

	"zombiezen.com/go/sqlite/sqlitex"

	"github.com/switchboard-platform/switchboard/internal/member"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// atSchema makes a database as a version that knew only so many migrations left it, with a setting.
func atSchema(t *testing.T, known int) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "db")
	c, err := openConn(path, readerCacheKiB, false)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	entries, err := migrations.ReadDir("migrations")
	if err != nil {
		t.Fatal(err)
	}
	for i, e := range entries[:known] {
		script, err := migrations.ReadFile("migrations/" + e.Name())
		if err != nil {
			t.Fatal(err)
		}
		if err := sqlitex.ExecuteScript(c.Conn, fmt.Sprintf("%s;PRAGMA user_version = %d", script, i+1), nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := sqlitex.ExecuteScript(c.Conn, "INSERT INTO settings (name, value) VALUES ('colour', 'blue')", nil); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestEverySchemaIsBroughtUpToDate opens databases of former versions: what is in them stays, and what is new works.
func TestEverySchemaIsBroughtUpToDate(t *testing.T) {
	t.Parallel()
	entries, err := migrations.ReadDir("migrations")
	if err != nil {
		t.Fatal(err)
	}
	for known := 1; known <= len(entries); known++ {
		t.Run(fmt.Sprint(known), func(t *testing.T) {
			t.Parallel()
			path := atSchema(t, known)
			if err := MergeWAL(path); err != nil {
				t.Fatal(err)
			}
			if err := Verify(t.Context(), path); err != nil {
				t.Errorf("a backup of that schema is refused: %v", err)
			}
			s, err := Open(t.Context(), Config{Path: path})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			err = s.Update(t.Context(), func(tx store.Tx) error {
				if v, err := tx.Setting("colour"); v != "blue" || err != nil {
					t.Errorf("the setting is %q (%v), want the one that was there", v, err)
				}
				return tx.CreateMember(member.Member{MSISDN: "254700000001"})
			})
			if err != nil {
				t.Error(err)
			}
			if err := s.Check(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}
