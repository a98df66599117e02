package registry_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard/internal/access"
	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/block"
	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/plan"
	"github.com/switchboard-platform/switchboard/internal/registry"
	"github.com/switchboard-platform/switchboard/internal/sandbox"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// desk is an administrator by name.
func (w *world) desk(name string) registry.Caller {
	c := w.operator()
	c.Cause.Actor, c.Roles = "operator:"+name, access.Administrator
	return c
}

// shop is the user code of the i-th agent of a plan's world.
func shop(i int) string { return fmt.Sprintf("shop-%03d", i) }

// shops makes agents, of which every third is in Mumbai and the others in Pune, and activates a service for
// those of even number.
func (w *world) shops(n int, service string) {
	w.t.Helper()
	for i := range n {
		city := "Pune"
		if i%3 == 0 {
			city = "Mumbai"
		}
		_, err := w.Onboard(context.Background(), w.desk("asha"), registry.Onboarding{PartnerID: sandbox.PartnerID, UserCode: shop(i),
			Profile: agent.Profile{FirstName: "A", Address: agent.Address{City: city, State: "Maharashtra"}}})
		if err != nil {
			w.t.Fatal(err)
		}
		if i%2 == 0 {
			w.turn(shop(i), service, agent.Activate)
		}
	}
}

func (w *world) turn(userCode, service string, kind agent.CommandKind) {
	w.t.Helper()
	_, err := w.ChangeService(context.Background(), w.desk("asha"), registry.Change{UserCode: userCode, ServiceCode: service, Command: agent.Command{Kind: kind}})
	if err != nil {
		w.t.Fatal(err)
	}
}

// made makes a plan, which must not fail.
func (w *world) made(p plan.Plan) plan.Plan {
	w.t.Helper()
	p.MaxErrors = max(p.MaxErrors, 1)
	p, err := w.MakePlan(context.Background(), w.desk("asha"), p)
	if err != nil || p.State != plan.Draft {
		w.t.Fatalf("the plan is %s: %v", p.State, err)
	}
	return p
}

// command does something with a plan, which must not fail.
func (w *world) command(do func(context.Context, registry.Caller, string) (plan.Plan, error), id string) plan.Plan {
	w.t.Helper()
	p, err := do(context.Background(), w.desk("john"), id)
	if err != nil {
		w.t.Fatal(err)
	}
	return p
}

// work lets a planner work until no plan is at work, at most so many steps, and gives the plan.
func (w *world) work(reg *registry.Registry, id string, steps int) plan.Plan {
	w.t.Helper()
	planner := reg.NewPlanner()
	for range steps {
		wait, err := planner.Step(context.Background())
		if err != nil {
			w.t.Fatal(err)
		}
		w.pass(wait)
	}
	p, _, err := reg.Plan(context.Background(), id)
	if err != nil {
		w.t.Fatal(err)
	}
	return p
}

// state is the state of a service of an agent.
func (w *world) state(userCode, service string) agent.State {
	w.t.Helper()
	rec, _, err := w.Record(context.Background(), nil, "", userCode)
	if err != nil {
		w.t.Fatal(err)
	}
	return rec.Activation(service).State
}

// items gives a plan's items as "shop-001 done why".
func (w *world) items(id string) (list []string) {
	w.t.Helper()
	items, err := w.PlanItems(context.Background(), store.PlanItemFilter{Plan: id, Limit: 10000})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, it := range items {
		list = append(list, strings.TrimSpace(it.UserCode+" "+it.State.String()+" "+it.Problem))
	}
	return list
}

// planKinds are the kinds of a plan's events, whose chain must hold.
func (w *world) planKinds(p plan.Plan) []event.Kind {
	return w.chain(event.Subject{Kind: event.Plan, ID: p.ID}, p.Head)
}

