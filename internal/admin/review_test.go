package admin_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/apptest"
	"github.com/switchboard-platform/switchboard/internal/sandbox"
)

// office is a server with people at its desk, and a service that is reviewed before it runs.
type office struct {
	*apptest.App
	t                       *testing.T
	ahead                   atomic.Int64
	asha, ravi, boss, clerk *switchboard.Operator
}

const reviewed = "45"

// openOffice opens one; confirm says what of the service takes two people.
func openOffice(t *testing.T, confirm ...string) *office {
	t.Helper()
	o := &office{t: t}
	o.App = apptest.New(t, apptest.Options{Now: func() time.Time { return time.Now().Add(time.Duration(o.ahead.Load())) }})
	o.asha, o.ravi, o.boss, o.clerk = o.person("asha", "reviewer"), o.person("ravi", "reviewer"), o.person("boss", "administrator"), o.person("clerk", "support")
	must(o.Operator.SetService(t.Context(), switchboard.Service{Code: reviewed, Name: "Vendor Payments", Review: "before", Confirm: confirm}))(t)
	return o
}

func (o *office) person(name, role string) *switchboard.Operator {
	o.t.Helper()
	return as(o.App, must(o.Operator.AddOperator(o.t.Context(), switchboard.NewDeskOperator{Name: name, Roles: []string{role}}))(o.t).Token)
}

// ask has somebody ask for the service of a new agent.
func (o *office) ask(codes ...string) {
	o.t.Helper()
	for _, code := range codes {
		must(o.Operator.AddAgent(o.t.Context(), switchboard.NewAgent{Partner: sandbox.PartnerID, UserCode: code,
			Profile: switchboard.Profile{FirstName: "Wanjiku", LastName: "Njeri", ShopName: "Njeri's", Address: switchboard.Address{City: "Thika", State: "Kiambu"}}}))(o.t)
		must(o.clerk.ChangeService(o.t.Context(), code, reviewed, "activate", switchboard.ServiceCommand{}))(o.t)
		o.ahead.Add(int64(time.Minute))
	}
}

// queue lists the user codes of a page.
func (o *office) queue(op *switchboard.Operator, q switchboard.ReviewQuery) (codes string, page switchboard.Page[switchboard.Review]) {
	o.t.Helper()
	page = must(op.Reviews(o.t.Context(), q))(o.t)
	for _, r := range page.Items {
		codes += r.UserCode + " "
	}
	return strings.TrimSpace(codes), page
}

// The queue is in the order of waiting, in pages, and says whose an agent is; it follows what is decided.
func TestReviewQueue(t *testing.T) {
	t.Parallel()
	o, ctx := openOffice(t), t.Context()
	o.ask("z-1", "a-2", "m-3")
	codes, page := o.queue(o.asha, switchboard.ReviewQuery{})
	if codes != "z-1 a-2 m-3" || page.Next != "" {
		t.Errorf("the queue is %s, next %q", codes, page.Next)
	}
	r := page.Items[0]
	if r.Partner != sandbox.PartnerID || r.Name != "Wanjiku Njeri" || r.City != "Thika" || r.State != "Kiambu" || !r.WaitingSince.Equal(r.CreatedAt) ||
		r.RequestedBy != "operator:clerk" || r.Status != "PENDING" || r.Confirm || r.ClaimedBy != "" {
		t.Errorf("the review is %+v", r)
	}
	codes, page = o.queue(o.asha, switchboard.ReviewQuery{Limit: 2})
	rest, last := o.queue(o.asha, switchboard.ReviewQuery{Limit: 2, After: page.Next})
	if codes != "z-1 a-2" || page.Next == "" || rest != "m-3" || last.Next != "" {
		t.Errorf("pages: %s (%q), %s (%q)", codes, page.Next, rest, last.Next)
	}
	for want, q := range map[string]switchboard.ReviewQuery{
		"z-1 a-2 m-3": {Service: reviewed, Partner: sandbox.PartnerID}, "": {Service: "4"}, "z-1": {Partner: sandbox.PartnerID, Limit: 1},
	} {
		if got, _ := o.queue(o.asha, q); got != want {
			t.Errorf("%+v gives %s, want %s", q, got, want)
		}
	}
	if got, page := o.queue(o.asha, switchboard.ReviewQuery{Partner: "p99"}); got != "" || page.Next != "" {
		t.Errorf("of a partner that there is not: %s, %q", got, page.Next)
	}
	must(o.asha.ChangeService(ctx, "z-1", reviewed, "approve", switchboard.ServiceCommand{}))(t)
	must(o.asha.ChangeService(ctx, "a-2", reviewed, "reject", switchboard.ServiceCommand{Comment: "blurred"}))(t)
	must(o.clerk.ChangeService(ctx, "a-2", reviewed, "activate", switchboard.ServiceCommand{}))(t)
	if got, _ := o.queue(o.asha, switchboard.ReviewQuery{}); got != "m-3 a-2" {
		t.Errorf("after decisions the queue is %s", got)
	}
	for _, bad := range []string{"?claimed=you", "?after=x", "?after=1", "?after=1/a", "?limit=0x1"} {
		if f := send(t, o.App, http.MethodGet, "/reviews"+bad, "").fault(t); f.Code != "invalid" {
			t.Errorf("%s: %+v", bad, f)
		}
	}
}

