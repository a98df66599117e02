package app

import (
	"bytes"
	"cmp"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/config"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/store"
	"github.com/switchboard-platform/switchboard/internal/store/sqlite"
)

// settings are those of a new directory under dir.
func settings(dir, name string) config.Config {
	cfg := config.Default()
	cfg.Data = filepath.Join(dir, name)
	return cfg
}

// founded makes a directory with a partner of that name.
func founded(t *testing.T, cfg config.Config, partner string) {
	t.Helper()
	if err := Init(t.Context(), cfg, Production); err != nil {
		t.Fatal(err)
	}
	operate(t, cfg, func(op *switchboard.Operator) error {
		_, err := op.AddPartner(t.Context(), switchboard.NewPartner{Name: partner, InitiatorID: "9876543210"})
		return err
	})
}

func operate(t *testing.T, cfg config.Config, fn func(*switchboard.Operator) error) {
	t.Helper()
	a, err := Open(t.Context(), cfg, Options{Log: slog.New(slog.DiscardHandler)})
	if err == nil {
		err = cmp.Or(a.Operate(t.Context(), fn), a.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
}

// partners names the partners of a directory.
func partners(t *testing.T, cfg config.Config) (names string) {
	t.Helper()
	operate(t, cfg, func(op *switchboard.Operator) error {
		list, err := op.Partners(t.Context())
		for _, p := range list {
			names += p.Name + " "
		}
		return err
	})
	return names
}

// backup copies a directory's database to a file.
func backup(t *testing.T, cfg config.Config, file string) {
	t.Helper()
	s, err := openStore(t.Context(), cfg, nil)
	if err == nil {
		err = cmp.Or(s.Backup(t.Context(), file), s.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
}

func copyFileTo(t *testing.T, from, to string) {
	t.Helper()
	b, err := os.ReadFile(from)
	if err == nil {
		err = os.WriteFile(to, b, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// files gives what a directory holds, without the lock, which every look makes.
func files(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	list, _ := filepath.Glob(filepath.Join(dir, "*"))
	for _, path := range list {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasSuffix(path, ".lock") {
			all[filepath.Base(path)] = string(b)
		}
	}
	return all
}

var restoredAt = time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)

func TestRestoreRefusesAndTouchesNothing(t *testing.T) {
	t.Parallel()
	garbage := func(t *testing.T, cfg config.Config, file string) {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, append(b[:4096:4096], bytes.Repeat([]byte{0xa5}, len(b)-4096)...), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, row := range map[string]struct {
		spoil func(t *testing.T, cfg config.Config, file string)
		force bool
		want  fault.Code
	}{
		"a database is there":   {func(*testing.T, config.Config, string) {}, false, fault.Exists},
		"a damaged file":        {garbage, true, fault.Invalid},
		"no file":               {func(t *testing.T, _ config.Config, file string) { _ = os.Remove(file) }, true, fault.NotFound},
		"another's master key":  {func(t *testing.T, cfg config.Config, _ string) { otherKey(t, cfg) }, true, fault.Conflict},
		"an exposed master key": {func(t *testing.T, cfg config.Config, _ string) { _ = os.Chmod(cfg.MasterKeyPath(), 0o644) }, true, fault.Invalid},
		"the directory in use": {func(t *testing.T, cfg config.Config, _ string) {
			lock, err := sqlite.Lock(DatabasePath(cfg.Data))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = lock.Close() })
		}, true, fault.Conflict},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			cfg, file := settings(dir, "data"), filepath.Join(dir, "copy.db")
			founded(t, cfg, "Acme")
			backup(t, cfg, file)
			row.spoil(t, cfg, file)
			before := files(t, cfg.Data)
			_, err := RestoreBackup(t.Context(), cfg, Restore{File: file, Force: row.force, At: restoredAt})
			if !fault.Is(err, row.want) {
				t.Errorf("got %v, want %s", err, row.want)
			}
			after := files(t, cfg.Data)
			if len(before) != len(after) {
				t.Errorf("%d files became %d", len(before), len(after))
			}
			for name, was := range before {
				if after[name] != was {
					t.Errorf("%s was touched", name)
				}
			}
		})
	}
}

// otherKey puts the master key of another directory in the place of this one's.
func otherKey(t *testing.T, cfg config.Config) {
	t.Helper()
	other := settings(t.TempDir(), "other")
	if err := Init(t.Context(), other, Production); err != nil {
		t.Fatal(err)
	}
	copyFileTo(t, other.MasterKeyPath(), cfg.MasterKeyPath())
}

func TestRestoreMovesTheOldDatabaseAside(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cfg, file := settings(dir, "data"), filepath.Join(dir, "copy.db")
	founded(t, cfg, "Before")
	backup(t, cfg, file)
	leaveALog(t, cfg, "colour", "blue")
	var told int64
	out, err := RestoreBackup(t.Context(), cfg, Restore{File: file, Force: true, At: restoredAt,
		Progress: func(done, _ int64) { told = done }})
	if err != nil {
		t.Fatal(err)
	}
	if want := DatabasePath(cfg.Data) + ".before-restore-20260131T120000Z"; out.MovedTo != want || out.MasterKey != "fits" || told != out.SizeBytes {
		t.Errorf("got %+v, and %d bytes were told of", out, told)
	}
	// What stood in the log alone is in the file that was moved, and not in the one restored.
	if v, err := sqlite.ReadSetting(out.MovedTo, "colour"); v != "blue" || err != nil {
		t.Errorf("the old database says %q, %v", v, err)
	}
	if v, err := sqlite.ReadSetting(out.Database, "colour"); v != "" || err != nil {
		t.Errorf("the restored database says %q, %v", v, err)
	}
	if got := partners(t, cfg); got != "Before " {
		t.Errorf("the partners are %s", got)
	}
}

// leaveALog writes a setting and leaves the directory as a killed process does: the change stands
// in the log alone.
func leaveALog(t *testing.T, cfg config.Config, name, value string) {
	t.Helper()
	s, err := openStore(t.Context(), cfg, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Update(t.Context(), func(tx store.Tx) error { return tx.SetSetting(name, value) }); err != nil {
		t.Fatal(err)
	}
	kept := t.TempDir()
	path := DatabasePath(cfg.Data)
	for _, end := range []string{"", "-wal"} {
		copyFileTo(t, path+end, filepath.Join(kept, "db"+end))
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for _, end := range []string{"", "-wal"} {
		copyFileTo(t, filepath.Join(kept, "db"+end), path+end)
	}
}

// A log without its database, which a stop in the middle of an earlier restore may leave, must not
// be played into the restored one; nor may one of a database that is past reading.
func TestRestoreIsNotSpoiledByAnOldLog(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(path string) error{
		"no database":      os.Remove,
		"a ruined one":     func(path string) error { return os.WriteFile(path, bytes.Repeat([]byte("ruin"), 4096), 0o600) },
		"an empty one":     func(path string) error { return os.Truncate(path, 0) },
		"half a one":       func(path string) error { return os.Truncate(path, 8192) },
		"one and no index": func(path string) error { return nil },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			cfg, file := settings(dir, "data"), filepath.Join(dir, "copy.db")
			founded(t, cfg, "Before")
			backup(t, cfg, file)
			leaveALog(t, cfg, "colour", "blue")
			if err := spoil(DatabasePath(cfg.Data)); err != nil {
				t.Fatal(err)
			}
			out, err := RestoreBackup(t.Context(), cfg, Restore{File: file, Force: true, At: restoredAt})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := os.Stat(out.Database + "-wal"); err == nil {
				t.Error("the old log lies beside the restored database")
			}
			if v, err := sqlite.ReadSetting(out.Database, "colour"); v != "" || err != nil {
				t.Errorf("the restored database says %q, %v", v, err)
			}
			if err := sqlite.Verify(t.Context(), out.Database); err != nil {
				t.Error(err)
			}
			if got := partners(t, cfg); got != "Before " {
				t.Errorf("the partners are %s", got)
			}
		})
	}
}

func TestRestoreWithoutAKeySaysSo(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cfg, there, file := settings(dir, "data"), settings(dir, "there"), filepath.Join(dir, "copy.db")
	founded(t, cfg, "Acme")
	backup(t, cfg, file)
	out, err := RestoreBackup(t.Context(), there, Restore{File: file, At: restoredAt})
	if err != nil || out.MasterKey != "missing" || out.MovedTo != "" || out.Mode != Production {
		t.Fatalf("got %+v, %v", out, err)
	}
	if fi, err := os.Stat(there.Data); err != nil || fi.Mode().Perm() != 0o700 {
		t.Errorf("the new directory: %v, %v", fi, err)
	}
	copyFileTo(t, cfg.MasterKeyPath(), there.MasterKeyPath())
	if got := partners(t, there); got != "Acme " {
		t.Errorf("the partners are %s", got)
	}
}

func TestARestoreThatIsStoppedLeavesTheOldDatabase(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cfg, file := settings(dir, "data"), filepath.Join(dir, "copy.db")
	founded(t, cfg, "Before")
	backup(t, cfg, file)
	before := files(t, cfg.Data)
	ctx, cancel := context.WithCancel(t.Context())
	_, err := RestoreBackup(ctx, cfg, Restore{File: file, Force: true, At: restoredAt, Progress: func(int64, int64) { cancel() }})
	if err == nil {
		t.Fatal("it went on")
	}
	after := files(t, cfg.Data)
	if len(before) != len(after) || before["switchboard.db"] != after["switchboard.db"] {
		t.Errorf("%d files became %d", len(before), len(after))
	}
}

func TestSizeText(t *testing.T) {
	t.Parallel()
	for n, want := range map[int64]string{0: "0 B", 1023: "1023 B", 1024: "1.0 KiB", 1536: "1.5 KiB", 5 << 30: "5.0 GiB", 3 << 50: "3072.0 TiB"} {
		if got := SizeText(n); got != want {
			t.Errorf("%d: got %q, want %q", n, got, want)
		}
	}
}
