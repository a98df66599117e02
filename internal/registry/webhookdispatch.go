package registry

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/switchboard-platform/switchboard/internal/access"
	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/store"
	"github.com/switchboard-platform/switchboard/internal/webhook"
)

// dispatchedSetting is up to which event deliveries were made.
const dispatchedSetting = "webhooks_dispatched"

// reached is up to which event something that follows the record has come, as a setting keeps it.
func reached(tx store.Tx, setting string) (uint64, error) {
	value, err := tx.Setting(setting)
	seq, _ := strconv.ParseUint(value, 10, 64) // "": none yet
	return seq, err
}

// How many events are looked at in one step, and after how many without a delivery the place is saved.
const (
	dispatchBatch = 500
	saveEvery     = 10_000
)

// Dispatcher makes deliveries of what is recorded. Only one may work at a time; a second one would be
// refused by the first one's steps and do no harm.
type Dispatcher struct {
	r     *Registry
	body  func(event.Public) string
	at    uint64 // events up to this one were looked at
	saved uint64 // … and up to this one, that is on disk

	wanted bool // by an endpoint that is enabled, at the last step
}

// Dispatcher makes a dispatcher that goes on where the last one was. body makes the messages.
func (r *Registry) Dispatcher(ctx context.Context, body func(event.Public) string) (*Dispatcher, error) {
	d := &Dispatcher{r: r, body: body}
	err := r.store.View(ctx, func(tx store.Tx) (err error) {
		d.saved, err = reached(tx, dispatchedSetting)
		return err
	})
	d.at = d.saved
	return d, err
}

// At is up to which event was looked.
func (d *Dispatcher) At() uint64 { return d.at }

// Wanted says whether anybody wants to know what is recorded next.
func (d *Dispatcher) Wanted() bool { return d.wanted }

// errStale says that the directory or the place changed since deliveries were thought out.
var errStale = errors.New("the endpoints changed meanwhile")

// Step looks at the next events and makes their deliveries. It gives the endpoints that got some; more says
// that there may be more events to look at.
func (d *Dispatcher) Step(ctx context.Context) (touched []string, more bool, err error) {
	dir, err := d.r.store.Directory(ctx)
	if err != nil {
		return nil, false, err
	}
	d.wanted = slices.ContainsFunc(dir.Endpoints, func(e webhook.Endpoint) bool { return e.Enabled() })
	if !d.wanted {
		return nil, false, nil
	}
	d.at = max(d.at, firstSince(dir.Endpoints)) // nobody wants what was before
	list, last, n, err := d.look(ctx, dir, dir.Endpoints, d.at, dispatchBatch)
	if err != nil || n == 0 {
		return nil, false, err
	}
	if len(list) == 0 && last-d.saved < saveEvery {
		now, err := d.r.store.Directory(ctx)
		if err != nil || now != dir { // somebody may want to know by now
			return nil, true, err
		}
		d.at = last
		return nil, n == dispatchBatch, nil
	}
	err = d.r.store.Update(ctx, func(tx store.Tx) error {
		touched = nil
		if err := d.still(tx, dir); err != nil {
			return err
		}
		if touched, err = d.add(tx, list); err != nil {
			return err
		}
		return tx.SetSetting(dispatchedSetting, strconv.FormatUint(last, 10))
	})
	if errors.Is(err, errStale) {
		return nil, true, nil
	}
	if err == nil {
		d.at, d.saved = last, last
	}
	return touched, n == dispatchBatch, err
}

func firstSince(list []webhook.Endpoint) uint64 {
	return slices.MinFunc(list, func(a, b webhook.Endpoint) int { return int(a.Since) - int(b.Since) }).Since
}

// still makes sure that what deliveries were thought out for is so yet.
func (d *Dispatcher) still(tx store.Tx, dir *store.Directory) error {
	now, err := tx.Directory()
	if err != nil {
		return err
	}
	saved, err := reached(tx, dispatchedSetting)
	if err != nil {
		return err
	}
	if now != dir || saved != d.saved {
		d.saved, d.at = saved, max(d.at, saved) // another one has made the deliveries up to there
		return errStale
	}
	return nil
}

// add adds deliveries, but for endpoints that are behind: theirs are made when they catch up.
func (d *Dispatcher) add(tx store.Tx, list []webhook.Delivery) (touched []string, err error) {
	behind := map[string]bool{}
	for i := range list {
		id := list[i].EndpointID
		if _, known := behind[id]; !known {
			p, err := tx.Progress(id)
			if err != nil {
				return nil, err
			}
			if behind[id] = p.Behind != 0; !behind[id] {
				touched = append(touched, id)
			}
		}
		if behind[id] {
			continue
		}
		own := list[i] // the transaction may run again
		if err := tx.AddDelivery(&own); err != nil {
			return nil, err
		}
	}
	return touched, nil
}

