package agent_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
)

// Who may act in the tests of two people.
const (
	alice  = "operator:alice"
	bob    = "operator:bob"
	carol  = "operator:carol"
	shared = event.SharedToken
	p1     = "partner:p1"
)

// by is a cause whose actor is another.
func by(actor string) event.Cause {
	c := cause()
	c.Actor = actor
	return c
}

// confirms gives every set of what can take two people.
func confirms() []agent.Confirm {
	const all = agent.ConfirmActivation | agent.ConfirmApproval | agent.ConfirmLifting
	var sets []agent.Confirm
	for c := agent.Confirm(0); c <= all; c++ {
		sets = append(sets, c)
	}
	return sets
}

// verdict is what the rule of two people makes of an approval or renewal that the table of transitions allows.
type verdict string

const (
	refuses  verdict = "refused"
	endorses verdict = "endorsed" // the first of two
	goes     verdict = "done"
)

// twoPeople is the rule, written out apart from the code under test.
func twoPeople(confirm agent.Confirm, from agent.State, actor, requested, endorsed string) verdict {
	person := actor == alice || actor == bob || actor == carol
	activation, approval := confirm&agent.ConfirmActivation != 0, confirm&agent.ConfirmApproval != 0
	switch {
	case !activation && !approval:
		return goes
	case !person, activation && actor == requested, approval && actor == endorsed:
		return refuses
	case activation && from == agent.PendingReview && (requested == "" || requested == shared): // by nobody knows whom
		return refuses
	case approval && endorsed == "":
		return endorses
	}
	return goes
}

// TestTwoPeople over every state, command, set of flags and cast: switching off never takes two, switching on
// begins as a request, and nobody does both halves of an approval.
func TestTwoPeople(t *testing.T) {
	t.Parallel()
	want := rules(t)
	seen := map[verdict]int{}
	everyTransition(func(_ string, from agent.State, cmd agent.CommandKind, review agent.Review) {
		for _, confirm := range confirms() {
			for _, actor := range []string{alice, bob, shared, p1} {
				for _, requested := range []string{"", shared, p1, alice} {
					for _, endorsed := range []string{"", alice} {
						svc := service(review)
						svc.Confirm = confirm
						effective := review
						if confirm&agent.ConfirmActivation != 0 {
							effective = agent.ReviewBefore
						}
						to := want[fmt.Sprint(from, " ", cmd, " ", effective)]
						expect := goes
						switch {
						case cmd == agent.Approve || cmd == agent.Renew:
							expect = twoPeople(confirm, from, actor, requested, endorsed)
						case cmd == agent.Activate && to == agent.PendingReview.String() && from != agent.PendingReview &&
							confirm&agent.ConfirmActivation != 0 && actor == shared:
							expect = refuses
						}
						seen[expect]++
						checkTwo(t, from, svc, cmd, actor, requested, endorsed, to, expect)
					}
				}
			}
		}
	})
	if len(seen) != 3 || t.Failed() {
		t.Errorf("the verdicts were %v", seen)
	}
}

func checkTwo(t *testing.T, from agent.State, svc agent.Service, cmd agent.CommandKind, actor, requested, endorsed, to string, expect verdict) {
	t.Helper()
	r := record(from)
	if from != agent.Absent {
		r.Activations[0].RequestedBy, r.Activations[0].EndorsedBy = requested, endorsed
	}
	was := r.Activation("45")
	got, e, err := r.Apply(svc, command(cmd), by(actor))
	what := fmt.Sprintf("%s of %s by %s (confirm %b, asked by %q, endorsed by %q)", cmd, from, actor, svc.Confirm, requested, endorsed)
	switch {
	case to == "-" || expect == refuses:
		if !fault.Is(err, fault.Conflict) || e != nil || got != was {
			t.Errorf("%s: gives %+v, %v, %v, want a conflict", what, got, e, err)
		}
	case expect == endorses:
		if err != nil || e == nil || e.Kind != event.ActivationEndorsed || got.EndorsedBy != actor || got.State != from || got.RequestedBy != was.RequestedBy {
			t.Errorf("%s: gives %+v, %v, %v, want an endorsement", what, got, e, err)
		}
	case to == from.String() && cmd != agent.Renew:
		if err != nil || e != nil || got != was {
			t.Errorf("%s: gives %+v, %v, %v, want nothing to change", what, got, e, err)
		}
	default:
		if err != nil || e == nil || got.State.String() != to || got.EndorsedBy != "" {
			t.Errorf("%s: gives %+v, %v, %v, want %s", what, got, e, err, to)
		}
		if want := asker(cmd, got.State, actor, was.RequestedBy); got.RequestedBy != want {
			t.Errorf("%s: it was asked for by %q, want %q", what, got.RequestedBy, want)
		}
	}
}

