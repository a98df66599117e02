package sqlite

import (
	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/block"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/plan"
	"github.com/switchboard-platform/switchboard/internal/store"
)

const planColumns = `plan_id, action, owner, reason, from_at, until_at, verify_by, filter_service, filter_partner, filter_status,
 filter_city, filter_region, from_file, state, pace, max_errors, items, unchanged, refused, done, skipped, failed, undone, kept,
 stop_at, cursor, made_by, confirmed_by, undone_by, made_at, confirmed_at, ended_at, version, seq, hash`

func (q *query) readPlan() (p plan.Plan) {
	p.ID, p.Action = q.str(), plan.Action(q.str())
	p.Terms = plan.Terms{Owner: block.Owner(q.num()), Reason: q.str(), From: q.time(), Until: q.time(), VerifyBy: q.time()}
	p.Filter = plan.Filter{Service: q.str(), Partner: q.str(), Status: plan.Status(q.str()), City: q.str(), Region: q.str()}
	p.FromFile, p.State = q.num() != 0, plan.State(q.str())
	p.Pace, p.MaxErrors = int(q.num()), int(q.num())
	for _, n := range counts(&p) {
		*n = int(q.num())
	}
	p.MadeBy, p.ConfirmedBy, p.UndoneBy = q.str(), q.str(), q.str()
	p.MadeAt, p.ConfirmedAt, p.EndedAt = q.time(), q.time(), q.time()
	p.Head = q.readHead()
	return p
}

// counts are the numbers of a plan's work in the order of their columns.
func counts(p *plan.Plan) []*int {
	n := &p.Counts
	return []*int{&n.Items, &n.Unchanged, &n.Refused, &n.Done, &n.Skipped, &n.Failed, &n.Undone, &n.Kept, &p.StopAt, &p.Cursor}
}

func (q *query) plans() (list []plan.Plan, err error) {
	for q.next() {
		list = append(list, q.readPlan())
	}
	return list, wrap(q.err)
}

// Plan implements store.PlanTx.
func (t *tx) Plan(id string) (plan.Plan, error) {
	q := t.c.prepare(`SELECT ` + planColumns + ` FROM plans WHERE plan_id = ?`)
	list, err := q.text(id).plans()
	if err == nil && len(list) == 0 {
		return plan.Plan{}, fault.New(fault.NotFound, "There is no plan %.40q.", id)
	}
	if err != nil {
		return plan.Plan{}, err
	}
	return list[0], nil
}

// SavePlan implements store.PlanTx.
func (t *tx) SavePlan(p plan.Plan) error {
	if err := t.write(""); err != nil {
		return err
	}
	q := t.c.prepare(`INSERT OR REPLACE INTO plans (` + planColumns + `)
 VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)`)
	q.text(p.ID, string(p.Action)).int(int64(p.Terms.Owner)).text(p.Terms.Reason)
	q.int(micro(p.Terms.From), micro(p.Terms.Until), micro(p.Terms.VerifyBy))
	q.text(p.Filter.Service, p.Filter.Partner, string(p.Filter.Status), p.Filter.City, p.Filter.Region)
	q.int(flag(p.FromFile)).text(string(p.State)).int(int64(p.Pace), int64(p.MaxErrors))
	for _, n := range counts(&p) {
		q.int(int64(*n))
	}
	q.text(p.MadeBy, p.ConfirmedBy, p.UndoneBy).int(micro(p.MadeAt), micro(p.ConfirmedAt), micro(p.EndedAt))
	return q.head(p.Head).run()
}

// Plans implements store.PlanTx. Plans are few, so that those at work are looked for among all.
func (t *tx) Plans(f store.PlanFilter) ([]plan.Plan, error) {
	q := t.c.prepare(`SELECT ` + planColumns + ` FROM plans WHERE (?1 = '' OR plan_id < ?1) AND (?2 = '' OR state = ?2)
 AND (?3 = 0 OR state IN ('confirmed', 'applying', 'undoing')) ORDER BY plan_id DESC LIMIT ?4`)
	state := ""
	if f.State != nil {
		state = string(*f.State)
	}
	return q.text(f.Before, state).int(flag(f.AtWork), int64(f.Limit)).plans()
}

// SavePlanItems implements store.PlanTx.
func (t *tx) SavePlanItems(items []plan.Item) error {
	if err := t.write(""); err != nil {
		return err
	}
	for _, it := range items {
		q := t.c.prepare(`INSERT OR REPLACE INTO plan_items (plan_id, n, user_code, service_code, state, was_status, was_verification,
 was_from, was_until, was_verify_by, was_version, after_version, block_id, problem) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)`)
		was := it.Was
		q.text(it.Plan).int(int64(it.N)).text(it.UserCode, it.ServiceCode)
		q.int(int64(it.State), int64(was.State.Status), int64(was.State.Verification))
		q.int(micro(was.Dates.From), micro(was.Dates.Until), micro(was.Dates.VerifyBy), int64(was.Version), int64(it.After))
		if err := q.text(it.Block, it.Problem).run(); err != nil {
			return err
		}
	}
	return nil
}

// PlanItems implements store.PlanTx.
func (t *tx) PlanItems(f store.PlanItemFilter) (list []plan.Item, err error) {
	q := t.c.prepare(`SELECT plan_id, n, user_code, service_code, state, was_status, was_verification, was_from, was_until, was_verify_by,
 was_version, after_version, block_id, problem FROM plan_items
 WHERE plan_id = ?1 AND n > ?2 AND (?3 < 0 OR state = ?3) ORDER BY n LIMIT ?4`)
	state := int64(-1)
	if f.State != nil {
		state = int64(*f.State)
	}
	for q.text(f.Plan).int(int64(f.After), state, int64(f.Limit)); q.next(); {
		it := plan.Item{Plan: q.str(), N: int(q.num()), UserCode: q.str(), ServiceCode: q.str(), State: plan.ItemState(q.num())}
		it.Was.State = agent.State{Status: agent.Status(q.num()), Verification: agent.Verification(q.num())}
		it.Was.Dates = agent.Dates{From: q.time(), Until: q.time(), VerifyBy: q.time()}
		it.Was.Version, it.After = uint64(q.num()), uint64(q.num())
		it.Block, it.Problem = q.str(), q.str()
		list = append(list, it)
	}
	return list, wrap(q.err)
}

// SavePlanTotals implements store.PlanTx.
func (t *tx) SavePlanTotals(planID string, totals []plan.Total) error {
	if err := t.write(""); err != nil {
		return err
	}
	for _, x := range totals {
		q := t.c.prepare(`INSERT OR REPLACE INTO plan_totals (plan_id, service_code, region, city, items) VALUES (?,?,?,?,?)`)
		if err := q.text(planID, x.Service, x.Region, x.City).int(int64(x.Items)).run(); err != nil {
			return err
		}
	}
	return nil
}

// PlanTotals implements store.PlanTx.
func (t *tx) PlanTotals(planID string) (list []plan.Total, err error) {
	q := t.c.prepare(`SELECT service_code, region, city, items FROM plan_totals WHERE plan_id = ? ORDER BY service_code, region, city`)
	for q.text(planID); q.next(); {
		list = append(list, plan.Total{Service: q.str(), Region: q.str(), City: q.str(), Items: int(q.num())})
	}
	return list, wrap(q.err)
}
