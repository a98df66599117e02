package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/app"
	"github.com/switchboard-platform/switchboard/internal/apptest"
)

// founded is a shell on a new directory with one partner.
func founded(t *testing.T) *shell {
	t.Helper()
	s := newShell(t)
	s.run("init")
	s.addAcme()
	return s
}

func TestInitIfNeeded(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	for i, want := range []string{"Made " + s.data, "was made before; nothing was changed."} {
		if r := s.run("init", "--if-needed"); !strings.Contains(r.out, want) {
			t.Errorf("time %d: %s", i+1, r.whole())
		}
		if i == 0 {
			s.addAcme()
		}
	}
	if r := s.run("partner", "list"); !strings.Contains(r.out, "Acme") {
		t.Errorf("what was there is gone: %s", r.whole())
	}
	if r := s.try("init"); r.code == 0 || !strings.Contains(r.err, "nothing was changed") {
		t.Errorf("without the flag it is refused no more: %s", r.whole())
	}
}

func TestAnAccessKeyIsShownOnce(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	s.run("init")
	for name, args := range map[string][]string{
		"add":    {"partner", "add", "Acme", "--initiator-id", "9876543210", "--replay", "strict"},
		"rotate": {"partner", "rotate", "p1"},
	} {
		if name == "rotate" {
			s.try("partner", "add", "First", "--initiator-id", "9876543211")
		}
		r := s.run(args...)
		var key, access string
		for line := range strings.Lines(r.out) {
			if f := strings.Fields(line); len(f) == 2 && f[0] == "developer_key" {
				key = f[1]
			} else if len(f) == 2 && f[0] == "access_key" {
				access = f[1]
			}
		}
		if len(key) < 20 || len(access) < 20 || !strings.Contains(r.out, "Store the access key now. It is not shown again.") || r.err != "" {
			t.Fatalf("%s: %s", name, r.whole())
		}
		s.secrets = append(s.secrets, access)
		if list := s.run("partner", "list"); !strings.Contains(list.out, key) {
			t.Errorf("%s: the key is not listed:\n%s", name, list.out)
		}
	}
}

// Commands that run at the same time share the directory, whichever of them opens it.
func TestCommandsAtTheSameTime(t *testing.T) {
	t.Parallel()
	s := founded(t)
	var all sync.WaitGroup
	results := make([]result, 12)
	for i := range results {
		all.Go(func() {
			tm := terminal{}
			results[i] = tm.run("agent", "add", "--partner", "p1", "--user-code", fmt.Sprintf("shop-%02d", i), "--data", s.data)
		})
	}
	all.Wait()
	for i, r := range results {
		if r.code != exitOK {
			t.Errorf("command %d: %s", i, r.whole())
		}
	}
	var page switchboard.Page[switchboard.Agent]
	if s.into(&page, "agent", "list"); len(page.Items) != len(results) {
		t.Errorf("%d agents are there of %d", len(page.Items), len(results))
	}
}

func TestOverTheNetwork(t *testing.T) {
	t.Parallel()
	s := founded(t)
	a := apptest.New(t, apptest.Options{Mode: app.Production, Data: s.data})
	url := "http://" + a.At.Operator
	tm := terminal{}
	if r := tm.run("partner", "list", "--server", url, "--token-file", app.TokenPath(s.data)); r.code != exitOK || !strings.Contains(r.out, "Acme Payments") {
		t.Errorf("with the token: %s", r.whole())
	}
	tm.env = map[string]string{"SWITCHBOARD_TOKEN": "not-the-token-of-anything"}
	if r := tm.run("partner", "list", "--server", url); r.code != exitFailed || !strings.Contains(r.err, "bearer token") {
		t.Errorf("with another token: %s", r.whole())
	}
	a.Stop(t)
	if r := tm.run("partner", "list", "--server", url, "--token-file", app.TokenPath(s.data)); r.code != exitFailed || !strings.Contains(r.err, "cannot be reached") {
		t.Errorf("with no server: %s", r.whole())
	}
}

func TestASandboxIsNeverServedAsProduction(t *testing.T) {
	t.Parallel()
	a := apptest.New(t, apptest.Options{})
	data := a.Config.Data
	a.Stop(t)
	tm := terminal{}
	if r := tm.run("serve", "--data", data, "--listen", "127.0.0.1:0", "--operator-listen", "off"); r.code != exitFailed || !strings.Contains(r.err, "never served as production") {
		t.Errorf("got %s", r.whole())
	}
	if r := tm.run("agent", "show", "20810200", "--data", data); r.code != exitOK {
		t.Errorf("a command on a sandbox: %s", r.whole())
	}
}

func TestTheWrongMasterKey(t *testing.T) {
	t.Parallel()
	s, other := founded(t), newShell(t)
	other.run("init")
	file := filepath.Join(filepath.Dir(s.data), "copy.db")
	s.run("backup", file)
	copyTo(t, filepath.Join(other.data, "master.key"), filepath.Join(s.data, "master.key"))
	for _, args := range [][]string{{"partner", "list"}, {"serve", "--listen", "127.0.0.1:0", "--operator-listen", "off"}, {"restore", file, "--force"}} {
		if r := s.try(args...); r.code != exitFailed || !strings.Contains(r.err, "not the one that the database was made with") {
			t.Errorf("%v: %s", args, r.whole())
		}
	}
	if r := s.try("doctor"); r.code != exitFailed || !strings.Contains(r.out, "✗ master key") {
		t.Errorf("doctor: %s", r.whole())
	}
	copyTo(t, file, filepath.Join(s.data, "switchboard.db")) // the right database, and still the wrong key
	if r := s.try("partner", "list"); r.code != exitFailed {
		t.Errorf("got %s", r.whole())
	}
}