// The summary counts exactly.
func TestReviewSummary(t *testing.T) {
	t.Parallel()
	o, ctx := openOffice(t, "approval"), t.Context()
	if s := must(o.asha.ReviewSummary(ctx))(t); s.Waiting != 0 || s.ByService != nil || !s.Oldest.IsZero() {
		t.Errorf("of an empty queue: %+v", s)
	}
	o.ask("s-1", "s-2", "s-3")
	must(o.Operator.SetService(ctx, switchboard.Service{Code: "53", Name: "Cash", Review: "after"}))(t)
	must(o.clerk.ChangeService(ctx, "s-1", "53", "activate", switchboard.ServiceCommand{}))(t)
	must(o.asha.ClaimReview(ctx, "s-1", reviewed))(t)
	must(o.ravi.ClaimReview(ctx, "s-2", reviewed))(t)
	must(o.boss.ChangeService(ctx, "s-3", reviewed, "approve", switchboard.ServiceCommand{}))(t)
	s := must(o.asha.ReviewSummary(ctx))(t)
	_, page := o.queue(o.asha, switchboard.ReviewQuery{})
	if s.Waiting != 4 || s.Mine != 1 || s.Second != 1 || s.OverTarget != 0 || !s.Oldest.Equal(page.Items[0].WaitingSince) || len(s.ByService) != 2 ||
		s.ByService[0].Service != reviewed || s.ByService[0].Waiting != 3 || s.ByService[1].Service != "53" || s.ByService[1].Waiting != 1 {
		t.Errorf("the summary is %+v", s)
	}
	o.ahead.Add(int64(4*time.Hour - 90*time.Second))
	if s := must(o.asha.ReviewSummary(ctx))(t); s.OverTarget != 2 || s.Mine != 0 {
		t.Errorf("four hours after the second one the summary is %+v", s)
	}
}

// One looks at a review at a time; everybody sees who, and what is claimed is left to them, but for administrators.
func TestClaims(t *testing.T) {
	t.Parallel()
	o, ctx := openOffice(t), t.Context()
	o.ask("c-1", "c-2", "c-3")
	after := must(o.asha.LatestEvent(ctx))(t)
	cl := must(o.asha.ClaimReview(ctx, "c-1", reviewed))(t)
	if !cl.Changed || cl.By != "operator:asha" || cl.Until.IsZero() {
		t.Errorf("claimed: %+v", cl)
	}
	if again := must(o.asha.ClaimReview(ctx, "c-1", reviewed))(t); again.Changed || !again.Until.Equal(cl.Until) {
		t.Errorf("claimed again at once: %+v", again)
	}
	o.ahead.Add(int64(10 * time.Minute))
	if later := must(o.asha.ClaimReview(ctx, "c-1", reviewed))(t); !later.Changed || !later.Until.After(cl.Until) {
		t.Errorf("claimed again later: %+v", later)
	}
	must(o.ravi.ClaimReview(ctx, "c-2", reviewed))(t)
	for claimed, want := range map[string]string{"me": "c-1", "others": "c-2", "nobody": "c-3", "": "c-1 c-2 c-3"} {
		got, page := o.queue(o.asha, switchboard.ReviewQuery{Claimed: claimed})
		if got != want || page.Next != "" {
			t.Errorf("claimed by %q: %s (%q), want %s", claimed, got, page.Next, want)
		}
	}
	_, page := o.queue(o.boss, switchboard.ReviewQuery{Limit: 1})
	if r := page.Items[0]; r.ClaimedBy != "operator:asha" || r.ClaimedAt.IsZero() || !r.ClaimedUntil.After(cl.Until) {
		t.Errorf("others see %+v", r)
	}

	for what, call := range map[string]func() error{
		"claims":   func() error { _, err := o.ravi.ClaimReview(ctx, "c-1", reviewed); return err },
		"approves": func() error { return o.decide(o.ravi, "c-1", "approve") },
		"rejects":  func() error { return o.decide(o.ravi, "c-1", "reject") },
		"boss claims": func() error {
			_, err := o.boss.ClaimReview(ctx, "c-1", reviewed)
			return err
		},
	} {
		if err := call(); err == nil || !strings.Contains(err.Error(), "operator:asha is looking") {
			t.Errorf("%s: %v", what, err)
		}
	}
	_, err := o.ravi.ReleaseReview(ctx, "c-1", reviewed)
	wantFault(t, err, "forbidden")
	if r := must(o.boss.ReleaseReview(ctx, "c-1", reviewed))(t); !r.Changed {
		t.Error("an administrator releases nothing")
	}
	if r := must(o.asha.ReleaseReview(ctx, "c-1", reviewed))(t); r.Changed {
		t.Error("what is free is released")
	}
	if err := o.decide(o.boss, "c-2", "approve"); err != nil {
		t.Errorf("an administrator does not approve what somebody claimed: %v", err)
	}
	o.wantRecorded(after, "claimed asha c-1", "claimed asha c-1", "claimed ravi c-2", "released boss c-1")
}

