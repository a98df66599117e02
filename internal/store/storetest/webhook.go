package storetest

import (
	"reflect"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/store"
	"github.com/switchboard-platform/switchboard/internal/webhook"
)

func webhookCases() []testCase {
	return []testCase{
		{"SaveEndpoint/every field comes back, by id, with its secrets", endpointRoundTrip},
		{"SaveEndpoint/replaces", endpointReplaced},
		{"RemoveEndpoint/it leaves the directory, and its deliveries cannot be found", endpointRemoved},
		{"Progress/zero until it is saved, then what was saved", progressRoundTrip},
		{"AddDelivery/numbers from 1 for each endpoint, none twice", deliveryNumbers},
		{"AddDelivery/due at once, unless another of its line waits", deliveryLines},
		{"SaveDelivery/every field comes back", deliveryRoundTrip},
		{"SaveDelivery/the next of the line is due when one is over", nextInLine},
		{"SaveDelivery/an earlier one of the line goes before one that was due", earlierInLine},
		{"Delivery/NotFound", deliveryMissing},
		{"Deliveries/filters and order", deliveriesListed},
		{"ClaimDeliveries/what is due, longest first, and nobody else's", deliveriesClaimed},
		{"ReleaseDeliveries/claims end", deliveriesReleased},
		{"HastenDeliveries/what is due later is due now, claims aside", deliveriesHastened},
		{"NextDelivery/the first time, zero when none is due", nextDelivery},
		{"SaveAttempt/every field comes back, in order", attemptRoundTrip},
		{"ForgetDeliveries/what is older, in any state, with its attempts", deliveriesForgotten},
		{"ForgetDeliveries/those of removed endpoints", removedForgotten},
		{"ForgetDeliveries/the next of the line is due when one that waited is forgotten", forgottenInLine},
	}
}

func newEndpoint(id string) webhook.Endpoint {
	return webhook.Endpoint{
		ID: id, PartnerID: "p1", URL: "https://receiver.example/" + id, Description: "of " + id,
		Kinds: event.Kinds{"activation.*", "agent.onboarded"}, Services: []string{"45", "53"},
		Secrets:   []webhook.Secret{{Number: 1, Sealed: []byte{0, 1, 255}, CreatedAt: At(1), ExpiresAt: At(9)}, {Number: 2, Sealed: []byte("x"), CreatedAt: At(2)}},
		CreatedAt: At(1), UpdatedAt: At(2), Since: 7, DisabledAt: At(3), Disabled: webhook.Gone,
	}
}

func saveEndpoint(t *testing.T, s store.Store, e webhook.Endpoint) {
	t.Helper()
	update(t, s, func(tx store.Tx) error { return tx.SaveEndpoint(e) })
}

// wantEndpoints checks the endpoints of both directories.
func wantEndpoints(t *testing.T, s store.Store, what string, want ...webhook.Endpoint) {
	t.Helper()
	bothDirectories(t, s, func(dir *store.Directory) {
		t.Helper()
		if len(dir.Endpoints)+len(want) > 0 && !reflect.DeepEqual(dir.Endpoints, want) {
			t.Errorf("%s:\n got %+v\nwant %+v", what, dir.Endpoints, want)
		}
		for _, e := range want {
			if got, ok := dir.Endpoint(e.ID); !ok || !reflect.DeepEqual(got, e) {
				t.Errorf("%s: Endpoint(%q) gives %+v, %v", what, e.ID, got, ok)
			}
		}
	})
}

func endpointRoundTrip(t *testing.T, s store.Store) {
	bare := webhook.Endpoint{ID: "a", PartnerID: "p2", URL: "https://b.example", CreatedAt: At(0)}
	full := newEndpoint("b")
	complete(t, "endpoint", full)
	saveEndpoint(t, s, full)
	before := directoryOf(t, s)
	saveEndpoint(t, s, bare)
	samePointer(t, "after an endpoint was added", directoryOf(t, s), before, false)
	wantEndpoints(t, s, "endpoints", bare, full)
	if list := directoryOf(t, s).EndpointsOf("p2"); !reflect.DeepEqual(list, []webhook.Endpoint{bare}) {
		t.Errorf("those of p2 are %+v", list)
	}
	if _, ok := directoryOf(t, s).Endpoint("c"); ok {
		t.Error("an endpoint that is not there is found")
	}
}

