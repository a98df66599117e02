package admin_test

import (
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/app"
	"github.com/switchboard-platform/switchboard/internal/apptest"
)

func TestBackup(t *testing.T) {
	apptest.Embedded(t)
	t.Parallel()
	bothWays(t, func(t *testing.T, a *apptest.App, op *switchboard.Operator) {
		ctx := t.Context()
		if got := runImport(t, op, strings.NewReader(table(300)), switchboard.ImportOptions{}); got.err != nil {
			t.Fatal(got.err)
		}
		data := filepath.Join(t.TempDir(), "copy")
		download(t, op, data)
		if left, _ := filepath.Glob(filepath.Join(a.Config.Data, ".backup-*")); len(left) != 0 {
			t.Errorf("copies were left: %v", left)
		}
		// The copy needs the master key of the original, and is served as it was.
		copyFile(t, a.Config.MasterKeyPath(), filepath.Join(data, "master.key"))
		b := apptest.New(t, apptest.Options{Data: data})
		if got := must(b.Operator.Check(ctx))(t); !got.OK {
			t.Fatalf("the copy is damaged: %s", got.Problem)
		}
		for name, list := range map[string]func(*switchboard.Operator) (any, error){
			"partners": func(o *switchboard.Operator) (any, error) { return o.Partners(ctx) },
			"services": func(o *switchboard.Operator) (any, error) { return o.Services(ctx) },
			"agents":   func(o *switchboard.Operator) (any, error) { return o.Agents(ctx, switchboard.AgentQuery{Limit: 1000}) },
			"activations": func(o *switchboard.Operator) (any, error) {
				return o.Activations(ctx, switchboard.ActivationQuery{Limit: 1000})
			},
			"an agent": func(o *switchboard.Operator) (any, error) { return o.Agent(ctx, "i-00007", 100) },
		} {
			want, have := must(list(op))(t), must(list(b.Operator))(t)
			if !reflect.DeepEqual(want, have) {
				t.Errorf("the copy's %s differ:\n%+v\n%+v", name, have, want)
			}
		}
		if _, err := b.Sandbox().Services(ctx, "20810200"); err != nil {
			t.Errorf("the copy's keys open no door: %v", err)
		}
	})
}

// download takes a backup as the database of a new data directory.
func download(t *testing.T, op *switchboard.Operator, data string) {
	t.Helper()
	body, size, err := op.Backup(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer body.Close()
	b, err := io.ReadAll(body)
	if err != nil || int64(len(b)) != size {
		t.Fatalf("%d bytes came and %d were announced: %v", len(b), size, err)
	}
	if err := os.MkdirAll(data, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(app.DatabasePath(data), b, 0o600); err != nil {
		t.Fatal(err)
	}
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	b, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestStatusAndCheck(t *testing.T) {
	t.Parallel()
	bothWays(t, func(t *testing.T, a *apptest.App, op *switchboard.Operator) {
		s := must(op.Status(t.Context()))(t)
		if s.Mode != "sandbox" || s.Version != "test" || s.Listen != a.At.Partners || s.Data != a.Config.Data || s.Events == 0 ||
			s.SizeBytes == 0 || s.TimeZone != "Asia/Kolkata" || s.StartedAt.IsZero() || s.Now.IsZero() {
			t.Errorf("the status is %+v", s)
		}
		if got := must(op.Check(t.Context()))(t); !got.OK || got.Problem != "" {
			t.Errorf("the check says %+v", got)
		}
	})
}
