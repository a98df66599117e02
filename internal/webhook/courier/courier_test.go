package courier_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/block"
	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/partner"
	"github.com/switchboard-platform/switchboard/internal/registry"
	"github.com/switchboard-platform/switchboard/internal/store"
	"github.com/switchboard-platform/switchboard/internal/webhook"
	"github.com/switchboard-platform/switchboard/internal/webhook/courier"
)

// parse reads a message without checking its signature.
func parse(m got) (w switchboard.WebhookMessage) {
	_ = json.Unmarshal(m.body, &w)
	w.ID = m.header.Get(switchboard.WebhookID)
	return w
}

// fact is what a message tells of, in short.
func (m got) fact() string {
	e, _ := m.Event()
	return m.Type + " " + e.Agent
}

func TestArrives(t *testing.T) {
	t.Parallel()
	w, rc := newWorld(t, nil), newReceiver(t)
	issued := w.endpoint(rc.URL + "/hook?shop=1")
	code := w.agent() // of no concern to the endpoint
	w.set(code, agent.Activate)
	m := rc.next(t)
	if m.fact() != "activation.activated "+code {
		t.Fatalf("the first message is %s", m.body)
	}
	e, err := m.Event()
	if err != nil || e.Service != "45" || e.By != "partner" || e.RequestID == "" || !m.Timestamp.Equal(w.clock.Now()) || !strings.Contains(string(e.Data), `"to":"activated(0)"`) {
		t.Errorf("the message is %s (%v)", m.body, err)
	}
	if !strings.HasPrefix(m.ID, "evt_") || m.header.Get("Content-Type") != "application/json" || m.header.Get("User-Agent") != "Switchboard-Webhooks/1" {
		t.Errorf("the header is %v", m.header)
	}
	got, err := switchboard.VerifyWebhook(switchboard.Secret(issued.Text.Reveal()), m.header, m.body, w.clock.Now())
	if err != nil || got.ID != m.ID || got.Type != m.Type {
		t.Errorf("our own verifier gives %+v, %v", got, err)
	}
	reference, err := standardwebhooks.NewWebhook(issued.Text.Reveal())
	if err != nil {
		t.Fatal(err)
	}
	if err := reference.VerifyIgnoringTimestamp(m.body, m.header); err != nil {
		t.Errorf("the reference library refuses it: %v", err)
	}
	d := w.tried(issued.Endpoint.ID, 1, 1, webhook.Delivered)
	if d.MessageID != m.ID || d.Seq != e.Seq {
		t.Errorf("the delivery is %+v", d)
	}
}

// TestNothingOfTheDesk: who of the operator's people acted, from where, and what they wrote stays inside.
func TestNothingOfTheDesk(t *testing.T) {
	t.Parallel()
	w, rc := newWorld(t, nil), newReceiver(t)
	code := w.agent()
	i, err := w.AddEndpoint(t.Context(), w.partner(), webhook.Endpoint{URL: rc.URL})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.SetStanding(t.Context(), w.operator(), code, agent.Suspended, "caught with a stolen card"); err != nil {
		t.Fatal(err)
	}
	by := w.operator()
	by.Roles = 0xff
	if _, err := w.PlaceBlock(t.Context(), by, block.Block{Target: block.Target{Service: "45"}, Owner: block.Fraud, Reason: "stolen cards everywhere"}); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		m := rc.next(t)
		if m.Type != "agent.status_changed" && m.Type != "block.placed" {
			t.Errorf("the message is %s", m.body)
		}
		for _, secret := range []string{"asha", "Asha", "192.0.2.77", "stolen", "sealed", `"r`} {
			if strings.Contains(string(m.body), secret) {
				t.Errorf("%q stands in %s", secret, m.body)
			}
		}
	}
	w.tried(i.Endpoint.ID, 2, 1, webhook.Delivered)
}

