package console

import (
	"net/url"
	"time"

	"github.com/switchboard-platform/switchboard"
)

// reviewsRoutes are the pages and actions of this area.
func (c *Console) reviewsRoutes() {
	c.page("GET /reviews", "reviews", (*visit).reviews)
	c.page("GET /reviews/{agent}/{service}", "review", (*visit).review)
	c.act("POST /agents/{agent}/services/{service}/claim", (*visit).claim)
	c.act("POST /agents/{agent}/services/{service}/release", (*visit).release)
	c.act("POST /agents/{agent}/services/{service}/approve", reviewAct("approve"))
	c.act("POST /agents/{agent}/services/{service}/reject", reviewAct("reject"))
}

// queued is a review as the queue shows it.
type queued struct {
	switchboard.Review
	Age  age
	Mine bool // claimed by who looks
}

// Path is the page on which it is decided.
func (q queued) Path() string { return pageOf("reviews", q.UserCode, q.ServiceCode) }

// age is how long a review has waited, against how long it should at most.
type age struct {
	Since  time.Time
	Part   int // of the target, in percent, 100 at most
	Look   string
	Target string
}

// ageOf looks at how long something has waited.
func (v *visit) ageOf(since time.Time) age {
	a := age{Since: since}
	target := v.Target()
	if target <= 0 {
		return a
	}
	a.Target = v.span(target)
	part := v.now.Sub(since) * 100 / target
	a.Part = int(max(0, min(part, 100)))
	switch {
	case part >= 100:
		a.Look = "bad"
	case part >= 50:
		a.Look = "warn"
	default:
		a.Look = "good"
	}
	return a
}

// Late says whether something has waited longer than the target.
func (v *visit) Late(since time.Time) bool { return v.ageOf(since).Look == "bad" }

// span is a stretch of time in the largest unit that fits it.
func (v *visit) span(d time.Duration) string {
	switch {
	case d < time.Hour:
		return v.T("reviews.span.minutes", int(d/time.Minute))
	case d < 48*time.Hour:
		return v.T("reviews.span.hours", int(d/time.Hour))
	}
	return v.T("reviews.span.days", int(d/(24*time.Hour)))
}

// reviewsPage is the queue, the oldest first.
type reviewsPage struct {
	*visit
	Queue    []queued
	Summary  switchboard.ReviewSummary
	Query    switchboard.ReviewQuery
	Partners []switchboard.Partner
	NextURL  string
}

// reviewsShown is how many reviews a page of the queue has.
const reviewsShown = 50

func (v *visit) reviews() (any, error) {
	p := reviewsPage{visit: v, Query: v.reviewQuery()}
	p.Query.After, p.Query.Limit = v.query("after"), reviewsShown
	page, err := v.api.Reviews(v.r.Context(), p.Query)
	if err != nil {
		return nil, err
	}
	for _, r := range page.Items {
		p.Queue = append(p.Queue, v.queued(r))
	}
	p.NextURL = nextURL(v.r, page.Next)
	if p.Summary, err = v.api.ReviewSummary(v.r.Context()); err != nil {
		return nil, err
	}
	p.Partners, err = v.allPartners()
	return p, err
}

func (v *visit) queued(r switchboard.Review) queued {
	return queued{r, v.ageOf(r.WaitingSince), r.ClaimedBy == v.actor()}
}

// reviewQuery is which part of the queue somebody works on: the address says it, and carries it on from one to the next.
func (v *visit) reviewQuery() switchboard.ReviewQuery {
	q := switchboard.ReviewQuery{Service: v.query("service"), Partner: v.query("partner")}
	switch c := v.query("claimed"); c {
	case "me", "nobody", "others":
		q.Claimed = c
	}
	return q
}

// Oldest is how long the oldest has waited.
func (p reviewsPage) Oldest() age { return p.ageOf(p.Summary.Oldest) }

// Filtered says whether only a part of the queue is listed.
func (p reviewsPage) Filtered() bool { return p.Query.Service+p.Query.Partner+p.Query.Claimed != "" }

// Rest is the query that carries the part of the queue on to a review's page.
func (p reviewsPage) Rest() string { return restOf(p.Query) }

func restOf(q switchboard.ReviewQuery) string {
	v := url.Values{}
	for name, value := range map[string]string{"service": q.Service, "partner": q.Partner} {
		if value != "" {
			v.Set(name, value)
		}
	}
	if len(v) == 0 {
		return ""
	}
	return "?" + v.Encode()
}

// next is the way to the oldest review that nobody looks at, of the part of the queue that one works on, passing one by;
// "" when there is none.
func (v *visit) next(q switchboard.ReviewQuery, agent, service string) (string, error) {
	q.Claimed, q.After, q.Limit = "nobody", "", 20
	page, err := v.api.Reviews(v.r.Context(), q)
	if err != nil {
		return "", err
	}
	for _, r := range page.Items {
		passed := r.UserCode == agent && r.ServiceCode == service
		if !passed && r.EndorsedBy != v.actor() && r.RequestedBy != v.actor() {
			return pageOf("reviews", r.UserCode, r.ServiceCode) + restOf(q), nil
		}
	}
	return "", nil
}
