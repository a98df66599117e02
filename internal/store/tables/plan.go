package tables

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

func (q *Query) readPlan() (p plan.Plan) {
	p.ID, p.Action = q.Str(), plan.Action(q.Str())
	p.Terms = plan.Terms{Owner: block.Owner(q.Num()), Reason: q.Str(), From: q.Time(), Until: q.Time(), VerifyBy: q.Time()}
	p.Filter = plan.Filter{Service: q.Str(), Partner: q.Str(), Status: plan.Status(q.Str()), City: q.Str(), Region: q.Str()}
	p.FromFile, p.State = q.Num() != 0, plan.State(q.Str())
	p.Pace, p.MaxErrors = int(q.Num()), int(q.Num())
	for _, n := range counts(&p) {
		*n = int(q.Num())
	}
	p.MadeBy, p.ConfirmedBy, p.UndoneBy = q.Str(), q.Str(), q.Str()
	p.MadeAt, p.ConfirmedAt, p.EndedAt = q.Time(), q.Time(), q.Time()
	p.Head = q.readHead()
	return p
}

// counts are the numbers of a plan's work in the order of their columns.
func counts(p *plan.Plan) []*int {
	n := &p.Counts
	return []*int{&n.Items, &n.Unchanged, &n.Refused, &n.Done, &n.Skipped, &n.Failed, &n.Undone, &n.Kept, &p.StopAt, &p.Cursor}
}

func (q *Query) plans() (list []plan.Plan, err error) {
	for q.Next() {
		list = append(list, q.readPlan())
	}
	return list, q.Err
}

// Plan implements store.PlanTx.
func (t *Tx) Plan(id string) (plan.Plan, error) {
	q := t.c.Prepare(`SELECT ` + planColumns + ` FROM plans WHERE plan_id = ?`)
	list, err := q.Text(id).plans()
	if err == nil && len(list) == 0 {
		return plan.Plan{}, fault.New(fault.NotFound, "There is no plan %.40q.", id)
	}
	if err != nil {
		return plan.Plan{}, err
	}
	return list[0], nil
}

// SavePlan implements store.PlanTx.
func (t *Tx) SavePlan(p plan.Plan) error {
	if err := t.write(""); err != nil {
		return err
	}
	q := t.c.Prepare(`INSERT INTO plans (` + planColumns + `)
 VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT (plan_id) DO UPDATE SET
 action=excluded.action, owner=excluded.owner, reason=excluded.reason, from_at=excluded.from_at, until_at=excluded.until_at,
 verify_by=excluded.verify_by, filter_service=excluded.filter_service, filter_partner=excluded.filter_partner,
 filter_status=excluded.filter_status, filter_city=excluded.filter_city, filter_region=excluded.filter_region,
 from_file=excluded.from_file, state=excluded.state, pace=excluded.pace, max_errors=excluded.max_errors, items=excluded.items,
 unchanged=excluded.unchanged, refused=excluded.refused, done=excluded.done, skipped=excluded.skipped, failed=excluded.failed,
 undone=excluded.undone, kept=excluded.kept, stop_at=excluded.stop_at, cursor=excluded.cursor, made_by=excluded.made_by,
 confirmed_by=excluded.confirmed_by, undone_by=excluded.undone_by, made_at=excluded.made_at, confirmed_at=excluded.confirmed_at,
 ended_at=excluded.ended_at, version=excluded.version, seq=excluded.seq, hash=excluded.hash`)
	q.Text(p.ID, string(p.Action)).Int(int64(p.Terms.Owner)).Text(p.Terms.Reason)
	q.Int(store.Micro(p.Terms.From), store.Micro(p.Terms.Until), store.Micro(p.Terms.VerifyBy))
	q.Text(p.Filter.Service, p.Filter.Partner, string(p.Filter.Status), p.Filter.City, p.Filter.Region)
	q.Int(store.Flag(p.FromFile)).Text(string(p.State)).Int(int64(p.Pace), int64(p.MaxErrors))
	for _, n := range counts(&p) {
		q.Int(int64(*n))
	}
	q.Text(p.MadeBy, p.ConfirmedBy, p.UndoneBy).Int(store.Micro(p.MadeAt), store.Micro(p.ConfirmedAt), store.Micro(p.EndedAt))
	return q.Head(p.Head).Run()
}