// asker is who has asked for what a command made: nobody for what is simply on, or off.
func asker(cmd agent.CommandKind, to agent.State, actor, before string) string {
	switch {
	case cmd == agent.Activate && (to == agent.PendingReview || to == agent.ActiveWaiting):
		return actor
	case cmd == agent.Approve || cmd == agent.Renew: // who asked does not renew alone either
		return before
	}
	return ""
}

// TestTwoPeopleStory plays one activation that takes three people, to its end.
func TestTwoPeopleStory(t *testing.T) {
	t.Parallel()
	svc := service(agent.ReviewNone)
	svc.Confirm = agent.ConfirmActivation | agent.ConfirmApproval
	r := record(agent.Absent)
	for _, step := range []struct {
		actor string
		cmd   agent.CommandKind
		want  string // "-" is refused
	}{
		{alice, agent.Activate, "pending(3)"},
		{alice, agent.Approve, "-"},
		{shared, agent.Approve, "-"},
		{bob, agent.Approve, "pending(3)"}, // the first of two
		{bob, agent.Approve, "-"},
		{alice, agent.Approve, "-"},
		{carol, agent.Approve, "activated(1)"},
		{alice, agent.Renew, "-"},
		{carol, agent.Renew, "activated(1)"}, // the first of two
		{bob, agent.Renew, "activated(1)"},
		{shared, agent.Deactivate, "deactivated(0)"},
		{bob, agent.Activate, "pending(3)"},
		{alice, agent.Approve, "pending(3)"}, // who asked before may approve now
		{carol, agent.Reject, "deactivated(2)"},
		{carol, agent.Activate, "pending(3)"}, // nothing is left of the first approval
		{alice, agent.Approve, "pending(3)"},
		{bob, agent.Approve, "activated(1)"},
	} {
		a, _, err := r.Apply(svc, command(step.cmd), by(step.actor))
		if refused := fault.Is(err, fault.Conflict); refused != (step.want == "-") || !refused && (err != nil || a.State.String() != step.want) {
			t.Fatalf("%s by %s gives %s, %v, want %s", step.cmd, step.actor, a.State, err, step.want)
		}
		r.Activations = []agent.Activation{a}
	}
}

// day is so many days after now.
func day(n int) time.Time { return now().AddDate(0, 0, n) }

// TestReschedule over every state and set of flags: what is off has no dates; two people are not got around.
func TestReschedule(t *testing.T) {
	t.Parallel()
	was := agent.Dates{From: day(1), Until: day(10), VerifyBy: day(20)}
	for name, row := range map[string]struct {
		to                      agent.Dates
		widens, renews, invalid bool
	}{
		"the same":        {to: was},
		"later from":      {to: agent.Dates{From: day(2), Until: day(10), VerifyBy: day(20)}},
		"earlier from":    {to: agent.Dates{From: day(0), Until: day(10), VerifyBy: day(20)}, widens: true},
		"no from":         {to: agent.Dates{Until: day(10), VerifyBy: day(20)}, widens: true},
		"earlier until":   {to: agent.Dates{From: day(1), Until: day(9), VerifyBy: day(20)}},
		"later until":     {to: agent.Dates{From: day(1), Until: day(11), VerifyBy: day(20)}, widens: true},
		"no until":        {to: agent.Dates{From: day(1), VerifyBy: day(20)}, widens: true},
		"earlier renewal": {to: agent.Dates{From: day(1), Until: day(10), VerifyBy: day(19)}},
		"later renewal":   {to: agent.Dates{From: day(1), Until: day(10), VerifyBy: day(21)}, renews: true},
		"no renewal":      {to: agent.Dates{From: day(1), Until: day(10)}, renews: true},
		"none at all":     {to: agent.Dates{}, widens: true, renews: true},
		"ends as begins":  {to: agent.Dates{From: day(1), Until: day(1)}, invalid: true},
		"ends before":     {to: agent.Dates{From: day(2), Until: day(1)}, invalid: true},
	} {
		for _, state := range agent.States() {
			for _, confirm := range confirms() {
				r, svc := record(state), service(agent.ReviewAfter)
				svc.Confirm = confirm
				if state != agent.Absent {
					r.Activations[0].Dates, r.Activations[0].EndorsedBy = was, alice
				}
				before := r.Activation("45")
				got, e, err := r.Reschedule(svc, row.to, by(bob))
				what := fmt.Sprintf("%s, %s, confirm %b", name, state, confirm)
				running := state.Status == agent.Activated || state.Status == agent.Pending
				two := confirm&(agent.ConfirmActivation|agent.ConfirmApproval) != 0
				switch {
				case row.invalid:
					wantFault(t, what, e, err, fault.Invalid)
				case !running, row.widens && confirm&agent.ConfirmActivation != 0, row.renews && two:
					wantFault(t, what, e, err, fault.Conflict)
				case row.to == was:
					if err != nil || e != nil || got != before {
						t.Errorf("%s: gives %+v, %v, %v, want nothing to change", what, got, e, err)
					}
				default:
					checkRescheduled(t, what, before, got, row.to, e, err)
				}
			}
		}
	}
}