func endpointReplaced(t *testing.T, s store.Store) {
	e := newEndpoint("a")
	saveEndpoint(t, s, e)
	saveEndpoint(t, s, newEndpoint("b"))
	e.URL, e.Description, e.Kinds, e.Services, e.UpdatedAt, e.Since = "https://other.example", "", nil, nil, At(8), 9
	e.DisabledAt, e.Disabled = time.Time{}, ""
	e.Secrets = append(e.Secrets, webhook.Secret{Number: 3, Sealed: []byte("y"), CreatedAt: At(8)})
	e.Secrets[1].ExpiresAt = At(9)
	saveEndpoint(t, s, e)
	wantEndpoints(t, s, "endpoints", e, newEndpoint("b"))
	e.Secrets = e.Secrets[2:]
	saveEndpoint(t, s, e)
	wantEndpoints(t, s, "endpoints with a secret alone", e, newEndpoint("b"))
}

func endpointRemoved(t *testing.T, s store.Store) {
	saveEndpoint(t, s, newEndpoint("a"))
	saveEndpoint(t, s, newEndpoint("b"))
	addDeliveries(t, s, delivery("a", "x", 1), delivery("b", "x", 1))
	update(t, s, func(tx store.Tx) error { return tx.RemoveEndpoint("a", At(5)) })
	wantEndpoints(t, s, "endpoints", newEndpoint("b"))
	notFound(t, s, "a delivery of a removed endpoint", fault.NotFound, func(tx store.Tx) (webhook.Delivery, error) { return tx.Delivery("a", 1) })
	equal(t, "listed", len(listed(t, s, store.DeliveryFilter{EndpointID: "a", Limit: 9})), 0)
	equal(t, "claimed", len(claimed(t, s, "a", 9, 9)), 0)
	equal(t, "next", view(t, s, func(tx store.Tx) (time.Time, error) { return tx.NextDelivery("a") }), time.Time{})
	equal(t, "claimed of the other", len(claimed(t, s, "b", 9, 9)), 1)
}

func progressRoundTrip(t *testing.T, s store.Store) {
	read := func() webhook.Progress {
		return view(t, s, func(tx store.Tx) (webhook.Progress, error) { return tx.Progress("a") })
	}
	equal(t, "before it is saved", read(), webhook.Progress{EndpointID: "a"})
	for _, p := range []webhook.Progress{{EndpointID: "a", Behind: 7, FailingSince: At(3)}, {EndpointID: "a"}} {
		update(t, s, func(tx store.Tx) error { return tx.SaveProgress(p) })
		addDeliveries(t, s, delivery("a", "x", 1)) // changes nothing of it
		equal(t, "saved", read(), p)
	}
}

// delivery is one of a line, made at At(n).
func delivery(endpointID, line string, n int) webhook.Delivery {
	return webhook.Delivery{EndpointID: endpointID, MessageID: "evt_" + line, Seq: uint64(n), Kind: event.ServiceActivated, Line: line, Body: `{"n":1}`, CreatedAt: At(n)}
}

// addDeliveries adds deliveries, each in an Update of its own, and gives them with their numbers.
func addDeliveries(t *testing.T, s store.Store, list ...webhook.Delivery) []webhook.Delivery {
	t.Helper()
	for i := range list {
		d := list[i]
		update(t, s, func(tx store.Tx) error {
			own := d
			defer func() { list[i] = own }()
			return tx.AddDelivery(&own)
		})
	}
	return list
}

func saveDelivery(t *testing.T, s store.Store, d webhook.Delivery) {
	t.Helper()
	update(t, s, func(tx store.Tx) error { return tx.SaveDelivery(d) })
}

func listed(t *testing.T, s store.Store, f store.DeliveryFilter) []webhook.Delivery {
	t.Helper()
	return view(t, s, func(tx store.Tx) ([]webhook.Delivery, error) { return tx.Deliveries(f) })
}

// claimed gives the numbers of what is claimed at At(n) until an hour later.
func claimed(t *testing.T, s store.Store, endpointID string, n, limit int) (numbers []uint64) {
	t.Helper()
	update(t, s, func(tx store.Tx) error {
		list, err := tx.ClaimDeliveries(endpointID, At(n), At(n+3600), limit)
		numbers = nil
		for _, d := range list {
			if d.NextAt != At(n+3600) {
				t.Errorf("claimed delivery %d is due again at %s", d.Number, d.NextAt)
			}
			numbers = append(numbers, d.Number)
		}
		return err
	})
	return numbers
}

