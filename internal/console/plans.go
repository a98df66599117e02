package console

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/switchboard-platform/switchboard"
)

// plansRoutes are the pages and actions of changes of many at once.
func (c *Console) plansRoutes() {
	c.page("GET /plans", "plans", (*visit).plans)
	c.page("GET /plans/new", "plannew", (*visit).newPlan)
	c.page("GET /plans/{plan}", "plan", (*visit).plan)
	c.act("POST /plans", (*visit).makePlan)
	c.upload("POST /plans/{plan}/import", (*visit).fillPlan)
	c.act("POST /plans/{plan}/confirm", (*visit).confirmPlan)
	for _, command := range []string{"stop", "resume", "undo", "discard"} {
		c.act("POST /plans/{plan}/"+command, func(v *visit) (done, error) { return v.commandPlan(command) })
	}
}

// plansPage lists plans, the youngest first.
type plansPage struct {
	*visit
	Plans   []switchboard.Plan
	NextURL string
}

// somePlans is how many stand on a page.
const somePlans = 50

func (v *visit) plans() (any, error) {
	page, err := v.api.Plans(v.r.Context(), switchboard.PlanQuery{After: v.query("after"), Limit: somePlans})
	p := plansPage{visit: v, Plans: page.Items}
	if page.Next != "" {
		p.NextURL = "/plans?" + url.Values{"after": {page.Next}}.Encode()
	}
	return p, err
}

// PlanTitle says in a few words what a plan does.
func (v *visit) PlanTitle(p switchboard.Plan) string {
	switch {
	case p.FromFile:
		return v.T("plans.title." + p.Action + ".file")
	case p.Filter.Service == "":
		return v.T("plans.title." + p.Action + ".agents")
	}
	return v.T("plans.title."+p.Action, v.ServiceName(p.Filter.Service))
}

// PlanAbout says what narrows a plan down, apart from the service.
func (v *visit) PlanAbout(p switchboard.Plan) (list []string) {
	f := p.Filter
	if f.Partner != "" {
		list = append(list, v.T("plans.about.partner", v.PartnerName(f.Partner)))
	}
	if f.Status != "" {
		list = append(list, v.T("plans.about.status", v.T("plans.status."+f.Status)))
	}
	for _, place := range []string{f.City, f.State} {
		if place != "" {
			list = append(list, place)
		}
	}
	return list
}

// newPlanPage asks for a plan: first what is to be done, then with what.
type newPlanPage struct {
	*visit
	Action, Source string
	Services       []switchboard.Service
	Partners       []switchboard.Partner
}

// planActions are what a plan can do.
func planActions() []string { return []string{"deactivate", "activate", "block", "dates"} }

// Actions are those.
func (newPlanPage) Actions() []string { return planActions() }

func (v *visit) newPlan() (any, error) {
	p := newPlanPage{visit: v, Action: v.query("action"), Source: v.query("source")}
	if !slices.Contains(planActions(), p.Action) {
		p.Action = ""
		return p, nil
	}
	var err error
	if p.Services, err = v.allServices(); err != nil {
		return nil, err
	}
	p.Partners, err = v.allPartners()
	return p, err
}

// ActionIcon is the picture of an action.
func (newPlanPage) ActionIcon(action string) string {
	return map[string]string{"deactivate": "toggle-left", "activate": "toggle-right", "block": "ban", "dates": "calendar-clock"}[action]
}

// Asked is what a link to this page asked for already.
func (p newPlanPage) Asked(name string) string { return p.query(name) }

// planStatuses are what a plan may look for; the first is what its action can change.
func planStatuses() []string { return []string{"", "activated", "pending", "deactivated", "none"} }

// StatusField asks of which status the activations are.
func (p newPlanPage) StatusField(to string) Field {
	f := p.Field(to, "status", "plans.status", "value="+p.query("status"))
	for _, status := range planStatuses() {
		f.choose(Option{Value: status, Text: p.T("plans.status." + status)})
	}
	return f
}

// Dated says whether what the plan does takes dates.
func (p newPlanPage) Dated() bool { return p.Action != "deactivate" }

// Sources are the two ways to say what a plan is about, as addresses of this page.
func (p newPlanPage) Sources() []Option {
	to := func(source string) string {
		return "/plans/new?" + url.Values{"action": {p.Action}, "source": {source}}.Encode()
	}
	return []Option{{to("filter"), p.T("plans.source.filter"), p.Source != "file"}, {to("file"), p.T("plans.source.file"), p.Source == "file"}}
}