func TestLifeOfAPlan(t *testing.T) {
	t.Parallel()
	w := open(t, nil)
	w.shops(20, "45")
	p := w.made(plan.Plan{Action: plan.Deactivate, Filter: plan.Filter{Service: "45", City: "pune"}, Terms: plan.Terms{Reason: "audit"}})
	if p.Counts != (plan.Counts{Items: 6}) || w.state(shop(2), "45") != agent.Active {
		t.Fatalf("the plan is %+v", p)
	}
	_, totals, err := w.Plan(t.Context(), p.ID)
	if err != nil || !slices.Equal(totals, []plan.Total{{Service: "45", Region: "Maharashtra", City: "Pune", Items: 6}}) {
		t.Errorf("the totals are %+v: %v", totals, err)
	}
	if p = w.work(w.Registry, p.ID, 3); p.State != plan.Draft {
		t.Fatalf("a draft is worked at: it is %s", p.State)
	}
	w.command(w.ConfirmPlan, p.ID)
	if p = w.work(w.Registry, p.ID, 2); p.State != plan.Applied || p.Counts != (plan.Counts{Items: 6, Done: 6}) || p.EndedAt.IsZero() {
		t.Fatalf("the plan is %+v", p)
	}
	for i, want := range map[int]agent.State{0: agent.Active, 2: agent.Off, 3: agent.Absent, 4: agent.Off, 6: agent.Active} {
		if got := w.state(shop(i), "45"); got != want {
			t.Errorf("%s is %s, want %s", shop(i), got, want)
		}
	}
	rec, events, err := w.History(t.Context(), shop(2), 1)
	if err != nil || events[0].Cause.Actor != "operator:john" || events[0].Cause.RequestID != p.ID || rec.Activation("45").Comment != "audit" {
		t.Errorf("the event is %+v: %v", events[0], err)
	}
	w.turn(shop(4), "45", agent.Activate)
	w.command(w.UndoPlan, p.ID)
	if p = w.work(w.Registry, p.ID, 2); p.State != plan.Undone || p.Counts != (plan.Counts{Items: 6, Undone: 5, Kept: 1}) {
		t.Fatalf("the plan is %+v", p)
	}
	if got := w.items(p.ID)[1]; got != "shop-004 kept It was changed since, and is activated(0) now." {
		t.Errorf("the item that changed is %q", got)
	}
	if w.state(shop(2), "45") != agent.Active {
		t.Error("it is not undone")
	}
	want := []event.Kind{event.PlanMade, event.PlanReady, event.PlanConfirmed, event.PlanEnded, event.PlanUndone, event.PlanEnded}
	if kinds := w.planKinds(p); !slices.Equal(kinds, want) {
		t.Errorf("the events are %v", kinds)
	}
}

// What somebody changed between making and applying is left alone, and says so.
func TestPlanMeetsChanges(t *testing.T) {
	t.Parallel()
	w := open(t, nil)
	w.shops(6, "45")
	p := w.made(plan.Plan{Action: plan.Activate, Filter: plan.Filter{Service: "45"}})
	if p.Counts != (plan.Counts{Items: 4, Unchanged: 3}) { // the sandbox's own agent is among them
		t.Fatalf("the plan is %+v", p)
	}
	w.turn(shop(1), "45", agent.Activate)
	if _, err := w.SetStanding(t.Context(), w.desk("asha"), shop(3), agent.Suspended, "audit"); err != nil {
		t.Fatal(err)
	}
	w.command(w.ConfirmPlan, p.ID)
	if p = w.work(w.Registry, p.ID, 1); p.State != plan.Stopped || p.Counts.Failed != 1 || p.Counts.Skipped != 1 {
		t.Fatalf("the plan is %+v", p)
	}
	w.command(w.ResumePlan, p.ID)
	if p = w.work(w.Registry, p.ID, 1); p.State != plan.Applied {
		t.Fatalf("the plan is %+v", p)
	}
	want := []string{sandbox.UserCode + " done", "shop-001 skipped It was changed after the plan was made, and is activated(0) now.",
		"shop-003 failed The agent is suspended by the operator; no service can be activated.", "shop-005 done"}
	if got := w.items(p.ID); !slices.Equal(got, want) {
		t.Errorf("the items are %q", got)
	}
}

func TestPlanStopsOnErrors(t *testing.T) {
	t.Parallel()
	w := open(t, nil)
	w.shops(20, "45")
	p := w.made(plan.Plan{Action: plan.Activate, Filter: plan.Filter{Service: "53", City: "Mumbai"}, MaxErrors: 2})
	for i := 3; i <= 12; i += 3 {
		if _, err := w.SetStanding(t.Context(), w.desk("asha"), shop(i), agent.Closed, "audit"); err != nil {
			t.Fatal(err)
		}
	}
	w.command(w.ConfirmPlan, p.ID)
	for _, want := range []plan.Counts{{Items: 7, Done: 1, Failed: 2}, {Items: 7, Done: 1, Failed: 4}} {
		if p = w.work(w.Registry, p.ID, 2); p.State != plan.Stopped || p.Counts != want {
			t.Fatalf("the plan is %+v, want %+v", p, want)
		}
		w.command(w.ResumePlan, p.ID)
	}
	if p = w.work(w.Registry, p.ID, 1); p.State != plan.Applied || p.Counts.Done != 3 {
		t.Errorf("the plan is %+v", p)
	}
	want := []event.Kind{event.PlanMade, event.PlanReady, event.PlanConfirmed, event.PlanEnded, event.PlanResumed, event.PlanEnded,
		event.PlanResumed, event.PlanEnded}
	if kinds := w.planKinds(p); !slices.Equal(kinds, want) {
		t.Errorf("the events are %v", kinds)
	}
}