func deliveryNumbers(t *testing.T, s store.Store) {
	list := addDeliveries(t, s, delivery("a", "x", 1), delivery("b", "x", 1), delivery("a", "y", 2), delivery("a", "", 3))
	for i, want := range []uint64{1, 1, 2, 3} {
		equal(t, "number", list[i].Number, want)
	}
	update(t, s, func(tx store.Tx) error { _, err := tx.ForgetDeliveries(At(99), 99); return err })
	equal(t, "number after all were forgotten", addDeliveries(t, s, delivery("a", "x", 5))[0].Number, 4)
}

func deliveryLines(t *testing.T, s store.Store) {
	list := addDeliveries(t, s, delivery("a", "x", 1), delivery("a", "x", 2), delivery("a", "y", 3), delivery("b", "x", 4), delivery("a", "", 5), delivery("a", "", 6))
	for i, due := range []bool{true, false, true, true, true, true} {
		want := time.Time{}
		if due {
			want = list[i].CreatedAt
		}
		equal(t, "due", list[i].NextAt, want)
	}
	equalAll(t, "claimed", claimed(t, s, "a", 9, 9), []uint64{1, 3, 4, 5})
}

func deliveryRoundTrip(t *testing.T, s store.Store) {
	d := delivery("a", "", 1)
	d.MessageID, d.Body, d.Kind = "evt_'x'", "{\"a\":\"आशा\x00\"}", webhook.Test
	d = addDeliveries(t, s, d)[0]
	for _, change := range []func(){
		func() { d.Attempts, d.Tried, d.NextAt = 1, 4, At(77) },
		func() { d.State, d.NextAt, d.DoneAt = webhook.Delivered, time.Time{}, At(8) },
		func() { d.State = webhook.Failed },
		func() { d.State, d.NextAt, d.DoneAt, d.Attempts = webhook.Waiting, At(9), time.Time{}, 0 },
	} {
		change()
		saveDelivery(t, s, d)
		equal(t, "saved", view(t, s, func(tx store.Tx) (webhook.Delivery, error) { return tx.Delivery("a", 1) }), d)
	}
}

func nextInLine(t *testing.T, s store.Store) {
	list := addDeliveries(t, s, delivery("a", "x", 1), delivery("a", "x", 2), delivery("a", "x", 3))
	equalAll(t, "claimed first", claimed(t, s, "a", 9, 9), []uint64{1})
	d := list[0]
	d.NextAt = At(50)
	saveDelivery(t, s, d)
	equalAll(t, "claimed while the first waits for its time", claimed(t, s, "a", 49, 9), nil)
	d.State, d.DoneAt, d.NextAt = webhook.Failed, At(60), time.Time{}
	saveDelivery(t, s, d)
	second := view(t, s, func(tx store.Tx) (webhook.Delivery, error) { return tx.Delivery("a", 2) })
	equal(t, "the second is due when the first is over", second.NextAt, At(60))
	equalAll(t, "claimed then", claimed(t, s, "a", 60, 9), []uint64{2})
	second.State, second.DoneAt = webhook.Delivered, At(61)
	saveDelivery(t, s, second)
	equalAll(t, "claimed at last", claimed(t, s, "a", 61, 9), []uint64{3})
}

func earlierInLine(t *testing.T, s store.Store) {
	list := addDeliveries(t, s, delivery("a", "x", 1), delivery("a", "x", 2))
	first := list[0]
	first.State, first.DoneAt = webhook.Failed, At(3)
	saveDelivery(t, s, first)
	first = first.Again(At(5))
	saveDelivery(t, s, first)
	equalAll(t, "claimed", claimed(t, s, "a", 9, 9), []uint64{1})
	first.State, first.DoneAt, first.NextAt = webhook.Delivered, At(9), time.Time{}
	saveDelivery(t, s, first)
	equalAll(t, "claimed then", claimed(t, s, "a", 10, 9), []uint64{2})
	again := first.Again(At(11)) // while the second is under way
	saveDelivery(t, s, again)
	equalAll(t, "claimed while another of the line is", claimed(t, s, "a", 12, 9), []uint64{1})
}

func deliveryMissing(t *testing.T, s store.Store) {
	addDeliveries(t, s, delivery("a", "x", 1))
	for _, id := range []string{"a", "b"} {
		notFound(t, s, "a delivery that is not there", fault.NotFound, func(tx store.Tx) (webhook.Delivery, error) { return tx.Delivery(id, 2) })
	}
}

