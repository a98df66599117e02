package eps_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/apptest"
)

// TestReview: the life of an activation under each review rule, as client and operator see it.
// A state is status(verification).
func TestReview(t *testing.T) {
	t.Parallel()
	w := newWorld(t, apptest.Options{})
	client := w.client(sandboxCreds())
	const none, before, after = "45", "1", "43"
	for _, c := range []struct {
		name, service, steps, want string
	}{
		{"none", none, "on", "1(0)"},
		{"none, off", none, "on off", "0(0)"},
		{"none, off and on", none, "on off on", "1(0)"},
		{"before", before, "on", "2(3)"},
		{"before, approved", before, "on approve", "1(1)"},
		{"before, rejected", before, "on reject", "0(2)"},
		{"before, withdrawn", before, "on off", "0(0)"},
		{"before, approved and off", before, "on approve off", "0(0)"},
		{"before, off, again from the start", before, "on approve off on", "2(3)"},
		{"before, rejected, again from the start", before, "on reject on", "2(3)"},
		{"after", after, "on", "1(3)"},
		{"after, approved", after, "on approve", "1(1)"},
		{"after, rejected", after, "on reject", "0(2)"},
		{"after, off", after, "on off", "0(0)"},
		{"after, rejected, again", after, "on reject on", "1(3)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			user := w.agent(t, "sandbox")
			w.walk(t, client, user, c.service, c.steps)
			s := w.service(t, client, user, c.service)
			if got := fmt.Sprintf("%d(%d)", s.Status, s.VerificationStatus); got != c.want {
				t.Errorf("the state is %s, want %s", got, c.want)
			}
			if rejected := c.want == "0(2)"; rejected != (s.Comments != nil) || rejected && *s.Comments != "not good" {
				t.Errorf("the comments are %v", s.Comments)
			}
			w.wantChain(t, user)
		})
	}
}

// walk takes a service through steps, each of which must change it.
func (w *world) walk(t *testing.T, client *switchboard.Client, user, service, steps string) {
	t.Helper()
	for _, step := range strings.Fields(steps) {
		w.records(t, 1, func() {
			var err error
			switch step {
			case "on":
				_, err = client.ActivateService(t.Context(), user, service, switchboard.ActivateOptions{})
			case "off":
				_, err = client.DeactivateService(t.Context(), user, service, "")
			case "reject":
				w.review(t, user, service, step, "not good")
			default:
				w.review(t, user, service, step, "")
			}
			if err != nil {
				t.Fatalf("%s: %v", step, err)
			}
		})
	}
}

// wantChain checks that the agent's events are numbered without a gap.
func (w *world) wantChain(t *testing.T, user string) {
	t.Helper()
	a, err := w.Operator.Agent(t.Context(), user, 100)
	if err != nil {
		t.Fatal(err)
	}
	for i, e := range a.Events {
		if e.Version != uint64(len(a.Events)-i) {
			t.Errorf("event %d of %d has version %d", len(a.Events)-i, len(a.Events), e.Version)
		}
	}
}

// TestReviewedTwice: only what waits can be reviewed, and the review is recorded once.
func TestReviewedTwice(t *testing.T) {
	t.Parallel()
	w := newWorld(t, apptest.Options{})
	user := w.agent(t, "sandbox")
	w.send(t, activate(user, "45")).want(t, done())
	w.send(t, activate(user, "1")).want(t, pending())
	w.review(t, user, "1", "approve", "")
	w.records(t, 0, func() {
		for service, command := range map[string]string{"45": "approve", "1": "approve", "4": "reject"} {
			_, err := w.Operator.ChangeService(t.Context(), user, service, command, switchboard.ServiceCommand{Comment: "x"})
			if f, ok := err.(*switchboard.OperatorFault); !ok || f.Code != "conflict" {
				t.Errorf("%s of %s gives %v", command, service, err)
			}
		}
	})
}

// TestChangesAreIdempotent: asked again, answered as the first time, recorded once.
func TestChangesAreIdempotent(t *testing.T) {
	t.Parallel()
	w := newWorld(t, apptest.Options{})
	for _, service := range []string{"45", "1", "43"} {
		user := w.agent(t, "sandbox")
		var first reply
		w.records(t, 1, func() { first = w.send(t, activate(user, service)) })
		w.records(t, 0, func() {
			if again := w.send(t, activate(user, service)); again.body != first.body {
				t.Errorf("activated again: %s, first %s", again.body, first.body)
			}
		})
		w.records(t, 1, func() { first = w.send(t, deactivate(user, service)).want(t, done()) })
		w.records(t, 0, func() {
			if again := w.send(t, deactivate(user, service)); again.body != first.body {
				t.Errorf("deactivated again: %s, first %s", again.body, first.body)
			}
		})
	}
	t.Run("never activated", func(t *testing.T) {
		user := w.agent(t, "sandbox")
		w.records(t, 0, func() { w.send(t, deactivate(user, "59")).want(t, done()) })
	})
}