func (o *office) decide(op *switchboard.Operator, code, command string) error {
	_, err := op.ChangeService(o.t.Context(), code, reviewed, command, switchboard.ServiceCommand{Comment: map[string]string{"reject": "blurred"}[command]})
	return err
}

// wantRecorded checks what was recorded of claims after an event, and that the whole record holds.
func (o *office) wantRecorded(after uint64, want ...string) {
	o.t.Helper()
	var got []string
	for _, e := range must(o.Operator.Events(o.t.Context(), after, 100, 0))(o.t).Events {
		if kind, ok := strings.CutPrefix(e.Kind, "review."); ok && e.Service == reviewed {
			got = append(got, kind+" "+strings.TrimPrefix(e.Actor, "operator:")+" "+strings.TrimSuffix(strings.TrimPrefix(e.Subject, "review:"), "/"+reviewed))
		}
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		o.t.Errorf("recorded is %q, want %q", got, want)
	}
	if report := must(o.Operator.Audit(o.t.Context(), switchboard.AuditRequest{}, nil))(o.t); len(report.Problems) > 0 {
		o.t.Errorf("the record does not hold: %+v", report.Problems)
	}
}

// A claim ends by itself, and with the wait that it was about; of two who approve, the second claims anew.
func TestClaimsEnd(t *testing.T) {
	t.Parallel()
	o, ctx := openOffice(t, "approval"), t.Context()
	o.ask("e-1", "e-2")
	claim := func(op *switchboard.Operator, code string) { t.Helper(); must(op.ClaimReview(ctx, code, reviewed))(t) }
	mine := func(op *switchboard.Operator) string {
		t.Helper()
		codes, _ := o.queue(op, switchboard.ReviewQuery{Claimed: "me"})
		return codes
	}
	claim(o.asha, "e-1")
	o.ahead.Add(int64(15 * time.Minute))
	if mine(o.asha) != "" {
		t.Error("a claim outlasts its time")
	}
	claim(o.ravi, "e-1")
	if err := o.decide(o.ravi, "e-1", "approve"); err != nil || mine(o.ravi) != "" {
		t.Errorf("after the first approval: %v, claimed %q", err, mine(o.ravi))
	}
	claim(o.asha, "e-1")
	if err := o.decide(o.asha, "e-1", "approve"); err != nil {
		t.Error(err)
	}
	_, err := o.asha.ClaimReview(ctx, "e-1", reviewed)
	wantFault(t, err, "conflict") // it waits no more

	claim(o.asha, "e-2")
	must(o.clerk.ChangeService(ctx, "e-2", reviewed, "deactivate", switchboard.ServiceCommand{}))(t)
	must(o.clerk.ChangeService(ctx, "e-2", reviewed, "activate", switchboard.ServiceCommand{}))(t)
	if got := mine(o.asha); got != "" {
		t.Errorf("asked for anew, it is still claimed: %s", got)
	}
	claim(o.ravi, "e-2")
	o.wantRecorded(0, "claimed asha e-1", "claimed ravi e-1", "claimed asha e-1", "claimed asha e-2", "claimed ravi e-2")
}

func TestBadClaims(t *testing.T) {
	t.Parallel()
	o, ctx := openOffice(t), t.Context()
	o.ask("b-1")
	shared := overTCP(t, o.App)
	for what, c := range map[string]struct {
		op            *switchboard.Operator
		code, service string
		want          string
	}{
		"nobody in particular": {shared, "b-1", reviewed, "conflict"},
		"no agent":             {o.asha, "b-9", reviewed, "unknown_agent"},
		"no service":           {o.asha, "b-1", "999", "unknown_service"},
		"what does not wait":   {o.asha, sandbox.UserCode, reviewed, "conflict"},
		"no reviewer":          {o.clerk, "b-1", reviewed, "forbidden"},
	} {
		t.Run(what, func(t *testing.T) {
			_, err := c.op.ClaimReview(ctx, c.code, c.service)
			wantFault(t, err, c.want)
		})
	}
	if r := must(shared.ReleaseReview(ctx, "b-1", reviewed))(t); r.Changed {
		t.Error("what nobody claimed is released")
	}
}