// A plan keeps its pace, can be stopped by hand, and goes on where it was, in another process too.
func TestPlanGoesOnAfterARestart(t *testing.T) {
	t.Parallel()
	w := open(t, nil)
	w.shops(40, "45")
	p := w.made(plan.Plan{Action: plan.Deactivate, Filter: plan.Filter{Service: "45"}, Pace: 20})
	w.command(w.ConfirmPlan, p.ID)
	began := w.Now()
	if p = w.work(w.Registry, p.ID, 3); p.State != plan.Applying || p.Counts.Done != 6 {
		t.Fatalf("the plan is %+v", p)
	}
	if took := w.Now().Sub(began); took != 300*time.Millisecond {
		t.Errorf("6 of 20 items a second take %s", took)
	}
	other := w.again()
	if p = w.work(other, p.ID, 2); p.Counts.Done != 10 {
		t.Fatalf("the plan is %+v", p)
	}
	if p = w.command(w.StopPlan, p.ID); p.State != plan.Stopped {
		t.Fatalf("the plan is %s", p.State)
	}
	if p = w.work(other, p.ID, 2); p.Counts.Done != 10 {
		t.Error("a stopped plan is worked at")
	}
	w.command(w.ResumePlan, p.ID)
	if p = w.work(other, p.ID, 20); p.State != plan.Applied || p.Counts.Done != 20 {
		t.Errorf("the plan is %+v", p)
	}
}

// Two plans do not wait for each other.
func TestPlansSideBySide(t *testing.T) {
	t.Parallel()
	w := open(t, nil)
	w.shops(10, "45")
	slow := w.made(plan.Plan{Action: plan.Deactivate, Filter: plan.Filter{Service: "45"}, Pace: 1})
	fast := w.made(plan.Plan{Action: plan.Activate, Filter: plan.Filter{Service: "86"}})
	w.command(w.ConfirmPlan, slow.ID)
	w.command(w.ConfirmPlan, fast.ID)
	if fast = w.work(w.Registry, fast.ID, 2); fast.State != plan.Applied {
		t.Errorf("the fast plan is %+v", fast)
	}
	if slow, _, _ = w.Plan(t.Context(), slow.ID); slow.State != plan.Applying {
		t.Errorf("the slow plan is %+v", slow)
	}
}

// A plan is no way around two people: another confirms it, and another again approves.
func TestPlanTakesTwoPeople(t *testing.T) {
	t.Parallel()
	w, ctx := open(t, nil), t.Context()
	w.shops(3, "45")
	w.demand("71", agent.ConfirmActivation|agent.ConfirmLifting)
	p := w.made(plan.Plan{Action: plan.Activate, Filter: plan.Filter{Service: "71", City: "Pune"}})
	_, err := w.ConfirmPlan(ctx, w.desk("asha"), p.ID)
	wantCode(t, "the maker confirms", err, fault.Conflict)
	_, err = w.ConfirmPlan(ctx, w.desk("token"), p.ID)
	wantCode(t, "the shared token confirms", err, fault.Conflict)
	w.command(w.ConfirmPlan, p.ID)
	if p = w.work(w.Registry, p.ID, 1); p.Counts.Done != 2 || w.state(shop(1), "71") != agent.PendingReview {
		t.Fatalf("the plan is %+v, the service %s", p, w.state(shop(1), "71"))
	}
	approve := registry.Change{UserCode: shop(1), ServiceCode: "71", Command: agent.Command{Kind: agent.Approve}}
	_, err = w.ChangeService(ctx, w.desk("john"), approve)
	wantCode(t, "who confirmed the plan approves", err, fault.Conflict)
	if _, err = w.ChangeService(ctx, w.desk("tara"), approve); err != nil {
		t.Fatal(err)
	}
	off := w.made(plan.Plan{Action: plan.Deactivate, Filter: plan.Filter{Service: "71", Status: plan.Activated}})
	if _, err = w.ConfirmPlan(ctx, w.desk("asha"), off.ID); err != nil {
		t.Fatalf("switching off takes two: %v", err)
	}
	w.work(w.Registry, off.ID, 1)
	w.command(w.UndoPlan, off.ID)
	if off = w.work(w.Registry, off.ID, 1); off.Counts.Undone != 1 || w.state(shop(1), "71") != agent.PendingReview {
		t.Errorf("undone, the service is %s: %+v", w.state(shop(1), "71"), off)
	}
}