func wantFault(t *testing.T, what string, e *event.Event, err error, code fault.Code) {
	t.Helper()
	if e != nil || !fault.Is(err, code) {
		t.Errorf("%s: gives %v, %v, want %s", what, e, err, code)
	}
}

func checkRescheduled(t *testing.T, what string, before, got agent.Activation, to agent.Dates, e *event.Event, err error) {
	t.Helper()
	want := before
	want.Dates, want.UpdatedAt, want.EndorsedBy = to, now(), ""
	if err != nil || e == nil || got != want {
		t.Errorf("%s: gives\n%+v, %v, want\n%+v", what, got, err, want)
		return
	}
	data := event.Data("from", before.State.String(), "to", before.State.String(), "effective_from", event.Date(to.From),
		"effective_until", event.Date(to.Until), "verify_by", event.Date(to.VerifyBy))
	if e.Kind != event.ActivationRescheduled || e.Data != data || e.Service != "45" {
		t.Errorf("%s: the event is %+v, want the data %s", what, e, data)
	}
	checkDraft(t, e)
}

// TestRestore over every two states and set of flags: back to what it was, but for what takes two people.
func TestRestore(t *testing.T) {
	t.Parallel()
	dates := agent.Dates{From: day(-5), Until: day(5), VerifyBy: day(3)}
	for _, from := range agent.States()[1:] {
		for _, to := range agent.States() {
			for _, confirm := range confirms() {
				r, svc := record(from), service(agent.ReviewAfter)
				svc.Confirm = confirm
				was := r.Activation("45")
				want, d := to, dates
				on := to.Status == agent.Activated || to.Status == agent.Pending
				switch {
				case to == agent.Absent:
					want, d = agent.Off, agent.Dates{}
				case on && from.Status != agent.Activated && (confirm&agent.ConfirmActivation != 0 ||
					confirm&agent.ConfirmApproval != 0 && to.Verification == agent.Verified):
					want = agent.PendingReview
				}
				got, e, err := r.Restore(svc, to, d, by(bob))
				if err != nil || got.State != want || got.Dates != d || (e != nil) != (from != want || d != was.Dates) {
					t.Errorf("%s to %s, confirm %b: gives %+v, %v, %v, want %s", from, to, confirm, got, e, err, want)
				}
				if e != nil && (e.Kind != event.ActivationRestored || got.RequestedBy != asker(agent.Activate, want, bob, "") || got.UpdatedAt != now() || got.EndorsedBy != "") {
					t.Errorf("%s to %s, confirm %b: gives %+v, %+v", from, to, confirm, got, e)
				}
			}
		}
	}
}

