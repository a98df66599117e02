package switchboard

import (
	"context"
	"encoding/json"
	"io"
	"net/url"
	"strconv"
)

// MakePlan makes a plan, which changes nothing until it is confirmed. One FromFile has to be filled.
func (o *Operator) MakePlan(ctx context.Context, n NewPlan) (p Plan, err error) {
	return p, o.call(ctx, "POST", "/plans", n, &p)
}

// FillPlan gives a plan its items: a file of CSV with the columns user_code and service_code.
func (o *Operator) FillPlan(ctx context.Context, id string, file io.Reader) (p Plan, err error) {
	body, stop := endable(ctx, file)
	defer stop()
	resp, err := o.send(ctx, "POST", planPath(id, "/import"), body, "text/csv")
	if err != nil {
		return p, err
	}
	defer resp.Body.Close()
	return p, json.NewDecoder(resp.Body).Decode(&p)
}

func planPath(id, rest string) string { return "/plans/" + url.PathEscape(id) + rest }

// PlanQuery says which plans to list.
type PlanQuery struct {
	After string // Page.Next of the page before
	Limit int    // 100 by default, 1,000 at most
}

// Plans lists plans, the youngest first, without their totals.
func (o *Operator) Plans(ctx context.Context, q PlanQuery) (page Page[Plan], err error) {
	v := url.Values{"after": {q.After}, "limit": {strconv.Itoa(q.Limit)}}
	return page, o.call(ctx, "GET", "/plans?"+v.Encode(), nil, &page)
}

// Plan gives a plan with its totals.
func (o *Operator) Plan(ctx context.Context, id string) (p Plan, err error) {
	return p, o.call(ctx, "GET", planPath(id, ""), nil, &p)
}

// PlanItemQuery says which items of a plan to list; zero fields do not restrict.
type PlanItemQuery struct {
	State string
	After string // Page.Next of the page before
	Limit int    // 100 by default, 1,000 at most
}

// PlanItems lists items of a plan by number.
func (o *Operator) PlanItems(ctx context.Context, id string, q PlanItemQuery) (page Page[PlanItem], err error) {
	v := url.Values{"state": {q.State}, "after": {q.After}, "limit": {strconv.Itoa(q.Limit)}}
	return page, o.call(ctx, "GET", planPath(id, "/items?"+v.Encode()), nil, &page)
}

// CommandPlan applies "confirm", "stop", "resume", "undo" or "discard" to a plan.
func (o *Operator) CommandPlan(ctx context.Context, id, command string) (p Plan, err error) {
	return p, o.call(ctx, "POST", planPath(id, "/"+url.PathEscape(command)), struct{}{}, &p)
}