func deliveriesListed(t *testing.T, s store.Store) {
	list := addDeliveries(t, s, delivery("a", "1", 1), delivery("a", "2", 2), delivery("b", "1", 2), delivery("a", "3", 3), delivery("a", "4", 4))
	for i, state := range map[int]webhook.State{0: webhook.Failed, 1: webhook.Delivered, 4: webhook.Failed} {
		d := list[i]
		d.State, d.DoneAt = state, At(9)
		saveDelivery(t, s, d)
	}
	of := func(s webhook.State) *webhook.State { return &s }
	for what, c := range map[string]struct {
		f    store.DeliveryFilter
		want []uint64
	}{
		"all":           {store.DeliveryFilter{Limit: 9}, []uint64{4, 3, 2, 1}},
		"some":          {store.DeliveryFilter{Limit: 2}, []uint64{4, 3}},
		"before":        {store.DeliveryFilter{Limit: 9, Before: 3}, []uint64{2, 1}},
		"oldest":        {store.DeliveryFilter{Limit: 2, Oldest: true}, []uint64{1, 2}},
		"after":         {store.DeliveryFilter{Limit: 2, After: 1}, []uint64{2, 3}},
		"waiting":       {store.DeliveryFilter{Limit: 9, State: of(webhook.Waiting)}, []uint64{3}},
		"delivered":     {store.DeliveryFilter{Limit: 9, State: of(webhook.Delivered)}, []uint64{2}},
		"failed":        {store.DeliveryFilter{Limit: 9, State: of(webhook.Failed)}, []uint64{4, 1}},
		"failed, since": {store.DeliveryFilter{Limit: 9, State: of(webhook.Failed), Since: At(2)}, []uint64{4}},
		"since":         {store.DeliveryFilter{Limit: 9, Since: At(3), Oldest: true}, []uint64{3, 4}},
	} {
		c.f.EndpointID = "a"
		var got []uint64
		for _, d := range listed(t, s, c.f) {
			got = append(got, d.Number)
		}
		equalAll(t, what, got, c.want)
	}
	equal(t, "waiting", view(t, s, func(tx store.Tx) (int, error) { return tx.CountWaiting("a") }), 1)
}

func deliveriesClaimed(t *testing.T, s store.Store) {
	list := addDeliveries(t, s, delivery("a", "1", 1), delivery("a", "2", 2), delivery("b", "1", 1), delivery("a", "3", 3))
	late := list[0]
	late.NextAt = At(4)
	saveDelivery(t, s, late)
	equalAll(t, "before any is due", claimed(t, s, "a", 1, 9), nil)
	equalAll(t, "those due longest", claimed(t, s, "a", 4, 2), []uint64{2, 3})
	equalAll(t, "the rest", claimed(t, s, "a", 4, 9), []uint64{1})
	equalAll(t, "none twice", claimed(t, s, "a", 9, 9), nil)
	equalAll(t, "when the claims have ended", claimed(t, s, "a", 4+3600, 9), []uint64{1, 2, 3})
}

func deliveriesReleased(t *testing.T, s store.Store) {
	addDeliveries(t, s, delivery("a", "1", 1), delivery("a", "2", 2), delivery("b", "1", 1), delivery("a", "2", 3))
	claimed(t, s, "a", 9, 1)
	claimed(t, s, "b", 9, 9)
	update(t, s, func(tx store.Tx) error { return tx.ReleaseDeliveries(At(10)) })
	equalAll(t, "claimed of a", claimed(t, s, "a", 10, 9), []uint64{2, 1})
	equalAll(t, "claimed of b", claimed(t, s, "b", 10, 9), []uint64{1})
}

func deliveriesHastened(t *testing.T, s store.Store) {
	list := addDeliveries(t, s, delivery("a", "1", 1), delivery("a", "2", 2), delivery("a", "2", 3), delivery("b", "1", 1), delivery("a", "3", 4))
	for _, i := range []int{0, 1, 3} {
		d := list[i]
		d.NextAt = At(1000 + i)
		saveDelivery(t, s, d)
	}
	claimed(t, s, "a", 5, 9) // the last one
	for _, want := range []int{1, 1, 0} {
		var n int
		update(t, s, func(tx store.Tx) (err error) { n, err = tx.HastenDeliveries("a", At(6), 1); return err })
		equal(t, "hastened", n, want)
	}
	equalAll(t, "claimed", claimed(t, s, "a", 6, 9), []uint64{1, 2})
	equalAll(t, "of the other", claimed(t, s, "b", 6, 9), nil)
}

