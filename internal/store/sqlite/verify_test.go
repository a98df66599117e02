package sqlite

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"

	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// backedUp makes a database with a setting and gives the path of a backup of it.
func backedUp(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	s, err := Open(context.Background(), Config{Path: filepath.Join(dir, "live.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.Update(context.Background(), func(tx store.Tx) error { return tx.SetSetting("colour", "blue") }); err != nil {
		t.Fatal(err)
	}
	copied := filepath.Join(dir, "copy.db")
	if err := s.Backup(context.Background(), copied); err != nil {
		t.Fatal(err)
	}
	return copied
}

func TestVerifyKnowsASoundBackup(t *testing.T) {
	t.Parallel()
	path := backedUp(t)
	before, _ := os.ReadFile(path)
	if err := Verify(context.Background(), path); err != nil {
		t.Error(err)
	}
	if err := VerifyQuick(context.Background(), path); err != nil {
		t.Error(err)
	}
	if v, err := ReadSetting(path, "colour"); v != "blue" || err != nil {
		t.Errorf("got %q, %v", v, err)
	}
	after, _ := os.ReadFile(path)
	if !bytes.Equal(before, after) {
		t.Error("looking at the file changed it")
	}
	for _, beside := range []string{"-wal", "-shm"} {
		if _, err := os.Stat(path + beside); err == nil {
			t.Errorf("looking at the file made %s", beside)
		}
	}
}

func TestVerifyRefuses(t *testing.T) {
	t.Parallel()
	script := func(sql string) func(*testing.T, string) {
		return func(t *testing.T, path string) {
			c, err := sqlite.OpenConn(path, sqlite.OpenReadWrite|sqlite.OpenCreate)
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			if err := sqlitex.ExecuteScript(c, sql, nil); err != nil {
				t.Fatal(err)
			}
		}
	}
	write := func(b []byte) func(*testing.T, string) {
		return func(t *testing.T, path string) {
			if err := os.WriteFile(path, b, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, row := range map[string]struct {
		spoil func(t *testing.T, path string)
		want  fault.Code
	}{
		"no file":         {func(t *testing.T, path string) { _ = os.Remove(path) }, fault.NotFound},
		"an empty file":   {write(nil), fault.Invalid},
		"another file":    {write(bytes.Repeat([]byte("no database "), 1000)), fault.Invalid},
		"a newer schema":  {script("PRAGMA user_version = 999"), fault.Conflict},
		"another's":       {script("DROP TABLE agents"), fault.Invalid},
		"no version":      {script("PRAGMA user_version = 0"), fault.Invalid},
		"a log beside it": {func(t *testing.T, path string) { write([]byte("frames"))(t, path+"-wal") }, fault.Invalid},
		"a cut file": {func(t *testing.T, path string) {
			if err := os.Truncate(path, 3*4096); err != nil {
				t.Fatal(err)
			}
		}, fault.Invalid},
		"a page overwritten": {func(t *testing.T, path string) {
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			for i := 4096; i < len(b); i++ {
				b[i] = 0xa5
			}
			write(b)(t, path)
		}, fault.Invalid},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := backedUp(t)
			row.spoil(t, path)
			for _, check := range []func(context.Context, string) error{Verify, VerifyQuick} {
				if err := check(context.Background(), path); !fault.Is(err, row.want) {
					t.Errorf("got %v, want %s", err, row.want)
				}
			}
		})
	}
}

func TestLockAndMerge(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "live.db")
	s, err := Open(context.Background(), Config{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Lock(path); !fault.Is(err, fault.Conflict) {
		t.Errorf("the lock of an open database: %v", err)
	}
	if err := s.Update(context.Background(), func(tx store.Tx) error { return tx.SetSetting("colour", "blue") }); err != nil {
		t.Fatal(err)
	}
	if v, err := ReadSetting(path, "colour"); v != "blue" || err != nil {
		t.Errorf("read beside the owner: %q, %v", v, err)
	}
	// What a killed process leaves: the file and its log, as they are now.
	left := filepath.Join(t.TempDir(), "left.db")
	for _, end := range []string{"", "-wal"} {
		b, err := os.ReadFile(path + end)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(left+end, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	lock, err := Lock(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := lock.Close(); err != nil {
		t.Fatal(err)
	}
	if size(left+"-wal") == 0 {
		t.Fatal("there is no log to merge")
	}
	if err := MergeWAL(left); err != nil {
		t.Fatal(err)
	}
	if v, err := ReadSetting(left, "colour"); v != "blue" || err != nil {
		t.Errorf("after the merge: %q, %v", v, err)
	}
}
