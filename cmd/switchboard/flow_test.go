package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/app"
	"github.com/switchboard-platform/switchboard/internal/apptest"
)

// shell is a series of commands on one data directory.
type shell struct {
	t       *testing.T
	data    string
	log     strings.Builder   // what was typed and printed, made the same for every run
	words   map[string]string // what differs from run to run, and what stands for it
	secrets []string          // what no command may print
}

func newShell(t *testing.T) *shell {
	dir := t.TempDir()
	data := filepath.Join(dir, "data")
	return &shell{t: t, data: data, words: map[string]string{data: "DATA", dir: "DIR"}}
}

// bothWays runs a flow on a new directory twice, as every command must do and print the same whether a server
// runs or not.
func bothWays(t *testing.T, flow func(*shell)) {
	t.Parallel()
	for name, server := range map[string]bool{"alone": false, "beside a server": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newShell(t)
			s.run("init")
			if server {
				apptest.New(t, apptest.Options{Mode: app.Production, Data: s.data})
			}
			flow(s)
		})
	}
}

// addAcme makes the partner p1.
func (s *shell) addAcme() switchboard.IssuedKey {
	return s.issued("partner", "add", "Acme Payments", "--initiator-id", "9876543210")
}

// try runs a command on the directory.
func (s *shell) try(args ...string) result {
	s.t.Helper()
	tm := terminal{now: time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)}
	r := tm.run(append(args, "--data", s.data)...)
	s.log.WriteString(s.same("$ switchboard "+strings.Join(args, " ")+"\n"+r.whole()) + "\n")
	for _, secret := range s.secrets {
		if strings.Contains(r.out+r.err, secret) {
			s.t.Errorf("%v prints an access key", args)
		}
	}
	return r
}

// run runs a command that must work.
func (s *shell) run(args ...string) result {
	s.t.Helper()
	r := s.try(args...)
	if r.code != exitOK {
		s.t.Fatalf("%v: %s", args, r.whole())
	}
	return r
}

// issued runs a command that prints a new key, and from then on watches that nothing else does.
func (s *shell) issued(args ...string) (k switchboard.IssuedKey) {
	s.t.Helper()
	s.into(&k, args...)
	if k.DeveloperKey == "" || k.AccessKey == "" {
		s.t.Fatalf("%v gave %+v", args, k)
	}
	s.secrets = append(s.secrets, k.AccessKey)
	s.words[k.DeveloperKey] = "KEY" + k.Partner
	return k
}

// into reads what a command prints with --json.
func (s *shell) into(v any, args ...string) {
	s.t.Helper()
	tm := terminal{}
	r := tm.run(append(args, "--json", "--data", s.data)...)
	if err := json.Unmarshal([]byte(r.out), v); err != nil || r.code != exitOK {
		s.t.Fatalf("%v: %v in %s", args, err, r.whole())
	}
}

var (
	times  = regexp.MustCompile(`\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+)?Z`)
	hashes = regexp.MustCompile(`[0-9a-f]{64}`)
	sizes  = regexp.MustCompile(`\d+\.\d [KMGT]iB( \(\d+ bytes\))?`)
	actors = regexp.MustCompile(`operator:[\w-]+`)
	ids    = regexp.MustCompile(`"request_id": "[0-9a-v]{20}"`)
	gaps   = regexp.MustCompile(`(\S)   +`) // as wide as what stood there
)

// same takes out what differs from run to run.
func (s *shell) same(text string) string {
	for from, to := range s.words {
		if from != filepath.Dir(s.data) {
			text = strings.ReplaceAll(text, from, to)
		}
	}
	text = strings.ReplaceAll(text, filepath.Dir(s.data), "DIR")
	text = times.ReplaceAllString(text, "TIME")
	text = hashes.ReplaceAllString(text, "SHA256")
	text = sizes.ReplaceAllString(text, "SIZE")
	text = actors.ReplaceAllString(text, "operator:ME")
	text = ids.ReplaceAllString(text, `"request_id": "ID"`)
	return gaps.ReplaceAllString(text, "$1  ")
}

// Every command must do and print the same whether a server runs or not.
func TestTheLongFlow(t *testing.T) {
	bothWays(t, func(s *shell) {
		first := s.addAcme()
		s.flowOfPartners(first)
		s.flowOfServices()
		s.flowOfAgents()
		s.flowOfActivations()
		golden(s.t, "flow/transcript", s.log.String())
		s.flowOfBackup(s.t)
	})
}

func (s *shell) flowOfPartners(first switchboard.IssuedKey) {
	second := s.issued("partner", "rotate", "p1", "--overlap", "1h", "--replay", "strict")
	s.words[second.DeveloperKey] = "KEYp1-second"
	s.run("partner", "list")
	s.run("partner", "replay", second.DeveloperKey, "same-source")
	s.run("partner", "replay", second.DeveloperKey, "same-source")
	s.run("partner", "revoke", first.DeveloperKey)
	s.run("partner", "addresses", "p1", "--address", "192.0.2.7, 2001:db8::/32")
	s.run("partner", "addresses", "p1", "--address", "192.0.2.7/32,2001:db8::/32")
	s.run("partner", "revoke", first.DeveloperKey)
	s.run("partner", "list")
	s.run("partner", "addresses", "p1", "--address", "")
	s.try("partner", "addresses", "p1", "--address", "bank.example")
	s.try("partner", "addresses", "p9", "--address", "")
	s.try("partner", "addresses", "p1")
	s.try("partner", "add", "Acme", "--initiator-id", "98765")
	s.try("partner", "add", "Acme", "--initiator-id", "9876543210")
	s.try("partner", "add", "Acme")
	s.try("partner", "rotate", "p9")
	s.try("partner", "rotate", "p1", "--overlap", "soon")
	s.try("partner", "revoke", "nokey")
	s.try("partner", "replay", second.DeveloperKey, "never")
}

