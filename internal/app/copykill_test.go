package app_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/switchboard-platform/switchboard/internal/app"
	"github.com/switchboard-platform/switchboard/internal/apptest"
	"github.com/switchboard-platform/switchboard/internal/config"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/pgtest"
	"github.com/switchboard-platform/switchboard/internal/sandbox"
	"github.com/switchboard-platform/switchboard/internal/secret"
)

// TestACopyThatIsKilledGoesOn kills the process of a copy again and again, a little later each time, until one comes to
// its end. Meanwhile nobody opens the half, and no other database gets in between.
func TestACopyThatIsKilledGoesOn(t *testing.T) {
	if testing.Short() {
		t.Skip("makes some thousand agents")
	}
	t.Parallel()
	url, bin, dir := pgtest.New(t).Database(t), apptest.Build(t), t.TempDir()
	data := filepath.Join(dir, "data")
	makeAgents(t, bin, dir, data, 6000)
	cmd := func() *exec.Cmd {
		cmd := exec.Command(bin, "copy", "--from", "sqlite:"+data, "--json")
		cmd.Env = append(os.Environ(), "SWITCHBOARD_DATABASE_URL="+url)
		return cmd
	}
	var done app.Copied
	killed, looked := 0, false
	for wait := 20 * time.Millisecond; ; wait += wait / 3 {
		out, ended := runFor(t, cmd(), wait)
		if ended {
			if err := json.Unmarshal(out, &done); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			break
		}
		if killed++; !looked && begun(t, url) {
			looked = true
			refuseHalf(t, dir, url)
		}
	}
	if !looked || done.Before == 0 && !done.Already {
		t.Errorf("killed %d times, and the last run found %d rows: nothing was resumed", killed, done.Before)
	}
	t.Logf("killed %d times; the last run found %d of %d rows", killed, done.Before, done.Rows)
	sameRows(t, app.DatabasePath(data), url)
}

// makeAgents makes a sandbox with so many agents, each with a service.
func makeAgents(t *testing.T, bin, dir, data string, n int) {
	t.Helper()
	p, err := apptest.Launch(bin, data)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Stop(); err != nil { // not before the log is signed
		t.Fatal(err)
	}
	var rows strings.Builder
	rows.WriteString("user_code,first_name,services\n")
	for i := range n {
		fmt.Fprintf(&rows, "shop-%05d,Asha,43\n", i)
	}
	file := filepath.Join(dir, "agents.csv")
	if err := os.WriteFile(file, []byte(rows.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(bin, "agent", "import", file, "--partner", sandbox.PartnerID, "--data", data).CombinedOutput(); err != nil {
		t.Fatalf("import: %v: %s", err, out)
	}
}

// runFor runs a process, and kills it when it takes longer.
func runFor(t *testing.T, cmd *exec.Cmd, wait time.Duration) (out []byte, ended bool) {
	t.Helper()
	var stdout, stderr strings.Builder
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	kill := time.AfterFunc(wait, func() { _ = cmd.Process.Kill() })
	err := cmd.Wait()
	kill.Stop()
	if err != nil && cmd.ProcessState.Exited() {
		t.Fatalf("the copy ended with %v: %s", err, stderr.String())
	}
	return []byte(stdout.String()), err == nil
}

// begun says whether there is half a copy.
func begun(t *testing.T, url string) (is bool) {
	t.Helper()
	c, err := pgx.Connect(t.Context(), url)
	if err == nil {
		err = c.QueryRow(t.Context(), `SELECT to_regclass('copying') IS NOT NULL`).Scan(&is)
		_ = c.Close(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	return is
}

// refuseHalf: of a copy that was begun and not finished nothing is served, made or diagnosed as whole; and another
// database is not copied into it.
func refuseHalf(t *testing.T, dir, url string) {
	t.Helper()
	cfg := config.Default()
	cfg.Data, cfg.DatabaseURL = filepath.Join(dir, "data"), secret.NewText(url)
	if _, err := app.Open(t.Context(), cfg, app.Options{}); !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "not finished") {
		t.Errorf("half a copy is opened: %v", err)
	}
	other := config.Default()
	other.Data = filepath.Join(dir, "other")
	if err := app.Init(t.Context(), other, app.Production); err != nil {
		t.Fatal(err)
	}
	_, err := app.CopyDatabase(t.Context(), other, app.Copy{To: secret.NewText(url)})
	if !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "another database") {
		t.Errorf("another database is copied into the half of one: %v", err)
	}
}
