package agent_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
)

func born() time.Time { return time.Date(2024, 1, 2, 3, 4, 5, 0, time.UTC) }
func now() time.Time  { return time.Date(2024, 3, 5, 10, 20, 30, 0, time.UTC) }

func cause() event.Cause {
	return event.Cause{Actor: "partner:p1", Key: "k1", Address: "192.0.2.1", RequestID: "r1", At: now()}
}

// record makes an agent whose service 45 is in a state, with two events behind it.
func record(state agent.State) *agent.Record {
	a, e := agent.Onboard("20810200", "p1", agent.Profile{FirstName: "Asha"}, event.Cause{Actor: "operator:x", At: born()})
	e.Seq = 7
	a.Head = e.Head()
	r := &agent.Record{Agent: a}
	if state != agent.Absent {
		next := a.Head.Next(event.Event{Subject: e.Subject, Kind: "earlier", Cause: event.Cause{At: born()}})
		next.Seq = 9
		r.Activations = []agent.Activation{{UserCode: "20810200", ServiceCode: "45", State: state, Comment: "earlier",
			LatLong: "1,1", CreatedAt: born(), Head: next.Head()}}
		if state.Waiting() {
			r.Activations[0].WaitingSince = born()
		}
	}
	return r
}

func service(review agent.Review) agent.Service {
	return agent.Service{Code: "45", Name: "Vendor Payments", Review: review}
}

// command gives a command with all that it needs.
func command(kind agent.CommandKind) agent.Command {
	c := agent.Command{Kind: kind, Reference: "REF"}
	if kind == agent.Reject {
		c.Comment = "blurred"
	}
	return c
}

// TestApply: every transition makes the activation and the event that records it, or neither.
func TestApply(t *testing.T) {
	t.Parallel()
	want := rules(t)
	everyTransition(func(name string, from agent.State, cmd agent.CommandKind, review agent.Review) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := record(from)
			was := r.Activation("45")
			got, e, err := r.Apply(service(review), command(cmd), cause())
			switch {
			case want[name] == "-":
				if !fault.Is(err, fault.Conflict) || e != nil || got != was {
					t.Errorf("gives %+v, %v, %v, want a conflict", got, e, err)
				}
			case want[name] == from.String() && cmd != agent.Renew:
				if err != nil || e != nil || got != was {
					t.Errorf("gives %+v, %v, %v, want nothing to change", got, e, err)
				}
			default:
				if err != nil || e == nil {
					t.Fatalf("gives %v, %v", e, err)
				}
				checkChange(t, r, was, got, e, command(cmd), want[name])
			}
		})
	})
}

// checkChange checks an activation that was changed, and its event.
func checkChange(t *testing.T, r *agent.Record, was, got agent.Activation, e *event.Event, cmd agent.Command, state string) {
	t.Helper()
	want := was
	want.State, want.Comment = got.State, cmd.Comment
	if cmd.Kind == agent.Activate && got.State.Waiting() {
		want.RequestedBy = cause().Actor
	}
	if want.WaitingSince = (time.Time{}); got.State.Waiting() {
		want.WaitingSince = now() // no command leads from one wait to another
	}
	if was.State == agent.Absent {
		want.CreatedAt = now()
	} else {
		want.UpdatedAt = now()
	}
	if got != want || got.State.String() != state {
		t.Errorf("the activation is\n%+v, want %s and\n%+v", got, state, want)
	}
	if d := event.Data("from", was.State.String(), "to", state, "client_ref_id", "REF"); e.Data != d {
		t.Errorf("the event's data is %s, want %s", e.Data, d)
	}
	if e.Private != event.Private("comment", cmd.Comment) {
		t.Errorf("the event's personal texts are %s", e.Private)
	}
	if e.Subject != (event.Subject{Kind: event.Agent, ID: "20810200"}) || e.Service != "45" || e.Cause != cause() || e.Kind != kindOf(cmd.Kind, state) {
		t.Errorf("the event is %+v", e)
	}
	checkDraft(t, e)
}

// checkDraft: an event that a change makes has no place in a chain yet.
func checkDraft(t *testing.T, e *event.Event) {
	t.Helper()
	if e.Version != 0 || e.Seq != 0 || e.Prev != 0 || e.Hash != (event.Hash{}) {
		t.Errorf("the draft of an event says where in the chain it stands: %+v", e)
	}
}

func kindOf(cmd agent.CommandKind, state string) event.Kind {
	kinds := map[agent.CommandKind]event.Kind{agent.Activate: event.ServiceActivated, agent.Deactivate: event.ServiceDeactivated,
		agent.Approve: event.ServiceApproved, agent.Reject: event.ServiceRejected, agent.Renew: event.ActivationRenewed}
	if state == "pending(3)" {
		return event.ServiceRequested
	}
	return kinds[cmd]
}