// TestRestoreRefuses what an activation would be refused, and has nothing to do where there never was one.
func TestRestoreRefuses(t *testing.T) {
	t.Parallel()
	r, svc := record(agent.Off), service(agent.ReviewNone)
	svc.Removed = true
	_, e, err := r.Restore(svc, agent.Active, agent.Dates{}, by(bob))
	wantFault(t, "of a removed service", e, err, fault.UnknownService)
	r.Agent.Standing = agent.Suspended
	_, e, err = r.Restore(service(agent.ReviewNone), agent.PendingReview, agent.Dates{}, by(bob))
	wantFault(t, "of a suspended agent", e, err, fault.AgentInactive)
	if _, e, err = record(agent.Active).Restore(svc, agent.Off, agent.Dates{}, by(bob)); e == nil || err != nil {
		t.Errorf("switching off a removed service: %v, %v", e, err)
	}
	if a, e, err := record(agent.Absent).Restore(svc, agent.Absent, agent.Dates{}, by(bob)); e != nil || err != nil || a.State != agent.Absent {
		t.Errorf("what never was: %+v, %v, %v", a, e, err)
	}
}

// TestNobodyRestores: the shared token, which may be anybody, is not the first of two either.
func TestNobodyRestores(t *testing.T) {
	t.Parallel()
	svc := service(agent.ReviewNone)
	svc.Confirm = agent.ConfirmActivation
	_, e, err := record(agent.Off).Restore(svc, agent.Active, agent.Dates{}, by(shared))
	wantFault(t, "by the shared token", e, err, fault.Conflict)
	if _, e, err = record(agent.Active).Restore(svc, agent.Off, agent.Dates{}, by(shared)); e == nil || err != nil {
		t.Errorf("switching off: %v, %v", e, err)
	}
}

// TestVerifiedForHowLong: where two approve, neither alone says that a verification is good for longer than the
// service's rule.
func TestVerifiedForHowLong(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		confirm agent.Confirm
		days    int // the service's rule
		asked   agent.Dates
		refused bool
	}{
		{agent.ConfirmApproval, 30, agent.Dates{}, false},
		{agent.ConfirmApproval, 30, agent.Dates{VerifyBy: day(30)}, false},
		{agent.ConfirmApproval, 30, agent.Dates{VerifyBy: day(31)}, true},
		{agent.ConfirmApproval, 0, agent.Dates{VerifyBy: day(31)}, false},
		{agent.ConfirmActivation, 30, agent.Dates{VerifyBy: day(31)}, false}, // one other person decides
		{0, 30, agent.Dates{VerifyBy: day(31)}, false},
	} {
		for _, endorsed := range []string{"", alice} {
			r, svc := record(agent.ActiveVerified), service(agent.ReviewNone)
			svc.Confirm, svc.VerifyDays, r.Activations[0].EndorsedBy = c.confirm, c.days, endorsed
			cmd := command(agent.Renew)
			cmd.Dates = c.asked
			_, e, err := r.Apply(svc, cmd, by(bob))
			if refused := fault.Is(err, fault.Conflict); refused != c.refused || !refused && (err != nil || e == nil) {
				t.Errorf("%+v, endorsed by %q: %v, %v", c, endorsed, e, err)
			}
		}
	}
}

// TestRescheduledIsReplayed: new dates end the first of two's approval, in the row as in the history.
func TestRescheduledIsReplayed(t *testing.T) {
	t.Parallel()
	svc := service(agent.ReviewNone)
	svc.Confirm = agent.ConfirmApproval
	onboarded, first := agent.Onboard("20810200", "p1", agent.Profile{}, by(alice))
	r := agent.Record{Agent: onboarded}
	events := []event.Event{first}
	follow := func(a agent.Activation, e *event.Event, err error) {
		t.Helper()
		if err != nil || e == nil {
			t.Fatalf("%v, %v", e, err)
		}
		next := r.Head().Next(*e)
		events, a.Head = append(events, next), next.Head()
		r.Activations = []agent.Activation{a}
	}
	r.Agent.Head = first.Head()
	follow(r.Apply(svc, command(agent.Activate), by(alice)))
	follow(r.Apply(svc, command(agent.Renew), by(bob)))
	follow(r.Reschedule(svc, agent.Dates{Until: day(9)}, by(alice)))
	then, _ := agent.Replay(events, day(1))
	if list := then.Differences(&r); len(list) > 0 {
		t.Errorf("the history differs from the row: %v", list)
	}
}
