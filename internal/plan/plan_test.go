package plan_test

import (
	"strings"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/block"
	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/plan"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	later, past := noon().Add(time.Hour), noon().Add(-time.Hour)
	one := plan.Filter{Service: "45"}
	for name, c := range map[string]struct {
		p    plan.Plan
		want string // the bad fields
	}{
		"activate":                 {plan.Plan{Action: plan.Activate, Filter: one}, ""},
		"activate with dates":      {plan.Plan{Action: plan.Activate, Filter: one, Terms: plan.Terms{From: later, Until: later.Add(1)}}, ""},
		"deactivate":               {plan.Plan{Action: plan.Deactivate, Filter: one, Terms: plan.Terms{Reason: "audit"}}, ""},
		"block agents":             {plan.Plan{Action: plan.Block, Filter: plan.Filter{City: "Pune"}, Terms: plan.Terms{Reason: "audit"}}, ""},
		"of a file":                {plan.Plan{Action: plan.Deactivate, FromFile: true}, ""},
		"dates":                    {plan.Plan{Action: plan.Dates, Filter: one, Terms: plan.Terms{VerifyBy: later}}, ""},
		"nothing":                  {plan.Plan{}, "action filter"},
		"no service":               {plan.Plan{Action: plan.Activate, Filter: plan.Filter{City: "Pune"}}, "service"},
		"a status of whole agents": {plan.Plan{Action: plan.Block, Filter: plan.Filter{Status: plan.Activated}, Terms: plan.Terms{Reason: "x"}}, "service"},
		"an odd status":            {plan.Plan{Action: plan.Deactivate, Filter: plan.Filter{Service: "45", Status: "on"}}, "status"},
		"file and filter":          {plan.Plan{Action: plan.Deactivate, FromFile: true, Filter: one}, "filter"},
		"a block without reason":   {plan.Plan{Action: plan.Block, Filter: one}, "reason"},
		"a long reason":            {plan.Plan{Action: plan.Deactivate, Filter: one, Terms: plan.Terms{Reason: strings.Repeat("x", 201)}}, "reason"},
		"dates without dates":      {plan.Plan{Action: plan.Dates, Filter: one}, "until"},
		"dates that do not fit":    {plan.Plan{Action: plan.Deactivate, Filter: one, Terms: plan.Terms{From: later, Until: later.Add(1), VerifyBy: later}}, "from until verify_by"},
		"an end in the past":       {plan.Plan{Action: plan.Block, Filter: one, Terms: plan.Terms{Reason: "x", Until: past}}, "until"},
		"an end at the beginning":  {plan.Plan{Action: plan.Activate, Filter: one, Terms: plan.Terms{From: later, Until: later}}, "until"},
		"a year without spelling":  {plan.Plan{Action: plan.Activate, Filter: one, Terms: plan.Terms{From: time.Unix(0, 0), Until: time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)}}, "from until"},
		"an odd pace":              {plan.Plan{Action: plan.Activate, Filter: one, Pace: -1}, "pace"},
		"errors for ever":          {plan.Plan{Action: plan.Activate, Filter: one, MaxErrors: -1}, "max_errors"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := c.p
			if p.MaxErrors == 0 {
				p.MaxErrors = 1
			}
			var bad fault.Fields
			p.Check(noon(), &bad)
			var names []string
			for _, f := range bad {
				names = append(names, f.Name)
			}
			if got := strings.Join(names, " "); got != c.want {
				t.Errorf("the bad fields are %q, want %q", got, c.want)
			}
		})
	}
}

// record is an agent with one activation, whose last event has version 7.
func record(s agent.State) *agent.Record {
	r := &agent.Record{Agent: agent.Agent{UserCode: "1"}}
	if s != agent.Absent {
		r.Activations = []agent.Activation{{UserCode: "1", ServiceCode: "45", State: s, Head: event.Head{Version: 7}}}
	}
	return r
}

func TestApply(t *testing.T) {
	t.Parallel()
	until := noon().Add(time.Hour)
	for _, c := range []struct {
		action  plan.Action
		confirm agent.Confirm
		from    agent.State
		want    string // the state, with the end of its dates when there is one, or the fault
	}{
		{plan.Activate, 0, agent.Absent, "activated(0) until"},
		{plan.Activate, agent.ConfirmActivation, agent.Absent, "pending(3) until"},
		{plan.Activate, 0, agent.Off, "activated(0) until"},
		{plan.Deactivate, 0, agent.Active, "deactivated(0)"},
		{plan.Deactivate, 0, agent.PendingReview, "deactivated(0)"},
		{plan.Deactivate, 0, agent.Off, "nothing"},
		{plan.Dates, 0, agent.Active, "activated(0) until"},
		{plan.Dates, 0, agent.Off, "conflict"},
		{plan.Block, 0, agent.Active, "internal"},
	} {
		p := plan.Plan{Action: c.action}
		if c.action == plan.Activate || c.action == plan.Dates {
			p.Terms.Until = until
		}
		now, e, err := p.Apply(record(c.from), agent.Service{Code: "45", Confirm: c.confirm}, by("operator:asha"))
		got := now.State.String()
		switch {
		case err != nil:
			got = string(fault.CodeOf(err))
		case e == nil:
			got = "nothing"
		case now.Dates.Until == until:
			got += " until"
		}
		if got != c.want {
			t.Errorf("%s of %s, confirm %b: %s, want %s", c.action, c.from, c.confirm, got, c.want)
		}
	}
}

