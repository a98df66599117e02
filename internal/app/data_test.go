package app_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/app"
	"github.com/switchboard-platform/switchboard/internal/apptest"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/secret"
)

func TestInit(t *testing.T) {
	t.Parallel()
	cfg := settings(t)
	mustInit(t, cfg, app.Production)
	files := []string{app.DatabasePath(cfg.Data), cfg.MasterKeyPath(), app.TokenPath(cfg.Data)}
	was := map[string]string{}
	for _, f := range files {
		wantMode(t, f, 0o600)
		was[f] = read(t, f)
	}
	wantMode(t, cfg.Data, 0o700)

	for _, mode := range []app.Mode{app.Production, app.Sandbox} {
		wantFault(t, app.Init(t.Context(), cfg, mode), fault.Exists, cfg.Data, "production")
	}
	for _, f := range files {
		if read(t, f) != was[f] {
			t.Errorf("the second Init changed %s", f)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(cfg.Data, "*.new*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// An Init that was stopped anywhere is begun again, and what it left does no harm.
func TestInitGoesOnAfterAStop(t *testing.T) {
	t.Parallel()
	cfg := settings(t)
	if err := os.MkdirAll(cfg.Data, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"master.key": "", "operator.token": "", "switchboard.db.new": "half", "switchboard.db.new-wal": "half", "switchboard.db.new-shm": "half",
	} {
		if err := os.WriteFile(filepath.Join(cfg.Data, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if app.Initialized(cfg) {
		t.Fatal("half a database counts as one")
	}
	mustInit(t, cfg, app.Production)
	if _, err := open(t, cfg, app.Production); err != nil {
		t.Error(err)
	}
}

// A key that is there before the first database is kept: it may seal others, too.
func TestInitKeepsAMasterKey(t *testing.T) {
	t.Parallel()
	one, two := settings(t), settings(t)
	mustInit(t, one, app.Production)
	two.MasterKeyFile = one.MasterKeyPath()
	was := read(t, one.MasterKeyPath())
	mustInit(t, two, app.Production)
	if read(t, one.MasterKeyPath()) != was {
		t.Error("the key was changed")
	}
	if _, err := os.Stat(filepath.Join(two.Data, "master.key")); err == nil {
		t.Error("a second key was made")
	}
}

// With the key in the environment there is no file of it.
func TestMasterKeyInTheEnvironment(t *testing.T) {
	t.Parallel()
	from, cfg := settings(t), settings(t)
	mustInit(t, from, app.Production)
	cfg.MasterKey = secret.NewText(read(t, from.MasterKeyPath()))
	mustInit(t, cfg, app.Production)
	if _, err := os.Stat(cfg.MasterKeyPath()); err == nil {
		t.Error("the key was written into a file")
	}
	if _, err := open(t, cfg, app.Production); err != nil {
		t.Error(err)
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	t.Run("no database", func(t *testing.T) {
		t.Parallel()
		cfg := settings(t)
		_, err := open(t, cfg, app.Production)
		wantFault(t, err, fault.NotFound, cfg.Data, "switchboard init")
		if _, err := os.Stat(cfg.Data); err == nil {
			t.Error("a directory was made")
		}
	})
	t.Run("sandbox as production", func(t *testing.T) {
		t.Parallel()
		cfg := settings(t)
		mustInit(t, cfg, app.Sandbox)
		_, err := open(t, cfg, app.Production)
		wantFault(t, err, fault.Conflict, "sandbox", "--data")
	})
	t.Run("production as sandbox", func(t *testing.T) {
		t.Parallel()
		cfg := settings(t)
		mustInit(t, cfg, app.Production)
		_, err := open(t, cfg, app.Sandbox)
		wantFault(t, err, fault.Conflict, "production", "--data")
	})
	t.Run("another master key", func(t *testing.T) {
		t.Parallel()
		cfg, other := settings(t), settings(t)
		mustInit(t, cfg, app.Production)
		mustInit(t, other, app.Production)
		cfg.MasterKeyFile = other.MasterKeyPath()
		_, err := open(t, cfg, app.Production)
		wantFault(t, err, fault.Conflict, "master key", "--master-key-file")
	})
	t.Run("no master key", func(t *testing.T) {
		t.Parallel()
		cfg := settings(t)
		mustInit(t, cfg, app.Production)
		cfg.MasterKeyFile = filepath.Join(cfg.Data, "missing.key")
		_, err := open(t, cfg, app.Production)
		wantFault(t, err, fault.NotFound, "missing.key")
	})
	for name, path := range map[string]string{"master key for all": "master.key", "token for all": "operator.token"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := settings(t)
			mustInit(t, cfg, app.Production)
			if err := os.Chmod(filepath.Join(cfg.Data, path), 0o644); err != nil {
				t.Fatal(err)
			}
			_, err := open(t, cfg, app.Production)
			if err == nil || !strings.Contains(fault.As(err).Message, "chmod 600") {
				t.Errorf("got %v, want the remedy", err)
			}
		})
	}
	t.Run("a token that is none", func(t *testing.T) {
		t.Parallel()
		cfg := settings(t)
		mustInit(t, cfg, app.Production)
		if err := os.WriteFile(app.TokenPath(cfg.Data), []byte("short\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := open(t, cfg, app.Production)
		wantFault(t, err, fault.Conflict, "delete it")
	})
	t.Run("open already", func(t *testing.T) {
		t.Parallel()
		cfg := settings(t)
		mustInit(t, cfg, app.Production)
		if _, err := open(t, cfg, app.Production); err != nil {
			t.Fatal(err)
		}
		_, err := open(t, cfg, app.Production)
		wantFault(t, err, fault.Conflict, "Another process")
		wantFault(t, app.Init(t.Context(), cfg, app.Production), fault.Conflict, "Another process")
	})
}

// What is refused must have let go of everything: the right settings open it afterwards.
func TestOpenAfterARefusal(t *testing.T) {
	t.Parallel()
	cfg := settings(t)
	mustInit(t, cfg, app.Sandbox)
	if _, err := open(t, cfg, app.Production); err == nil {
		t.Fatal("a sandbox was opened as production")
	}
	if _, err := open(t, cfg, app.Sandbox); err != nil {
		t.Error(err)
	}
}

// A token that was deleted, because others may have read it, is made anew at the next start.
func TestTokenIsMadeAnew(t *testing.T) {
	t.Parallel()
	a := apptest.New(t, apptest.Options{})
	old := strings.TrimSpace(read(t, app.TokenPath(a.Config.Data)))
	a.Stop(t)
	if err := os.Remove(app.TokenPath(a.Config.Data)); err != nil {
		t.Fatal(err)
	}
	b := apptest.New(t, apptest.Options{Data: a.Config.Data})
	fresh := strings.TrimSpace(read(t, app.TokenPath(a.Config.Data)))
	if _, err := switchboard.NewOperator("http://"+b.At.Operator, old).Status(t.Context()); err == nil {
		t.Error("the old token is good")
	}
	if _, err := switchboard.NewOperator("http://"+b.At.Operator, fresh).Status(t.Context()); err != nil {
		t.Errorf("the new token is not good: %v", err)
	}
}

func TestModesWhileServing(t *testing.T) {
	t.Parallel()
	a := apptest.New(t, apptest.Options{Data: filepath.Join(t.TempDir(), strings.Repeat("long", 15), strings.Repeat("path", 15))})
	if len(a.At.Socket) <= 108 {
		t.Fatalf("the socket's path has only %d bytes", len(a.At.Socket))
	}
	if _, err := a.Operator.AddPartner(t.Context(), switchboard.NewPartner{Name: "Acme", InitiatorID: "9876543210"}); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(a.Config.Data)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) < 6 { // database, log, index, lock, key, token, socket
		t.Fatalf("the directory has only %v", entries)
	}
	for _, e := range entries {
		wantMode(t, filepath.Join(a.Config.Data, e.Name()), 0o600)
	}
	wantMode(t, a.Config.Data, 0o700)
}
