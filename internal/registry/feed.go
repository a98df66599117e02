package registry

import (
	"context"
	"strings"

	"github.com/switchboard-platform/switchboard/internal/access"
	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// Feed asks for a page of the record as callers from outside see it.
type Feed struct {
	PartnerID string // whose agents' and whose own events; "" for a switch: all partners'
	After     uint64 // events after this one
	Kinds     event.Kinds
	Limit     int // at most so many; required
}

// FeedPage is a page of the record.
type FeedPage struct {
	Events []event.Public
	Next   uint64 // the last event that was looked at: the next page begins after it
	End    bool   // there was none behind it
}

// How many events are read at a time, and how many one page looks at, however few of them concern the reader.
const (
	feedChunk = 500
	feedReach = 10 * feedChunk
)

// Feed gives the events after one, in the order in which they happened, of which some may be nothing to
// the reader. Conflict when the record ends before the event to begin after.
func (r *Registry) Feed(ctx context.Context, f Feed) (p FeedPage, err error) {
	p.Next = f.After
	for looked := 0; looked < feedReach && len(p.Events) < f.Limit && !p.End; {
		events, err := r.eventsAfter(ctx, p.Next, f.chunk(len(p.Events)))
		if err != nil {
			return p, err
		}
		if err := r.addPublic(ctx, &p, f, events); err != nil {
			return p, err
		}
		looked += len(events)
		p.End = len(events) == 0
	}
	return p, nil
}

// chunk is how many events to read next. Whoever wants them all is given most of what is read.
func (f *Feed) chunk(have int) int {
	if f.PartnerID == "" && len(f.Kinds) == 0 {
		return min(f.Limit-have, feedChunk)
	}
	return feedChunk
}

// eventsAfter reads a chunk of the record.
func (r *Registry) eventsAfter(ctx context.Context, after uint64, limit int) (events []event.Event, err error) {
	err = r.store.View(ctx, func(tx store.Tx) error {
		if events, err = tx.EventsFrom(after, limit); err != nil || len(events) > 0 || after == 0 {
			return err
		}
		if _, err = tx.Event(after); fault.Is(err, fault.NotFound) {
			return fault.New(fault.Conflict, "The record ends before event %d: it is another server's, or was restored from an older backup. Follow it anew from its beginning.", after)
		}
		return err
	})
	return events, err
}

// addPublic adds what a reader is shown of some events, until the page is full.
func (r *Registry) addPublic(ctx context.Context, p *FeedPage, f Feed, events []event.Event) error {
	for _, e := range events {
		if len(p.Events) == f.Limit {
			return nil
		}
		if f.Kinds.Has(e.Kind) {
			concerned, err := r.Concerns(ctx, f.PartnerID, e)
			if err != nil {
				return err
			}
			if public, ok := e.Public(f.PartnerID); ok && concerned {
				p.Events = append(p.Events, public)
			}
		}
		p.Next = e.Seq
	}
	return nil
}

// Concerns says whether an event about an agent is about one of a partner's, "" meaning any; other events
// concern everybody as far as event.Event.Public shows them.
func (r *Registry) Concerns(ctx context.Context, partnerID string, e event.Event) (bool, error) {
	if partnerID == "" || e.Subject.Kind != event.Agent {
		return true, nil
	}
	if actor, ok := strings.CutPrefix(e.Cause.Actor, "partner:"); ok {
		return actor == partnerID, nil // partners change their own agents alone
	}
	_, _, err := r.Record(ctx, nil, partnerID, e.Subject.ID)
	if fault.Is(err, fault.UnknownAgent) {
		return false, nil
	}
	return err == nil, err
}

// LastEvent gives the Seq of the last event, 0 when there is none.
func (r *Registry) LastEvent(ctx context.Context) (uint64, error) {
	st, err := r.store.Stats(ctx)
	return uint64(st.Events), err
}

// Await waits until something was recorded after an event, or ctx ends. It may return early.
func (r *Registry) Await(ctx context.Context, after uint64) error { return r.store.Await(ctx, after) }

// StillIn makes sure that the key or token of a partner or a switch that stays connected is live yet.
// Unauthenticated when it is not.
func (r *Registry) StillIn(ctx context.Context, by Caller) error {
	dir, err := r.store.Directory(ctx)
	if err != nil {
		return err
	}
	by.Cause.At = r.Now()
	id, ok := strings.CutPrefix(by.Cause.Actor, string(access.HolderSwitch)+":")
	if !ok {
		return by.stillIn(dir)
	}
	if s, ok := dir.Switch(id); !ok || !s.RevokedAt.IsZero() || !by.tokenLives(dir, access.HolderSwitch, id) {
		return fault.New(fault.Unauthenticated, "The token is no longer valid.")
	}
	return nil
}

// Events gives events of all subjects in the order in which they happened, with their personal texts, for
// operators. Conflict as Feed.
func (r *Registry) Events(ctx context.Context, after uint64, limit int) ([]event.Event, error) {
	events, err := r.eventsAfter(ctx, after, limit)
	if err != nil {
		return nil, err
	}
	return events, r.store.View(ctx, func(tx store.Tx) error { return reveal(tx, events) })
}
