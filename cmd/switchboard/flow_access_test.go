package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/apptest"
	"github.com/switchboard-platform/switchboard/internal/sandbox"
)

// token runs a command that prints a new bearer token, and from then on watches that nothing else does.
func (s *shell) token(args ...string) (issued switchboard.IssuedToken) {
	s.t.Helper()
	s.into(&issued, args...)
	if issued.HolderID == "" || issued.TokenID == "" || issued.Token == "" {
		s.t.Fatalf("%v gave %s", args, issued.TokenID)
	}
	s.secrets = append(s.secrets, issued.Token)
	return issued
}

// The whole life of operators, switches and their tokens.
func TestTheFlowOfAccess(t *testing.T) {
	bothWays(t, func(s *shell) {
		s.addAcme()
		s.flowOfOperators()
		s.flowOfPasswords()
		s.flowOfSwitches()
		s.flowOfPartnerTokens()
		golden(s.t, "flow/access", s.log.String())
	})
}

func (s *shell) flowOfOperators() {
	s.token("operator", "add", "asha", "--roles", "reviewer")
	s.token("operator", "add", "john", "--roles", "support, fraud")
	s.token("operator", "token", "john", "--overlap", "1h")
	s.run("operator", "list")
	s.run("operator", "roles", "asha", "reviewer,administrator")
	s.run("operator", "roles", "asha", "administrator,reviewer")
	s.run("operator", "revoke", "john", "operator-john-1")
	s.run("operator", "revoke", "john", "operator-john-1")
	s.try("operator", "revoke", "asha", "operator-john-2")
	s.run("operator", "revoke", "john")
	s.run("operator", "revoke", "john")
	s.run("operator", "list", "--json")
	s.try("operator", "add", "john", "--roles", "viewer")
	s.try("operator", "add", "asha", "--roles", "viewer")
	s.try("operator", "add", "token", "--roles", "viewer")
	s.try("operator", "add", "tara", "--roles", "boss")
	s.try("operator", "add", "tara")
	s.try("operator", "roles", "john", "viewer")
	s.try("operator", "roles", "nobody", "viewer")
	s.try("operator", "token", "john")
	s.try("operator", "token", "asha", "--keep", "--overlap", "1h")
	s.run("operator", "forget-passkeys", "asha")
	s.try("operator", "forget-passkeys", "nobody")
	s.try("operator", "link", "asha", "248289761001")
	s.run("operator", "unlink", "asha")
}

// password runs a command that prints a new password, and from then on watches that nothing else does.
func (s *shell) password(args ...string) (added switchboard.AddedOperator) {
	s.t.Helper()
	s.into(&added, args...)
	if added.Password == "" {
		s.t.Fatalf("%v gave no password", args)
	}
	s.secrets = append(s.secrets, added.Password)
	return added
}

func (s *shell) flowOfPasswords() {
	if a := s.password("operator", "add", "lila", "--roles", "viewer", "--password"); a.Token != "" {
		s.t.Error("a token was made that nobody asked for")
	}
	if a := s.password("operator", "add", "mark", "--roles", "viewer", "--password", "--token"); a.Token == "" {
		s.t.Error("no token was made")
	} else {
		s.secrets = append(s.secrets, a.Token)
	}
	s.password("operator", "password", "asha")
	s.run("operator", "list")
	s.try("operator", "password", "nobody")
	s.try("operator", "password", "john")
}

func (s *shell) flowOfSwitches() {
	s.token("switch", "add", "core", "--name", "Core switch")
	s.token("switch", "token", "core", "--keep")
	s.run("switch", "list")
	s.run("switch", "revoke", "core", "switch-core-1")
	s.run("switch", "revoke", "core")
	s.run("switch", "revoke", "core")
	s.run("switch", "list")
	s.try("switch", "add", "core")
	s.try("switch", "add", sandbox.SwitchID)
	s.try("switch", "token", "core")
	s.try("switch", "token", "nobody")
	s.try("switch", "revoke", "nobody")
}

func (s *shell) flowOfPartnerTokens() {
	s.token("partner", "token", "add", "p1")
	for range 3 {
		s.token("partner", "token", "add", "p1", "--keep")
	}
	s.try("partner", "token", "add", "p1", "--keep")
	s.run("partner", "token", "revoke", "partner-p1-2")
	s.run("partner", "token", "list", "p1")
	s.try("partner", "token", "list", "p9")
	s.try("partner", "token", "add", "p9")
	s.try("partner", "token", "revoke", "partner-p9-1")
}

// A person works from another machine with a token of their own, and with the roles they have.
func TestPersonalTokens(t *testing.T) {
	t.Parallel()
	a := apptest.New(t, apptest.Options{})
	k, err := a.Operator.AddOperator(t.Context(), switchboard.NewDeskOperator{Name: "asha", Roles: []string{"viewer"}})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "asha.token")
	if err := os.WriteFile(file, []byte(k.Token+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	server := "http://" + a.At.Operator
	for name, tm := range map[string]terminal{"a file": {}, "the environment": {env: map[string]string{"SWITCHBOARD_TOKEN": k.Token}}} {
		args := []string{"--server", server}
		if tm.env == nil {
			args = append(args, "--token-file", file)
		}
		if r := tm.run(append([]string{"partner", "list"}, args...)...); r.code != exitOK {
			t.Errorf("%s: %s", name, r.whole())
		}
		r := tm.run(append([]string{"switch", "add", "core"}, args...)...)
		if r.code != exitFailed || !strings.Contains(r.err, "Your roles (viewer) do not permit this; it takes administrator.") {
			t.Errorf("%s: %s", name, r.whole())
		}
	}
}