func (s *shell) flowOfServices() {
	s.run("service", "set", "71", "--name", "Gold Loans", "--provider", "Acme Bank", "--review", "before", "--needs", "latlong")
	s.run("service", "set", "71", "--review", "after")
	s.run("service", "set", "71", "--review", "after")
	s.run("service", "set", "71", "--needs", "nothing", "--provider", "")
	s.run("service", "remove", "71")
	s.run("service", "remove", "71")
	s.run("service", "list")
	s.try("service", "remove", "72")
	s.try("service", "set", "72", "--review", "before")
	s.try("service", "set", "43", "--review", "sometimes")
	s.try("service", "set", "43", "--needs", "photo")
}

func (s *shell) flowOfAgents() {
	const file, more = "testdata/flow/agents.csv", "testdata/flow/more.ndjson"
	s.try("agent", "import", file, "--partner", "p1", "--dry-run")
	s.run("agent", "list")
	s.try("agent", "import", file, "--partner", "p1")
	s.try("agent", "import", file, "--partner", "p1", "--json")
	report := filepath.Join(filepath.Dir(s.data), "refused.csv")
	s.try("agent", "import", more, "--partner", "p1", "--report", report)
	b, err := os.ReadFile(report)
	if err != nil {
		s.t.Fatal(err)
	}
	s.log.Write(b)
	s.try("agent", "import", file, "--partner", "p9")
	s.try("agent", "import", file)
	s.try("agent", "import", file, "--partner", "p1", "--format", "ndjson")
	s.try("agent", "import", "-", "--partner", "p1")
	s.try("agent", "import", "no-such-file.csv", "--partner", "p1")
	s.run("agent", "add", "--partner", "p1", "--user-code", "shop-1", "--mobile", "9123456710", "--first-name", "Tara", "--pincode", "110001", "--dob", "1990-01-31")
	s.try("agent", "add", "--partner", "p1", "--mobile", "9123456710")
	s.try("agent", "add", "--partner", "p1", "--mobile", "91", "--email", "x")
	s.try("agent", "add", "--mobile", "9123456711")
	s.run("agent", "list", "--partner", "p1", "--limit", "2")
	s.run("agent", "list", "--after", "20810301", "--all")
	s.run("agent", "list", "--limit", "1", "--json")
	s.run("agent", "set", "20810305", "--standing", "suspended", "--reason", "KYC has run out")
	s.run("agent", "set", "20810305", "--standing", "suspended", "--reason", "again")
	s.try("agent", "set", "20810305", "--standing", "closed")
	s.try("agent", "set", "20810305", "--standing", "asleep")
	s.run("agent", "show", "20810305")
	s.try("agent", "show", "nobody")
}

func (s *shell) flowOfActivations() {
	s.run("activation", "list", "--waiting")
	s.run("activation", "approve", "20810300", "43")
	s.run("activation", "reject", "20810301", "1", "--comment", "The photo is missing")
	s.run("activation", "list", "--waiting")
	s.try("activation", "approve", "20810300", "43")
	s.try("activation", "reject", "20810300", "43")
	s.run("activation", "off", "20810300", "45")
	s.run("activation", "off", "20810300", "45")
	s.run("activation", "on", "20810300", "53", "--latlong", "28.6139,77.2090")
	s.try("activation", "on", "20810300", "53", "--latlong", "here")
	s.try("activation", "on", "20810305", "45")
	s.try("activation", "on", "20810300", "71")
	s.run("activation", "list", "--status", "deactivated")
	s.run("activation", "list", "--service", "45", "--all", "--json")
	s.run("activation", "list", "--limit", "1", "--after", "20810300/45")
	s.try("activation", "list", "--status", "off")
	s.run("agent", "show", "20810300")
	s.run("agent", "show", "20810300", "--events", "2", "--json")
}

// flowOfBackup backs up, restores elsewhere and compares.
func (s *shell) flowOfBackup(t *testing.T) {
	var was, is any
	s.into(&was, "agent", "show", "20810300", "--events", "100")
	file := filepath.Join(filepath.Dir(s.data), "copy.db")
	var b backedUp
	s.into(&b, "backup", file)
	if fi, err := os.Stat(file); err != nil || fi.Size() != b.SizeBytes || fi.Mode().Perm() != 0o600 {
		t.Fatalf("the backup: %v, %v", fi, err)
	}
	if r := s.try("backup", file); r.code != exitFailed || !strings.Contains(r.err, "exists already") {
		t.Errorf("a second backup to the same file: %s", r.whole())
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(s.data), "*.partial")); len(left) > 0 {
		t.Errorf("%v is left", left)
	}
	key := filepath.Join(s.data, "master.key")
	there := shell{t: t, data: filepath.Join(filepath.Dir(s.data), "there"), secrets: s.secrets}
	var out restored
	there.into(&out, "restore", file, "--master-key-file", key)
	if out.SHA256 != b.SHA256 || out.SizeBytes != b.SizeBytes || out.MasterKey != "fits" || out.Mode != app.Production {
		t.Errorf("restored %+v of %+v", out, b)
	}
	there.into(&is, "agent", "show", "20810300", "--events", "100", "--master-key-file", key)
	if a, b := asJSON(t, was), asJSON(t, is); a != b {
		t.Errorf("the agent was\n%s\nand is\n%s", a, b)
	}
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	b, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
