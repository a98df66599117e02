package app_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/app"
	"github.com/switchboard-platform/switchboard/internal/apptest"
	"github.com/switchboard-platform/switchboard/internal/audit"
	"github.com/switchboard-platform/switchboard/internal/config"
)

// witness keeps what is posted to it; the first times it is out of order.
type witness struct {
	fails atomic.Int32
	heads chan string
}

func (w *witness) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	b, err := io.ReadAll(r.Body)
	if err != nil || w.fails.Add(-1) >= 0 {
		rw.WriteHeader(http.StatusBadGateway)
		return
	}
	w.heads <- string(b)
}

// TestWitnesses: every signed head comes to the file and, though it fails at first, to the URL.
func TestWitnesses(t *testing.T) {
	t.Parallel()
	w := &witness{heads: make(chan string, 100)}
	w.fails.Store(2)
	server := httptest.NewServer(w)
	defer server.Close()
	file := filepath.Join(t.TempDir(), "heads.txt")
	a := apptest.New(t, apptest.Options{Config: func(c *config.Config) {
		c.LogEvery, c.LogHeadsFile, c.LogHeadsURL = 10*time.Millisecond, file, server.URL
	}})
	k, err := a.Operator.LogKey(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	keys, err := audit.ParseKeys([]string{k.Key})
	if err != nil {
		t.Fatal(err)
	}
	var last audit.Head
	for _, name := range []string{"One", "Two", "Three"} {
		_, _ = a.Partner(t, name, "98765432"+map[string]string{"One": "11", "Two": "12", "Three": "13"}[name])
		head, err := a.Operator.LogHead(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for last.Size < head.Size {
			h, err := keys.Open(<-w.heads)
			if err != nil || h.Size <= last.Size {
				t.Fatalf("after %+v comes %+v, %v", last, h, err)
			}
			last = h
		}
	}
	a.Stop(t)
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	notes := audit.SplitHeads(string(b))
	if h, err := keys.Open(notes[len(notes)-1]); err != nil || h != last || len(notes) < 4 {
		t.Errorf("the file has %d heads and ends with %+v, %v; want %+v", len(notes), h, err, last)
	}
}

// TestLogRefusesToCoverUp: when events were altered while the server was down, nothing more is signed.
func TestLogRefusesToCoverUp(t *testing.T) {
	t.Parallel()
	a := apptest.New(t, apptest.Options{})
	if _, err := a.Operator.LogHead(t.Context()); err != nil {
		t.Fatal(err)
	}
	a.Stop(t)
	alter(t, a, "UPDATE events SET hash = (SELECT hash FROM events WHERE seq = 4) WHERE seq = 3")
	again := apptest.New(t, apptest.Options{Data: a.Config.Data})
	if h, err := again.Operator.LogHead(t.Context()); err == nil || !strings.Contains(err.Error(), "audit verify") {
		t.Errorf("it signs %+v, %v", h, err)
	}
	r, err := again.Operator.Audit(t.Context(), switchboard.AuditRequest{}, func(switchboard.AuditProgress) {})
	if err != nil || r.OK {
		t.Errorf("and a verification finds nothing: %+v, %v", r, err)
	}
}

// TestVerifyWhileServing: changes go on while the store is verified, and everything fits.
func TestVerifyWhileServing(t *testing.T) {
	t.Parallel()
	a := apptest.New(t, apptest.Options{Config: func(c *config.Config) { c.LogEvery = 5 * time.Millisecond }})
	done := make(chan error, 1)
	go func() {
		var err error
		for i := 0; i < 60 && err == nil; i++ {
			_, err = a.Operator.ChangeService(t.Context(), "20810200", "45", []string{"activate", "deactivate"}[i%2], switchboard.ServiceCommand{})
		}
		done <- err
	}()
	for range 10 {
		r, err := a.Operator.Audit(t.Context(), switchboard.AuditRequest{Replay: true}, func(switchboard.AuditProgress) {})
		if err != nil || !r.OK {
			t.Fatalf("%+v, %v", r, err)
		}
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

// TestLogRefusesToCoverUpWhileServing: whoever alters events under a server that runs, with every head that tells of
// it, gets no new head over what is there now, and a verification tells.
func TestLogRefusesToCoverUpWhileServing(t *testing.T) {
	t.Parallel()
	for name, sql := range map[string]string{
		"the last event altered":  "UPDATE events SET hash = zeroblob(32) WHERE seq = (SELECT max(seq) FROM events); DELETE FROM log_heads",
		"the last head removed":   "DELETE FROM log_heads WHERE head = (SELECT max(head) FROM log_heads)",
		"the last events removed": "DELETE FROM events WHERE seq > 3; DELETE FROM log_heads WHERE size > 3",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := apptest.New(t, apptest.Options{})
			if _, err := a.Operator.LogHead(t.Context()); err != nil {
				t.Fatal(err)
			}
			alter(t, a, sql)
			if name == "the last head removed" { // which is missed when there is something to sign
				_, _ = a.Partner(t, "Another", "9876543299")
			}
			if h, err := a.Operator.LogHead(t.Context()); err == nil || !strings.Contains(err.Error(), "audit verify") {
				t.Errorf("it signs %+v, %v", h, err)
			}
			r, err := a.Operator.Audit(t.Context(), switchboard.AuditRequest{}, func(switchboard.AuditProgress) {})
			if err != nil || r.OK {
				t.Errorf("and a verification finds nothing: %+v, %v", r, err)
			}
		})
	}
}

// TestLogRefusesForgedHead: after a start nothing is signed on top of a head that no key of the log has signed.
func TestLogRefusesForgedHead(t *testing.T) {
	t.Parallel()
	a := apptest.New(t, apptest.Options{})
	if _, err := a.Operator.LogHead(t.Context()); err != nil {
		t.Fatal(err)
	}
	a.Stop(t)
	alter(t, a, "UPDATE log_heads SET note = replace(note, 'time 2', 'time 1') WHERE head = (SELECT max(head) FROM log_heads)")
	again := apptest.New(t, apptest.Options{Data: a.Config.Data})
	if h, err := again.Operator.LogHead(t.Context()); err == nil || !strings.Contains(err.Error(), "audit verify") {
		t.Errorf("it signs %+v, %v", h, err)
	}
}

// alter runs statements on the database of a server, behind its back.
func alter(t *testing.T, a *apptest.App, sql string) {
	t.Helper()
	c, err := sqlite.OpenConn(app.DatabasePath(a.Config.Data), sqlite.OpenReadWrite)
	if err != nil {
		t.Fatal(err)
	}
	err = sqlitex.ExecuteScript(c, sql, nil)
	if cerr := c.Close(); err != nil || cerr != nil {
		t.Fatal(err, cerr)
	}
}