func copyTo(t *testing.T, from, to string) {
	t.Helper()
	b, err := os.ReadFile(from)
	if err == nil {
		err = os.WriteFile(to, b, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestOfflineCommandsSayThatTheLockIsHeld(t *testing.T) {
	t.Parallel()
	s := founded(t)
	file := filepath.Join(filepath.Dir(s.data), "copy.db")
	s.run("backup", file)
	apptest.New(t, apptest.Options{Mode: app.Production, Data: s.data})
	for _, args := range [][]string{{"restore", file, "--force"}, {"init"}, {"serve", "--listen", "127.0.0.1:0", "--operator-listen", "off"}} {
		if r := s.try(args...); r.code != exitFailed || !strings.Contains(r.err, "its lock is held") {
			t.Errorf("%v: %s", args, r.whole())
		}
	}
	s.run("partner", "list")
}

// rows is a CSV file of n agents that tells when it has been read.
func rows(n int) *bytes.Buffer {
	var b bytes.Buffer
	b.WriteString("user_code,services\n")
	for i := range n {
		fmt.Fprintf(&b, "%08d,45\n", 30000000+i)
	}
	return &b
}

// cutReader gives a file and then ends the command that reads it.
type cutReader struct {
	io.Reader
	cut func()
}

func (r cutReader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if err == io.EOF {
		r.cut()
		select {} // the rest never comes
	}
	return n, err
}

func TestAnImportThatIsCutOff(t *testing.T) {
	t.Parallel()
	s := founded(t)
	const n = 2300
	ctx, cancel := context.WithCancel(context.Background())
	tm := terminal{from: cutReader{rows(n), cancel}}
	r := tm.runContext(ctx, "agent", "import", "-", "--format", "csv", "--partner", "p1", "--data", s.data)
	if r.code != exitFailed || !strings.Contains(r.err, "interrupted") || !strings.Contains(r.err, "run it again to go on") {
		t.Errorf("cut off: %s", r.whole())
	}
	var counts switchboard.ImportCounts
	tm = terminal{from: rows(n)}
	r = tm.run("agent", "import", "-", "--format", "csv", "--partner", "p1", "--data", s.data, "--json")
	if err := json.Unmarshal([]byte(r.out), &counts); err != nil || r.code != exitOK || counts.Created+counts.Skipped != n || counts.Refused != 0 {
		t.Errorf("again: %v, %+v, %s", err, counts, r.err)
	}
	if all := s.run("agent", "list", "--all").out; strings.Count(all, "\n") != n+1 {
		t.Errorf("%d lines list %d agents", strings.Count(all, "\n"), n)
	}
	var page switchboard.Page[switchboard.Activation]
	if s.into(&page, "activation", "list", "--service", "45", "--all"); len(page.Items) != n {
		t.Errorf("%d activations are listed of %d", len(page.Items), n)
	}
}

// A server that refuses at once must be heard, however much of the file is still to come.
func TestALargeImportThatIsRefused(t *testing.T) {
	t.Parallel()
	s := founded(t)
	for args, want := range map[string]string{
		"--partner p9 --format csv":    `no partner "p9"`,
		"--partner p1 --format ndjson": "is longer than",
	} {
		big := io.MultiReader(strings.NewReader("user_code\n"), io.LimitReader(zeros{}, 64<<20))
		tm := terminal{from: big}
		r := tm.run(append([]string{"agent", "import", "-", "--data", s.data}, strings.Fields(args)...)...)
		if r.code != exitFailed || !strings.Contains(r.err, want) {
			t.Errorf("%s: %s", args, r.whole())
		}
	}
}

// zeros never ends.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = '0'
	}
	return len(p), nil
}

// What arrives damaged or cut off must not pass for a backup.
func TestABackupThatDoesNotArrive(t *testing.T) {
	t.Parallel()
	for name, serve := range map[string]http.HandlerFunc{
		"cut off": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000000")
			_, _ = w.Write(make([]byte, 5000))
		},
		"no database": func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(bytes.Repeat([]byte("x"), 9000)) },
		"empty":       func(http.ResponseWriter, *http.Request) {},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := httptest.NewServer(serve)
			t.Cleanup(srv.Close)
			dir := t.TempDir()
			tm := terminal{env: map[string]string{"SWITCHBOARD_TOKEN": "any", "SWITCHBOARD_SERVER": srv.URL}}
			r := tm.run("backup", filepath.Join(dir, "copy.db"))
			left, err := os.ReadDir(dir)
			if r.code != exitFailed || err != nil || len(left) != 0 {
				t.Errorf("%d files are left, %v, %s", len(left), err, r.whole())
			}
		})
	}
}

func TestProgressShowsRowsAndNothingWithoutATerminal(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	c := &cli{Err: &b}
	none := c.progress(100, "importing")
	none.at(50)
	none.rows(5, 1)
	none.clear()
	if none.end(); none != nil || b.Len() != 0 {
		t.Errorf("without a terminal: %q", b.String())
	}
	for _, total := range []int64{1000, -1, 0} {
		b.Reset()
		p := newProgress(&b, total, "12 rows, 3 refused")
		p.at(500)
		p.rows(24, 3)
		p.clear()
		if p.end(); !strings.Contains(b.String(), "12 rows, 3 refused") {
			t.Errorf("of %d bytes: %q", total, b.String())
		}
	}
}