// ServiceField asks of which service. For blocks it may stay open: then agents are blocked as a whole.
func (p newPlanPage) ServiceField(to string) Field {
	f := p.Field(to, "service", "plans.service", "value="+p.query("service"))
	if p.Action != "block" {
		f.Required = true
	}
	if p.Failed(to) && f.Problem == "" {
		f.Problem = p.failed.fields["filter"]
	}
	first := Option{Text: p.T("plans.service.choose")}
	if p.Action == "block" {
		first.Text = p.T("plans.service.none")
	}
	f.choose(first)
	for _, s := range p.Services {
		if !s.Removed || p.Action != "activate" {
			f.choose(Option{Value: s.Code, Text: s.Code + " · " + s.Name})
		}
	}
	return f
}

// PartnerField asks whose agents.
func (p newPlanPage) PartnerField(to string) Field {
	f := p.Field(to, "partner", "plans.partner", "value="+p.query("partner"))
	f.choose(Option{Text: p.T("plans.partner.any")})
	for _, x := range p.Partners {
		f.choose(Option{Value: x.ID, Text: x.Name + " (" + x.ID + ")"})
	}
	return f
}

// OwnerField asks whose block it is to be, of those this person may place.
func (p newPlanPage) OwnerField(to string) Field {
	f := p.Field(to, "owner", "plans.owner")
	for _, owner := range p.Me.Owns {
		f.choose(Option{Value: owner, Text: p.T("owner." + owner)})
	}
	return f
}

// choose adds a choice to a field.
func (f *Field) choose(o Option) {
	f.Type, o.Chosen = "select", o.Value == f.Value
	f.Options = append(f.Options, o)
}

func (v *visit) makePlan() (done, error) {
	n := switchboard.NewPlan{Action: v.form("action"), Reason: v.form("reason"), Owner: v.form("owner"), FromFile: v.form("source") == "file"}
	var err error
	if n.From, err = v.formTime("from"); err != nil {
		return done{}, err
	}
	if n.Until, err = v.formTime("until"); err != nil {
		return done{}, err
	}
	if n.VerifyBy, err = v.formTime("verify_by"); err != nil {
		return done{}, err
	}
	if n.Pace, err = v.formWhole("pace"); err != nil {
		return done{}, err
	}
	if n.MaxErrors, err = v.formWhole("max_errors"); err != nil {
		return done{}, err
	}
	if !n.FromFile {
		n.Filter = switchboard.PlanFilter{Service: v.form("service"), Partner: v.form("partner"), Status: v.form("status"), City: v.form("city"), State: v.form("state")}
	}
	v.patient() // finding the items may take minutes
	p, err := v.api.MakePlan(v.r.Context(), n)
	return done{to: pageOf("plans", p.ID)}, err
}

// formWhole reads a field of a whole number; 0 when it is empty.
func (v *visit) formWhole(name string) (int, error) {
	text := v.form(name)
	if text == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		return 0, badField(name, v.T("plans.number.problem"))
	}
	return n, nil
}

// typedFrom is from how many items on their number has to be typed to confirm a plan: nobody presses a button twice
// by mistake and means ten thousand.
const typedFrom = 20

// Typed says whether it has to be.
func (v *visit) Typed(p switchboard.Plan) bool { return planned(p) >= typedFrom }

// planned is how many items a plan changes, or has changed.
func planned(p switchboard.Plan) int { return p.Counts.Items - p.Counts.Refused }

func (v *visit) confirmPlan() (done, error) {
	p, err := v.api.Plan(v.r.Context(), v.r.PathValue("plan"))
	if err != nil {
		return done{}, err
	}
	typed := strings.NewReplacer(",", "", ".", "", " ", "").Replace(v.form("count"))
	if v.Typed(p) && typed != strconv.Itoa(planned(p)) {
		return done{}, badField("count", v.T("plans.confirm.problem", planned(p)))
	}
	return v.commandPlan("confirm")
}

func (v *visit) commandPlan(command string) (done, error) {
	_, err := v.api.CommandPlan(v.r.Context(), v.r.PathValue("plan"), command)
	return say("plans.said." + command), err
}
