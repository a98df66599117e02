package storetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/block"
	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/plan"
	"github.com/switchboard-platform/switchboard/internal/store"
)

func planCases() []testCase {
	return []testCase{
		{"Plan/none", planNone},
		{"SavePlan/adds and replaces", planSaved},
		{"Plans/the youngest first, by filter", plansListed},
		{"SavePlanItems/adds and replaces", planItemsSaved},
		{"PlanItems/by number, by filter", planItemsListed},
		{"SavePlanTotals/adds and replaces", planTotalsSaved},
	}
}

// fullPlan has another value in every field.
func fullPlan(id string) plan.Plan {
	day := func(n int) time.Time { return time.Date(2026, 3, n, 10, 20, 30, 123456000, time.UTC) }
	return plan.Plan{
		ID: id, Action: plan.Block, Terms: plan.Terms{Reason: "अ 'x'", Owner: block.Fraud, From: day(1), Until: day(2), VerifyBy: day(3)},
		Filter:   plan.Filter{Service: "45", Partner: "p1", Status: plan.Pending, City: "Pune", Region: "Maharashtra"},
		FromFile: true, State: plan.Applying, Pace: 5, MaxErrors: 6,
		Counts: plan.Counts{Items: 11, Unchanged: 12, Refused: 13, Done: 14, Skipped: 15, Failed: 16, Undone: 17, Kept: 18},
		StopAt: 19, Cursor: 20, MadeBy: "operator:asha", ConfirmedBy: "operator:john", UndoneBy: "operator:tara",
		MadeAt: day(4), ConfirmedAt: day(5), EndedAt: day(6),
		Head: event.Head{Version: 3, Seq: 9, Hash: event.Hash{1, 2, 3}},
	}
}

// fullItem has another value in every field.
func fullItem(planID string, n int) plan.Item {
	day := func(n int) time.Time { return time.Date(2026, 4, n, 1, 2, 3, 4000, time.UTC) }
	return plan.Item{Plan: planID, N: n, UserCode: fmt.Sprint("a", n), ServiceCode: "45", State: plan.Kept,
		Was:   plan.Was{State: agent.ActiveWaiting, Dates: agent.Dates{From: day(1), Until: day(2), VerifyBy: day(3)}, Version: 7},
		After: 8, Block: "b1", Problem: "because"}
}

func planNone(t *testing.T, s store.Store) {
	notFound(t, s, "a plan", fault.NotFound, func(tx store.Tx) (plan.Plan, error) { return tx.Plan("plan-1") })
	equal(t, "plans", len(view(t, s, func(tx store.Tx) ([]plan.Plan, error) { return tx.Plans(store.PlanFilter{Limit: 10}) })), 0)
	equal(t, "items", len(planItems(t, s, store.PlanItemFilter{Plan: "plan-1", Limit: 10})), 0)
	equal(t, "totals", len(view(t, s, func(tx store.Tx) ([]plan.Total, error) { return tx.PlanTotals("plan-1") })), 0)
}

func planItems(t *testing.T, s store.Store, f store.PlanItemFilter) []plan.Item {
	t.Helper()
	return view(t, s, func(tx store.Tx) ([]plan.Item, error) { return tx.PlanItems(f) })
}

func planSaved(t *testing.T, s store.Store) {
	for _, p := range []plan.Plan{fullPlan("plan-1"), {ID: "plan-1", State: plan.Undone}, fullPlan("plan-1")} {
		update(t, s, func(tx store.Tx) error { return tx.SavePlan(p) })
		update(t, s, func(tx store.Tx) error { return tx.SavePlan(plan.Plan{ID: "plan-2"}) })
		equal(t, "the plan", view(t, s, func(tx store.Tx) (plan.Plan, error) { return tx.Plan("plan-1") }), p)
		equal(t, "the other plan", view(t, s, func(tx store.Tx) (plan.Plan, error) { return tx.Plan("plan-2") }), plan.Plan{ID: "plan-2"})
	}
}

