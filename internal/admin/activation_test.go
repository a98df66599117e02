package admin_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/apptest"
)

func TestReview(t *testing.T) {
	t.Parallel()
	bothWays(t, func(t *testing.T, a *apptest.App, op *switchboard.Operator) {
		addAgent(t, op, "r-1")
		for _, step := range []struct {
			service, command, comment string
			changed                   bool
			status                    string
			verification              int
		}{
			{"1", "activate", "", true, "PENDING", 3}, // reviewed before it runs
			{"1", "activate", "", false, "PENDING", 3},
			{"1", "approve", "", true, "ACTIVATED", 1},
			{"1", "deactivate", "", true, "DEACTIVATED", 0},
			{"1", "deactivate", "", false, "DEACTIVATED", 0},
			{"43", "activate", "", true, "ACTIVATED", 3}, // reviewed while it runs
			{"43", "reject", "photo unreadable", true, "DEACTIVATED", 2},
			{"45", "activate", "", true, "ACTIVATED", 0}, // never reviewed
		} {
			got := must(op.ChangeService(t.Context(), "r-1", step.service, step.command, switchboard.ServiceCommand{Comment: step.comment}))(t)
			if x := got.Activation; got.Changed != step.changed || x.Status != step.status || x.Verification != step.verification || x.Comment != step.comment {
				t.Errorf("%s %s: %+v", step.command, step.service, got)
			}
		}
		if got := must(op.Agent(t.Context(), "r-1", 0))(t).Activations; len(got) != 3 {
			t.Errorf("the agent has %+v", got)
		}
	})
}

func TestChangeServiceFaults(t *testing.T) {
	t.Parallel()
	a := apptest.New(t, apptest.Options{})
	addAgent(t, a.Operator, "f-1")
	addAgent(t, a.Operator, "closed")
	must(a.Operator.SetStanding(t.Context(), "closed", switchboard.NewStanding{Standing: "closed", Reason: "left"}))(t)
	must(a.Operator.ChangeService(t.Context(), "f-1", "1", "activate", switchboard.ServiceCommand{}))(t)
	for _, c := range []struct {
		agent, service, command string
		with                    switchboard.ServiceCommand
		code                    string
	}{
		{"missing", "45", "activate", switchboard.ServiceCommand{}, "unknown_agent"},
		{"f-1", "999", "activate", switchboard.ServiceCommand{}, "unknown_service"},
		{"f-1", "45", "explode", switchboard.ServiceCommand{}, "no_route"},
		{"f-1", "45", "approve", switchboard.ServiceCommand{}, "conflict"},
		{"f-1", "1", "reject", switchboard.ServiceCommand{}, "invalid"},
		{"f-1", "45", "activate", switchboard.ServiceCommand{LatLong: "north"}, "invalid"},
		{"f-1", "45", "activate", switchboard.ServiceCommand{Comment: "a\x00b"}, "invalid"},
		{"f-1", "45", "activate", switchboard.ServiceCommand{Comment: strings.Repeat("x", 201)}, "invalid"},
		{"closed", "45", "activate", switchboard.ServiceCommand{}, "agent_inactive"},
	} {
		_, err := a.Operator.ChangeService(t.Context(), c.agent, c.service, c.command, c.with)
		wantFault(t, err, c.code)
	}
	// None of it left a trace.
	if got := must(a.Operator.Agent(t.Context(), "f-1", 10))(t); len(got.Events) != 2 || len(got.Activations) != 1 {
		t.Errorf("the agent is %+v", got)
	}
}

func TestActivationPages(t *testing.T) {
	t.Parallel()
	a := apptest.New(t, apptest.Options{})
	var all []string
	for _, code := range []string{"a", "b", "c"} {
		addAgent(t, a.Operator, code)
		for _, s := range []string{"1", "43", "45"} {
			must(a.Operator.ChangeService(t.Context(), code, s, "activate", switchboard.ServiceCommand{}))(t)
			all = append(all, code+"/"+s)
		}
	}
	must(a.Operator.ChangeService(t.Context(), "b", "45", "deactivate", switchboard.ServiceCommand{}))(t)
	for name, c := range map[string]struct {
		q    switchboard.ActivationQuery
		want []string
	}{
		"all":                {switchboard.ActivationQuery{}, all},
		"two at a time":      {switchboard.ActivationQuery{Limit: 2}, all},
		"one at a time":      {switchboard.ActivationQuery{Limit: 1}, all},
		"waiting":            {switchboard.ActivationQuery{Waiting: true, Limit: 2}, []string{"a/1", "a/43", "b/1", "b/43", "c/1", "c/43"}},
		"pending":            {switchboard.ActivationQuery{Status: "pending", Limit: 1}, []string{"a/1", "b/1", "c/1"}},
		"deactivated":        {switchboard.ActivationQuery{Status: "DEACTIVATED"}, []string{"b/45"}},
		"of a service":       {switchboard.ActivationQuery{Service: "45", Limit: 1}, []string{"a/45", "b/45", "c/45"}},
		"waiting of one":     {switchboard.ActivationQuery{Service: "43", Waiting: true, Status: "activated"}, []string{"a/43", "b/43", "c/43"}},
		"nothing of nothing": {switchboard.ActivationQuery{Service: "86"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for q := c.q; ; {
				p := must(a.Operator.Activations(t.Context(), q))(t)
				for _, x := range p.Items {
					got = append(got, x.UserCode+"/"+x.ServiceCode)
				}
				if q.After = p.Next; q.After == "" {
					break
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}