// demand adds a service to the catalogue that takes two people.
func (w *world) demand(code string, confirm agent.Confirm) {
	w.t.Helper()
	s := agent.Service{Code: code, Name: "Gold Loans", Confirm: confirm}
	if _, err := w.SetService(context.Background(), w.desk("asha"), s); err != nil {
		w.t.Fatal(err)
	}
}

func TestPlanOfBlocks(t *testing.T) {
	t.Parallel()
	w, ctx := open(t, nil), t.Context()
	w.shops(5, "45")
	p := w.made(plan.Plan{Action: plan.Block, Filter: plan.Filter{Service: "45", Status: plan.Activated},
		Terms: plan.Terms{Reason: "audit", Owner: block.Fraud}})
	w.command(w.ConfirmPlan, p.ID)
	if p = w.work(w.Registry, p.ID, 1); p.State != plan.Applied || p.Counts.Done != 3 {
		t.Fatalf("the plan is %+v", p)
	}
	rec, _, err := w.Record(ctx, nil, "", shop(2))
	if err != nil || len(rec.Blocks) != 1 || rec.Blocks[0].Owner != block.Fraud || rec.Blocks[0].Service != "45" {
		t.Fatalf("the blocks are %+v: %v", rec.Blocks, err)
	}
	if _, _, err := w.LiftBlock(ctx, w.desk("tara"), rec.Blocks[0].ID, "a mistake"); err != nil {
		t.Fatal(err)
	}
	w.command(w.UndoPlan, p.ID)
	if p = w.work(w.Registry, p.ID, 1); p.State != plan.Undone || p.Counts != (plan.Counts{Items: 3, Undone: 2, Kept: 1}) {
		t.Errorf("the plan is %+v", p)
	}
	if rec, _, err = w.Record(ctx, nil, "", shop(0)); err != nil || len(rec.Blocks) != 0 {
		t.Errorf("the blocks are %+v: %v", rec.Blocks, err)
	}
	by := w.desk("john")
	by.Roles = access.Support
	_, err = w.MakePlan(ctx, by, plan.Plan{Action: plan.Block, Filter: plan.Filter{City: "Pune"}, Terms: plan.Terms{Reason: "audit", Owner: block.Compliance}, MaxErrors: 1})
	wantCode(t, "support blocks for compliance", err, fault.Forbidden)
	by = w.desk("john")
	_, err = w.MakePlan(ctx, by, plan.Plan{Action: plan.Block, Filter: plan.Filter{City: "Pune"}, Terms: plan.Terms{Reason: "audit", Owner: block.System}, MaxErrors: 1})
	wantCode(t, "somebody blocks for the system", err, fault.Forbidden)
}

// fill gives a plan rows, like "shop-001 45".
func (w *world) fill(id string, lines ...string) (plan.Plan, error) {
	i := 0
	return w.FillPlan(context.Background(), w.desk("asha"), id, func() (registry.PlanRow, bool, error) {
		if i == len(lines) {
			return registry.PlanRow{}, false, nil
		}
		i++
		code, service, _ := strings.Cut(lines[i-1], " ")
		return registry.PlanRow{Line: i + 1, UserCode: code, ServiceCode: service}, true, nil
	})
}

func TestPlanOfAFile(t *testing.T) {
	t.Parallel()
	w, ctx := open(t, nil), t.Context()
	w.shops(4, "45")
	p, err := w.MakePlan(ctx, w.desk("asha"), plan.Plan{Action: plan.Deactivate, FromFile: true, MaxErrors: 1})
	if err != nil || p.State != plan.Making {
		t.Fatal(p.State, err)
	}
	_, err = w.ConfirmPlan(ctx, w.desk("john"), p.ID)
	wantCode(t, "a plan without its rows is confirmed", err, fault.Conflict)
	p, err = w.fill(p.ID, "shop-000 45", "shop-001 45", "shop-009 45", "shop-002 99", "shop/2 45", "shop-002 45", "shop-002 45")
	if err != nil || p.State != plan.Draft || p.Counts != (plan.Counts{Items: 6, Unchanged: 1, Refused: 3}) {
		t.Fatalf("the plan is %+v: %v", p, err)
	}
	_, err = w.fill(p.ID, "shop-000 45")
	wantCode(t, "a plan gets rows again", err, fault.Conflict)
	w.command(w.ConfirmPlan, p.ID)
	w.work(w.Registry, p.ID, 1)
	want := []string{"shop-000 done", "shop-009 refused No such agent.", `shop-002 refused Line 5: Service code "99" is not in the catalogue.`,
		"shop/2 refused Line 6: user_code must be 1 to 32 letters, digits, dashes or underscores.", "shop-002 done",
		"shop-002 skipped It was changed after the plan was made, and is deactivated(0) now."}
	if got := w.items(p.ID); !slices.Equal(got, want) {
		t.Errorf("the items are %q", got)
	}
}

