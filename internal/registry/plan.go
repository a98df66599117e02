package registry

import (
	"context"

	"github.com/rs/xid"

	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/plan"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// newPlanID gives ids that are ordered by time.
func newPlanID(c event.Cause) string { return "plan-" + xid.NewWithTime(c.At).String() }

// Plan gives a plan with its totals by service and place. NotFound when there is none.
func (r *Registry) Plan(ctx context.Context, id string) (p plan.Plan, totals []plan.Total, err error) {
	err = r.store.View(ctx, func(tx store.Tx) (err error) {
		if p, err = tx.Plan(id); err != nil {
			return err
		}
		totals, err = tx.PlanTotals(id)
		return err
	})
	return p, totals, err
}

// Plans lists plans, the youngest first; see store.PlanFilter.
func (r *Registry) Plans(ctx context.Context, f store.PlanFilter) (list []plan.Plan, err error) {
	err = r.store.View(ctx, func(tx store.Tx) (err error) {
		list, err = tx.Plans(f)
		return err
	})
	return list, err
}

// PlanItems lists items of a plan; see store.PlanItemFilter.
func (r *Registry) PlanItems(ctx context.Context, f store.PlanItemFilter) (list []plan.Item, err error) {
	err = r.store.View(ctx, func(tx store.Tx) (err error) {
		if _, err = tx.Plan(f.Plan); err != nil {
			return err
		}
		list, err = tx.PlanItems(f)
		return err
	})
	return list, err
}

// ConfirmPlan lets a plan begin. Where it switches on something of a service that takes two people for that,
// it takes another person than the one who made it. Faults: NotFound, Conflict.
func (r *Registry) ConfirmPlan(ctx context.Context, by Caller, id string) (plan.Plan, error) {
	return r.changePlan(ctx, by, id, func(tx store.Tx, p plan.Plan) (plan.Plan, *event.Event, error) {
		two, err := planTakesTwo(tx, p)
		if err != nil {
			return p, nil, err
		}
		return p.ConfirmFor(two, by.Cause)
	})
}

// planTakesTwo says whether a plan switches on something that takes two people.
func planTakesTwo(tx store.Tx, p plan.Plan) (bool, error) {
	if p.Action != plan.Activate {
		return false, nil
	}
	totals, err := tx.PlanTotals(p.ID)
	if err != nil {
		return false, err
	}
	dir, err := tx.Directory()
	if err != nil {
		return false, err
	}
	for _, t := range totals {
		if svc, _ := dir.Service(t.Service); svc.Confirm&agent.ConfirmActivation != 0 {
			return true, nil
		}
	}
	return false, nil
}

// StopPlan stops a plan at work, or its undoing, after the items under way. Faults: NotFound, Conflict.
func (r *Registry) StopPlan(ctx context.Context, by Caller, id string) (plan.Plan, error) {
	return r.commandPlan(ctx, by, id, plan.Stop, "by hand")
}

// ResumePlan lets a stopped plan, or a stopped undoing, go on. Faults: NotFound, Conflict.
func (r *Registry) ResumePlan(ctx context.Context, by Caller, id string) (plan.Plan, error) {
	return r.commandPlan(ctx, by, id, plan.Resume, "")
}

// UndoPlan takes back what a plan has done, where nothing else has changed it since. Faults: NotFound, Conflict.
func (r *Registry) UndoPlan(ctx context.Context, by Caller, id string) (plan.Plan, error) {
	return r.commandPlan(ctx, by, id, plan.Undo, "")
}

// DiscardPlan ends a plan that was not confirmed. Faults: NotFound, Conflict.
func (r *Registry) DiscardPlan(ctx context.Context, by Caller, id string) (plan.Plan, error) {
	return r.commandPlan(ctx, by, id, plan.Discard, "by hand")
}

func (r *Registry) commandPlan(ctx context.Context, by Caller, id string, cmd plan.Command, why string) (plan.Plan, error) {
	return r.changePlan(ctx, by, id, func(_ store.Tx, p plan.Plan) (plan.Plan, *event.Event, error) { return p.Do(cmd, why, by.Cause) })
}

// changePlan changes a plan, records it and wakes whoever works at plans.
func (r *Registry) changePlan(ctx context.Context, by Caller, id string, change func(store.Tx, plan.Plan) (plan.Plan, *event.Event, error)) (now plan.Plan, err error) {
	err = r.update(ctx, by, func(tx store.Tx) error {
		p, err := tx.Plan(id)
		if err != nil {
			return err
		}
		var e *event.Event
		if now, e, err = change(tx, p); err != nil || now == p {
			return err
		}
		return savePlan(tx, &now, e)
	})
	if err == nil {
		r.wakePlanner()
	}
	return now, err
}

// savePlan saves a plan, with an event where there is one.
func savePlan(tx store.Tx, p *plan.Plan, e *event.Event) (err error) {
	if e != nil {
		if p.Head, err = record(tx, p.Head, e); err != nil {
			return err
		}
	}
	return tx.SavePlan(*p)
}

// wakePlanner tells the planner that there may be something to do.
func (r *Registry) wakePlanner() { r.store.Stir(Planning) }

// errPlanFull is for a plan that finds more than one plan may hold.
func errPlanFull() error {
	return fault.New(fault.Invalid, "The plan would have more than %d items: narrow it, by city or state for instance.", plan.MaxItems)
}
