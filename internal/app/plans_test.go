package app_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/apptest"
	"github.com/switchboard-platform/switchboard/internal/sandbox"
)

// A plan that was half way when the server stopped goes on by itself with the next one.
func TestPlansOutliveTheServer(t *testing.T) {
	t.Parallel()
	const agents = 60
	a := apptest.New(t, apptest.Options{})
	ctx := t.Context()
	for i := range agents {
		if _, err := a.Operator.AddAgent(ctx, switchboard.NewAgent{Partner: sandbox.PartnerID, UserCode: fmt.Sprint("shop-", i),
			Profile: switchboard.Profile{Address: switchboard.Address{City: "Pune"}}}); err != nil {
			t.Fatal(err)
		}
	}
	p, err := a.Operator.MakePlan(ctx, switchboard.NewPlan{Action: "activate", Pace: 50, Filter: switchboard.PlanFilter{Service: "45", City: "Pune"}})
	if err != nil || p.Counts.Items != agents {
		t.Fatalf("the plan is %+v: %v", p, err)
	}
	if _, err := a.Operator.CommandPlan(ctx, p.ID, "confirm"); err != nil {
		t.Fatal(err)
	}
	begun := planWhen(t, a, p.ID, func(p switchboard.Plan) bool { return p.Counts.Done > 0 })
	a.Stop(t)
	if begun.State != "applying" {
		t.Fatalf("the plan is %s before the server stops", begun.State)
	}
	b := apptest.New(t, apptest.Options{Data: a.Config.Data})
	if p = planWhen(t, b, p.ID, func(p switchboard.Plan) bool { return p.State != "applying" }); p.State != "applied" || p.Counts.Done != agents {
		t.Errorf("the plan is %+v", p)
	}
}

// planWhen waits until something is true of a plan.
func planWhen(t *testing.T, a *apptest.App, id string, is func(switchboard.Plan) bool) switchboard.Plan {
	t.Helper()
	for {
		p, err := a.Operator.Plan(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if is(p) {
			return p
		}
		time.Sleep(5 * time.Millisecond)
	}
}
