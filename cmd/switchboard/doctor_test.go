package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/switchboard-platform/switchboard/internal/app"
	"github.com/switchboard-platform/switchboard/internal/apptest"
)

// findings is what doctor printed, without what depends on the machine's disk.
func (s *shell) findings(r result) string {
	var b strings.Builder
	skip := false
	for line := range strings.Lines(s.same(r.whole())) {
		if !strings.HasPrefix(line, "  ") {
			skip = strings.Contains(line, " disk ")
		}
		if before, size, ok := strings.Cut(line, "write-ahead log  "); ok && strings.ContainsAny(size, "0123456789") {
			line = before + "write-ahead log  SIZE\n" // a server signs the record's head in the background
		}
		if !skip {
			b.WriteString(line)
		}
	}
	return b.String()
}

func TestDoctor(t *testing.T) {
	t.Parallel()
	chmod := func(mode os.FileMode, names ...string) func(*testing.T, *shell) {
		return func(t *testing.T, s *shell) {
			for _, name := range names {
				if err := os.Chmod(filepath.Join(s.data, name), mode); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	for name, row := range map[string]struct {
		make func(t *testing.T, s *shell)
		args string
		code int
	}{
		"well":       {func(*testing.T, *shell) {}, "--deep", exitOK},
		"no-limits":  {func(*testing.T, *shell) {}, "--partner-rate 0 --refused-rate 0 --listen :8080", exitOK},
		"behind":     {func(*testing.T, *shell) {}, "--listen :8080 --trusted-proxies 10.0.0.0/8", exitOK},
		"open-files": {chmod(0o644, "master.key", "operator.token", "switchboard.db"), "", exitFailed},
		"open-data":  {chmod(0o777, "."), "", exitFailed},
		"seen-data":  {chmod(0o755, "."), "", exitOK},
		"no-key":     {func(t *testing.T, s *shell) { _ = os.Remove(filepath.Join(s.data, "master.key")) }, "", exitFailed},
		"no-token":   {func(t *testing.T, s *shell) { _ = os.Remove(app.TokenPath(s.data)) }, "", exitOK},
		"no-data":    {func(t *testing.T, s *shell) { _ = os.RemoveAll(s.data) }, "", exitFailed},
		"damaged": {func(t *testing.T, s *shell) {
			if err := os.WriteFile(app.DatabasePath(s.data), []byte(strings.Repeat("no database ", 1000)), 0o600); err != nil {
				t.Fatal(err)
			}
		}, "", exitFailed},
		"serving": {func(t *testing.T, s *shell) {
			a := apptest.New(t, apptest.Options{Mode: app.Production, Data: s.data})
			s.words[a.At.Partners] = "ADDRESS"
		}, "--deep", exitOK},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := founded(t)
			row.make(t, s)
			r := s.try(append([]string{"doctor"}, strings.Fields(row.args)...)...)
			if r.code != row.code {
				t.Errorf("exit %d, want %d", r.code, row.code)
			}
			golden(t, "doctor/"+name, s.findings(r))
		})
	}
}

func TestDoctorInJSON(t *testing.T) {
	t.Parallel()
	s := founded(t)
	r := s.try("doctor", "--json")
	var found []app.Finding
	if err := json.Unmarshal([]byte(r.out), &found); err != nil || len(found) < 10 {
		t.Fatalf("%v in %s", err, r.whole())
	}
	for _, f := range found {
		if f.Check == "" || f.Found == "" || (f.Health == app.Good) != (f.Remedy == "") {
			t.Errorf("a finding that does not help: %+v", f)
		}
	}
}

// A clock that was never set is found; the tests' default time is long past.
func TestDoctorLooksAtTheClock(t *testing.T) {
	t.Parallel()
	s := founded(t)
	tm := terminal{}
	if r := tm.run("doctor", "--data", s.data); r.code != exitFailed || !strings.Contains(r.out, "✗ clock") {
		t.Errorf("got %s", r.whole())
	}
}
