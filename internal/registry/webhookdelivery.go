package registry

import (
	"context"
	"time"

	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/store"
	"github.com/switchboard-platform/switchboard/internal/webhook"
)

// Deliveries lists deliveries of an endpoint.
func (r *Registry) Deliveries(ctx context.Context, by Caller, f store.DeliveryFilter) (list []webhook.Delivery, err error) {
	if _, err := r.findEndpoint(ctx, by, f.EndpointID); err != nil {
		return nil, err
	}
	err = r.store.View(ctx, func(tx store.Tx) error {
		list, err = tx.Deliveries(f)
		return err
	})
	return list, err
}

// Delivery gives a delivery and its attempts.
func (r *Registry) Delivery(ctx context.Context, by Caller, endpointID string, number uint64) (d webhook.Delivery, attempts []webhook.Attempt, err error) {
	if _, err := r.findEndpoint(ctx, by, endpointID); err != nil {
		return d, nil, err
	}
	err = r.store.View(ctx, func(tx store.Tx) error {
		if d, err = tx.Delivery(endpointID, number); err != nil {
			return err
		}
		attempts, err = tx.Attempts(endpointID, number)
		return err
	})
	return d, attempts, err
}

// TestEndpoint sends a message that tells of nothing, once. Conflict when the endpoint is disabled.
func (r *Registry) TestEndpoint(ctx context.Context, by Caller, id, body string) (d webhook.Delivery, err error) {
	err = r.store.Update(ctx, func(tx store.Tx) error {
		_, e, err := ownEndpoint(tx, by, id)
		if err != nil {
			return err
		}
		if !e.Enabled() {
			return errDisabled(id)
		}
		d = webhook.NewTest(id, by.Cause.RequestID, body, by.Cause.At)
		return tx.AddDelivery(&d)
	})
	r.stir()
	return d, err
}

func errDisabled(id string) error {
	return fault.New(fault.Conflict, "Endpoint %s is disabled; enable it first.", id)
}

// Redeliver asks for one delivery to be made again, or at once when it waits. It is sent when what is before
// it in its line is over.
func (r *Registry) Redeliver(ctx context.Context, by Caller, id string, number uint64) error {
	err := r.store.Update(ctx, func(tx store.Tx) error {
		_, e, err := ownEndpoint(tx, by, id)
		if err != nil {
			return err
		}
		if !e.Enabled() {
			return errDisabled(id)
		}
		d, err := tx.Delivery(id, number)
		if err != nil {
			return err
		}
		return tx.SaveDelivery(d.Again(by.Cause.At))
	})
	r.stir()
	return err
}

// redeliverBatch is how many deliveries are asked for in one transaction.
const redeliverBatch = 200

// RedeliverSince asks for every delivery made since a time to be made again: those that failed, or all that
// are over. It gives how many. It writes a great deal, and every change waits behind that: so one works at a
// time, and TooMany meets the others.
func (r *Registry) RedeliverSince(ctx context.Context, by Caller, id string, since time.Time, all bool) (n int, err error) {
	if !r.redelivering.TryLock() {
		return 0, fault.Later(0, "Other deliveries are being asked for again; try again later.")
	}
	defer r.redelivering.Unlock()
	f := store.DeliveryFilter{EndpointID: id, Since: since, Oldest: true, Limit: redeliverBatch}
	if failed := webhook.Failed; !all {
		f.State = &failed
	}
	for {
		list, err := r.Deliveries(ctx, by, f)
		if err != nil || len(list) == 0 {
			return n, err
		}
		again, err := r.redeliver(ctx, by, list)
		if n += again; err != nil {
			return n, err
		}
		f.After = list[len(list)-1].Number
		r.stir()
	}
}

// redeliver asks for those of some deliveries to be made again that are over, and were made before now: what
// arrives meanwhile is not meant.
func (r *Registry) redeliver(ctx context.Context, by Caller, list []webhook.Delivery) (n int, err error) {
	err = r.store.Update(ctx, func(tx store.Tx) error {
		n = 0
		_, e, err := ownEndpoint(tx, by, list[0].EndpointID)
		if err != nil {
			return err
		}
		if !e.Enabled() {
			return errDisabled(e.ID)
		}
		for _, d := range list {
			if d.State == webhook.Waiting || d.CreatedAt.After(by.Cause.At) {
				continue
			}
			if err := tx.SaveDelivery(d.Again(by.Cause.At)); err != nil {
				return err
			}
			n++
		}
		return nil
	})
	return n, err
}

// oldBatch is how many deliveries are forgotten in one transaction.
const oldBatch = 500

// ForgetDeliveries forgets deliveries that are older than retention, and those of endpoints that were
// removed. It gives how many.
func (r *Registry) ForgetDeliveries(ctx context.Context, retention time.Duration) (n int, err error) {
	for {
		gone := 0
		err := r.store.Update(ctx, func(tx store.Tx) (err error) {
			gone, err = tx.ForgetDeliveries(r.Now().Add(-retention), oldBatch)
			return err
		})
		if n += gone; err != nil || gone < oldBatch {
			return n, err
		}
	}
}
