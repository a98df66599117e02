package wire

import (
	"context"
	"strconv"
	"time"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/registry"
	"github.com/switchboard-platform/switchboard/internal/store"
	"github.com/switchboard-platform/switchboard/internal/webhook"
)

// Endpoint makes the wire form of an endpoint, with the secrets that are live at a time.
func Endpoint(e webhook.Endpoint, now time.Time) switchboard.Webhook {
	w := switchboard.Webhook{ID: e.ID, Partner: e.PartnerID, URL: e.URL, Description: e.Description,
		Kinds: append([]string{}, e.Kinds...), Services: append([]string{}, e.Services...),
		State: "enabled", Reason: string(e.Disabled), DisabledAt: e.DisabledAt,
		CreatedAt: e.CreatedAt, UpdatedAt: e.UpdatedAt, Secrets: []switchboard.WebhookSecret{}}
	if !e.Enabled() {
		w.State = "disabled"
	}
	for _, s := range e.Live(now) {
		w.Secrets = append(w.Secrets, switchboard.WebhookSecret{Number: s.Number, CreatedAt: s.CreatedAt, ExpiresAt: s.ExpiresAt})
	}
	return w
}

// Whole is Endpoint with how it is doing.
func Whole(e webhook.Endpoint, p webhook.Progress, waiting int, now time.Time) switchboard.Webhook {
	w := Endpoint(e, now)
	w.FailingSince, w.Waiting = p.FailingSince, waiting
	return w
}

// List gives the endpoints of a partner, "" meaning all for an operator, with how they are doing.
func List(ctx context.Context, reg *registry.Registry, by registry.Caller, partnerID string) (p switchboard.Page[switchboard.Webhook], err error) {
	list, err := reg.Endpoints(ctx, by, partnerID)
	if err != nil {
		return p, err
	}
	p.Items = []switchboard.Webhook{}
	for _, e := range list {
		_, progress, waiting, err := reg.Endpoint(ctx, by, e.ID)
		if err != nil {
			return p, err
		}
		p.Items = append(p.Items, Whole(e, progress, waiting, by.Cause.At))
	}
	return p, nil
}

// Issued is the one place where a secret of an endpoint leaves the server.
func Issued(i registry.IssuedEndpoint, now time.Time) switchboard.IssuedWebhook {
	return switchboard.IssuedWebhook{Webhook: Endpoint(i.Endpoint, now), Secret: i.Text.Reveal()}
}

// New reads what a new endpoint is to be.
func New(in switchboard.NewWebhook) webhook.Endpoint {
	return webhook.Endpoint{PartnerID: in.Partner, URL: in.URL, Description: in.Description, Kinds: in.Kinds, Services: in.Services}
}

// Change reads what is to change.
func Change(in switchboard.WebhookChange) registry.EndpointChange {
	return registry.EndpointChange{URL: in.URL, Description: in.Description, Kinds: in.Kinds, Services: in.Services,
		Enabled: in.Enabled, SkipMissed: in.SkipMissed}
}

// Delivery makes the wire form of a delivery.
func Delivery(d webhook.Delivery) switchboard.WebhookDelivery {
	return switchboard.WebhookDelivery{Number: d.Number, MessageID: d.MessageID, Type: string(d.Kind), Seq: d.Seq, State: d.State.String(),
		Attempts: d.Tried, CreatedAt: d.CreatedAt, NextAt: d.NextAt, DoneAt: d.DoneAt}
}

// Logged is Delivery with its body and its attempts.
func Logged(d webhook.Delivery, attempts []webhook.Attempt) switchboard.WebhookDelivery {
	w := Delivery(d)
	w.Body = switchboard.RawJSON(d.Body)
	for _, a := range attempts {
		w.Log = append(w.Log, switchboard.WebhookAttempt{Attempt: a.Attempt, URL: a.URL, At: a.At, Status: a.Status, Problem: a.Problem,
			DurationMS: float64(a.Took.Microseconds()) / 1000, Header: a.Header, Body: a.Body})
	}
	return w
}

// Key is where a page of deliveries ends.
func Key(d webhook.Delivery) string { return strconv.FormatUint(d.Number, 10) }

// Filter reads which deliveries are to be listed; param gives a parameter of the query.
func Filter(endpointID string, param func(string) string) (f store.DeliveryFilter, err error) {
	f.EndpointID = endpointID
	var bad fault.Fields
	if text := param("state"); text != "" {
		state, ok := webhook.ParseState(text)
		if f.State = &state; !ok {
			bad.Add("state", "must be waiting, delivered or failed")
		}
	}
	if text := param("since"); text != "" {
		if f.Since, err = time.Parse(time.RFC3339, text); err != nil {
			bad.Add("since", "must be a time like 2026-03-01T00:00:00Z")
		}
	}
	if text := param("after"); text != "" {
		if f.Before, err = Number(text); err != nil {
			bad.Add("after", "must be what the page before said")
		}
	}
	return f, bad.Err()
}

// Number reads the number of a delivery. NotFound for what is none, as for one that does not exist.
func Number(text string) (uint64, error) {
	n, err := strconv.ParseInt(text, 10, 64) // as many as a store can count
	if err != nil || n < 1 {
		return 0, fault.New(fault.NotFound, "There is no delivery %.40q.", text)
	}
	return uint64(n), nil
}

// Redeliver asks for what is meant to be delivered again, and gives how many deliveries will be.
func Redeliver(ctx context.Context, reg *registry.Registry, by registry.Caller, id string, in switchboard.Redelivery) (int, error) {
	var bad fault.Fields
	switch {
	case in.Number == 0 && in.Since.IsZero():
		bad.Add("number", "is required, or since: say which delivery, or since when all are meant")
	case in.Number != 0 && (!in.Since.IsZero() || in.All):
		bad.Add("number", "names one delivery: leave it out, or since and all")
	}
	if err := bad.Err(); err != nil {
		return 0, err
	}
	if in.Number == 0 {
		return reg.RedeliverSince(ctx, by, id, in.Since, in.All)
	}
	if err := reg.Redeliver(ctx, by, id, in.Number); err != nil {
		return 0, err
	}
	return 1, nil
}

// defaultOverlap is how long messages are signed with the older secret, too, unless said otherwise.
const defaultOverlap = 24 * time.Hour

// Rotate gives an endpoint a new secret.
func Rotate(ctx context.Context, reg *registry.Registry, by registry.Caller, id string, in switchboard.NewSecret) (out switchboard.IssuedWebhook, err error) {
	overlap, err := readOverlap(in)
	if err != nil {
		return out, err
	}
	i, err := reg.RotateEndpointSecret(ctx, by, id, overlap)
	return Issued(i, by.Cause.At), err
}

// readOverlap reads for how long the older secret stays.
func readOverlap(in switchboard.NewSecret) (time.Duration, error) {
	if in.Overlap == "" {
		return defaultOverlap, nil
	}
	overlap, err := time.ParseDuration(in.Overlap)
	if err != nil || overlap < 0 {
		var bad fault.Fields
		bad.Add("overlap", "must be a duration like 24h, or 0s to end the older ones at once")
		return 0, bad.Err()
	}
	return overlap, nil
}
