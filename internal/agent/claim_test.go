package agent_test

import (
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
)

// at is a cause by somebody so long after now.
func at(actor string, after time.Duration) event.Cause {
	return event.Cause{Actor: actor, At: now().Add(after)}
}

// waiting is an activation that waits for a review, and nobody's claim of it.
func waiting() (agent.Activation, agent.Claim) {
	return record(agent.PendingReview).Activations[0], agent.Claim{UserCode: "20810200", ServiceCode: "45"}
}

// TestClaimStory: one takes a review, prolongs and releases it; whoever else wants it meets the claim until it ends.
func TestClaimStory(t *testing.T) {
	t.Parallel()
	a, cl := waiting()
	cl, e, err := cl.Take(a, at(alice, 0))
	if err != nil || e == nil || e.Kind != event.ReviewClaimed || e.Subject.String() != "review:20810200/45" || e.Service != "45" {
		t.Fatalf("claimed: %+v, %v", e, err)
	}
	checkDraft(t, e)
	if cl.By != alice || !cl.At.Equal(now()) || !cl.Until.Equal(now().Add(agent.ClaimFor)) || !cl.Holds(a, now()) {
		t.Errorf("the claim is %+v", cl)
	}
	_, e, err = cl.Take(a, at(bob, time.Minute))
	wantFault(t, "somebody else claims it", e, err, fault.Conflict)
	_, e, err = cl.Release(a, false, at(bob, time.Minute))
	wantFault(t, "somebody else releases it", e, err, fault.Forbidden)

	if same, e, err := cl.Take(a, at(alice, 4*time.Minute)); err != nil || e != nil || same != cl {
		t.Errorf("claimed again soon: %+v, %+v, %v", same, e, err)
	}
	longer, e, err := cl.Take(a, at(alice, 14*time.Minute))
	if err != nil || e == nil || !longer.At.Equal(cl.At) || !longer.Until.Equal(now().Add(14*time.Minute+agent.ClaimFor)) {
		t.Errorf("claimed again late: %+v, %+v, %v", longer, e, err)
	}
	if cl.Holds(a, cl.Until) {
		t.Error("it holds beyond its time")
	}
	if next, e, err := cl.Take(a, at(bob, agent.ClaimFor)); err != nil || e == nil || next.By != bob || !next.At.Equal(now().Add(agent.ClaimFor)) {
		t.Errorf("claimed once it had ended: %+v, %+v, %v", next, e, err)
	}
	for who, anybodys := range map[string]bool{alice: false, bob: true} {
		free, e, err := cl.Release(a, anybodys, at(who, time.Minute))
		if err != nil || e == nil || e.Kind != event.ReviewReleased || e.Data != event.Data("claimed_by", alice) || free.Holds(a, now()) {
			t.Errorf("released by %s: %+v, %+v, %v", who, free, e, err)
		}
	}
	if _, e, err := cl.Over().Release(a, false, at(alice, 0)); e != nil || err != nil {
		t.Errorf("what is free is released: %+v, %v", e, err)
	}
}

// TestClaimsAreOfPeopleAndWaits: nobody in particular claims nothing, and what does not wait is not claimed.
func TestClaimsAreOfPeopleAndWaits(t *testing.T) {
	t.Parallel()
	for _, state := range agent.States() {
		a, cl := record(state).Activation("45"), agent.Claim{}
		_, e, err := cl.Take(a, at(alice, 0))
		if state.Waiting() != (err == nil) || state.Waiting() != (e != nil) {
			t.Errorf("%s: %v, %v", state, e, err)
		}
		_, e, err = cl.Take(a, at(event.SharedToken, 0))
		wantFault(t, "the shared token", e, err, fault.Conflict)
		_, e, err = cl.Take(a, at("partner:p1", 0))
		wantFault(t, "a partner", e, err, fault.Conflict)
	}
}

