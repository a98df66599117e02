package agent_test

import (
	"slices"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
)

// TestDatesOfChange: what each command makes of the dates there were, the dates it brings, and the service's rule.
func TestDatesOfChange(t *testing.T) {
	t.Parallel()
	had := agent.Dates{From: day(-9), Until: day(9), VerifyBy: day(8)}
	given := agent.Dates{From: day(1), Until: day(10), VerifyBy: day(5)}
	term := agent.Dates{From: day(1), Until: day(10)}
	for _, c := range []struct {
		name       string
		from       agent.State
		review     agent.Review
		verifyDays int
		cmd        agent.CommandKind
		dates      agent.Dates
		want       agent.Dates
	}{
		{"activate without", agent.Absent, agent.ReviewNone, 0, agent.Activate, agent.Dates{}, agent.Dates{}},
		{"activate with a term", agent.Absent, agent.ReviewNone, 0, agent.Activate, term, term},
		{"nobody activates and says how long it is good", agent.Absent, agent.ReviewNone, 0, agent.Activate, given, term},
		{"activate by the rule", agent.Absent, agent.ReviewNone, 30, agent.Activate, given, agent.Dates{From: day(1), Until: day(10), VerifyBy: day(30)}},
		{"a request is not good for any time yet", agent.Absent, agent.ReviewBefore, 30, agent.Activate, term, term},
		{"review after", agent.Absent, agent.ReviewAfter, 30, agent.Activate, agent.Dates{}, agent.Dates{VerifyBy: day(30)}},
		{"on again", agent.Off, agent.ReviewNone, 30, agent.Activate, agent.Dates{}, had},
		{"on again without a rule", agent.Off, agent.ReviewNone, 0, agent.Activate, agent.Dates{}, had},
		{"on again after a rejection", agent.OffRejected, agent.ReviewAfter, 30, agent.Activate, agent.Dates{}, had},
		{"asked for again", agent.Off, agent.ReviewBefore, 30, agent.Activate, agent.Dates{}, had},
		{"on again with a term", agent.Off, agent.ReviewNone, 30, agent.Activate, given, agent.Dates{From: day(1), Until: day(10), VerifyBy: day(8)}},
		{"on again with an end alone", agent.Off, agent.ReviewNone, 30, agent.Activate, agent.Dates{Until: day(10)}, agent.Dates{Until: day(10), VerifyBy: day(8)}},
		{"on again with a beginning alone", agent.Off, agent.ReviewNone, 30, agent.Activate, agent.Dates{From: day(1)}, agent.Dates{From: day(1), VerifyBy: day(8)}},
		{"on again with what is not asked", agent.Off, agent.ReviewNone, 30, agent.Activate, agent.Dates{VerifyBy: day(99)}, had},
		{"again with a term", agent.Active, agent.ReviewNone, 0, agent.Activate, term, agent.Dates{From: day(1), Until: day(10), VerifyBy: day(8)}},
		{"again without", agent.Active, agent.ReviewNone, 0, agent.Activate, agent.Dates{}, had},
		{"again with what is not asked", agent.Active, agent.ReviewNone, 0, agent.Activate, agent.Dates{VerifyBy: day(99)}, had},
		{"request again with a term", agent.PendingReview, agent.ReviewBefore, 0, agent.Activate, term, agent.Dates{From: day(1), Until: day(10), VerifyBy: day(8)}},
		{"approve keeps the term", agent.PendingReview, agent.ReviewBefore, 0, agent.Approve, agent.Dates{}, agent.Dates{From: day(-9), Until: day(9)}},
		{"approve by the rule", agent.PendingReview, agent.ReviewBefore, 30, agent.Approve, agent.Dates{}, agent.Dates{From: day(-9), Until: day(9), VerifyBy: day(30)}},
		{"approve until a day", agent.ActiveWaiting, agent.ReviewAfter, 30, agent.Approve, agent.Dates{VerifyBy: day(5)}, agent.Dates{From: day(-9), Until: day(9), VerifyBy: day(5)}},
		{"renew by the rule", agent.ActiveVerified, agent.ReviewAfter, 30, agent.Renew, agent.Dates{}, agent.Dates{From: day(-9), Until: day(9), VerifyBy: day(30)}},
		{"renew until a day", agent.Active, agent.ReviewNone, 30, agent.Renew, agent.Dates{VerifyBy: day(5)}, agent.Dates{From: day(-9), Until: day(9), VerifyBy: day(5)}},
		{"renew for ever", agent.Active, agent.ReviewNone, 0, agent.Renew, agent.Dates{}, agent.Dates{From: day(-9), Until: day(9)}},
		{"deactivate", agent.ActiveVerified, agent.ReviewNone, 30, agent.Deactivate, agent.Dates{}, had},
		{"reject", agent.PendingReview, agent.ReviewBefore, 30, agent.Reject, agent.Dates{}, had},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r, svc := record(c.from), service(c.review)
			svc.VerifyDays = c.verifyDays
			if c.from != agent.Absent {
				r.Activations[0].Dates = had
			}
			cmd := command(c.cmd)
			cmd.Dates = c.dates
			got, e, err := r.Apply(svc, cmd, cause())
			if err != nil || got.Dates != c.want {
				t.Fatalf("gives %+v, %v, want %+v", got.Dates, err, c.want)
			}
			if e == nil {
				return
			}
			for field, want := range map[string]string{"effective_from": event.Date(c.want.From), "effective_until": event.Date(c.want.Until),
				"verify_by": event.Date(c.want.VerifyBy)} {
				if e.Field(field) != want {
					t.Errorf("the event's %s is %q, want %q", field, e.Field(field), want)
				}
			}
		})
	}
}