// TestOtherPartnersEvents: a partner hears of its own agents alone.
func TestOtherPartnersEvents(t *testing.T) {
	t.Parallel()
	w, rc := newWorld(t, nil), newReceiver(t)
	_, cred, err := w.AddPartner(t.Context(), w.operator(), partner.Partner{Name: "Another", InitiatorID: "9000000001"}, partner.Observe)
	if err != nil {
		t.Fatal(err)
	}
	by := w.partner()
	by.PartnerID, by.Cause.Actor, by.Cause.Key = cred.Key.PartnerID, "partner:"+cred.Key.PartnerID, cred.Key.DeveloperKey
	if _, err := w.AddEndpoint(t.Context(), by, webhook.Endpoint{URL: rc.URL}); err != nil {
		t.Fatal(err)
	}
	code := w.agent()
	w.set(code, agent.Activate)
	if _, err := w.RemoveService(t.Context(), w.operator(), "63"); err != nil {
		t.Fatal(err)
	}
	if m := rc.next(t); m.Type != "service.removed" {
		t.Errorf("another partner's endpoint got %s", m.body)
	}
}

// TestOrder: what happens to one agent arrives in its order, though an attempt fails; other agents go on.
func TestOrder(t *testing.T) {
	t.Parallel()
	w, rc := newWorld(t, nil), newReceiver(t)
	a, b := w.agent(), w.agent()
	id := w.endpoint(rc.URL).Endpoint.ID
	failing := true
	rc.answers(func(rw http.ResponseWriter, m got) {
		if e, _ := m.Event(); failing && e.Agent == a {
			rw.WriteHeader(http.StatusInternalServerError)
		}
	})
	w.set(a, agent.Activate)
	w.tried(id, 1, 1, webhook.Waiting)
	w.set(a, agent.Deactivate)
	w.set(b, agent.Activate)
	w.tried(id, 3, 1, webhook.Delivered)
	if d, _ := w.delivery(id, 2); d.Tried != 0 || !d.NextAt.IsZero() {
		t.Errorf("the agent's second event did not wait for the first: %+v", d)
	}
	rc.answers(func(http.ResponseWriter, got) {})
	w.clock.pass(6 * time.Second)
	w.tried(id, 2, 1, webhook.Delivered)
	for i, want := range []string{"activation.activated " + a, "activation.activated " + b, "activation.activated " + a, "activation.deactivated " + a} {
		if m := rc.next(t); m.fact() != want {
			t.Errorf("message %d is %q, want %q", i, m.fact(), want)
		}
	}
}

// TestSchedule: every attempt of the published schedule is made, no sooner than it may; then the next event of
// the agent goes on.
func TestSchedule(t *testing.T) {
	t.Parallel()
	w, rc := newWorld(t, nil), newReceiver(t)
	rc.status(http.StatusInternalServerError)
	code := w.agent()
	id := w.endpoint(rc.URL).Endpoint.ID
	w.set(code, agent.Activate)
	w.set(code, agent.Deactivate)
	waits := webhook.Schedule()
	for n, wait := range waits {
		d := w.tried(id, 1, n+1, webhook.Waiting)
		if in := d.NextAt.Sub(w.clock.Now()); in < wait*9/10 || in > wait*11/10 {
			t.Errorf("attempt %d follows after %s, want about %s", n+2, in, wait)
		}
		w.clock.pass(wait * 11 / 10)
	}
	d := w.tried(id, 1, len(waits)+1, webhook.Failed)
	w.tried(id, 2, 1, webhook.Waiting)
	_, attempts := w.delivery(id, 1)
	first := rc.next(t)
	for i, a := range attempts {
		if a.Attempt != i+1 || a.Status != 500 || a.OK() {
			t.Errorf("attempt %d is %+v", i+1, a)
		}
		if i > 0 {
			if m := rc.next(t); m.ID != first.ID || m.header.Get(switchboard.WebhookTimestamp) == first.header.Get(switchboard.WebhookTimestamp) || string(m.body) != string(first.body) {
				t.Errorf("attempt %d has id %s and timestamp %s", i+1, m.ID, m.header.Get(switchboard.WebhookTimestamp))
			}
		}
	}
	if d.DoneAt.IsZero() || len(attempts) != 10 {
		t.Errorf("it was given up after %d attempts: %+v", len(attempts), d)
	}
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		status int
		header string
		least  time.Duration
		most   time.Duration
	}{
		"longer than the schedule":  {429, "600", 599 * time.Second, 602 * time.Second},
		"shorter than the schedule": {503, "1", 4 * time.Second, 7 * time.Second},
		"a date":                    {503, "Sun, 01 Mar 2026 10:00:00 GMT", 3599 * time.Second, 3602 * time.Second},
		"longer than a day":         {429, "9999999", 24 * time.Hour, 24*time.Hour + 2*time.Second},
		"nonsense":                  {429, "soon", 4 * time.Second, 7 * time.Second},
		"of another status":         {500, "600", 4 * time.Second, 7 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, rc := newWorld(t, nil), newReceiver(t)
			rc.answers(func(rw http.ResponseWriter, _ got) {
				rw.Header().Set("Retry-After", c.header)
				rw.WriteHeader(c.status)
			})
			code, id := w.agent(), w.endpoint(rc.URL).Endpoint.ID
			w.set(code, agent.Activate)
			if in := w.tried(id, 1, 1, webhook.Waiting).NextAt.Sub(w.clock.Now()); in < c.least || in > c.most {
				t.Errorf("the next attempt follows after %s, want %s to %s", in, c.least, c.most)
			}
		})
	}
}

