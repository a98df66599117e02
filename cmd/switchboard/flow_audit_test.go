package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"

	"github.com/switchboard-platform/switchboard"
)

// signedHeads are what is said of the heads of the log.
var signedHeads = regexp.MustCompile(`(?m)^  signed heads.*\n|^.*"heads".*\n|^.*last signed head\.\n`)

// What an auditor does, and what becomes of personal data.
func TestTheFlowOfAudit(t *testing.T) {
	bothWays(t, func(s *shell) {
		s.addAcme()
		s.flowOfEvidence()
		s.flowOfErasure()
		// A server signs now and then, and a command alone only what it must.
		golden(s.t, "flow/audit", signedHeads.ReplaceAllString(s.log.String(), ""))
	})
}

// file is a file of this shell.
func (s *shell) file(name string) string { return filepath.Join(filepath.Dir(s.data), name) }

// save keeps what a command prints in a file.
func (s *shell) save(name string, args ...string) string {
	s.t.Helper()
	r := (&terminal{}).run(append(args, "--data", s.data)...)
	if err := os.WriteFile(s.file(name), []byte(r.out), 0o600); err != nil || r.code != exitOK {
		s.t.Fatalf("%v: %v in %s", args, err, r.whole())
	}
	return s.file(name)
}

func (s *shell) flowOfEvidence() {
	var k switchboard.LogKey
	s.into(&k, "audit", "key")
	s.words[k.Key], s.words[k.Origin] = "LOGKEY", "LOG"
	key := s.save("log.key", "audit", "key")
	s.run("agent", "add", "--partner", "p1", "--mobile", "9123456789", "--first-name", "Asha", "--last-name", "Verma", "--user-code", "20810200")
	s.run("activation", "on", "20810200", "45")
	s.run("activation", "off", "20810200", "45")
	s.run("agent", "set", "20810200", "--standing", "suspended", "--reason", "KYC has run out")
	s.try("agent", "show", "20810200", "--at", "2020-01-31")
	s.try("agent", "show", "20810200", "--at", "yesterday")
	s.run("agent", "show", "20810200", "--at", "2126-01-31")
	export, agent := s.save("all.ndjson", "audit", "export"), s.save("agent.ndjson", "audit", "export", "--agent", "20810200")
	s.run("audit", "verify")
	s.run("audit", "verify", export, "--key", key)
	s.run("audit", "verify", agent, "--key", key, "--json")
	s.try("audit", "export", "--since", "2126-01-31")
	s.try("audit", "prove", "4711")
	s.proof(s.save("proof.json", "audit", "prove", "15"), key)
	s.tampered(export, key)
}

// proof checks a proof, which needs no directory.
func (s *shell) proof(proof, key string) {
	s.t.Helper()
	for _, args := range [][]string{{proof, "--key", key}, {proof}, {key}} {
		r := (&terminal{}).run(append([]string{"audit", "verify-proof"}, args...)...)
		s.log.WriteString(s.same("$ switchboard audit verify-proof "+strings.Join(args, " ")+"\n"+r.whole()) + "\n")
	}
}

// tampered alters evidence, which is found.
func (s *shell) tampered(export, key string) {
	s.t.Helper()
	b, err := os.ReadFile(export)
	if err == nil {
		err = os.WriteFile(export, []byte(strings.Replace(string(b), `"to":"activated(0)"`, `"to":"activated(1)"`, 1)), 0o600)
	}
	if err != nil {
		s.t.Fatal(err)
	}
	s.try("audit", "verify", export, "--key", key)
	backup := s.file("backup.db")
	s.save("backup.txt", "backup", backup)
	s.run("audit", "verify", backup, "--key", key, "--state")
	c, err := sqlite.OpenConn(backup, sqlite.OpenReadWrite)
	if err != nil {
		s.t.Fatal(err)
	}
	err = sqlitex.ExecuteScript(c, "PRAGMA journal_mode = DELETE; UPDATE activations SET status = 1; UPDATE agents SET standing = 0", nil)
	if cerr := c.Close(); err != nil || cerr != nil {
		s.t.Fatal(err, cerr)
	}
	s.try("audit", "verify", backup, "--key", key, "--state")
	s.try("audit", "verify", backup, "--key", "nothing")
	s.try("audit", "verify", key)
}

func (s *shell) flowOfErasure() {
	s.try("agent", "erase", "20810200")
	s.try("agent", "erase", "20810200", "--confirm", "20810200")
	s.run("agent", "set", "20810200", "--standing", "closed", "--reason", "asked to be forgotten")
	s.run("agent", "erase", "20810200", "--confirm", "20810200")
	s.run("agent", "erase", "20810200", "--confirm", "20810200")
	s.run("agent", "show", "20810200")
	s.run("member", "add", "254712345678", "--name", "John Doe")
	s.run("member", "status", "254712345678", "closed", "--reason", "left the institution")
	s.run("member", "erase", "254712345678", "--confirm", "254712345678")
	s.try("member", "show", "254712345678")
	s.run("audit", "verify", "--state")
}
