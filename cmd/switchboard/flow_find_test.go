package main

import (
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard/internal/apptest"
	"github.com/switchboard-platform/switchboard/internal/sandbox"
)

// What is found, as the command line shows it.
func TestTheFlowOfFinding(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	a := apptest.New(t, apptest.Options{Data: s.data})
	for { // names are found a moment after they came
		if page, err := a.Operator.Find(t.Context(), "asha", 1); err != nil {
			t.Fatal(err)
		} else if len(page.Items) > 0 {
			break
		}
		time.Sleep(5 * time.Millisecond)
	}
	s.run("agent", "set", sandbox.UserCode, "--standing", "suspended", "--reason", "papers missing")
	s.run("agent", "set", sandbox.UserCode, "--standing", "open")
	s.run("find", "ash")
	s.run("find", sandbox.UserCode, "--json")
	s.run("find", sandbox.MSISDN, "--limit", "1")
	s.run("find", "no such thing")
	s.try("find", "x", "--limit", "1000")
	s.try("find", " ")
	s.run("audit", "search", "--subject", "agent:"+sandbox.UserCode, "--kind", "agent.status_changed")
	s.run("audit", "search", "--by", "operator", "--kind", "agent.*", "--limit", "1")
	s.run("audit", "search", "--subject", "agent:"+sandbox.UserCode, "--limit", "1", "--json")
	s.run("audit", "search", "--until", "2020-01-01")
	s.try("audit", "search", "--since", "yesterday")
	s.try("audit", "search", "--subject", "agent:nobody")
	s.try("audit", "search", "--limit", "0")
	golden(t, "flow/find", durations.ReplaceAllString(requestIDs.ReplaceAllString(s.log.String(), "ID"), "${1}MS$2"))
}