// disabled waits until an endpoint is disabled and checks why, and that the record says so.
func (w *world) disabled(id string, why webhook.Reason) {
	w.t.Helper()
	eventually(w.t, "the endpoint is disabled", func() bool {
		e, _, _, err := w.Endpoint(w.t.Context(), w.operator(), id)
		return err == nil && !e.Enabled() && e.Disabled == why
	})
	err := w.store.View(w.t.Context(), func(tx store.Tx) error {
		events, err := tx.EventsFrom(0, 1000)
		if err != nil {
			return err
		}
		for _, e := range events {
			if e.Kind == event.EndpointChanged && e.Field("to") == "disabled" && e.Field("rule") == string(why) && e.Cause.Actor == "system:webhooks" {
				return nil
			}
		}
		w.t.Error("no event says that the endpoint was disabled")
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

func TestGone(t *testing.T) {
	t.Parallel()
	w, rc := newWorld(t, nil), newReceiver(t)
	rc.status(http.StatusGone)
	code, id := w.agent(), w.endpoint(rc.URL).Endpoint.ID
	w.set(code, agent.Activate)
	w.disabled(id, webhook.Gone)
}

// TestFailing: five days without a success disable an endpoint; one success begins them anew.
func TestFailing(t *testing.T) {
	t.Parallel()
	w, rc := newWorld(t, nil), newReceiver(t)
	code, id := w.agent(), w.endpoint(rc.URL).Endpoint.ID
	const day = 24 * time.Hour
	fail := func() { rc.status(http.StatusBadGateway) }
	number := uint64(0)
	change := func(kind agent.CommandKind, state webhook.State) {
		number++
		w.set(code, kind)
		w.tried(id, number, 1, state)
	}
	fail()
	change(agent.Activate, webhook.Waiting)
	w.clock.pass(4 * day)
	w.tried(id, 1, 2, webhook.Waiting)
	rc.status(http.StatusOK)
	w.clock.pass(day / 2)
	w.tried(id, 1, 3, webhook.Delivered)
	fail()
	change(agent.Deactivate, webhook.Waiting) // day 4.5: five days begin
	w.clock.pass(3 * day)
	w.tried(id, 2, 2, webhook.Waiting) // day 7.5
	if e, p, _, err := w.Endpoint(t.Context(), w.operator(), id); err != nil || !e.Enabled() || p.FailingSince.IsZero() {
		t.Fatalf("after three days: %+v, %+v, %v", e, p, err)
	}
	w.clock.pass(2*day + time.Hour)
	w.disabled(id, webhook.Failing)
	rc.status(http.StatusOK)
	w.enable(id, false)
	w.tried(id, 2, 4, webhook.Delivered) // what waited is tried at once
}

func (w *world) enable(id string, skip bool) {
	w.t.Helper()
	yes := true
	if _, _, err := w.SetEndpoint(w.t.Context(), w.partner(), id, registry.EndpointChange{Enabled: &yes, SkipMissed: skip}); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) disable(id string) {
	w.t.Helper()
	no := false
	if _, _, err := w.SetEndpoint(w.t.Context(), w.partner(), id, registry.EndpointChange{Enabled: &no}); err != nil {
		w.t.Fatal(err)
	}
}

// TestCatchUp: an endpoint that was disabled gets what it missed, in order, and then what is new, each once.
func TestCatchUp(t *testing.T) {
	t.Parallel()
	for _, skip := range []bool{false, true} {
		t.Run(map[bool]string{false: "all", true: "skip"}[skip], func(t *testing.T) {
			t.Parallel()
			w, rc, other := newWorld(t, nil), newReceiver(t), newReceiver(t)
			code, id := w.agent(), w.endpoint(rc.URL).Endpoint.ID
			w.endpoint(other.URL)
			w.set(code, agent.Activate)
			rc.next(t)
			w.disable(id)
			const missed = 600 // more than one step
			for i := range missed {
				w.set(code, []agent.CommandKind{agent.Deactivate, agent.Activate}[i%2])
			}
			w.enable(id, skip)
			w.set(code, agent.Deactivate)
			n := missed + 1
			if skip {
				n = 1
			}
			for i := range n {
				want := []string{"activation.deactivated ", "activation.activated "}[i%2] + code
				if m := rc.next(t); m.fact() != want {
					t.Fatalf("message %d is %q, want %q", i, m.fact(), want)
				}
			}
			last := uint64(0)
			for range missed + 2 { // the other one was never disabled
				m := other.next(t)
				e, _ := m.Event()
				if e.Seq <= last {
					t.Fatalf("event %d came after %d", e.Seq, last)
				}
				last = e.Seq
			}
			if len(rc.messages)+len(other.messages) > 0 {
				t.Errorf("%d and %d messages too many", len(rc.messages), len(other.messages))
			}
		})
	}
}

// TestRotation: while two secrets are live, every message is signed with both.
func TestRotation(t *testing.T) {
	t.Parallel()
	w, rc := newWorld(t, nil), newReceiver(t)
	code, old := w.agent(), w.endpoint(rc.URL)
	fresh, err := w.RotateEndpointSecret(t.Context(), w.partner(), old.Endpoint.ID, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.RotateEndpointSecret(t.Context(), w.partner(), old.Endpoint.ID, time.Hour); err == nil {
		t.Error("a third secret was made while two are live")
	}
	check := func(m got, i registry.IssuedEndpoint, want bool) {
		t.Helper()
		if _, err := switchboard.VerifyWebhook(switchboard.Secret(i.Text.Reveal()), m.header, m.body, w.clock.Now()); (err == nil) != want {
			t.Errorf("secret %d fits is %v, want %v", len(i.Endpoint.Secrets), err, want)
		}
		reference, _ := standardwebhooks.NewWebhook(i.Text.Reveal())
		if err := reference.VerifyIgnoringTimestamp(m.body, m.header); (err == nil) != want {
			t.Errorf("the reference library says of secret %d: %v, want %v", len(i.Endpoint.Secrets), err, want)
		}
	}
	w.set(code, agent.Activate)
	m := rc.next(t)
	check(m, old, true)
	check(m, fresh, true)
	w.tried(old.Endpoint.ID, 1, 1, webhook.Delivered) // or its claim ends with the time that passes, and it comes twice
	w.clock.pass(2 * time.Hour)
	w.set(code, agent.Deactivate)
	m = rc.next(t)
	check(m, old, false)
	check(m, fresh, true)
	last, err := w.RotateEndpointSecret(t.Context(), w.partner(), old.Endpoint.ID, 0)
	if err != nil {
		t.Fatal(err)
	}
	w.set(code, agent.Activate)
	m = rc.next(t)
	check(m, fresh, false)
	check(m, last, true)
}

func TestRedeliver(t *testing.T) {
	t.Parallel()
	w, rc := newWorld(t, nil), newReceiver(t)
	code, id := w.agent(), w.endpoint(rc.URL).Endpoint.ID
	w.set(code, agent.Activate)
	first := rc.next(t)
	w.tried(id, 1, 1, webhook.Delivered)
	if err := w.Redeliver(t.Context(), w.partner(), id, 1); err != nil {
		t.Fatal(err)
	}
	if again := rc.next(t); again.ID != first.ID || string(again.body) != string(first.body) {
		t.Errorf("it was delivered again as %s: %s", again.ID, again.body)
	}
	w.tried(id, 1, 2, webhook.Delivered)
	w.set(code, agent.Deactivate)
	second := rc.next(t)
	w.tried(id, 2, 1, webhook.Delivered)
	w.clock.pass(time.Minute)
	if n, err := w.RedeliverSince(t.Context(), w.partner(), id, w.clock.Now().Add(-time.Hour), false); n != 0 || err != nil {
		t.Errorf("%d deliveries failed (%v), want none", n, err)
	}
	if n, err := w.RedeliverSince(t.Context(), w.partner(), id, w.clock.Now().Add(-time.Hour), true); n != 2 || err != nil {
		t.Fatalf("%d are delivered again (%v), want 2", n, err)
	}
	for _, want := range []got{first, second} {
		if m := rc.next(t); m.ID != want.ID {
			t.Errorf("%s came again, want %s", m.ID, want.ID)
		}
	}
}

// TestTest: a test message is sent once, and says nothing of how the endpoint is doing.
func TestTest(t *testing.T) {
	t.Parallel()
	w, rc := newWorld(t, nil), newReceiver(t)
	rc.status(http.StatusTeapot)
	id := w.endpoint(rc.URL).Endpoint.ID
	d, err := w.TestEndpoint(t.Context(), w.partner(), id, `{"type":"webhook.test","timestamp":"2026-03-01T09:00:00Z","data":{}}`)
	if err != nil {
		t.Fatal(err)
	}
	m := rc.next(t)
	if _, err := m.Event(); m.Type != "webhook.test" || err == nil || m.ID != d.MessageID {
		t.Errorf("the test is %s: %s", m.ID, m.body)
	}
	w.tried(id, d.Number, 1, webhook.Failed)
	if _, p, _, err := w.Endpoint(t.Context(), w.partner(), id); err != nil || !p.FailingSince.IsZero() {
		t.Errorf("the endpoint is said to fail: %+v, %v", p, err)
	}
}

// TestHangingEndpoint: one that never answers takes nothing from the others.
func TestHangingEndpoint(t *testing.T) {
	t.Parallel()
	w, hanging, rc := newWorld(t, func(c *courier.Config) { c.AtOnce, c.PerEndpoint, c.Timeout = 3, 2, 10*time.Minute }), newReceiver(t), newReceiver(t)
	hold := make(chan struct{})
	t.Cleanup(func() { close(hold) })
	hanging.answers(func(http.ResponseWriter, got) { <-hold })
	var codes []string
	for range 5 {
		codes = append(codes, w.agent())
	}
	w.endpoint(hanging.URL)
	w.endpoint(rc.URL)
	w.cfg.Drain = time.Millisecond
	for _, code := range codes {
		w.set(code, agent.Activate)
	}
	for range codes {
		rc.next(t)
	}
	if n := len(hanging.messages); n > 2 {
		t.Errorf("%d attempts are under way at the hanging one, want 2 at most", n)
	}
}

// TestStopAndGoOn: what was not delivered when the courier stopped is delivered by the next one.
func TestStopAndGoOn(t *testing.T) {
	t.Parallel()
	w, rc := newWorld(t, func(c *courier.Config) { c.Timeout, c.Drain = time.Minute, 10*time.Millisecond }), newReceiver(t)
	hold := make(chan struct{})
	rc.answers(func(http.ResponseWriter, got) { <-hold })
	code, id := w.agent(), w.endpoint(rc.URL).Endpoint.ID
	w.set(code, agent.Activate)
	first := rc.next(t)
	w.stop()
	if d, attempts := w.delivery(id, 1); d.State != webhook.Waiting || len(attempts) != 0 {
		t.Errorf("an attempt that was cut off counts: %+v %+v", d, attempts)
	}
	w.set(code, agent.Deactivate)
	close(hold)
	rc.answers(nil)
	w.start()
	if m := rc.next(t); m.ID != first.ID {
		t.Errorf("%s came first, want what was cut off", m.ID)
	}
	if m := rc.next(t); m.Type != "activation.deactivated" {
		t.Errorf("then came %s", m.body)
	}
}
