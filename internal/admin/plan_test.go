package admin_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/apptest"
	"github.com/switchboard-platform/switchboard/internal/sandbox"
)

// settled waits until a plan is at work no more.
func settled(t *testing.T, op *switchboard.Operator, id string) switchboard.Plan {
	t.Helper()
	for {
		p := must(op.Plan(t.Context(), id))(t)
		if p.State != "confirmed" && p.State != "applying" && p.State != "undoing" {
			return p
		}
		time.Sleep(time.Millisecond)
	}
}

// onboard makes agents shop-0, shop-1, … in a city.
func onboard(t *testing.T, op *switchboard.Operator, n int, city string) {
	t.Helper()
	for i := range n {
		must(op.AddAgent(t.Context(), switchboard.NewAgent{Partner: sandbox.PartnerID, UserCode: fmt.Sprint("shop-", i),
			Profile: switchboard.Profile{Address: switchboard.Address{City: city, State: "Maharashtra"}}}))(t)
	}
}

func TestPlans(t *testing.T) {
	t.Parallel()
	bothWays(t, func(t *testing.T, a *apptest.App, op *switchboard.Operator) {
		ctx := t.Context()
		onboard(t, op, 5, "Pune")
		p := must(op.MakePlan(ctx, switchboard.NewPlan{Action: "activate", Filter: switchboard.PlanFilter{Service: "45", State: "maharashtra"}}))(t)
		if p.State != "draft" || p.Counts != (switchboard.PlanCounts{Items: 5, Left: 5}) || p.MaxErrors != 10 {
			t.Fatalf("the plan is %+v", p)
		}
		if p = must(op.Plan(ctx, p.ID))(t); len(p.Totals) != 1 || p.Totals[0] != (switchboard.PlanTotal{Service: "45", State: "Maharashtra", City: "Pune", Items: 5}) {
			t.Errorf("the totals are %+v", p.Totals)
		}
		must(op.CommandPlan(ctx, p.ID, "confirm"))(t)
		if p = settled(t, op, p.ID); p.State != "applied" || p.Counts.Done != 5 || p.Counts.Left != 0 || p.EndedAt.IsZero() {
			t.Fatalf("the plan is %+v", p)
		}
		must(op.ChangeService(ctx, "shop-1", "45", "deactivate", switchboard.ServiceCommand{}))(t)
		must(op.CommandPlan(ctx, p.ID, "undo"))(t)
		if p = settled(t, op, p.ID); p.State != "undone" || p.Counts.Undone != 4 || p.Counts.Kept != 1 {
			t.Fatalf("the plan is %+v", p)
		}
		page := must(op.PlanItems(ctx, p.ID, switchboard.PlanItemQuery{Limit: 2}))(t)
		if len(page.Items) != 2 || page.Next != "2" || page.Items[1].Was == "" || page.Items[1].State != "kept" {
			t.Errorf("the items are %+v", page)
		}
		page = must(op.PlanItems(ctx, p.ID, switchboard.PlanItemQuery{State: "undone", After: "2"}))(t)
		if len(page.Items) != 3 || page.Items[0].N != 3 || page.Next != "" {
			t.Errorf("the items are %+v", page)
		}
		list := must(op.Plans(ctx, switchboard.PlanQuery{}))(t)
		if len(list.Items) != 1 || list.Items[0].ID != p.ID || list.Items[0].Totals != nil {
			t.Errorf("the plans are %+v", list.Items)
		}
	})
}

func TestPlanOfAFile(t *testing.T) {
	t.Parallel()
	bothWays(t, func(t *testing.T, a *apptest.App, op *switchboard.Operator) {
		ctx := t.Context()
		onboard(t, op, 2, "Pune")
		ask := switchboard.NewPlan{Action: "block", Reason: "audit", Owner: "compliance", FromFile: true}
		p := must(op.MakePlan(ctx, ask))(t)
		p = must(op.FillPlan(ctx, p.ID, strings.NewReader("user_code,service_code\nshop-0,45\nshop-1,\nshop-2,\n")))(t)
		if p.State != "draft" || p.Counts != (switchboard.PlanCounts{Items: 3, Refused: 1, Left: 2}) || p.Owner != "compliance" {
			t.Fatalf("the plan is %+v", p)
		}
		must(op.CommandPlan(ctx, p.ID, "confirm"))(t)
		if p = settled(t, op, p.ID); p.Counts.Done != 2 {
			t.Fatalf("the plan is %+v", p)
		}
		items := must(op.PlanItems(ctx, p.ID, switchboard.PlanItemQuery{State: "done"}))(t).Items
		if len(items) != 2 || items[0].Block == "" || items[0].Service != "45" || items[1].Service != "" {
			t.Errorf("the items are %+v", items)
		}
		bad := must(op.MakePlan(ctx, ask))(t)
		_, err := op.FillPlan(ctx, bad.ID, strings.NewReader("agent,service\nshop-0,45\n"))
		wantFault(t, err, "invalid")
		must(op.CommandPlan(ctx, bad.ID, "discard"))(t)
		_, err = op.CommandPlan(ctx, bad.ID, "confirm")
		wantFault(t, err, "conflict")
	})
}

func TestBadPlansAreNamed(t *testing.T) {
	t.Parallel()
	a := apptest.New(t, apptest.Options{})
	ctx, op := t.Context(), a.Operator
	make := func(n switchboard.NewPlan) func() error {
		return func() error { _, err := op.MakePlan(ctx, n); return err }
	}
	for name, c := range map[string]struct {
		call func() error
		code string
	}{
		"nothing":          {make(switchboard.NewPlan{}), "invalid"},
		"an odd action":    {make(switchboard.NewPlan{Action: "delete", Filter: switchboard.PlanFilter{Service: "45"}}), "invalid"},
		"an odd owner":     {make(switchboard.NewPlan{Action: "block", Owner: "me", Reason: "x", Filter: switchboard.PlanFilter{Service: "45"}}), "invalid"},
		"an owner of none": {make(switchboard.NewPlan{Action: "activate", Owner: "fraud", Filter: switchboard.PlanFilter{Service: "45"}}), "invalid"},
		"the system's":     {make(switchboard.NewPlan{Action: "block", Owner: "system", Reason: "x", Filter: switchboard.PlanFilter{Service: "45"}}), "forbidden"},
		"no such service":  {make(switchboard.NewPlan{Action: "activate", Filter: switchboard.PlanFilter{Service: "99"}}), "unknown_service"},
		"no such partner":  {make(switchboard.NewPlan{Action: "activate", Filter: switchboard.PlanFilter{Service: "45", Partner: "p9"}}), "not_found"},
		"no such plan":     {func() error { _, err := op.Plan(ctx, "plan-x"); return err }, "not_found"},
		"items of none":    {func() error { _, err := op.PlanItems(ctx, "plan-x", switchboard.PlanItemQuery{}); return err }, "not_found"},
		"items of no state": {func() error {
			_, err := op.PlanItems(ctx, "plan-x", switchboard.PlanItemQuery{State: "odd"})
			return err
		}, "invalid"},
		"items after x":  {func() error { _, err := op.PlanItems(ctx, "plan-x", switchboard.PlanItemQuery{After: "x"}); return err }, "invalid"},
		"an odd command": {func() error { _, err := op.CommandPlan(ctx, "plan-x", "explode"); return err }, "no_route"},
		"confirm none":   {func() error { _, err := op.CommandPlan(ctx, "plan-x", "confirm"); return err }, "not_found"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wantFault(t, c.call(), c.code)
		})
	}
}