// A plan whose making failed or was cut off can not be confirmed.
func TestHalfMadePlans(t *testing.T) {
	t.Parallel()
	w, ctx := open(t, nil), t.Context()
	p := w.fromFile()
	cut := fault.New(fault.Invalid, "The file ends.")
	_, err := w.FillPlan(ctx, w.desk("asha"), p.ID, func() (registry.PlanRow, bool, error) { return registry.PlanRow{}, false, cut })
	wantCode(t, "the file breaks off", err, fault.Invalid)
	if p, _, _ = w.Plan(ctx, p.ID); p.State != plan.Discarded {
		t.Errorf("the plan is %s", p.State)
	}
	left := w.fromFile()
	discard := func() {
		t.Helper()
		if err := w.DiscardHalfMade(ctx); err != nil {
			t.Fatal(err)
		}
	}
	if discard(); w.planState(left.ID) != plan.Making {
		t.Errorf("what another process may be making is %s", w.planState(left.ID))
	}
	w.pass(10 * time.Minute)
	_, err = w.FillPlan(ctx, w.desk("asha"), w.fromFile().ID, func() (registry.PlanRow, bool, error) {
		w.pass(10 * time.Minute)
		discard()
		return registry.PlanRow{}, false, nil
	})
	if err != nil {
		t.Errorf("what this process makes for long: %v", err)
	}
	if left, _, _ = w.Plan(ctx, left.ID); left.State != plan.Discarded {
		t.Errorf("the plan is %s", left.State)
	}
	if kinds := w.planKinds(left); !slices.Equal(kinds, []event.Kind{event.PlanMade, event.PlanDiscarded}) {
		t.Errorf("the events are %v", kinds)
	}
	for _, f := range []plan.Filter{{Service: "99"}, {Service: "45", Partner: "p99"}} {
		if p, err := w.MakePlan(ctx, w.desk("asha"), plan.Plan{Action: plan.Deactivate, Filter: f, MaxErrors: 1}); err == nil {
			t.Errorf("a plan of %+v is %s", f, p.State)
		}
	}
}

// fromFile makes a plan that waits for its rows.
func (w *world) fromFile() plan.Plan {
	w.t.Helper()
	p, err := w.MakePlan(w.t.Context(), w.desk("asha"), plan.Plan{Action: plan.Deactivate, FromFile: true, MaxErrors: 1})
	if err != nil {
		w.t.Fatal(err)
	}
	return p
}

func (w *world) planState(id string) plan.State {
	w.t.Helper()
	p, _, err := w.Plan(w.t.Context(), id)
	if err != nil {
		w.t.Fatal(err)
	}
	return p.State
}

func TestPlanOfDates(t *testing.T) {
	t.Parallel()
	w := open(t, nil)
	w.shops(3, "45")
	due := w.Now().Add(24 * time.Hour)
	p := w.made(plan.Plan{Action: plan.Dates, Filter: plan.Filter{Service: "45"}, Terms: plan.Terms{VerifyBy: due}})
	w.command(w.ConfirmPlan, p.ID)
	if p = w.work(w.Registry, p.ID, 1); p.Counts.Done != 2 {
		t.Fatalf("the plan is %+v", p)
	}
	verifyBy := func() time.Time {
		rec, _, err := w.Record(t.Context(), nil, "", shop(0))
		if err != nil {
			t.Fatal(err)
		}
		return rec.Activation("45").Dates.VerifyBy
	}
	if got := verifyBy(); !got.Equal(due) {
		t.Errorf("it is to be verified by %s", got)
	}
	w.command(w.UndoPlan, p.ID)
	if w.work(w.Registry, p.ID, 1); !verifyBy().IsZero() {
		t.Errorf("it is to be verified by %s", verifyBy())
	}
}
