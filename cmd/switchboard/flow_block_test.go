package main

import (
	"regexp"
	"strings"
	"testing"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/app"
	"github.com/switchboard-platform/switchboard/internal/apptest"
)

var blockIDs = regexp.MustCompile(`\b[0-9a-v]{20}\b`)

// lastBlock gives the id of the block that the last command has placed.
func lastBlock(t *testing.T, r result) string {
	t.Helper()
	id := blockIDs.FindString(r.out)
	if id == "" {
		t.Fatalf("no block in %s", r.whole())
	}
	return id
}

// Blocks, dates, places and devices, as one administrator works with them.
func TestTheFlowOfBlocks(t *testing.T) {
	bothWays(t, func(s *shell) {
		s.addAcme()
		s.run("agent", "add", "--partner", "p1", "--user-code", "shop-1", "--first-name", "Asha")
		s.flowOfBlocks()
		s.flowOfDates()
		s.flowOfRehearsals()
		golden(s.t, "flow/block", blockIDs.ReplaceAllString(s.log.String(), "BLOCK"))
	})
}

func (s *shell) flowOfBlocks() {
	s.run("activation", "on", "shop-1", "45")
	first := lastBlock(s.t, s.run("block", "add", "--agent", "shop-1", "--owner", "fraud", "--reason", "Case 4711"))
	second := lastBlock(s.t, s.run("block", "add", "--service", "45", "--reason", "Maintenance", "--from", "2099-01-31T22:00:00Z", "--until", "2099-02-01T02:00:00Z"))
	s.run("block", "add", "--agent", "shop-1", "--service", "45", "--reason", "Limit exceeded", "--until", "2099-01-01")
	s.run("block", "add", "--partner", "p1", "--reason", "Not paid", "--json")
	s.run("block", "list")
	s.run("block", "show", first)
	s.run("agent", "show", "shop-1")
	s.try("block", "lift", first)
	s.run("block", "lift", first, "--reason", "Case 4711 is closed")
	s.run("block", "lift", first, "--reason", "again")
	s.run("block", "lift", second, "--reason", "no need", "--json")
	s.run("block", "show", first)
	s.run("block", "list", "--history", "--limit", "1")
	s.run("block", "list", "--owner", "fraud", "--history")
	s.run("block", "list", "--agent", "shop-1", "--json")
	s.try("block", "add", "--agent", "shop-1")
	s.try("block", "add", "--reason", "why")
	s.try("block", "add", "--agent", "shop-1", "--owner", "system", "--reason", "why")
	s.try("block", "add", "--agent", "nobody", "--reason", "why")
	s.try("block", "add", "--agent", "shop-1", "--reason", "why", "--from", "yesterday")
	s.try("block", "add", "--agent", "shop-1", "--reason", "why", "--from", "2020-01-01", "--until", "2019-01-01")
	s.try("block", "show", "none")
	s.try("block", "list", "--owner", "me")
}

func (s *shell) flowOfDates() {
	s.run("activation", "dates", "shop-1", "45", "--from", "2099-01-01", "--until", "2099-02-01T12:00:00+05:30", "--verify-by", "2099-01-15")
	s.run("activation", "dates", "shop-1", "45", "--from", "none", "--until", "none")
	s.run("activation", "dates", "shop-1", "45", "--from", "none")
	s.run("activation", "renew", "shop-1", "45", "--verify-by", "2099-03-01")
	s.run("activation", "on", "shop-1", "53", "--until", "2099-06-01")
	s.try("activation", "dates", "shop-1", "45")
	s.try("activation", "dates", "shop-1", "45", "--until", "soon")
	s.try("activation", "dates", "shop-1", "43", "--until", "2099-06-01")
	s.try("activation", "renew", "shop-1", "43")
	s.run("agent", "place", "shop-1", "28.6139,77.2090")
	s.run("agent", "place", "shop-1", "28.6139,77.2090")
	s.try("agent", "place", "shop-1", "here")
	s.run("agent", "device", "add", "shop-1", "pos-1", "tablet-2")
	s.run("agent", "device", "remove", "shop-1", "tablet-2")
	s.run("agent", "device", "add", "shop-1", "pos-3", "--json")
	s.try("agent", "device", "remove", "shop-1")
	s.try("agent", "device", "add", "shop-1", "a/b")
	s.run("agent", "show", "shop-1", "--events", "3")
	s.run("agent", "device", "remove", "shop-1", "--all")
	s.run("agent", "place", "shop-1", "none")
}

func (s *shell) flowOfRehearsals() {
	s.run("service", "set", "45", "--fence-distance", "500", "--fence-country", "in", "--fence-tolerance", "1000", "--dormant-days", "90", "--verify-days", "365")
	s.run("service", "set", "45", "--fence-country", "", "--fence-distance", "0", "--dormant-days", "0")
	s.try("service", "set", "45", "--fence-country", "XX", "--dormant-days", "-1")
	s.try("service", "set", "45", "--confirm", "everything")
	for _, id := range s.openBlocks() {
		s.run("block", "lift", id, "--reason", "for the rehearsal")
	}
	s.run("rehearse", "2099-02-01")
	s.run("rehearse", "2099-06-01")
	s.run("rehearse", "2099-06-01", "--service", "53", "--json")
	s.try("rehearse", "2020-01-01")
	s.try("rehearse", "soon")
	s.try("rehearse", "2099-01-01", "--service", "999")
	s.run("service", "set", "43", "--confirm", "activation,approval,lifting")
	s.run("service", "list")
}

func (s *shell) openBlocks() (ids []string) {
	var page switchboard.Page[switchboard.Block]
	s.into(&page, "block", "list")
	for _, b := range page.Items {
		ids = append(ids, b.ID)
	}
	return ids
}

// What takes two people, as two people do it.
func TestTheFlowOfTwoPeople(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	s.run("init")
	a := apptest.New(t, apptest.Options{Mode: app.Production, Data: s.data})
	s.addAcme()
	s.run("agent", "add", "--partner", "p1", "--user-code", "shop-1")
	as := map[string]string{}
	for _, name := range []string{"asha", "ravi"} {
		as[name] = s.token("operator", "add", name, "--roles", "administrator").Token
	}
	do := func(name, line string) result {
		tm := terminal{env: map[string]string{"SWITCHBOARD_TOKEN": as[name]}}
		args := strings.Split(line, " ")
		r := tm.run(append(args, "--server", "http://"+a.At.Operator)...)
		s.log.WriteString(s.same(name+"$ switchboard "+line+"\n"+r.whole()) + "\n")
		return r
	}
	do("asha", "service set 45 --confirm activation,lifting")
	do("asha", "activation on shop-1 45")
	do("asha", "activation approve shop-1 45")
	do("ravi", "activation approve shop-1 45")
	id := lastBlock(t, do("asha", "block add --agent shop-1 --reason why"))
	for _, name := range []string{"asha", "asha", "ravi", "ravi"} {
		do(name, "block lift "+id+" --reason done")
	}
	for _, name := range []string{"asha", "asha", "ravi", "ravi"} {
		do(name, `service set 45 --confirm lifting`)
	}
	do("ravi", "service set 45 --confirm approval,lifting --review before")
	do("ravi", "activation off shop-1 45")
	do("ravi", "activation on shop-1 45")
	for _, name := range []string{"asha", "asha", "ravi"} {
		do(name, "activation approve shop-1 45")
	}
	golden(t, "flow/two-people", blockIDs.ReplaceAllString(s.log.String(), "BLOCK"))
}
