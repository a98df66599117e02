package main

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/switchboard-platform/switchboard"
)

// plan makes a plan and gives it a name that is the same in every run.
func (s *shell) plan(name string, args ...string) {
	s.t.Helper()
	r := s.run(append([]string{"bulk", "plan"}, args...)...)
	id := regexp.MustCompile(`plan-[0-9a-v]{20}`).FindString(r.out)
	if id == "" {
		s.t.Fatalf("%v gave %s", args, r.whole())
	}
	s.words[id] = name
}

// named gives the id of a plan by the name it was given.
func (s *shell) named(name string) string {
	for id, n := range s.words {
		if n == name {
			return id
		}
	}
	s.t.Fatalf("there is no plan %s", name)
	return ""
}

// The whole life of plans, which must be the same whether a server runs or not.
func TestTheFlowOfPlans(t *testing.T) {
	bothWays(t, func(s *shell) {
		s.addAcme()
		s.planAgents()
		s.log.Reset()
		s.flowOfPlans()
		s.flowOfPlanFiles()
		s.flowOfBadPlans()
		golden(s.t, "flow/bulk", s.planless(s.log.String()))
	})
}

// planless hides the ids of plans, wherever they were printed first, and of blocks.
func (s *shell) planless(text string) string {
	for id, name := range s.words {
		text = regexp.MustCompile(regexp.QuoteMeta(id)).ReplaceAllString(text, name)
	}
	text = regexp.MustCompile(`plan-[0-9a-v]{20}`).ReplaceAllString(text, "PLAN")
	return regexp.MustCompile(`\b[0-9a-v]{20}\b`).ReplaceAllString(text, "BLOCK")
}

func (s *shell) planAgents() {
	for code, place := range map[string][2]string{"shop-1": {"Pune", "Maharashtra"}, "shop-2": {"Pune", "Maharashtra"}, "shop-3": {"Mumbai", "Maharashtra"},
		"shop-4": {"New Delhi", "Delhi"}} {
		s.run("agent", "add", "--partner", "p1", "--user-code", code, "--city", place[0], "--state", place[1])
	}
	s.run("activation", "on", "shop-4", "45")
	s.run("agent", "set", "shop-3", "--standing", "suspended", "--reason", "audit")
}

func (s *shell) flowOfPlans() {
	s.plan("plan-ON", "activate", "--service", "45", "--reason", "festival", "--max-errors", "2")
	on := s.named("plan-ON")
	s.run("bulk", "show", on)
	s.run("bulk", "show", on, "--items")
	s.run("bulk", "confirm", on, "--follow")
	s.run("bulk", "show", on, "--items")
	s.run("activation", "off", "shop-1", "45")
	s.run("bulk", "undo", on, "--follow")
	s.run("bulk", "show", on, "--items", "--state", "kept")
	s.run("bulk", "list")
	s.try("bulk", "confirm", on)
	s.try("bulk", "resume", on)
}

func (s *shell) flowOfPlanFiles() {
	file := filepath.Join(filepath.Dir(s.data), "shops.csv")
	if err := os.WriteFile(file, []byte("user_code,service_code\nshop-1,45\nshop-2,\nshop-9,45\nshop-2,99\n"), 0o600); err != nil {
		s.t.Fatal(err)
	}
	s.plan("plan-FILE", "block", "--file", file, "--owner", "fraud", "--reason", "Case 4711")
	of := s.named("plan-FILE")
	s.run("bulk", "confirm", of, "--follow")
	s.run("bulk", "show", of, "--items")
	s.run("block", "list", "--agent", "shop-2")
	s.plan("plan-OFF", "deactivate", "--service", "45", "--pace", "1", "--until", "")
	off := s.named("plan-OFF")
	s.run("bulk", "discard", off)
	s.try("bulk", "confirm", off)
	var p switchboard.Plan
	s.into(&p, "bulk", "show", of)
	if p.ID != of || p.Counts.Done != 2 || p.FromFile != true {
		s.t.Errorf("as JSON the plan is %+v", p)
	}
}

func (s *shell) flowOfBadPlans() {
	s.try("bulk", "plan", "delete", "--service", "45")
	s.try("bulk", "plan", "activate")
	s.try("bulk", "plan", "block", "--service", "45")
	s.try("bulk", "plan", "activate", "--service", "45", "--file", "no-such-file.csv")
	s.try("bulk", "plan", "dates", "--service", "45", "--verify-by", "soon")
	s.try("bulk", "plan", "activate", "--service", "99")
	s.try("bulk", "show", "plan-x")
	s.try("bulk", "show", "plan-x", "--state", "done")
}
