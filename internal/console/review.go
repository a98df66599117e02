package console

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/switchboard-platform/switchboard"
)

// reviewPage shows what was submitted for a review, and takes the decision.
type reviewPage struct {
	*visit
	Agent      switchboard.Agent
	Service    switchboard.Service
	Activation switchboard.Activation // its Status is "" when nobody ever asked for it
	Claim      switchboard.Review     // who looks at it, if anybody does
	Age        age
	Others     []switchboard.Activation
	Blocks     []blockCard
	Story      []Moment
	Next       string // the way to the next one
	Queue      string // the way back to the queue
}

func (v *visit) review() (any, error) {
	p := &reviewPage{visit: v, Queue: "/reviews" + restOf(v.reviewQuery())}
	code, service := v.r.PathValue("agent"), v.r.PathValue("service")
	var err error
	if p.Agent, err = v.api.Agent(v.r.Context(), code, eventsLooked); err != nil {
		return nil, err
	}
	if p.Service, err = v.findService(service); err != nil {
		return nil, err
	}
	for _, a := range p.Agent.Activations {
		if a.ServiceCode == service {
			p.Activation = a
		} else {
			p.Others = append(p.Others, a)
		}
	}
	for _, b := range p.Agent.Blocks {
		p.Blocks = append(p.Blocks, v.card(b))
	}
	p.tell(service)
	if err := p.findClaim(); err != nil {
		return nil, err
	}
	p.Age = v.ageOf(p.since())
	p.Next, err = v.next(v.reviewQuery(), code, service)
	return p, err
}

// tell makes the history of the service, and of the agent itself.
func (p *reviewPage) tell(service string) {
	for _, e := range p.Agent.Events {
		if (e.Service == "" || e.Service == service) && len(p.Story) < momentsShown {
			p.Story = append(p.Story, p.Moment("", e))
		}
	}
}

// findClaim looks for who looks at it among the few reviews that anybody does.
func (p *reviewPage) findClaim() error {
	if !p.Waits() {
		return nil
	}
	for _, by := range []string{"me", "others"} {
		page, err := p.api.Reviews(p.r.Context(), switchboard.ReviewQuery{Service: p.Service.Code, Claimed: by, Limit: 1000})
		if err != nil {
			return err
		}
		if i := slices.IndexFunc(page.Items, func(r switchboard.Review) bool { return r.UserCode == p.Agent.UserCode }); i >= 0 {
			p.Claim = page.Items[i]
			return nil
		}
	}
	return nil
}

// since is when it began to wait: the latest request, as far as the record was looked through.
func (p *reviewPage) since() time.Time {
	if !p.Claim.WaitingSince.IsZero() {
		return p.Claim.WaitingSince
	}
	for _, e := range p.Agent.Events {
		if e.Service == p.Service.Code && (e.Kind == "activation.requested" || e.Kind == "activation.activated") {
			return e.At
		}
	}
	return p.Activation.UpdatedAt
}

// Waits says whether it is still to be decided.
func (p *reviewPage) Waits() bool { return p.Activation.Verification == 3 }

// Name is what the agent is called.
func (p *reviewPage) Name() string {
	if name := p.CallOf(p.Agent.Profile); name != "" {
		return name
	}
	return p.T("agent.nameless", p.Agent.UserCode)
}

// Mine says whether who looks has claimed it.
func (p *reviewPage) Mine() bool { return p.Claim.ClaimedBy == p.actor() }

// Taken says whether somebody else has.
func (p *reviewPage) Taken() bool { return p.Claim.ClaimedBy != "" && !p.Mine() }

// Free says whether who looks may decide it: what somebody else looks at is left to them, but for administrators.
func (p *reviewPage) Free() bool { return !p.Taken() || p.overrules() }

// MayClaim says whether there is anything to claim: the shared token is nobody in particular.
func (p *reviewPage) MayClaim() bool {
	return p.Waits() && p.Claim.ClaimedBy == "" && p.Me.Name != "token" && p.May("POST /agents/{agent}/services/{service}/claim")
}

// MayRelease says whether the claim can be given back: one's own, or by an administrator anybody's.
func (p *reviewPage) MayRelease() bool {
	return p.Claim.ClaimedBy != "" && (p.Mine() || p.overrules()) && p.May("POST /agents/{agent}/services/{service}/release")
}

// Two says whether two people must approve it.
func (p *reviewPage) Two() bool { return slices.Contains(p.Service.Confirm, "approval") }

// Barred is the key of why who looks cannot approve it, though they may approve others; "" when they can.
func (p *reviewPage) Barred() string {
	two := p.Two() || slices.Contains(p.Service.Confirm, "activation")
	switch {
	case two && p.Me.Name == "token":
		return "review.barred.token"
	case slices.Contains(p.Service.Confirm, "activation") && p.Activation.RequestedBy == p.actor():
		return "review.barred.own"
	case p.Two() && p.Activation.EndorsedBy == p.actor():
		return "review.barred.endorsed"
	}
	return ""
}

// Points are the places to look at: where it was asked for, and where the agent trades.
func (p *reviewPage) Points() (list []mapPoint) {
	list = addPoint(list, p.Agent.LatLong, p.T("agent.place.trades"), "home")
	return addPoint(list, p.Activation.LatLong, p.T("review.asked_at"), "asked")
}

// claim says that one looks at a review.
func (v *visit) claim() (done, error) {
	agent, service := v.r.PathValue("agent"), v.r.PathValue("service")
	_, err := v.api.ClaimReview(v.r.Context(), agent, service)
	d := done{to: pageOf("reviews", agent, service), said: flash{Key: "review.claimed"}}
	if from, _ := url.Parse(local(v.form(pageField))); from.Path == d.to {
		d.to = from.RequestURI()
	}
	return d, err
}

// release gives one back.
func (v *visit) release() (done, error) {
	_, err := v.api.ReleaseReview(v.r.Context(), v.r.PathValue("agent"), v.r.PathValue("service"))
	return say("review.released"), err
}

// reviewAct decides a review. Whoever works through the queue goes on with the next one at once.
func reviewAct(command string) func(*visit) (done, error) {
	return func(v *visit) (done, error) {
		agent, service := v.r.PathValue("agent"), v.r.PathValue("service")
		n, err := v.formCommand(true)
		if err != nil {
			return done{}, err
		}
		if command == "reject" && n.Comment == "" {
			return done{}, badField("comment", v.T("review.reject.problem"))
		}
		ch, err := v.api.ChangeService(v.r.Context(), agent, service, command, n)
		if err != nil {
			return done{}, err
		}
		d := say("review."+command+".said", v.ServiceName(service), agent)
		if command == "approve" && ch.Activation.Verification == 3 {
			d.said.Key = "review.endorse.said"
		}
		d.to, err = v.onward(agent, service)
		return d, err
	}
}

// onward is where a decision leads: from a review's page to the next review, and from any other page back to it.
func (v *visit) onward(agent, service string) (string, error) {
	from, _ := url.Parse(local(v.form(pageField)))
	if !strings.HasPrefix(from.Path, "/reviews/") {
		return "", nil
	}
	q := switchboard.ReviewQuery{Service: from.Query().Get("service"), Partner: from.Query().Get("partner")}
	next, err := v.next(q, agent, service)
	if next == "" {
		next = "/reviews" + restOf(q)
	}
	return next, err
}
