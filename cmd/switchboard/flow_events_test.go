package main

import (
	"regexp"
	"testing"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/apptest"
	"github.com/switchboard-platform/switchboard/internal/sandbox"
)

var (
	durations  = regexp.MustCompile(`("duration_ms":)[\d.]+|\d+\.\d(  ID)`)
	requestIDs = regexp.MustCompile(`\b[0-9a-v]{20}\b`)
)

// What was changed and what was asked, as the command line shows it.
func TestTheFlowOfEvents(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	a := apptest.New(t, apptest.Options{Data: s.data})
	s.run("agent", "set", sandbox.UserCode, "--standing", "suspended", "--reason", "papers missing")
	s.run("agent", "set", sandbox.UserCode, "--standing", "open")
	s.run("events", "--limit", "2")
	s.run("events", "--limit", "2", "--json")
	s.run("events", "--after", "0", "--all", "--kinds", "partner.*,agent.onboarded")
	s.try("events", "--limit", "0")
	s.try("events", "--after", "1000000")
	if _, err := a.Sandbox().ActivateService(t.Context(), sandbox.UserCode, "nope", switchboard.ActivateOptions{}); err == nil {
		t.Fatal("an unknown service was activated")
	}
	if _, err := a.Sandbox(switchboard.WithToken("wrong")).Catalogue(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.run("partner", "requests", sandbox.PartnerID)
	s.run("partner", "requests", sandbox.PartnerID, "--failed", "--json")
	s.try("partner", "requests", "nobody")
	golden(t, "flow/events", durations.ReplaceAllString(requestIDs.ReplaceAllString(s.log.String(), "ID"), "${1}MS$2"))
}
