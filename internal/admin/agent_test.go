package admin_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/apptest"
	"github.com/switchboard-platform/switchboard/internal/sandbox"
)

func TestAgent(t *testing.T) {
	t.Parallel()
	bothWays(t, func(t *testing.T, a *apptest.App, op *switchboard.Operator) {
		ctx := t.Context()
		profile := switchboard.Profile{PAN: "ABCDE1234F", Mobile: "9000000001", FirstName: "Ravi", LastName: "Kumar", Email: "ravi@example.com",
			DOB: "1990-01-31", ShopName: "Kumar Stores", Address: switchboard.Address{Line: "1 Main Road", City: "Pune", Pincode: "411001"}}
		given := must(op.AddAgent(ctx, switchboard.NewAgent{Partner: sandbox.PartnerID, UserCode: "retail-1", Profile: profile}))(t)
		if given.UserCode != "retail-1" || given.Partner != sandbox.PartnerID || given.Standing != "open" || given.Profile != profile {
			t.Errorf("the agent is %+v", given)
		}
		if made := addAgent(t, op, ""); len(made.UserCode) != 8 {
			t.Errorf("the code given is %q, want eight digits", made.UserCode)
		}

		for i, want := range []bool{true, false} {
			if got := must(op.SetStanding(ctx, "retail-1", switchboard.NewStanding{Standing: "suspended", Reason: "papers"}))(t); got.Changed != want {
				t.Errorf("suspension %d changed: %t", i, got.Changed)
			}
		}
		got := must(op.Agent(ctx, "retail-1", 10))(t)
		if got.Standing != "suspended" || len(got.Events) != 2 {
			t.Fatalf("the agent is %+v", got)
		}
		newest := got.Events[0]
		if newest.Version != 2 || !strings.HasPrefix(newest.Actor, "operator:") || newest.RequestID == "" || len(newest.Hash) != 64 ||
			!strings.Contains(string(newest.Data), "papers") {
			t.Errorf("the newest event is %+v", newest)
		}
		if one := must(op.Agent(ctx, "retail-1", 1))(t); len(one.Events) != 1 || one.Events[0].Seq != newest.Seq {
			t.Errorf("the last event is %+v", one.Events)
		}
		if none := must(op.Agent(ctx, "retail-1", 0))(t); len(none.Events) != 0 {
			t.Errorf("no events were asked for, and %d came", len(none.Events))
		}
	})
}

// Who did it stands in the event: over TCP the token and the address, over the socket the user.
func TestActor(t *testing.T) {
	t.Parallel()
	a := apptest.New(t, apptest.Options{})
	addAgent(t, overTCP(t, a), "by-token")
	addAgent(t, a.Operator, "by-socket")
	e := must(a.Operator.Agent(t.Context(), "by-token", 1))(t).Events[0]
	if e.Actor != "operator:token" || e.Address != "127.0.0.1" {
		t.Errorf("over TCP it was %s from %q", e.Actor, e.Address)
	}
	e = must(a.Operator.Agent(t.Context(), "by-socket", 1))(t).Events[0]
	if e.Actor == "operator:token" || e.Actor == "operator:" || e.Address != "" {
		t.Errorf("over the socket it was %s from %q", e.Actor, e.Address)
	}
}

func TestAgentFaults(t *testing.T) {
	t.Parallel()
	a := apptest.New(t, apptest.Options{})
	op, ctx := a.Operator, t.Context()
	_, err := op.AddAgent(ctx, switchboard.NewAgent{Partner: "p99"})
	wantFault(t, err, "not_found")
	_, err = op.AddAgent(ctx, switchboard.NewAgent{Partner: sandbox.PartnerID, UserCode: sandbox.UserCode})
	wantFault(t, err, "exists")
	_, err = op.Agent(ctx, "missing", 1)
	wantFault(t, err, "unknown_agent")
	_, err = op.SetStanding(ctx, "missing", switchboard.NewStanding{Standing: "closed", Reason: "gone"})
	wantFault(t, err, "unknown_agent")
}

// codes reads a list to its end, page by page.
func codes(t *testing.T, a *apptest.App, q switchboard.AgentQuery) (all []string, pages int) {
	t.Helper()
	for {
		p := must(a.Operator.Agents(t.Context(), q))(t)
		if q.Limit > 0 && len(p.Items) > q.Limit {
			t.Fatalf("a page of %d has %d", q.Limit, len(p.Items))
		}
		for _, x := range p.Items {
			all = append(all, x.UserCode)
		}
		pages++
		if q.After = p.Next; q.After == "" {
			return all, pages
		}
	}
}

func TestAgentPages(t *testing.T) {
	t.Parallel()
	a := apptest.New(t, apptest.Options{})
	k := must(a.Operator.AddPartner(t.Context(), switchboard.NewPartner{Name: "Acme", InitiatorID: "9876543210"}))(t)
	var want []string
	for i := range 7 {
		want = append(want, fmt.Sprintf("a-%d", i))
		must(a.Operator.AddAgent(t.Context(), switchboard.NewAgent{Partner: k.Partner, UserCode: want[i]}))(t)
	}
	for limit, pages := range map[int]int{1: 7, 2: 4, 6: 2, 7: 1, 8: 1, 0: 1, 1000: 1} {
		got, n := codes(t, a, switchboard.AgentQuery{Partner: k.Partner, Limit: limit})
		if !slices.Equal(got, want) || n != pages {
			t.Errorf("limit %d: %v in %d pages, want %v in %d", limit, got, n, want, pages)
		}
	}
	if got, _ := codes(t, a, switchboard.AgentQuery{Limit: 3}); !slices.Equal(got, append([]string{sandbox.UserCode}, want...)) {
		t.Errorf("of all partners: %v", got)
	}
	if got, _ := codes(t, a, switchboard.AgentQuery{Partner: "nobody"}); len(got) != 0 {
		t.Errorf("of an unknown partner: %v", got)
	}
}