// look reads events and thinks out their deliveries to those of some endpoints that are enabled. last is the last
// event of the n that were read.
func (d *Dispatcher) look(ctx context.Context, dir *store.Directory, to []webhook.Endpoint, after uint64, limit int) (list []webhook.Delivery, last uint64, n int, err error) {
	var events []event.Event
	err = d.r.store.View(ctx, func(tx store.Tx) (err error) {
		events, err = tx.EventsFrom(after, limit)
		return err
	})
	if err != nil || len(events) == 0 {
		return nil, after, 0, err
	}
	now := d.r.Now()
	for _, e := range events {
		owner, err := d.r.ownerOf(ctx, e)
		if err != nil {
			return nil, after, 0, err
		}
		for i := range to {
			if p, ok := shown(&to[i], owner, e); ok {
				list = append(list, webhook.New(to[i].ID, e, d.body(p), now))
			}
		}
	}
	return list, events[len(events)-1].Seq, len(events), nil
}

// everybody stands for all partners: what happens to a service concerns them all.
const everybody = "*"

// ownerOf gives the partner whom an event concerns; "" when it is none's business.
func (r *Registry) ownerOf(ctx context.Context, e event.Event) (string, error) {
	switch e.Subject.Kind {
	case event.Service:
		return everybody, nil
	case event.Partner:
		return e.Subject.ID, nil
	case event.Agent:
		if id, ok := strings.CutPrefix(e.Cause.Actor, string(access.HolderPartner)+":"); ok {
			return id, nil // partners change their own agents alone
		}
		rec, err := r.store.Record(ctx, e.Subject.ID)
		if fault.Is(err, fault.UnknownAgent) {
			return "", nil
		}
		if err != nil {
			return "", err
		}
		return rec.Agent.PartnerID, nil
	}
	return "", nil
}

// shown gives what an endpoint is told of an event; ok is false when it is not for it.
func shown(to *webhook.Endpoint, owner string, e event.Event) (p event.Public, ok bool) {
	if !to.Enabled() || e.Seq <= to.Since || owner != everybody && owner != to.PartnerID {
		return p, false
	}
	p, ok = e.Public(to.PartnerID)
	return p, ok && to.Wants(p)
}

// CatchUp makes deliveries for an endpoint of some of what happened while it was disabled. done says that it
// is where the others are.
func (d *Dispatcher) CatchUp(ctx context.Context, id string) (done bool, err error) {
	dir, err := d.r.store.Directory(ctx)
	if err != nil {
		return false, err
	}
	e, ok := dir.Endpoint(id)
	if !ok || !e.Enabled() {
		return true, nil
	}
	done, err = d.catchUp(ctx, dir, e)
	if errors.Is(err, errStale) {
		return false, nil
	}
	return done, err
}

func (d *Dispatcher) catchUp(ctx context.Context, dir *store.Directory, e webhook.Endpoint) (done bool, err error) {
	var was webhook.Progress
	err = d.r.store.View(ctx, func(tx store.Tx) (err error) {
		was, err = tx.Progress(e.ID)
		return err
	})
	if err != nil || was.Behind == 0 {
		return true, err
	}
	if was.Behind > d.at { // of a process that died before its place was saved: the others come there again
		return false, nil
	}
	var list []webhook.Delivery
	last := was.Behind
	if room := int64(d.at) - int64(was.Behind); room > 0 {
		if list, last, _, err = d.look(ctx, dir, []webhook.Endpoint{e}, was.Behind, int(min(room, dispatchBatch))); err != nil {
			return false, err
		}
	}
	err = d.r.store.Update(ctx, func(tx store.Tx) error {
		if err := d.still(tx, dir); err != nil {
			return err
		}
		done = last >= d.at
		return d.advance(tx, was, last, done, list)
	})
	if err == nil && done {
		d.saved = d.at
	}
	return done, err
}

// advance adds an endpoint's deliveries and moves its place. With the last ones it is with the others, whose
// place is then saved: they would be made again if it were an older one.
func (d *Dispatcher) advance(tx store.Tx, was webhook.Progress, last uint64, done bool, list []webhook.Delivery) error {
	p, err := tx.Progress(was.EndpointID)
	if err != nil {
		return err
	}
	if p.Behind != was.Behind {
		return errStale
	}
	for _, own := range list {
		if err := tx.AddDelivery(&own); err != nil {
			return err
		}
	}
	p.Behind = last
	if done {
		p.Behind = 0
		if err := tx.SetSetting(dispatchedSetting, strconv.FormatUint(d.at, 10)); err != nil {
			return err
		}
	}
	return tx.SaveProgress(p)
}