func plansListed(t *testing.T, s store.Store) {
	atWork := map[plan.State]bool{}
	for i, st := range plan.States() {
		atWork[st] = st.AtWork()
		update(t, s, func(tx store.Tx) error { return tx.SavePlan(plan.Plan{ID: fmt.Sprint("plan-", i), State: st}) })
	}
	list := func(f store.PlanFilter) (ids []string) {
		for _, p := range view(t, s, func(tx store.Tx) ([]plan.Plan, error) { return tx.Plans(f) }) {
			ids = append(ids, p.ID)
			if f.AtWork {
				equal(t, "at work: "+string(p.State), atWork[p.State], true)
			}
		}
		return ids
	}
	equal(t, "all", len(list(store.PlanFilter{Limit: 100})), len(plan.States()))
	equalAll(t, "the youngest", list(store.PlanFilter{Limit: 2}), []string{"plan-9", "plan-8"})
	equalAll(t, "before", list(store.PlanFilter{Before: "plan-2", Limit: 100}), []string{"plan-1", "plan-0"})
	equalAll(t, "at work", list(store.PlanFilter{AtWork: true, Limit: 100}), []string{"plan-6", "plan-3", "plan-2"})
	making := plan.Making
	equalAll(t, "making", list(store.PlanFilter{State: &making, Limit: 100}), []string{"plan-0"})
}

func planItemsSaved(t *testing.T, s store.Store) {
	for _, it := range []plan.Item{fullItem("plan-1", 1), {Plan: "plan-1", N: 1, Was: plan.Was{State: agent.Absent}}, fullItem("plan-1", 1)} {
		update(t, s, func(tx store.Tx) error { return tx.SavePlanItems([]plan.Item{it, fullItem("plan-1", 2)}) })
		equalAll(t, "the items", planItems(t, s, store.PlanItemFilter{Plan: "plan-1", Limit: 10}), []plan.Item{it, fullItem("plan-1", 2)})
	}
}

func planItemsListed(t *testing.T, s store.Store) {
	var items []plan.Item
	for i := range 12 {
		it := fullItem("plan-1", i+1)
		it.State = plan.ItemStates()[i%3]
		items = append(items, it)
	}
	update(t, s, func(tx store.Tx) error {
		if err := tx.SavePlanItems([]plan.Item{fullItem("plan-2", 5)}); err != nil {
			return err
		}
		return tx.SavePlanItems(items)
	})
	equalAll(t, "a page", planItems(t, s, store.PlanItemFilter{Plan: "plan-1", After: 3, Limit: 4}), items[3:7])
	state := items[1].State
	equalAll(t, "of a state", planItems(t, s, store.PlanItemFilter{Plan: "plan-1", State: &state, After: 2, Limit: 2}), []plan.Item{items[4], items[7]})
	ready := plan.Ready
	equal(t, "ready ones", len(planItems(t, s, store.PlanItemFilter{Plan: "plan-1", State: &ready, Limit: 100})), 4)
}

func planTotalsSaved(t *testing.T, s store.Store) {
	totals := []plan.Total{{Service: "", Region: "", City: "", Items: 1}, {Service: "4", Region: "Delhi", City: "New Delhi", Items: 2},
		{Service: "45", Region: "Goa", City: "", Items: 3}, {Service: "45", Region: "Goa", City: "Panaji", Items: 4}}
	update(t, s, func(tx store.Tx) error {
		return tx.SavePlanTotals("plan-1", []plan.Total{totals[3], totals[0], {Service: "45", Region: "Goa", Items: 99}, totals[1]})
	})
	update(t, s, func(tx store.Tx) error { return tx.SavePlanTotals("plan-1", totals[2:3]) })
	update(t, s, func(tx store.Tx) error { return tx.SavePlanTotals("plan-2", totals[:1]) })
	equalAll(t, "the totals", view(t, s, func(tx store.Tx) ([]plan.Total, error) { return tx.PlanTotals("plan-1") }), totals)
}
