package partnerapi_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard"
)

// hookReceiver takes webhooks in and answers 200.
func hookReceiver(t *testing.T) (url string, bodies chan *http.Request) {
	t.Helper()
	bodies = make(chan *http.Request, 100)
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(strings.NewReader(string(body)))
		bodies <- r
	}))
	t.Cleanup(s.Close)
	return s.URL, bodies
}

// wantAPICode checks the code of an error of the API, and that it names a field when it should.
func wantAPICode(t *testing.T, what string, err error, code, field string) {
	t.Helper()
	var e *switchboard.APIError
	if !errors.As(err, &e) || e.Code != code || field != "" && (len(e.Fields) == 0 || e.Fields[0].Field != field) {
		t.Errorf("%s: %v, want code %q and field %q", what, err, code, field)
	}
}

// TestWebhookLife: a partner makes an endpoint, gets a message that its secret opens, and looks after it.
func TestWebhookLife(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	url, got := hookReceiver(t)
	p := w.sandbox()
	hooks := p.client.Webhooks()
	made, err := hooks.Add(t.Context(), switchboard.NewWebhook{URL: url, Description: "office", Kinds: []string{"activation.*"}, Services: []string{"45"}})
	if err != nil {
		t.Fatal(err)
	}
	if h := made.Webhook; h.Partner != p.id || h.State != "enabled" || h.Description != "office" || len(h.Secrets) != 1 || !strings.HasPrefix(made.Secret, "whsec_") {
		t.Errorf("the new endpoint is %+v", made)
	}
	agent := p.onboard(t)
	p.activate(t, agent, "4")
	p.activate(t, agent, "45")
	r := <-got
	body, _ := io.ReadAll(r.Body)
	m, err := switchboard.VerifyWebhook(switchboard.Secret(made.Secret), r.Header, body, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if e, err := m.Event(); err != nil || e.Agent != agent || e.Service != "45" || e.RequestID == "" {
		t.Errorf("the message tells of %+v (%v)", e, err)
	}
	id := made.Webhook.ID
	d := arrived(t, hooks, id, 1)
	if d.MessageID != m.ID || d.Attempts != 1 || len(d.Log) != 1 || d.Log[0].Status != 200 || d.Log[0].URL != url || string(d.Body) != string(body) {
		t.Errorf("the delivery is %+v", d)
	}
	page, err := hooks.Deliveries(t.Context(), id, switchboard.DeliveryQuery{State: "delivered", Since: time.Now().Add(-time.Hour), Limit: 10})
	if err != nil || len(page.Items) != 1 || page.Items[0].Number != 1 {
		t.Errorf("the deliveries are %+v (%v)", page, err)
	}
	if n, err := hooks.Redeliver(t.Context(), id, switchboard.Redelivery{Number: 1}); err != nil || n.Redelivered != 1 {
		t.Errorf("redelivered: %+v, %v", n, err)
	}
	if again := <-got; again.Header.Get("webhook-id") != m.ID {
		t.Errorf("it came again as %s", again.Header.Get("webhook-id"))
	}
	test, err := hooks.Test(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	<-got
	arrived(t, hooks, id, test.Number)
	off := false
	if h, err := hooks.Set(t.Context(), id, switchboard.WebhookChange{Enabled: &off}); err != nil || h.State != "disabled" || h.Reason != "partner" {
		t.Errorf("disabled: %+v, %v", h, err)
	}
	if i, err := hooks.Rotate(t.Context(), id, switchboard.NewSecret{Overlap: "1h"}); err != nil || len(i.Webhook.Secrets) != 2 || i.Secret == made.Secret {
		t.Errorf("rotated: %+v, %v", i.Webhook, err)
	}
	if err := hooks.Remove(t.Context(), id); err != nil {
		t.Error(err)
	}
	if list, err := hooks.List(t.Context(), ""); err != nil || len(list) != 0 {
		t.Errorf("left are %+v (%v)", list, err)
	}
}

// arrived waits until a delivery has arrived.
func arrived(t *testing.T, hooks *switchboard.Webhooks, id string, number uint64) (d switchboard.WebhookDelivery) {
	t.Helper()
	for until := time.Now().Add(20 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		d, err := hooks.Delivery(t.Context(), id, number)
		if err != nil {
			t.Fatal(err)
		}
		if d.State == "delivered" {
			return d
		}
		if time.Now().After(until) {
			t.Fatalf("delivery %d is %s", number, d.State)
		}
	}
}

// TestWebhooksOfOthers: a partner's endpoints are nobody else's business, and a switch has none.
func TestWebhooksOfOthers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	url, _ := hookReceiver(t)
	made, err := w.sandbox().client.Webhooks().Add(t.Context(), switchboard.NewWebhook{URL: url})
	if err != nil {
		t.Fatal(err)
	}
	id := made.Webhook.ID
	other := w.partner(t, "Another", "9000000001").client.Webhooks()
	if list, err := other.List(t.Context(), ""); err != nil || len(list) != 0 {
		t.Errorf("another partner sees %+v (%v)", list, err)
	}
	on := true
	for what, call := range map[string]func() error{
		"get": func() error { _, err := other.Get(t.Context(), id); return err },
		"set": func() error {
			_, err := other.Set(t.Context(), id, switchboard.WebhookChange{Enabled: &on})
			return err
		},
		"rotate":     func() error { _, err := other.Rotate(t.Context(), id, switchboard.NewSecret{}); return err },
		"test":       func() error { _, err := other.Test(t.Context(), id); return err },
		"deliveries": func() error { _, err := other.Deliveries(t.Context(), id, switchboard.DeliveryQuery{}); return err },
		"delivery":   func() error { _, err := other.Delivery(t.Context(), id, 1); return err },
		"redeliver": func() error {
			_, err := other.Redeliver(t.Context(), id, switchboard.Redelivery{Number: 1})
			return err
		},
		"since": func() error {
			_, err := other.Redeliver(t.Context(), id, switchboard.Redelivery{Since: time.Now()})
			return err
		},
		"remove": func() error { return other.Remove(t.Context(), id) },
	} {
		wantAPICode(t, what, call(), "not_found", "")
	}
	_, err = other.Add(t.Context(), switchboard.NewWebhook{URL: url, Partner: w.sandbox().id})
	wantAPICode(t, "add for another", err, "forbidden", "")
	if a := w.sandboxSwitch().call(t, "GET", "/v1/webhooks", ""); a.status != 403 {
		t.Errorf("a switch gets %d: %s", a.status, a.body)
	}
	if list, err := w.Operator.Webhooks().List(t.Context(), ""); err != nil || len(list) != 1 || list[0].ID != id {
		t.Errorf("the operator sees %+v (%v)", list, err)
	}
}

func TestWebhookRefusals(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	url, _ := hookReceiver(t)
	hooks := w.sandbox().client.Webhooks()
	for field, n := range map[string]switchboard.NewWebhook{
		"url":         {URL: "https://10.0.0.1/"},
		"kinds":       {URL: url, Kinds: []string{"member.*"}},
		"services":    {URL: url, Services: []string{"4 5"}},
		"description": {URL: url, Description: strings.Repeat("x", 201)},
	} {
		_, err := hooks.Add(t.Context(), n)
		wantAPICode(t, field, err, "invalid", field)
	}
	for range 10 {
		if _, err := hooks.Add(t.Context(), switchboard.NewWebhook{URL: url}); err != nil {
			t.Fatal(err)
		}
	}
	_, err := hooks.Add(t.Context(), switchboard.NewWebhook{URL: url})
	wantAPICode(t, "an eleventh", err, "conflict", "")
	list, err := hooks.List(t.Context(), "")
	if err != nil || len(list) != 10 {
		t.Fatalf("%d endpoints, %v", len(list), err)
	}
	id := list[0].ID
	_, err = hooks.Redeliver(t.Context(), id, switchboard.Redelivery{})
	wantAPICode(t, "redeliver nothing", err, "invalid", "number")
	_, err = hooks.Rotate(t.Context(), id, switchboard.NewSecret{Overlap: "soon"})
	wantAPICode(t, "overlap", err, "invalid", "overlap")
	_, err = hooks.Deliveries(t.Context(), id, switchboard.DeliveryQuery{State: "lost"})
	wantAPICode(t, "state", err, "invalid", "state")
	_, err = hooks.Deliveries(t.Context(), id, switchboard.DeliveryQuery{After: "x"})
	wantAPICode(t, "after", err, "invalid", "after")
}
