package registry

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/secret"
	"github.com/switchboard-platform/switchboard/internal/store"
	"github.com/switchboard-platform/switchboard/internal/webhook"
)

// systemWebhooks is the actor of what the courier does to an endpoint by its rules.
const systemWebhooks = "system:webhooks"

// stir says that there may be something to deliver.
func (r *Registry) stir() { r.store.Stir(Delivering) }

// Stirred tells the courier to look for what is due: somebody changed an endpoint or asked for a delivery.
func (r *Registry) Stirred() <-chan struct{} { return r.store.Stirred(Delivering) }

// Due is an enabled endpoint for which there is something to do.
type Due struct {
	EndpointID string
	Next       time.Time // when its first delivery is due; zero: none waits for a time
	Behind     bool      // events wait to be made into deliveries
}

// DueEndpoints gives the enabled endpoints with something to do, now or later.
func (r *Registry) DueEndpoints(ctx context.Context) (list []Due, err error) {
	dir, err := r.store.Directory(ctx)
	if err != nil {
		return nil, err
	}
	err = r.store.View(ctx, func(tx store.Tx) error {
		for _, e := range dir.Endpoints {
			if !e.Enabled() {
				continue
			}
			p, err := tx.Progress(e.ID)
			if err != nil {
				return err
			}
			next, err := tx.NextDelivery(e.ID)
			if err != nil {
				return err
			}
			if !next.IsZero() || p.Behind != 0 {
				list = append(list, Due{e.ID, next, p.Behind != 0})
			}
		}
		return nil
	})
	return list, err
}

// ReleaseDeliveries makes due at once what another process had claimed and is gone, or no longer works at: only whose
// turn it is to deliver may ask for it.
func (r *Registry) ReleaseDeliveries(ctx context.Context) error {
	return r.store.Update(ctx, func(tx store.Tx) error { return tx.ReleaseDeliveries(r.Now()) })
}

// Sent is how an attempt ended.
type Sent struct {
	Number  uint64 // of the delivery
	Attempt webhook.Attempt
	Dropped bool // the server stopped before it ended: it counts for nothing
}

// Work is what to deliver to an endpoint.
type Work struct {
	Endpoint   webhook.Endpoint
	Secrets    []secret.Text // that are live
	Deliveries []webhook.Delivery
	Next       time.Time // when the next one is due; zero: none is
}

// Deliver notes how attempts ended, and claims up to room deliveries that are due, for lease. An endpoint that
// answers that it is gone is disabled, as is one at which nothing has succeeded for webhook.FailingFor.
func (r *Registry) Deliver(ctx context.Context, endpointID string, sent []Sent, room int, lease time.Duration) (w Work, err error) {
	random := rand.Float64()
	now := r.Now()
	err = r.store.Update(ctx, func(tx store.Tx) error {
		w = Work{}
		dir, err := tx.Directory()
		if err != nil {
			return err
		}
		e, ok := dir.Endpoint(endpointID)
		if !ok {
			return nil // it was removed, and all that was its
		}
		if w.Endpoint, err = settleAll(tx, dir, e, sent, random, now); err != nil {
			return err
		}
		if !w.Endpoint.Enabled() {
			return nil
		}
		if room > 0 {
			if w.Deliveries, err = tx.ClaimDeliveries(endpointID, now, now.Add(lease), room); err != nil {
				return err
			}
		}
		w.Next, err = tx.NextDelivery(endpointID)
		return err
	})
	if err == nil && len(w.Deliveries) > 0 {
		w.Secrets = r.openSecrets(w.Endpoint, now)
	}
	return w, err
}

// settleAll notes how attempts ended and gives the endpoint as it is then.
func settleAll(tx store.Tx, dir *store.Directory, e webhook.Endpoint, sent []Sent, random float64, now time.Time) (webhook.Endpoint, error) {
	if len(sent) == 0 {
		return e, nil
	}
	was, err := tx.Progress(e.ID)
	if err != nil {
		return e, err
	}
	p, disable := was, webhook.Reason("")
	for _, o := range sent {
		kind, err := settle(tx, e.ID, o, random, now)
		if err != nil {
			return e, err
		}
		if kind == "" || o.Dropped {
			continue
		}
		var why webhook.Reason
		if p, why = p.After(kind, o.Attempt); why != "" {
			disable = why
		}
	}
	if p != was {
		if err := tx.SaveProgress(p); err != nil {
			return e, err
		}
	}
	if disable == "" || !e.Enabled() {
		return e, nil
	}
	off := e
	off.DisabledAt, off.Disabled, off.UpdatedAt = now, disable, now
	return off, toggleEndpoint(tx, dir, event.Cause{Actor: systemWebhooks, At: now}, e, off, false, []string{"enabled"})
}

// settle notes how one attempt ended and gives the delivery's kind, "" when it is no more.
func settle(tx store.Tx, endpointID string, o Sent, random float64, now time.Time) (event.Kind, error) {
	d, err := tx.Delivery(endpointID, o.Number)
	if fault.Is(err, fault.NotFound) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	if o.Dropped {
		d.NextAt = now
		return d.Kind, tx.SaveDelivery(d)
	}
	after := d
	if d.State == webhook.Waiting {
		after = d.After(o.Attempt, now, random)
	} else { // it was sent twice, and the other one was faster
		after.Tried++
	}
	a := o.Attempt
	a.EndpointID, a.Number, a.Attempt = endpointID, o.Number, after.Tried
	if err := tx.SaveAttempt(a); err != nil {
		return "", err
	}
	return d.Kind, tx.SaveDelivery(after)
}

// openSecrets opens the live secrets of an endpoint.
func (r *Registry) openSecrets(e webhook.Endpoint, now time.Time) (list []secret.Text) {
	for _, s := range e.Live(now) {
		text, err := r.sealer.Open(s.Sealed, webhookContext(e.ID, s.Number))
		if err != nil {
			slog.Error("the secret of a webhook endpoint cannot be opened: is this the master key of this database?", "endpoint", e.ID, "secret", s.Number)
			continue
		}
		list = append(list, text)
	}
	return list
}
