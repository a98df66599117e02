package admin

import (
	"context"
	"net/http"
	"strconv"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/agentfile"
	"github.com/switchboard-platform/switchboard/internal/answer"
	"github.com/switchboard-platform/switchboard/internal/block"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/plan"
	"github.com/switchboard-platform/switchboard/internal/registry"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// planRoutes are those of changes of many at once.
func (h *Handler) planRoutes() {
	h.json("GET /plans", h.plans)
	h.handle("POST /plans", patient(h.makePlan))
	h.handle("POST /plans/{plan}/import", patient(h.fillPlan))
	h.json("GET /plans/{plan}", h.plan)
	h.json("GET /plans/{plan}/items", h.planItems)
	h.json("POST /plans/{plan}/{command}", h.commandPlan)
}

// patient lifts the server's time-outs: finding the items of a plan may take minutes.
func patient(fn func(request) (any, error)) func(http.ResponseWriter, request) error {
	return func(w http.ResponseWriter, r request) error {
		rc := http.NewResponseController(w)
		_ = rc.SetReadDeadline(noDeadline)
		_ = rc.SetWriteDeadline(noDeadline)
		v, err := fn(r)
		if err != nil {
			return err
		}
		return send(w, http.StatusOK, v)
	}
}

func (h *Handler) plans(r request) (any, error) {
	limit, err := limitOf(r)
	if err != nil {
		return nil, err
	}
	list, err := h.reg.Plans(r.Context(), store.PlanFilter{Before: r.FormValue("after"), Limit: limit + 1})
	if err != nil {
		return nil, err
	}
	return answer.Page(list, limit, wirePlan, func(p plan.Plan) string { return p.ID }), nil
}

func (h *Handler) plan(r request) (any, error) {
	p, totals, err := h.reg.Plan(r.Context(), r.PathValue("plan"))
	if err != nil {
		return nil, err
	}
	w := wirePlan(p)
	for _, t := range totals {
		w.Totals = append(w.Totals, switchboard.PlanTotal{Service: t.Service, State: t.Region, City: t.City, Items: t.Items})
	}
	return w, nil
}

func wirePlan(p plan.Plan) switchboard.Plan {
	t, f, n := p.Terms, p.Filter, p.Counts
	w := switchboard.Plan{ID: p.ID, Action: string(p.Action), State: string(p.State), Reason: t.Reason, From: t.From, Until: t.Until, VerifyBy: t.VerifyBy,
		Filter:   switchboard.PlanFilter{Service: f.Service, Partner: f.Partner, Status: string(f.Status), City: f.City, State: f.Region},
		FromFile: p.FromFile, Pace: p.Pace, MaxErrors: p.MaxErrors,
		Counts: switchboard.PlanCounts{Items: n.Items, Unchanged: n.Unchanged, Refused: n.Refused, Left: p.Left(), Done: n.Done, Skipped: n.Skipped,
			Failed: n.Failed, Undone: n.Undone, Kept: n.Kept},
		MadeBy: p.MadeBy, MadeAt: p.MadeAt, ConfirmedBy: p.ConfirmedBy, ConfirmedAt: p.ConfirmedAt, UndoneBy: p.UndoneBy, EndedAt: p.EndedAt}
	if p.Action == plan.Block {
		w.Owner = t.Owner.String()
	}
	return w
}

// defaultMaxErrors is how many failed items stop a plan, unless said otherwise.
const defaultMaxErrors = 10

func (h *Handler) makePlan(r request) (any, error) {
	in, err := decode[switchboard.NewPlan](r)
	if err != nil {
		return nil, err
	}
	p := plan.Plan{Action: plan.Action(in.Action), FromFile: in.FromFile, Pace: in.Pace, MaxErrors: in.MaxErrors,
		Terms: plan.Terms{Reason: in.Reason, From: in.From, Until: in.Until, VerifyBy: in.VerifyBy},
		Filter: plan.Filter{Service: in.Filter.Service, Partner: in.Filter.Partner, Status: plan.Status(in.Filter.Status),
			City: in.Filter.City, Region: in.Filter.State}}
	if p.MaxErrors == 0 {
		p.MaxErrors = defaultMaxErrors
	}
	if in.Owner != "" {
		owner, ok := block.ParseOwner(in.Owner)
		if !ok || p.Action != plan.Block {
			return nil, badField("owner", "must be operator, compliance, fraud or partner, and is of blocks alone")
		}
		p.Terms.Owner = owner
	}
	return planAnswer(h.reg.MakePlan(r.Context(), r.caller(), p))
}

// planAnswer answers with a plan as it is after something was done with it.
func planAnswer(p plan.Plan, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return wirePlan(p), nil
}

func (h *Handler) fillPlan(r request) (any, error) {
	next, err := agentfile.OpenPlan(r.Body)
	if err != nil {
		return nil, err
	}
	return planAnswer(h.reg.FillPlan(r.Context(), r.caller(), r.PathValue("plan"), next))
}

func (h *Handler) planItems(r request) (any, error) {
	limit, err := limitOf(r)
	if err != nil {
		return nil, err
	}
	f := store.PlanItemFilter{Plan: r.PathValue("plan"), Limit: limit + 1}
	if text := r.FormValue("after"); text != "" {
		if f.After, err = strconv.Atoi(text); err != nil || f.After < 0 {
			return nil, badField("after", "must be the number of an item")
		}
	}
	if text := r.FormValue("state"); text != "" {
		state, ok := plan.ParseItemState(text)
		if !ok {
			return nil, badField("state", "must be ready, refused, done, skipped, failed, undone or kept")
		}
		f.State = &state
	}
	list, err := h.reg.PlanItems(r.Context(), f)
	if err != nil {
		return nil, err
	}
	return answer.Page(list, limit, wirePlanItem, func(it plan.Item) string { return strconv.Itoa(it.N) }), nil
}

func wirePlanItem(it plan.Item) switchboard.PlanItem {
	w := switchboard.PlanItem{N: it.N, UserCode: it.UserCode, Service: it.ServiceCode, State: it.State.String(), Block: it.Block, Problem: it.Problem}
	if it.ServiceCode != "" && it.State != plan.Refused {
		w.Was = it.Was.State.String()
	}
	return w
}

func (h *Handler) commandPlan(r request) (any, error) {
	do, ok := map[string]func(context.Context, registry.Caller, string) (plan.Plan, error){
		"confirm": h.reg.ConfirmPlan, "stop": h.reg.StopPlan, "resume": h.reg.ResumePlan, "undo": h.reg.UndoPlan, "discard": h.reg.DiscardPlan,
	}[r.PathValue("command")]
	if !ok {
		return nil, fault.New(fault.NoRoute, "A plan can be told to confirm, stop, resume, undo or discard.")
	}
	return planAnswer(do(r.Context(), r.caller(), r.PathValue("plan")))
}
