package registry_test

import (
	"net/netip"
	"strconv"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard/internal/block"
	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/registry"
	"github.com/switchboard-platform/switchboard/internal/sandbox"
	"github.com/switchboard-platform/switchboard/internal/secret"
	"github.com/switchboard-platform/switchboard/internal/store"
	"github.com/switchboard-platform/switchboard/internal/webhook"
)

// hooked makes a world whose webhooks go to public addresses alone, with TLS.
func hooked(t *testing.T) *world {
	t.Helper()
	return open(t, func(c *registry.Config, _ *secret.PINConfig) { c.Webhooks.Walls = webhook.NewWalls(nil) })
}

// addEndpoint makes an endpoint of the sandbox's partner.
func (w *world) addEndpoint(url string) (webhook.Endpoint, error) {
	w.t.Helper()
	i, err := w.AddEndpoint(w.t.Context(), w.operator(), webhook.Endpoint{PartnerID: sandbox.PartnerID, URL: url})
	return i.Endpoint, err
}

func TestEndpointsNeedTLSAndPublicAddresses(t *testing.T) {
	t.Parallel()
	w := hooked(t)
	for url, ok := range map[string]bool{
		"https://receiver.example": true, "https://8.8.8.8/": true, "https://[2606:4700::1111]/": true,
		"http://receiver.example": false, "http://8.8.8.8/": false, "https://127.0.0.1/": false, "https://[::1]/": false, "https://192.168.0.1/": false,
	} {
		if _, err := w.addEndpoint(url); (err == nil) != ok {
			t.Errorf("%s: %v, want it accepted: %v", url, err, ok)
		}
	}
	nowhere := open(t, nil)
	if _, err := nowhere.addEndpoint("https://8.8.8.8/"); !fault.Is(err, fault.Invalid) {
		t.Errorf("without any rules an address is taken: %v", err)
	}
}