func TestDatesThatAreNotGivenStay(t *testing.T) {
	t.Parallel()
	r := record(agent.Active)
	was := agent.Dates{From: noon().Add(-time.Hour), Until: noon().Add(time.Hour), VerifyBy: noon().Add(2 * time.Hour)}
	r.Activations[0].Dates = was
	p := plan.Plan{Action: plan.Dates, Terms: plan.Terms{VerifyBy: noon().Add(time.Minute)}}
	now, _, err := p.Apply(r, agent.Service{Code: "45"}, by("operator:asha"))
	if was.VerifyBy = p.Terms.VerifyBy; err != nil || now.Dates != was {
		t.Errorf("the dates are %+v, want %+v: %v", now.Dates, was, err)
	}
}

func TestRestore(t *testing.T) {
	t.Parallel()
	svc := agent.Service{Code: "45"}
	it := plan.Item{UserCode: "1", ServiceCode: "45", Was: plan.Was{State: agent.Absent}, After: 7}
	if now, e, err := it.Restore(record(agent.Active), svc, by("operator:asha")); err != nil || e == nil || now.State != agent.Off {
		t.Errorf("what never was becomes %s: %v", now.State, err)
	}
	it.After = 6
	if _, e, err := it.Restore(record(agent.Active), svc, by("operator:asha")); !fault.Is(err, fault.Conflict) || e != nil {
		t.Errorf("what changed since is undone: %v", err)
	}
	// Dates that were narrowed are not widened by one person where switching on takes two.
	it = plan.Item{UserCode: "1", ServiceCode: "45", Was: plan.Was{State: agent.Active}, After: 7}
	narrow := record(agent.Active)
	narrow.Activations[0].Dates.Until = noon()
	if _, _, err := it.Restore(narrow, agent.Service{Code: "45", Confirm: agent.ConfirmActivation}, by("operator:asha")); !fault.Is(err, fault.Conflict) {
		t.Errorf("the dates are widened: %v", err)
	}
	if now, e, err := it.Restore(narrow, svc, by("operator:asha")); err != nil || e == nil || !now.Dates.Until.IsZero() {
		t.Errorf("the dates stay: %v", err)
	}
}

func TestBlockOn(t *testing.T) {
	t.Parallel()
	p := plan.Plan{Action: plan.Block, Terms: plan.Terms{Reason: "audit", Owner: block.Fraud, From: noon().Add(time.Hour), Until: noon().Add(2 * time.Hour)}}
	b := p.BlockOn(plan.Item{UserCode: "1", ServiceCode: "45"}, noon())
	if b.Kind() != block.OnActivation || b.Owner != block.Fraud || b.From != p.Terms.From || b.Until != p.Terms.Until || b.Reason != "audit" {
		t.Errorf("the block is %+v", b)
	}
	if b = p.BlockOn(plan.Item{UserCode: "1"}, p.Terms.From); b.Kind() != block.OnAgent || !b.From.IsZero() {
		t.Errorf("a block whose beginning has come is %+v", b)
	}
}

func TestItemsAreCounted(t *testing.T) {
	t.Parallel()
	var p plan.Plan
	it := plan.Item{}
	p.Counts.Items = 1
	for _, to := range []plan.ItemState{plan.Done, plan.Kept, plan.TakenBack, plan.Failed, plan.Skipped, plan.Refused, plan.Ready} {
		p.Move(&it, to, "why")
		n := p.Counts
		sum := n.Refused + n.Done + n.Skipped + n.Failed + n.Undone + n.Kept
		if it.State != to || it.Problem != "why" || sum != 1 && to != plan.Ready || to == plan.Ready && sum != 0 {
			t.Errorf("%s: %+v", to, n)
		}
	}
	for _, s := range plan.ItemStates() {
		if got, ok := plan.ParseItemState(s.String()); !ok || got != s {
			t.Errorf("%s is read as %s", s, got)
		}
	}
	if _, ok := plan.ParseItemState("odd"); ok {
		t.Error("odd is a state")
	}
}

func TestStatusHas(t *testing.T) {
	t.Parallel()
	for _, s := range agent.States() {
		a := record(s).Activation("45")
		var has []string
		for _, st := range []plan.Status{plan.None, plan.Activated, plan.Pending, plan.Deactivated} {
			if st.Has(a) {
				has = append(has, string(st))
			}
		}
		want := strings.ToLower(s.Status.String())
		if len(has) != 1 || has[0] != want || !plan.AnyStatus.Has(a) {
			t.Errorf("%s has %v, want %s", s, has, want)
		}
	}
}