func nextDelivery(t *testing.T, s store.Store) {
	next := func() time.Time {
		return view(t, s, func(tx store.Tx) (time.Time, error) { return tx.NextDelivery("a") })
	}
	equal(t, "of none", next(), time.Time{})
	list := addDeliveries(t, s, delivery("a", "1", 4), delivery("a", "2", 3), delivery("b", "1", 1))
	equal(t, "of two", next(), At(3))
	claimed(t, s, "a", 9, 9)
	equal(t, "claimed", next(), At(9+3600))
	for _, d := range list[:2] {
		d.State, d.DoneAt = webhook.Delivered, At(9)
		saveDelivery(t, s, d)
	}
	equal(t, "when all are over", next(), time.Time{})
}

func attemptRoundTrip(t *testing.T, s store.Store) {
	full := webhook.Attempt{EndpointID: "a", Number: 1, Attempt: 2, URL: "https://x", At: At(1), Took: 1234 * time.Microsecond, Status: 503,
		Problem: "none", Header: "A: b\nC: d", Body: "no \x00 आशा"}
	bare := webhook.Attempt{EndpointID: "a", Number: 1, Attempt: 1, At: At(0)}
	other := webhook.Attempt{EndpointID: "a", Number: 2, Attempt: 1, At: At(0)}
	for _, a := range []webhook.Attempt{full, bare, other} {
		update(t, s, func(tx store.Tx) error { return tx.SaveAttempt(a) })
	}
	equalAll(t, "attempts", view(t, s, func(tx store.Tx) ([]webhook.Attempt, error) { return tx.Attempts("a", 1) }), []webhook.Attempt{bare, full})
	equalAll(t, "of none", view(t, s, func(tx store.Tx) ([]webhook.Attempt, error) { return tx.Attempts("b", 1) }), nil)
}

// forgetDeliveries forgets what is older than At(n) and gives how many.
func forgetDeliveries(t *testing.T, s store.Store, n, limit int) (gone int) {
	t.Helper()
	update(t, s, func(tx store.Tx) (err error) { gone, err = tx.ForgetDeliveries(At(n), limit); return err })
	return gone
}

func deliveriesForgotten(t *testing.T, s store.Store) {
	saveEndpoint(t, s, newEndpoint("a"))
	list := addDeliveries(t, s, delivery("a", "1", 1), delivery("b", "2", 2), delivery("a", "2", 3), delivery("a", "2", 4))
	done := list[0]
	done.State, done.DoneAt = webhook.Delivered, At(9)
	saveDelivery(t, s, done)
	update(t, s, func(tx store.Tx) error {
		return tx.SaveAttempt(webhook.Attempt{EndpointID: "a", Number: 1, Attempt: 1, At: At(1)})
	})
	equal(t, "nothing is old", forgetDeliveries(t, s, 1, 9), 0)
	equal(t, "one at a time", forgetDeliveries(t, s, 4, 1), 1)
	equalAll(t, "attempts", view(t, s, func(tx store.Tx) ([]webhook.Attempt, error) { return tx.Attempts("a", 1) }), nil)
	equal(t, "the others that are old", forgetDeliveries(t, s, 4, 9), 2)
	equal(t, "left", len(listed(t, s, store.DeliveryFilter{EndpointID: "a", Limit: 9})), 1)
}

func removedForgotten(t *testing.T, s store.Store) {
	saveEndpoint(t, s, newEndpoint("a"))
	saveEndpoint(t, s, newEndpoint("b"))
	addDeliveries(t, s, delivery("a", "1", 1), delivery("b", "2", 2), delivery("a", "2", 3))
	update(t, s, func(tx store.Tx) error { return tx.RemoveEndpoint("a", At(5)) })
	equal(t, "first", forgetDeliveries(t, s, 0, 1), 1)
	equal(t, "second", forgetDeliveries(t, s, 0, 9), 1)
	equal(t, "none", forgetDeliveries(t, s, 0, 9), 0)
	equal(t, "left of the other", len(listed(t, s, store.DeliveryFilter{EndpointID: "b", Limit: 9})), 1)
}

func forgottenInLine(t *testing.T, s store.Store) {
	saveEndpoint(t, s, newEndpoint("a"))
	addDeliveries(t, s, delivery("a", "x", 1), delivery("a", "x", 2), delivery("a", "x", 8), delivery("a", "x", 9))
	equal(t, "forgotten", forgetDeliveries(t, s, 5, 9), 2)
	equalAll(t, "claimed", claimed(t, s, "a", 9, 9), []uint64{3})
}