// TestEndpointIsRecorded: every change of an endpoint stands in its partner's chain, and no URL, which may hold
// something secret.
func TestEndpointIsRecorded(t *testing.T) {
	t.Parallel()
	w := hooked(t)
	ctx := t.Context()
	e, err := w.addEndpoint("https://receiver.example/token-1")
	if err != nil {
		t.Fatal(err)
	}
	if e.Since == 0 {
		t.Error("a new endpoint has no place in the record")
	}
	other, no, yes := "https://receiver.example/token-2", false, true
	for _, ch := range []registry.EndpointChange{{URL: &other}, {URL: &other}, {Enabled: &no}, {Enabled: &yes}} {
		if _, _, err := w.SetEndpoint(ctx, w.operator(), e.ID, ch); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.RotateEndpointSecret(ctx, w.operator(), e.ID, time.Hour); err != nil {
		t.Fatal(err)
	}
	if err := w.RemoveEndpoint(ctx, w.operator(), e.ID); err != nil {
		t.Fatal(err)
	}
	var kinds []event.Kind
	err = w.store.View(ctx, func(tx store.Tx) error {
		dir, err := tx.Directory()
		if err != nil {
			return err
		}
		p, _ := dir.Partner(sandbox.PartnerID)
		history, err := store.History(tx, p.Head, 6)
		for _, e := range history {
			if e.Field("endpoint") == "" || len(e.Data) > 200 {
				t.Errorf("an event says %s", e.Data)
			}
			kinds = append(kinds, e.Kind)
		}
		return err
	})
	want := []event.Kind{event.EndpointRemoved, event.EndpointChanged, event.EndpointChanged, event.EndpointChanged, event.EndpointChanged, event.EndpointAdded}
	if err != nil || len(kinds) != len(want) {
		t.Fatalf("the chain ends with %v (%v)", kinds, err)
	}
	for i := range want {
		if kinds[i] != want[i] {
			t.Errorf("event %d from the end is %s, want %s", i, kinds[i], want[i])
		}
	}
}

// TestRevokedKeyMakesNoEndpoint: a key that was revoked since the request was let in changes nothing.
func TestRevokedKeyMakesNoEndpoint(t *testing.T) {
	t.Parallel()
	w := hooked(t)
	by := w.operator()
	by.PartnerID, by.Cause.Actor, by.Cause.Key = sandbox.PartnerID, "partner:"+sandbox.PartnerID, sandbox.DeveloperKey
	if _, err := w.RevokeKey(t.Context(), w.operator(), sandbox.DeveloperKey); err != nil {
		t.Fatal(err)
	}
	if _, err := w.AddEndpoint(t.Context(), by, webhook.Endpoint{URL: "https://receiver.example"}); !fault.Is(err, fault.Unauthenticated) {
		t.Errorf("an endpoint is made with a revoked key: %v", err)
	}
}

// TestDeliveriesAreForgotten: what is older than the retention goes, in as many steps as it takes.
func TestDeliveriesAreForgotten(t *testing.T) {
	t.Parallel()
	w := hooked(t)
	e, err := w.addEndpoint("https://receiver.example")
	if err != nil {
		t.Fatal(err)
	}
	add := func(n int) {
		err := w.store.Update(t.Context(), func(tx store.Tx) error {
			for i := range n {
				d := webhook.NewTest(e.ID, strconv.Itoa(i), "{}", w.Now())
				if err := tx.AddDelivery(&d); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	const old = 1100
	add(old)
	w.pass(time.Hour)
	add(3)
	w.pass(29*24*time.Hour + 23*time.Hour + time.Minute)
	if n, err := w.ForgetDeliveries(t.Context(), 30*24*time.Hour); n != old || err != nil {
		t.Errorf("%d are forgotten (%v), want %d", n, err, old)
	}
	list, err := w.Deliveries(t.Context(), w.operator(), store.DeliveryFilter{EndpointID: e.ID, Limit: 10})
	if err != nil || len(list) != 3 {
		t.Errorf("%d are left (%v), want 3", len(list), err)
	}
}

// TestAllowedNetworks: what an operator lets through is let through when an endpoint is made, too.
func TestAllowedNetworks(t *testing.T) {
	t.Parallel()
	w := open(t, func(c *registry.Config, _ *secret.PINConfig) {
		c.Webhooks = registry.WebhookRules{AllowHTTP: true, Walls: webhook.NewWalls([]netip.Prefix{netip.MustParsePrefix("10.1.0.0/16")})}
	})
	for url, ok := range map[string]bool{"http://10.1.2.3:8080/": true, "http://10.2.2.3:8080/": false, "http://127.0.0.1:8080/": false} {
		if _, err := w.addEndpoint(url); (err == nil) != ok {
			t.Errorf("%s: %v, want it accepted: %v", url, err, ok)
		}
	}
}

// TestSecretsAreNotCollected: what has ended is kept no longer, however often a partner rotates.
func TestSecretsAreNotCollected(t *testing.T) {
	t.Parallel()
	w := hooked(t)
	e, err := w.addEndpoint("https://receiver.example")
	if err != nil {
		t.Fatal(err)
	}
	for range 4 {
		if _, err := w.RotateEndpointSecret(t.Context(), w.operator(), e.ID, 0); err != nil {
			t.Fatal(err)
		}
	}
	e, _, _, err = w.Endpoint(t.Context(), w.operator(), e.ID)
	if err != nil || len(e.Secrets) != 1 || e.Secrets[0].Number != 5 {
		t.Errorf("the secrets are %+v (%v), want the fifth alone", e.Secrets, err)
	}
}

// TestCatchUpAfterCrash: an endpoint that had caught up beyond the place that was saved gets nothing again.
func TestCatchUpAfterCrash(t *testing.T) {
	t.Parallel()
	w := hooked(t)
	ctx := t.Context()
	e, err := w.addEndpoint("https://receiver.example")
	if err != nil {
		t.Fatal(err)
	}
	b := block.Block{Target: block.Target{Agent: sandbox.UserCode}, Owner: block.Operator, Reason: "a reason"}
	w.placed(w.admin("asha"), b)
	last, err := w.LastEvent(ctx)
	if err != nil {
		t.Fatal(err)
	}
	err = w.store.Update(ctx, func(tx store.Tx) error {
		return tx.SaveProgress(webhook.Progress{EndpointID: e.ID, Behind: last})
	})
	if err != nil {
		t.Fatal(err)
	}
	b.Reason = "another reason"
	w.placed(w.admin("asha"), b)
	w.dispatch(e.ID)
	list, err := w.Deliveries(ctx, w.operator(), store.DeliveryFilter{EndpointID: e.ID, Limit: 10})
	if err != nil || len(list) != 1 || list[0].Seq <= last {
		t.Errorf("the deliveries are %+v (%v), want that of the second block alone", list, err)
	}
}

// dispatch makes deliveries as a process that has just begun, until an endpoint has caught up and nothing is left.
func (w *world) dispatch(endpointID string) {
	w.t.Helper()
	d, err := w.Dispatcher(w.t.Context(), func(event.Public) string { return "{}" })
	for more, done := true, false; err == nil && (more || !done); {
		if done, err = d.CatchUp(w.t.Context(), endpointID); err == nil {
			_, more, err = d.Step(w.t.Context())
		}
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

// TestSecondDispatcher: what another one has made deliveries of is not made again.
func TestSecondDispatcher(t *testing.T) {
	t.Parallel()
	w := hooked(t)
	ctx := t.Context()
	e, err := w.addEndpoint("https://receiver.example")
	if err != nil {
		t.Fatal(err)
	}
	second, err := w.Dispatcher(ctx, func(event.Public) string { return "{}" })
	if err != nil {
		t.Fatal(err)
	}
	w.placed(w.admin("asha"), block.Block{Target: block.Target{Agent: sandbox.UserCode}, Owner: block.Operator, Reason: "a reason"})
	w.dispatch(e.ID)
	for more := true; more; {
		if _, more, err = second.Step(ctx); err != nil {
			t.Fatal(err)
		}
	}
	list, err := w.Deliveries(ctx, w.operator(), store.DeliveryFilter{EndpointID: e.ID, Limit: 10})
	if err != nil || len(list) != 1 {
		t.Errorf("the deliveries are %+v (%v), want one", list, err)
	}
}
