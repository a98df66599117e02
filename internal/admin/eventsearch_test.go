package admin_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/apptest"
	"github.com/switchboard-platform/switchboard/internal/sandbox"
)

// allEvents reads the whole record, the youngest first.
func allEvents(t *testing.T, a *apptest.App) []switchboard.RecordedEvent {
	t.Helper()
	events := must(a.Operator.Events(t.Context(), 0, 1000, 0))(t).Events
	slices.Reverse(events)
	return events
}

// searched gives all that a search finds, page by page.
func searched(t *testing.T, a *apptest.App, q switchboard.EventQuery) (seqs []uint64) {
	t.Helper()
	for pages := 0; ; pages++ {
		p := must(a.Operator.SearchEvents(t.Context(), q))(t)
		for _, e := range p.Events {
			seqs = append(seqs, e.Seq)
		}
		if q.Before = p.Next; q.Before == 0 || pages > 1000 {
			return seqs
		}
		if p.ReachedAt.IsZero() {
			t.Errorf("a page of %+v does not say how far back it is", q)
		}
	}
}

// eventful makes a sandbox in which some people did something.
func eventful(t *testing.T) *apptest.App {
	t.Helper()
	a := apptest.New(t, apptest.Options{})
	op, ctx := a.Operator, t.Context()
	asha := must(op.AddOperator(ctx, switchboard.NewDeskOperator{Name: "asha", Roles: []string{"support", "fraud"}}))(t)
	desk := switchboard.NewOperator("http://"+a.At.Operator, asha.Token)
	b := must(desk.PlaceBlock(ctx, switchboard.NewBlock{Agent: sandbox.UserCode, Owner: "fraud", Reason: "a hint"}))(t)
	for _, service := range []string{"43", "45", "43"} {
		if _, err := a.Sandbox().DeactivateService(ctx, sandbox.UserCode, service, ""); err != nil {
			t.Fatal(err)
		}
	}
	must(desk.LiftBlock(ctx, b.ID, switchboard.BlockLift{Reason: "nothing"}))(t)
	must(desk.SetStanding(ctx, sandbox.UserCode, switchboard.NewStanding{Standing: "suspended", Reason: "papers"}))(t)
	return a
}

func TestSearchEvents(t *testing.T) {
	t.Parallel()
	a := eventful(t)
	all := allEvents(t, a)
	middle := all[len(all)/2].At
	agent := "agent:" + sandbox.UserCode
	for name, c := range map[string]struct {
		query switchboard.EventQuery
		is    func(switchboard.RecordedEvent) bool
	}{
		"all":                 {switchboard.EventQuery{}, func(switchboard.RecordedEvent) bool { return true }},
		"a subject":           {switchboard.EventQuery{Subject: agent}, func(e switchboard.RecordedEvent) bool { return e.Subject == agent }},
		"a partner":           {switchboard.EventQuery{Subject: "partner:" + sandbox.PartnerID}, func(e switchboard.RecordedEvent) bool { return e.Subject == "partner:"+sandbox.PartnerID }},
		"subjects of a kind":  {switchboard.EventQuery{Subject: "service"}, func(e switchboard.RecordedEvent) bool { return strings.HasPrefix(e.Subject, "service:") }},
		"a kind":              {switchboard.EventQuery{Kind: "block.placed"}, func(e switchboard.RecordedEvent) bool { return e.Kind == "block.placed" }},
		"a family":            {switchboard.EventQuery{Kind: "block.*"}, func(e switchboard.RecordedEvent) bool { return strings.HasPrefix(e.Kind, "block.") }},
		"a family in a chain": {switchboard.EventQuery{Subject: agent, Kind: "block.*"}, func(e switchboard.RecordedEvent) bool { return strings.HasPrefix(e.Kind, "block.") }},
		"an operator":         {switchboard.EventQuery{Actor: "operator:asha"}, func(e switchboard.RecordedEvent) bool { return e.Actor == "operator:asha" }},
		"all operators":       {switchboard.EventQuery{Actor: "operator"}, func(e switchboard.RecordedEvent) bool { return strings.HasPrefix(e.Actor, "operator:") }},
		"partners in a chain": {switchboard.EventQuery{Subject: agent, Actor: "partner"}, func(e switchboard.RecordedEvent) bool {
			return e.Subject == agent && strings.HasPrefix(e.Actor, "partner:")
		}},
		"a service":            {switchboard.EventQuery{Service: "45"}, func(e switchboard.RecordedEvent) bool { return e.Service == "45" }},
		"since":                {switchboard.EventQuery{Since: middle}, func(e switchboard.RecordedEvent) bool { return !e.At.Before(middle) }},
		"until":                {switchboard.EventQuery{Until: middle}, func(e switchboard.RecordedEvent) bool { return e.At.Before(middle) }},
		"a time in a chain":    {switchboard.EventQuery{Subject: agent, Until: middle}, func(e switchboard.RecordedEvent) bool { return e.Subject == agent && e.At.Before(middle) }},
		"long ago":             {switchboard.EventQuery{Until: middle.Add(-time.Hour)}, func(switchboard.RecordedEvent) bool { return false }},
		"what is to come":      {switchboard.EventQuery{Since: middle.Add(time.Hour)}, func(switchboard.RecordedEvent) bool { return false }},
		"nobody's doings":      {switchboard.EventQuery{Actor: "operator:nobody"}, func(switchboard.RecordedEvent) bool { return false }},
		"a ladder that is new": {switchboard.EventQuery{Subject: "ladder:OTP"}, func(e switchboard.RecordedEvent) bool { return e.Subject == "ladder:OTP" }},
	} {
		var want []uint64
		for _, e := range all {
			if c.is(e) {
				want = append(want, e.Seq)
			}
		}
		for _, limit := range []int{0, 1, 3} {
			c.query.Limit = limit
			if got := searched(t, a, c.query); !slices.Equal(got, want) {
				t.Errorf("%s, %d at a time: %v, want %v", name, limit, got, want)
			}
		}
	}
	e := must(a.Operator.SearchEvents(t.Context(), switchboard.EventQuery{Kind: "agent.status_changed", Limit: 1}))(t).Events
	if len(e) != 1 || !strings.Contains(string(e[0].Data), "papers") {
		t.Errorf("operators are shown %+v", e)
	}
}

func TestSearchEventsRefuses(t *testing.T) {
	t.Parallel()
	a := apptest.New(t, apptest.Options{})
	for query, code := range map[string]string{
		"subject=agent:nobody": "unknown_agent", "subject=partner:nobody": "not_found", "subject=member:m-nobody": "not_found", "subject=plan:nobody": "not_found",
		"subject=cat:felix": "not_found", "subject=:x": "invalid", "kind=a*b": "invalid", "since=yesterday": "invalid", "before=x": "invalid", "limit=100000": "invalid",
	} {
		if got := send(t, a, "GET", "/events/search?"+query, "").fault(t); got.Code != code {
			t.Errorf("%s is answered %q, want %q", query, got.Code, code)
		}
	}
}
