package console

import (
	"slices"
	"time"

	"github.com/switchboard-platform/switchboard"
)

func (c *Console) homeRoutes() {
	c.page("GET /{$}", "home", (*visit).home)
}

// homePage is what one sees first: what waits, what goes on, what changed.
type homePage struct {
	*visit
	Reviews switchboard.ReviewSummary
	Oldest  []switchboard.Review
	Drafts  []switchboard.Plan // wait to be confirmed
	Hooks   hookHealth
	Period  string
	Charts  []Chart
	Today   []change
	Latest  []Moment

	day *switchboard.Activity // of the last day, if the charts show it
}

// hookHealth is how the webhooks are doing.
type hookHealth struct {
	Endpoints, Waiting int
	Failing, Disabled  []switchboard.Webhook
}

// change is how often something happened today.
type change struct {
	Kind  string
	Times int64
}

// periods are the spans that charts may show.
func periods() []string { return []string{"hour", today, "week"} }

func (v *visit) home() (any, error) {
	p := homePage{visit: v, Period: v.query("period")}
	if !slices.Contains(periods(), p.Period) {
		p.Period = "hour"
	}
	for _, step := range []func(*homePage) error{v.waiting, v.going, v.changes, v.hooks} {
		if err := step(&p); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// Periods are those spans.
func (homePage) Periods() []string { return periods() }

// someReviews is how many reviews stand on the first page.
const someReviews = 6

// waiting finds what waits for this person.
func (v *visit) waiting(p *homePage) (err error) {
	ctx := v.r.Context()
	if p.Reviews, err = v.api.ReviewSummary(ctx); err != nil {
		return err
	}
	if p.Reviews.Waiting > 0 {
		page, err := v.api.Reviews(ctx, switchboard.ReviewQuery{Limit: someReviews})
		if err != nil {
			return err
		}
		p.Oldest = page.Items
	}
	plans, err := v.api.Plans(ctx, switchboard.PlanQuery{Limit: 20})
	if err != nil {
		return err
	}
	for _, plan := range plans.Items {
		if plan.State == "draft" {
			p.Drafts = append(p.Drafts, plan)
		}
	}
	return nil
}

// Target is how long a review should wait at most.
func (v *visit) Target() time.Duration {
	d, _ := time.ParseDuration(v.Me.ReviewTarget) // a server that has none sets no target
	return d
}

// topReasons is how many reasons have a colour of their own.
const topReasons = 4

// going draws what goes on.
func (v *visit) going(p *homePage) error {
	a, err := v.api.Activity(v.r.Context(), p.Period)
	if err != nil {
		return err
	}
	if p.Period == today {
		p.day = &a
	}
	all, refused := counted(a, named("requests")), counted(a, named("refusals"))
	calls, fine := counted(a, named("actions")), counted(a, named("actions", "ok"))
	requests := v.chart("requests", "home.requests", a)
	requests.add(v.T("home.requests.ok"), "main", difference(all, refused))
	requests.add(v.T("home.actions.ok"), "info", fine)
	requests.add(v.T("home.requests.refused"), "bad", added(refused, difference(calls, fine)))
	decisions := v.chart("decisions", "home.decisions", a)
	decisions.add(v.T("home.allowed"), "good", counted(a, named("decisions", "allowed")))
	decisions.add(v.T("home.denied"), "bad", counted(a, named("decisions", "denied")))
	deliveries := v.chart("deliveries", "home.deliveries", a)
	deliveries.add(v.T("home.deliveries.ok"), "good", counted(a, named("deliveries", "ok")))
	deliveries.add(v.T("home.deliveries.failed"), "bad", counted(a, named("deliveries", "refused", "failed")))
	p.Charts = []Chart{requests, decisions, v.reasons(a), deliveries}
	return nil
}

// reasons draws why decisions were denied.
func (v *visit) reasons(a switchboard.Activity) Chart {
	c := v.chart("reasons", "home.reasons", a)
	top, colours := most(a, "reasons", topReasons), []string{"bad", "warn", "info", "main"}
	rest := counted(a, named("reasons"))
	for i, code := range top {
		counts := counted(a, named("reasons", code))
		c.add(v.Or("reason."+code, code), colours[i], counts)
		rest = difference(rest, counts)
	}
	c.add(v.T("home.reasons.other"), "edge", rest)
	return c
}

// added adds counts up, step by step.
func added(a, b []int64) []int64 {
	sum := make([]int64, len(a))
	for i := range a {
		sum[i] = a[i] + b[i]
	}
	return sum
}

// How many kinds of change and how many events stand on the first page.
const (
	someKinds  = 8
	someEvents = 8
)

// changes finds what changed since midnight, in this person's zone.
func (v *visit) changes(p *homePage) error {
	a, err := v.lastDay(p)
	if err != nil {
		return err
	}
	y, m, d := v.now.In(v.zone).Date()
	midnight := time.Date(y, m, d, 0, 0, 0, 0, v.zone)
	skip := max(0, int(midnight.Sub(a.From)/time.Second)/max(1, a.Step))
	since := a
	since.Series = nil
	for _, s := range a.Series {
		s.Counts = s.Counts[min(skip, len(s.Counts)):]
		since.Series = append(since.Series, s)
	}
	for _, kind := range most(since, "changes", someKinds) {
		times := ChartSeries{Counts: counted(since, named("changes", kind))}.Sum()
		p.Today = append(p.Today, change{kind, times})
	}
	found, err := v.api.SearchEvents(v.r.Context(), switchboard.EventQuery{Limit: someEvents})
	for _, e := range found.Events {
		p.Latest = append(p.Latest, v.Moment(e.Subject, e.Event))
	}
	return err
}

// today is the period in which what changed today is counted.
const today = "day"

// lastDay is what went on in the last day, asked for once.
func (v *visit) lastDay(p *homePage) (switchboard.Activity, error) {
	if p.day != nil {
		return *p.day, nil
	}
	return v.api.Activity(v.r.Context(), today)
}

// hooks looks at the webhooks.
func (v *visit) hooks(p *homePage) error {
	page, err := v.api.Webhooks().List(v.r.Context(), "")
	for _, w := range page {
		p.Hooks.Endpoints++
		p.Hooks.Waiting += w.Waiting
		switch {
		case w.State == "disabled":
			p.Hooks.Disabled = append(p.Hooks.Disabled, w)
		case !w.FailingSince.IsZero():
			p.Hooks.Failing = append(p.Hooks.Failing, w)
		}
	}
	return err
}