// TestRecordedCause: an event says who, with which key, from where, in which request, and when.
func TestRecordedCause(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings(behindProxy))
	user := w.agent(t, "sandbox")
	r := w.send(t, activate(user, "45").with(`"client_ref_id":"REF-1","latlong":"1,2"`).from("192.0.2.7")).want(t, done())
	a, err := w.Operator.Agent(t.Context(), user, 1)
	if err != nil {
		t.Fatal(err)
	}
	e := a.Events[0]
	if e.Kind != "activation.activated" || e.Service != "45" || e.Actor != "partner:sandbox" || e.Key != sandboxCreds().developerKey ||
		e.Address != "192.0.2.7" || e.RequestID != r.header.Get("X-Request-Id") || !e.At.Equal(dawn()) ||
		string(e.Data) != `{"from":"none","to":"activated(0)","client_ref_id":"REF-1","latlong":"1,2"}` {
		t.Errorf("the event is %+v", e)
	}
}

// TestStanding: a suspended or closed agent gets nothing new; switching off and reading still work.
func TestStanding(t *testing.T) {
	t.Parallel()
	w := newWorld(t, apptest.Options{})
	for _, standing := range []string{"suspended", "closed"} {
		t.Run(standing, func(t *testing.T) {
			user := w.agent(t, "sandbox")
			w.send(t, activate(user, "45")).want(t, done())
			w.stand(t, user, standing)
			w.records(t, 0, func() {
				w.send(t, activate(user, "4")).want(t, inactive())
				w.send(t, activate(user, "45")).want(t, inactive())
				w.send(t, activate(user, "1")).want(t, inactive())
				w.send(t, bbps(user)).want(t, inactive())
				w.send(t, services(user)).want(t, listed())
				w.send(t, get("/user/services/user_code:"+user+"?initiator_id=9962981729")).want(t, listed())
			})
			w.records(t, 1, func() { w.send(t, deactivate(user, "45")).want(t, done()) })
			w.stand(t, user, "open")
			w.send(t, activate(user, "45")).want(t, done())
		})
	}
}

func (w *world) stand(t *testing.T, user, standing string) {
	t.Helper()
	if _, err := w.Operator.SetStanding(t.Context(), user, switchboard.NewStanding{Standing: standing, Reason: "because"}); err != nil {
		t.Fatal(err)
	}
}

// TestAnotherPartnersAgent is answered as one that does not exist, byte for byte.
func TestAnotherPartnersAgent(t *testing.T) {
	t.Parallel()
	w := newWorld(t, apptest.Options{})
	stranger := credsOf(w.partner(t, "9000000001", ""))
	user := w.agent(t, "sandbox")
	w.send(t, activate(user, "45")).want(t, done())
	w.stand(t, user, "suspended")
	w.records(t, 0, func() {
		for name, of := range map[string]func(string) request{
			"activate":         func(u string) request { return activate(u, "45") },
			"activate unknown": func(u string) request { return activate(u, "999") },
			"deactivate":       func(u string) request { return deactivate(u, "45") },
			"named":            func(u string) request { return deactivate(u, "45").with(`"client_ref_id":"A"`) },
			"BBPS":             bbps,
			"services":         services,
			"enquiry":          func(u string) request { return get("/user/services/user_code:" + u + "?initiator_id=9962981729") },
		} {
			t.Run(name, func(t *testing.T) {
				theirs := w.send(t, of(user).by(stranger)).want(t, unknownAgent())
				nobodys := w.send(t, of("99999999").by(stranger)).want(t, unknownAgent())
				if theirs.body != nobodys.body {
					t.Errorf("%s differs from %s", theirs.body, nobodys.body)
				}
				if theirs.header.Get("Content-Length") != nobodys.header.Get("Content-Length") || len(theirs.header) != len(nobodys.header) {
					t.Errorf("the headers differ: %v, %v", theirs.header, nobodys.header)
				}
			})
		}
	})
	if s := w.service(t, w.client(sandboxCreds()), user, "45"); s.Status != 1 {
		t.Errorf("the service is %+v", s)
	}
}

// TestWrongInitiator: of another partner, or of nobody.
func TestWrongInitiator(t *testing.T) {
	t.Parallel()
	w := newWorld(t, apptest.Options{})
	w.partner(t, "9000000001", "")
	w.records(t, 0, func() {
		for _, initiator := range []string{"9000000001", "9000000009"} {
			for _, a := range w.addressesOf("20810200") {
				r := a.by(creds{initiator: initiator})
				r.as = sandboxCreds()
				w.send(t, r).want(t, look{200, 1, 319, 1297})
			}
		}
	})
}
