package store

import "github.com/switchboard-platform/switchboard/internal/plan"

// PlanTx reads and writes plans and their items.
type PlanTx interface {
	// Plan gives a plan. NotFound when there is none.
	Plan(id string) (plan.Plan, error)

	// SavePlan adds a plan or replaces the one with its id.
	SavePlan(p plan.Plan) error

	// Plans lists plans by id, the youngest first.
	Plans(f PlanFilter) ([]plan.Plan, error)

	// SavePlanItems adds items or replaces those of the same plan and number.
	SavePlanItems(items []plan.Item) error

	// PlanItems lists items of a plan by number.
	PlanItems(f PlanItemFilter) ([]plan.Item, error)

	// SavePlanTotals adds totals of a plan, or replaces those of the same service and place.
	SavePlanTotals(planID string, totals []plan.Total) error

	// PlanTotals gives a plan's totals by service, then region, then city.
	PlanTotals(planID string) ([]plan.Total, error)
}

// PlanFilter says which plans to list; zero fields do not restrict.
type PlanFilter struct {
	AtWork bool        // only those of which items wait for their turn: see plan.State.AtWork
	State  *plan.State // only those in this state
	Before string      // ids before this one
	Limit  int         // at most so many; required
}

// PlanItemFilter says which items to list.
type PlanItemFilter struct {
	Plan  string // required
	State *plan.ItemState
	After int // numbers after this one
	Limit int // at most so many; required
}