// TestClaimEndsWithItsWait: one that was about an earlier wait is nobody's.
func TestClaimEndsWithItsWait(t *testing.T) {
	t.Parallel()
	a, cl := waiting()
	cl, _, err := cl.Take(a, at(alice, 0))
	if err != nil {
		t.Fatal(err)
	}
	off, again := a, a
	off.State, off.WaitingSince = agent.Off, time.Time{}
	again.WaitingSince = now().Add(time.Second)
	for what, a := range map[string]agent.Activation{"off": off, "asked for again": again} {
		if cl.Holds(a, now()) {
			t.Errorf("%s: it holds", what)
		}
		if err := cl.Heed(a, false, at(bob, 0)); err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	endorsed := a
	endorsed.EndorsedBy, endorsed.UpdatedAt = bob, now()
	if !cl.Holds(endorsed, now()) {
		t.Error("another version of the same wait ends it")
	}
}

func TestHeed(t *testing.T) {
	t.Parallel()
	a, free := waiting()
	cl, _, err := free.Take(a, at(alice, 0))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		what      string
		cl        agent.Claim
		actor     string
		forOthers bool
		after     time.Duration
		refused   bool
	}{
		{"nobody has claimed it", free, bob, false, 0, false},
		{"whoever has", cl, alice, false, 0, false},
		{"somebody else", cl, bob, false, 0, true},
		{"nobody in particular", cl, event.SharedToken, false, 0, true},
		{"an administrator", cl, bob, true, 0, false},
		{"somebody else, once it has ended", cl, bob, false, agent.ClaimFor, false},
	} {
		if err := c.cl.Heed(a, c.forOthers, at(c.actor, c.after)); fault.Is(err, fault.Conflict) != c.refused {
			t.Errorf("%s: %v", c.what, err)
		}
	}
}

// TestWaitingSince: the first of two approvals and new dates do not begin a wait anew, being restored from one wait to
// another neither; and the history says the same as the row.
func TestWaitingSince(t *testing.T) {
	t.Parallel()
	svc := service(agent.ReviewBefore)
	svc.Confirm = agent.ConfirmApproval
	onboarded, first := agent.Onboard("20810200", "p1", agent.Profile{}, at(alice, -time.Hour))
	r := agent.Record{Agent: onboarded}
	r.Agent.Head = first.Head()
	events := []event.Event{first}
	follow := func(since time.Duration, a agent.Activation, e *event.Event, err error) {
		t.Helper()
		if err != nil || e == nil {
			t.Fatalf("%v, %v", e, err)
		}
		next := r.Head().Next(*e)
		events, a.Head = append(events, next), next.Head()
		r.Activations = []agent.Activation{a}
		want := time.Time{}
		if since >= 0 {
			want = now().Add(since)
		}
		then, _ := agent.Replay(events, now().Add(time.Hour))
		if replayed := then.Activations[0].WaitingSince; !a.WaitingSince.Equal(want) || !replayed.Equal(want) {
			t.Errorf("after %s it waits since %v, by its history since %v, want %v", e.Kind, a.WaitingSince, replayed, want)
		}
	}
	is := func(since time.Duration) func(agent.Activation, *event.Event, error) {
		return func(a agent.Activation, e *event.Event, err error) { t.Helper(); follow(since, a, e, err) }
	}
	is(0)(r.Apply(svc, command(agent.Activate), at(alice, 0)))
	is(0)(r.Apply(svc, command(agent.Approve), at(bob, 1)))
	is(0)(r.Reschedule(svc, agent.Dates{Until: day(9)}, at(alice, 2)))
	is(0)(r.Restore(svc, agent.ActiveWaiting, agent.Dates{}, at(alice, 3)))
	is(-1)(r.Apply(svc, command(agent.Deactivate), at(alice, 4)))
	is(5)(r.Restore(svc, agent.PendingReview, agent.Dates{}, at(alice, 5)))
	is(5)(r.Apply(svc, command(agent.Approve), at(alice, 6)))
	is(-1)(r.Apply(svc, command(agent.Approve), at(bob, 7)))
	is(-1)(r.Apply(svc, command(agent.Deactivate), at(alice, 8)))
	is(9)(r.Apply(svc, command(agent.Activate), at(alice, 9)))
	is(-1)(r.Apply(svc, command(agent.Reject), at(bob, 10)))
}