// TestApplyRefuses what the table of transitions does not know of, and changes nothing.
func TestApplyRefuses(t *testing.T) {
	t.Parallel()
	removed := service(agent.ReviewNone)
	removed.Removed = true
	reviewed := service(agent.ReviewBefore)
	bare := agent.Command{Kind: agent.Reject}
	for _, c := range []struct {
		name     string
		from     agent.State
		standing agent.Standing
		service  agent.Service
		command  agent.Command
		want     fault.Code // "": let pass
	}{
		{"activate removed", agent.Absent, agent.Open, removed, command(agent.Activate), fault.UnknownService},
		{"activate removed again", agent.Active, agent.Open, removed, command(agent.Activate), fault.UnknownService},
		{"deactivate removed, never active", agent.Absent, agent.Open, removed, command(agent.Deactivate), fault.UnknownService},
		{"deactivate removed", agent.Active, agent.Open, removed, command(agent.Deactivate), ""},
		{"reject removed", agent.PendingReview, agent.Open, removed, command(agent.Reject), ""},
		{"activate suspended", agent.Off, agent.Suspended, reviewed, command(agent.Activate), fault.AgentInactive},
		{"activate closed", agent.Active, agent.Closed, reviewed, command(agent.Activate), fault.AgentInactive},
		{"removed and closed", agent.Off, agent.Closed, removed, command(agent.Activate), fault.UnknownService},
		{"deactivate suspended", agent.Active, agent.Suspended, reviewed, command(agent.Deactivate), ""},
		{"deactivate closed", agent.PendingReview, agent.Closed, removed, command(agent.Deactivate), ""},
		{"reject closed", agent.PendingReview, agent.Closed, reviewed, command(agent.Reject), ""},
		{"reject without a reason", agent.PendingReview, agent.Open, reviewed, bare, fault.Invalid},
		{"bad place", agent.Off, agent.Open, reviewed, agent.Command{Kind: agent.Activate, LatLong: "91,0"}, fault.Invalid},
		{"good place", agent.Off, agent.Open, reviewed, agent.Command{Kind: agent.Activate, LatLong: "90,0"}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := record(c.from)
			r.Agent.Standing = c.standing
			before := r.Activation("45")
			got, e, err := r.Apply(c.service, c.command, cause())
			if fault.CodeOf(err) != c.want {
				t.Fatalf("the error is %v, want %q", err, c.want)
			}
			if changed := e != nil && got != before; changed != (c.want == "") {
				t.Errorf("changed: %t, with the error %v", changed, err)
			}
			if c.command.LatLong != "" && c.want == "" && got.LatLong != c.command.LatLong {
				t.Errorf("the place is %q", got.LatLong)
			}
		})
	}
}

// TestHead: the end of the chain is the latest event, whichever row it stands in.
func TestHead(t *testing.T) {
	t.Parallel()
	at := func(version uint64) event.Head {
		return event.Head{Version: version, Seq: 10 * version, Hash: event.Hash{byte(version)}}
	}
	for _, c := range []struct {
		agent       uint64
		activations []uint64
		want        uint64
	}{{1, nil, 1}, {1, []uint64{2}, 2}, {1, []uint64{2, 4, 3}, 4}, {5, []uint64{2, 4, 3}, 5}, {0, nil, 0}} {
		r := agent.Record{Agent: agent.Agent{Head: at(c.agent)}}
		for _, v := range c.activations {
			r.Activations = append(r.Activations, agent.Activation{Head: at(v)})
		}
		if got := r.Head(); got != at(c.want) {
			t.Errorf("%+v has the head %+v", c, got)
		}
	}
}

func TestActivationThatNeverWas(t *testing.T) {
	t.Parallel()
	want := agent.Activation{UserCode: "20810200", ServiceCode: "4", State: agent.Absent}
	if got := record(agent.Active).Activation("4"); got != want {
		t.Errorf("it is %+v", got)
	}
}

func TestOnboard(t *testing.T) {
	t.Parallel()
	p := agent.Profile{FirstName: "Asha", Mobile: "9123456789", PAN: "ABCDE1234F"}
	a, e := agent.Onboard("20810200", "p1", p, cause())
	if a != (agent.Agent{UserCode: "20810200", PartnerID: "p1", Standing: agent.Open, Profile: p, CreatedAt: now()}) {
		t.Errorf("the agent is %+v", a)
	}
	if e.Version != 1 || e.Prev != 0 || e.Kind != event.AgentOnboarded || e.Cause != cause() || e.Data != `{"partner":"p1"}` {
		t.Errorf("the event is %+v", e)
	}
	if err := event.Verify(event.Head{}, []event.Event{e}); err != nil {
		t.Error(err)
	}
	if slices.ContainsFunc([]string{p.FirstName, p.Mobile, p.PAN}, func(s string) bool { return strings.Contains(e.Data, s) }) {
		t.Errorf("the event carries personal data: %s", e.Data)
	}
}

func TestSetStanding(t *testing.T) {
	t.Parallel()
	all := []agent.Standing{agent.Open, agent.Suspended, agent.Closed}
	for _, from := range all {
		for _, to := range all {
			for _, reason := range []string{"", "because"} {
				r := record(agent.Active)
				r.Agent.Standing = from
				a, e, err := r.SetStanding(to, reason, cause())
				needsReason := to != agent.Open && to != from && reason == ""
				changes := to != from && !needsReason
				if fault.Is(err, fault.Invalid) != needsReason || (e != nil) != changes || (a.Standing == to) != (changes || to == from) {
					t.Errorf("%s to %s because %q: %+v, %v, %v", from, to, reason, a, e, err)
				}
				if !changes {
					if a != withStanding(r.Agent, from) {
						t.Errorf("%s to %s because %q changed the agent to %+v", from, to, reason, a)
					}
					continue
				}
				checkDraft(t, e)
				if e.Kind != event.AgentStatus || e.Data != event.Data("from", from.String(), "to", to.String()) || e.Private != event.Private("reason", reason) {
					t.Errorf("%s to %s: the event is %+v", from, to, e)
				}
				if !a.UpdatedAt.Equal(now()) || !a.StandSince.Equal(now()) {
					t.Errorf("%s to %s: the agent is %+v", from, to, a)
				}
			}
		}
	}
}

func withStanding(a agent.Agent, s agent.Standing) agent.Agent {
	a.Standing = s
	return a
}
