package registry

import (
	"context"
	"strings"
	"time"

	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/block"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/plan"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// PlanRow is one row of a file of what a plan is about.
type PlanRow struct {
	Line        int // where it stands in the file, from 1
	UserCode    string
	ServiceCode string // "" for a block on the whole agent
	Err         error  // why the row cannot be read, nil when it can
}

// MakePlan makes a plan and, unless its items come from a file, finds them: nothing but the plan changes. Each
// item is tried, so that what could not be done is seen before anything is. Faults: Invalid, Forbidden.
func (r *Registry) MakePlan(ctx context.Context, by Caller, p plan.Plan) (plan.Plan, error) {
	p = plan.Plan{ID: newPlanID(by.Cause), Action: p.Action, Terms: p.Terms, Filter: p.Filter, FromFile: p.FromFile, Pace: p.Pace, MaxErrors: p.MaxErrors}
	p.Terms.From, p.Terms.Until, p.Terms.VerifyBy = store.Cut(p.Terms.From), store.Cut(p.Terms.Until), store.Cut(p.Terms.VerifyBy)
	var bad fault.Fields
	if p.Check(by.Cause.At, &bad); bad != nil {
		return p, bad.Err()
	}
	if p.Action == plan.Block && (p.Terms.Owner == block.System || !by.Roles.MayOwn(p.Terms.Owner)) {
		return p, fault.New(fault.Forbidden, "Your roles (%s) do not permit to place blocks of %s.", by.Roles, p.Terms.Owner)
	}
	p, e := p.Make(by.Cause)
	err := r.update(ctx, by, func(tx store.Tx) error {
		p := p // the transaction may run again
		return savePlan(tx, &p, e)
	})
	if err != nil || p.FromFile {
		return p, err
	}
	return r.fillPlan(ctx, by, p.ID, func(ctx context.Context, m *planMaker) error { return m.filter(ctx) })
}

// FillPlan gives a plan whose items come from a file its rows. Faults: NotFound, Conflict when it has them,
// Invalid.
func (r *Registry) FillPlan(ctx context.Context, by Caller, id string, next func() (PlanRow, bool, error)) (plan.Plan, error) {
	return r.fillPlan(ctx, by, id, func(ctx context.Context, m *planMaker) error { return m.rows(ctx, next) })
}

// fillPlan collects a plan's items. A plan that could not be filled is discarded: half of one must not be
// confirmed.
func (r *Registry) fillPlan(ctx context.Context, by Caller, id string, fill func(context.Context, *planMaker) error) (plan.Plan, error) {
	p, _, err := r.Plan(ctx, id)
	if err != nil {
		return p, err
	}
	if p.State != plan.Making {
		return p, fault.New(fault.Conflict, "%s has its items: it is %s.", id, p.State)
	}
	if p.MadeBy != by.Cause.Actor { // or who filled it could confirm it as the second person
		return p, fault.New(fault.Conflict, "%s is being made by %s, who alone says what it is about.", id, p.MadeBy)
	}
	m := &planMaker{r: r, by: by, plan: p, totals: map[plan.Total]int{}}
	began, err := r.whileMaking(ctx, id, func(ctx context.Context) error {
		if err := fill(ctx, m); err != nil {
			return err
		}
		return m.complete(ctx)
	})
	if err != nil && began {
		// Whoever made it may be out by now. The error that counts is err.
		_, _ = r.commandPlan(context.WithoutCancel(ctx), planner(by.Cause.At), id, plan.Discard, "could not be made")
	}
	if err != nil {
		return p, err
	}
	return m.plan, nil
}

// makingOf names the making of a plan, which is work that one process does.
func makingOf(id string) string { return "plan/" + id }

// whileMaking lets others know, here and in other processes, while fn runs, that a plan is being made. It did not begin
// if somebody makes it already.
func (r *Registry) whileMaking(ctx context.Context, id string, fn func(context.Context) error) (began bool, err error) {
	being := fault.New(fault.Conflict, "%s is being made.", id)
	if _, making := r.making.LoadOrStore(id, nil); making {
		return false, being
	}
	defer r.making.Delete(id)
	asked := time.Now()
	held, err := r.store.Claim(ctx, makingOf(id), workFor)
	if err != nil {
		return false, err
	}
	if !held {
		return false, being
	}
	r.solely(ctx, makingOf(id), asked, func(ctx context.Context) { err = fn(ctx) })
	return true, err
}

// planMaker collects the items of one plan.
type planMaker struct {
	r      *Registry
	by     Caller
	plan   plan.Plan
	totals map[plan.Total]int // by service and place, Items being 0
	found  []plan.Item        // not saved yet
}

// planPage is how many agents or rows are looked at before what was found is saved.
const planPage = 500

// filter looks at all agents that the filter lets through, page by page.
func (m *planMaker) filter(ctx context.Context) error {
	f := m.plan.Filter
	dir, err := m.r.Directory(ctx)
	if err != nil {
		return err
	}
	if _, err := dir.FindService(f.Service); err != nil && f.Service != "" {
		return err
	}
	if _, err := dir.FindPartner(f.Partner); err != nil && f.Partner != "" {
		return err
	}
	for after := ""; ; {
		more := false
		err := m.r.store.View(ctx, func(tx store.Tx) (err error) {
			after, more, err = m.lookAt(tx, after)
			return err
		})
		if err != nil || !more {
			return err
		}
		if err := m.save(ctx); err != nil {
			return err
		}
	}
}

// lookAt looks at the next page of agents.
func (m *planMaker) lookAt(tx store.Tx, after string) (last string, more bool, err error) {
	f := m.plan.Filter
	list, err := tx.Agents(store.AgentFilter{PartnerID: f.Partner, After: after, Limit: planPage})
	if err != nil || len(list) == 0 {
		return after, false, err
	}
	dir, err := tx.Directory()
	if err != nil {
		return after, false, err
	}
	svc, _ := dir.Service(f.Service)
	for _, a := range list {
		if !lies(a.Profile.Address, f) {
			continue
		}
		rec, err := tx.AgentState(a.UserCode)
		if err != nil {
			return after, false, err
		}
		if m.wants(rec, svc) {
			m.try(rec, svc, a.Profile.Address)
		}
	}
	return list[len(list)-1].UserCode, true, nil
}

// lies says whether an address is where the filter says.
func lies(a agent.Address, f plan.Filter) bool {
	return (f.City == "" || strings.EqualFold(f.City, strings.TrimSpace(a.City))) &&
		(f.Region == "" || strings.EqualFold(f.Region, strings.TrimSpace(a.State)))
}

// wants says whether the plan is about an agent's activation of a service. Without a status it is about all
// that could be activated, or else about what is on or waits.
func (m *planMaker) wants(rec *agent.Record, svc agent.Service) bool {
	if svc.Code == "" {
		return true
	}
	a := rec.Activation(svc.Code)
	if s := m.plan.Filter.Status; s != plan.AnyStatus || m.plan.Action == plan.Activate {
		return s.Has(a)
	}
	return plan.Activated.Has(a) || plan.Pending.Has(a)
}

// try finds out what the plan would do, and notes it unless that is nothing.
func (m *planMaker) try(rec *agent.Record, svc agent.Service, at agent.Address) {
	it := plan.Item{UserCode: rec.Agent.UserCode, ServiceCode: svc.Code, Was: plan.Found(rec.Activation(svc.Code))}
	if m.plan.Action != plan.Block {
		_, e, err := m.plan.Apply(rec, svc, m.by.Cause)
		if err == nil && e == nil {
			m.plan.Counts.Unchanged++
			return
		}
		if err != nil {
			m.note(it, plan.Refused, fault.As(err).Message)
			return
		}
	}
	m.note(it, plan.Ready, "")
	m.totals[plan.Total{Service: svc.Code, Region: strings.TrimSpace(at.State), City: strings.TrimSpace(at.City)}]++
}

func (m *planMaker) note(it plan.Item, state plan.ItemState, problem string) {
	m.plan.Counts.Items++
	it.Plan, it.N = m.plan.ID, m.plan.Counts.Items
	m.plan.Move(&it, state, problem)
	m.found = append(m.found, it)
}

// rows looks at the activations that a file names.
func (m *planMaker) rows(ctx context.Context, next func() (PlanRow, bool, error)) error {
	for {
		var page []PlanRow
		for len(page) < planPage {
			row, ok, err := next()
			if err != nil {
				return err
			}
			if !ok {
				break
			}
			page = append(page, row)
		}
		if len(page) == 0 {
			return nil
		}
		if err := m.r.store.View(ctx, func(tx store.Tx) error { return m.lookAtRows(tx, page) }); err != nil {
			return err
		}
		if err := m.save(ctx); err != nil {
			return err
		}
	}
}

func (m *planMaker) lookAtRows(tx store.Tx, page []PlanRow) error {
	dir, err := tx.Directory()
	if err != nil {
		return err
	}
	for _, row := range page {
		it := plan.Item{UserCode: row.UserCode, ServiceCode: row.ServiceCode}
		svc, problem := m.checkRow(dir, row)
		if problem != nil {
			it.UserCode, it.ServiceCode = clip(row.UserCode), clip(row.ServiceCode)
			m.note(it, plan.Refused, fault.New(fault.Invalid, "Line %d: %s", row.Line, fault.As(problem).Message).Message)
			continue
		}
		rec, err := tx.Agent(row.UserCode)
		if fault.Is(err, fault.UnknownAgent) {
			m.note(it, plan.Refused, fault.As(err).Message)
			continue
		}
		if err != nil {
			return err
		}
		m.try(rec, svc, rec.Agent.Profile.Address)
	}
	return nil
}

// clip keeps of a code that is none as much as tells which it was.
func clip(code string) string {
	const most = 32
	return strings.ToValidUTF8(code[:min(len(code), most)], "")
}

// checkRow says what is wrong with a row by itself, and finds its service.
func (m *planMaker) checkRow(dir *store.Directory, row PlanRow) (svc agent.Service, err error) {
	switch {
	case row.Err != nil:
		return svc, row.Err
	case !agent.ValidCode(row.UserCode):
		return svc, fault.New(fault.Invalid, "user_code must be 1 to 32 letters, digits, dashes or underscores.")
	case row.ServiceCode == "" && m.plan.Action == plan.Block:
		return svc, nil
	}
	return dir.FindService(row.ServiceCode)
}

// save writes what was found so far.
func (m *planMaker) save(ctx context.Context) error {
	if m.plan.Counts.Items > plan.MaxItems {
		return errPlanFull()
	}
	if len(m.found) == 0 {
		return nil
	}
	err := m.r.update(ctx, m.by, func(tx store.Tx) error {
		p, err := tx.Plan(m.plan.ID)
		if err == nil && p.State != plan.Making { // it was discarded, or filled by somebody else
			err = fault.New(fault.Conflict, "%s is %s.", p.ID, p.State)
		}
		if err != nil {
			return err
		}
		return tx.SavePlanItems(m.found)
	})
	m.found = m.found[:0]
	return err
}

// complete makes the plan one that can be looked at and confirmed.
func (m *planMaker) complete(ctx context.Context) error {
	if err := m.save(ctx); err != nil {
		return err
	}
	totals := make([]plan.Total, 0, len(m.totals))
	for t, n := range m.totals {
		t.Items = n
		totals = append(totals, t)
	}
	return m.r.update(ctx, m.by, func(tx store.Tx) error {
		was, err := tx.Plan(m.plan.ID)
		if err != nil {
			return err
		}
		was.Counts = m.plan.Counts
		now, e, err := was.Do(plan.Complete, "", m.by.Cause)
		if err != nil {
			return err
		}
		if err := savePlan(tx, &now, e); err != nil {
			return err
		}
		m.plan = now
		return tx.SavePlanTotals(now.ID, totals)
	})
}