// TestOffAndOn: whom a last day and a due verification bind does not shake them off, under any rule of review, and
// nobody is on record as asking for what waits for nobody.
func TestOffAndOn(t *testing.T) {
	t.Parallel()
	for _, review := range reviews() {
		svc := service(review)
		svc.VerifyDays = 30
		s := scene{Record: record(agent.Absent), svc: svc, q: agent.Question{At: day(50)}}
		do := func(at int, cmd agent.CommandKind, d agent.Dates) agent.Activation {
			t.Helper()
			c, x := cause(), command(cmd)
			c.At, x.Dates = day(at), d
			a, e, err := s.Apply(svc, x, c)
			if err != nil || e == nil {
				t.Fatalf("review %s: %s: %v, %v", review, cmd, e, err)
			}
			s.Activations = []agent.Activation{a}
			return a
		}
		do(0, agent.Activate, agent.Dates{Until: day(40)})
		if review != agent.ReviewNone {
			do(0, agent.Approve, agent.Dates{})
		}
		for at, off := range []agent.CommandKind{agent.Deactivate, agent.Deactivate, agent.Reject} {
			if off == agent.Reject && review == agent.ReviewNone { // which rejects nothing
				continue
			}
			do(20+at, off, agent.Dates{})
			a := do(20+at, agent.Activate, agent.Dates{})
			if want := (agent.Dates{Until: day(40), VerifyBy: day(30)}); a.Dates != want {
				t.Errorf("review %s: after %s and on it has %+v, want %+v", review, off, a.Dates, want)
			}
			if want := asker(agent.Activate, a.State, p1, ""); a.RequestedBy != want {
				t.Errorf("review %s: after %s and on it was asked for by %q, want %q", review, off, a.RequestedBy, want)
			}
			got := s.decide()
			for _, code := range []agent.ReasonCode{agent.NoLonger, agent.VerificationDue} {
				if !slices.ContainsFunc(got, func(r agent.Reason) bool { return r.Code == code }) {
					t.Errorf("review %s: after %s and on, %s is not among %v", review, off, code, got)
				}
			}
		}
	}
}

// TestDatesMustBeInOrder in every command that brings them, and nothing changes when they are not.
func TestDatesMustBeInOrder(t *testing.T) {
	t.Parallel()
	for _, d := range []agent.Dates{{From: day(2), Until: day(1)}, {From: day(1), Until: day(1)}} {
		for _, state := range []agent.State{agent.Absent, agent.Off, agent.Active} {
			_, e, err := record(state).Apply(service(agent.ReviewNone), agent.Command{Kind: agent.Activate, Dates: d}, cause())
			wantFault(t, "activate "+state.String(), e, err, fault.Invalid)
			if f := fault.As(err); len(f.Fields) != 1 || f.Fields[0].Name != "until" {
				t.Errorf("the bad fields are %+v, want until", f.Fields)
			}
		}
	}
}

// TestDatesThatCannotBeKept: 1970-01-01T00:00:00Z would be stored as no date at all, and what ended then would go
// on for ever; a year of five digits, which an offset can make, has no spelling in JSON.
func TestDatesThatCannotBeKept(t *testing.T) {
	t.Parallel()
	west := time.FixedZone("", -12*60*60)
	for at, ok := range map[time.Time]bool{
		time.Unix(0, 0): false, time.Date(9999, 12, 31, 23, 0, 0, 0, west): false, time.Date(1, 1, 1, 0, 0, 0, 0, time.FixedZone("", 60)): false,
		time.Date(1971, 1, 1, 0, 0, 0, 0, time.UTC): true, time.Date(9999, 12, 31, 23, 0, 0, 0, time.UTC): true,
	} {
		for name, d := range map[string]agent.Dates{"from": {From: at}, "until": {Until: at}, "verify_by": {VerifyBy: at}} {
			_, e, err := record(agent.Active).Reschedule(service(agent.ReviewNone), d, cause())
			if f := fault.As(err); ok != (err == nil) || !ok && (e != nil || f.Code != fault.Invalid || len(f.Fields) != 1 || f.Fields[0].Name != name) {
				t.Errorf("%s %s: %v, %v", name, at, e, err)
			}
		}
	}
}

// TestWhoVerifiesDoesNotMove the place that a fence is measured from.
func TestWhoVerifiesDoesNotMove(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		from agent.State
		cmd  agent.CommandKind
	}{{agent.PendingReview, agent.Approve}, {agent.ActiveVerified, agent.Renew}} {
		cmd := command(c.cmd)
		cmd.LatLong = "28.6139,77.2090"
		_, e, err := record(c.from).Apply(service(agent.ReviewBefore), cmd, cause())
		wantFault(t, c.cmd.String(), e, err, fault.Invalid)
	}
}
