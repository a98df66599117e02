package main

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard/internal/app"
	"github.com/switchboard-platform/switchboard/internal/apptest"
	"github.com/switchboard-platform/switchboard/internal/pgtest"
)

// TestCopy goes the way to PostgreSQL as the manual has it.
func TestCopy(t *testing.T) {
	t.Parallel()
	apptest.Embedded(t)
	url := pgtest.New(t).Database(t)
	s := newShell(t)
	s.run("init")
	says := func(r result, code int, words ...string) {
		t.Helper()
		for _, word := range words {
			if r.code != code || !strings.Contains(r.out+r.err, word) {
				t.Errorf("exit %d, want %d with %q:\n%s", r.code, code, word, r.whole())
			}
		}
	}
	says(s.try("copy"), exitFailed, "--to", "SWITCHBOARD_DATABASE_URL")
	server := apptest.New(t, apptest.Options{Mode: app.Production, Data: s.data})
	says(s.try("copy", "--to", url), exitFailed, "Another process", "switchboard backup")
	server.Stop(t)
	secretURL := strings.Replace(url, "postgres://", "postgres://someone:hunter2@", 1)
	if strings.Contains(url, "@") {
		secretURL = strings.Replace(url, "@", ":hunter2@", 1)
	}
	r := s.try("copy", "--to", secretURL)
	says(r, exitOK, "Copied", "verified on both sides", "on both sides", "it fits", "switchboard serve")
	if strings.Contains(r.out+r.err, "hunter2") {
		t.Errorf("the password is printed:\n%s", r.whole())
	}
	var done app.Copied
	if err := json.Unmarshal([]byte(s.run("copy", "--to", url, "--json").out), &done); err != nil || !done.Already || done.Rows == 0 {
		t.Errorf("copied once more: %+v, %v", done, err)
	}
}

// TestLinesOfACopy: where there is no terminal, a line now and then says how far it is.
func TestLinesOfACopy(t *testing.T) {
	t.Parallel()
	w := &copyWatch{began: time.Unix(100, 0), stage: app.CopyProgress{Stage: app.CopyingRows, Done: 1000, Events: 400}}
	line := w.line(time.Unix(110, 0), app.CopyProgress{Stage: app.CopyingRows, Done: 21000, Events: 10400, Total: 61000})
	if want := "copying: 21000 of 61000 rows, 2000/s, 1000 events/s, about 20s to go\n"; line != want {
		t.Errorf("%q, want %q", line, want)
	}
}