// Plans implements store.PlanTx. Plans are few, so that those at work are looked for among all.
func (t *Tx) Plans(f store.PlanFilter) ([]plan.Plan, error) {
	q := t.c.Prepare(`SELECT ` + planColumns + ` FROM plans WHERE (?1 = '' OR plan_id < ?1) AND (?2 = '' OR state = ?2)
 AND (?3 = 0 OR state IN ('confirmed', 'applying', 'undoing')) ORDER BY plan_id DESC LIMIT ?4`)
	state := ""
	if f.State != nil {
		state = string(*f.State)
	}
	return q.Text(f.Before, state).Int(store.Flag(f.AtWork), int64(f.Limit)).plans()
}

// SavePlanItems implements store.PlanTx.
func (t *Tx) SavePlanItems(items []plan.Item) error {
	if err := t.write(""); err != nil {
		return err
	}
	for _, it := range items {
		q := t.c.Prepare(`INSERT INTO plan_items (plan_id, n, user_code, service_code, state, was_status, was_verification,
 was_from, was_until, was_verify_by, was_version, after_version, block_id, problem) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)
 ON CONFLICT (plan_id, n) DO UPDATE SET user_code=excluded.user_code, service_code=excluded.service_code, state=excluded.state,
 was_status=excluded.was_status, was_verification=excluded.was_verification, was_from=excluded.was_from,
 was_until=excluded.was_until, was_verify_by=excluded.was_verify_by, was_version=excluded.was_version,
 after_version=excluded.after_version, block_id=excluded.block_id, problem=excluded.problem`)
		was := it.Was
		q.Text(it.Plan).Int(int64(it.N)).Text(it.UserCode, it.ServiceCode)
		q.Int(int64(it.State), int64(was.State.Status), int64(was.State.Verification))
		q.Int(store.Micro(was.Dates.From), store.Micro(was.Dates.Until), store.Micro(was.Dates.VerifyBy), int64(was.Version), int64(it.After))
		if err := q.Text(it.Block, it.Problem).Run(); err != nil {
			return err
		}
	}
	return nil
}

// PlanItems implements store.PlanTx.
func (t *Tx) PlanItems(f store.PlanItemFilter) (list []plan.Item, err error) {
	q := t.c.Prepare(`SELECT plan_id, n, user_code, service_code, state, was_status, was_verification, was_from, was_until, was_verify_by,
 was_version, after_version, block_id, problem FROM plan_items
 WHERE plan_id = ?1 AND n > ?2 AND (?3 < 0 OR state = ?3) ORDER BY n LIMIT ?4`)
	state := int64(-1)
	if f.State != nil {
		state = int64(*f.State)
	}
	for q.Text(f.Plan).Int(int64(f.After), state, int64(f.Limit)); q.Next(); {
		it := plan.Item{Plan: q.Str(), N: int(q.Num()), UserCode: q.Str(), ServiceCode: q.Str(), State: plan.ItemState(q.Num())}
		it.Was.State = agent.State{Status: agent.Status(q.Num()), Verification: agent.Verification(q.Num())}
		it.Was.Dates = agent.Dates{From: q.Time(), Until: q.Time(), VerifyBy: q.Time()}
		it.Was.Version, it.After = uint64(q.Num()), uint64(q.Num())
		it.Block, it.Problem = q.Str(), q.Str()
		list = append(list, it)
	}
	return list, q.Err
}

// SavePlanTotals implements store.PlanTx.
func (t *Tx) SavePlanTotals(planID string, totals []plan.Total) error {
	if err := t.write(""); err != nil {
		return err
	}
	for _, x := range totals {
		q := t.c.Prepare(`INSERT INTO plan_totals (plan_id, service_code, region, city, items) VALUES (?,?,?,?,?)
 ON CONFLICT (plan_id, service_code, region, city) DO UPDATE SET items=excluded.items`)
		if err := q.Text(planID, x.Service, x.Region, x.City).Int(int64(x.Items)).Run(); err != nil {
			return err
		}
	}
	return nil
}

// PlanTotals implements store.PlanTx.
func (t *Tx) PlanTotals(planID string) (list []plan.Total, err error) {
	q := t.c.Prepare(`SELECT service_code, region, city, items FROM plan_totals WHERE plan_id = ? ORDER BY service_code, region, city`)
	for q.Text(planID); q.Next(); {
		list = append(list, plan.Total{Service: q.Str(), Region: q.Str(), City: q.Str(), Items: int(q.Num())})
	}
	return list, q.Err
}
