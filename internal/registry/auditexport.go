package registry

import (
	"context"
	"io"
	"slices"
	"time"

	"github.com/switchboard-platform/switchboard/internal/audit"
	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// ExportQuery says which events to export: those of one agent, or those of a span of time, or, when it is
// zero, all.
type ExportQuery struct {
	Agent string
	Since time.Time // caused at this time or later
	Until time.Time // and before this time
}

// exportPage is how many events are read at a time: no transaction waits for whoever reads the export.
const exportPage = 1024

// linked is an event and the hash of the one before it in its chain.
type linked struct {
	event.Raw
	before event.Hash
}

// ExportLog writes events in the form of package audit, up to a head that is signed now. Faults:
// UnknownAgent, NotFound when there is no such event, and Unavailable when w takes no more.
func (r *Registry) ExportLog(ctx context.Context, q ExportQuery, w io.Writer) error {
	v, err := r.signed(ctx)
	if err != nil {
		return err
	}
	if q.Agent != "" {
		return r.exportAgent(ctx, q.Agent, v, w)
	}
	h := audit.Header{Scope: audit.All, First: 1, Last: v.head.Size, Events: v.head.Size}
	if !q.Since.IsZero() || !q.Until.IsZero() {
		if h, err = r.spanOf(ctx, q, v.head.Size); err != nil {
			return err
		}
	}
	return r.exportSpan(ctx, h, v, w)
}

// spanOf finds the events of a span of time: all from the first to the last of them.
func (r *Registry) spanOf(ctx context.Context, q ExportQuery, size uint64) (h audit.Header, err error) {
	h.Scope = audit.Span
	err = r.store.View(ctx, func(tx store.Tx) (err error) {
		h.First, h.Last, err = tx.EventSpan(q.Since, q.Until)
		return err
	})
	if h.Last = min(h.Last, size); err == nil && (h.First == 0 || h.First > h.Last) {
		err = fault.New(fault.NotFound, "No event was recorded in that time.")
	}
	h.Events = h.Last - h.First + 1
	return h, err
}

// begin writes the first line of an export.
func (r *Registry) beginExport(ctx context.Context, h audit.Header, v logView, w io.Writer) (x *audit.Export, err error) {
	leaves := func(block int) (list []audit.Hash, err error) {
		err = r.store.View(ctx, func(tx store.Tx) error {
			list, err = leavesOf(tx)(block)
			return err
		})
		return list, err
	}
	return audit.NewExport(w, v.signer, v.head, h, v.tree, leaves)
}

func (r *Registry) exportSpan(ctx context.Context, h audit.Header, v logView, w io.Writer) error {
	x, err := r.beginExport(ctx, h, v, w)
	if err != nil {
		return err
	}
	for after := h.First - 1; after < h.Last; {
		list, err := r.linkedEvents(ctx, after, int(min(exportPage, h.Last-after)))
		if err != nil {
			return err
		}
		if len(list) == 0 {
			break // End tells that there are too few
		}
		if err := writeEvents(x, list); err != nil {
			return err
		}
		after = list[len(list)-1].Seq
	}
	return x.End()
}

func writeEvents(x *audit.Export, list []linked) error {
	for i := range list {
		if err := x.Event(&list[i].Raw, list[i].before); err != nil {
			return err
		}
	}
	return nil
}

func (r *Registry) linkedEvents(ctx context.Context, after uint64, limit int) (list []linked, err error) {
	err = r.store.View(ctx, func(tx store.Tx) error {
		events, err := tx.EventsFrom(after, limit)
		if err == nil {
			list, err = link(tx, events)
		}
		return err
	})
	return list, err
}

// link finds the hash of the event before each in its chain.
func link(tx store.Tx, events []event.Event) (list []linked, err error) {
	for i := range events {
		before, err := tx.EventHash(events[i].Prev)
		if err != nil {
			return nil, err
		}
		list = append(list, linked{events[i].Raw(), before})
	}
	return list, nil
}

// exportAgent exports the whole chain of an agent, up to the signed head.
func (r *Registry) exportAgent(ctx context.Context, userCode string, v logView, w io.Writer) error {
	var list []linked
	err := r.store.View(ctx, func(tx store.Tx) error {
		rec, err := tx.Agent(userCode)
		if err != nil {
			return err
		}
		events, err := store.History(tx, rec.Head(), 0)
		if err != nil {
			return err
		}
		slices.Reverse(events)
		events = slices.DeleteFunc(events, func(e event.Event) bool { return e.Seq > v.head.Size })
		list, err = link(tx, events)
		return err
	})
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return fault.New(fault.NotFound, "Agent %s was onboarded a moment ago: export it again.", userCode)
	}
	subject := event.Subject{Kind: event.Agent, ID: userCode}
	x, err := r.beginExport(ctx, audit.Header{Scope: audit.Chain, Subject: subject.String(), Events: uint64(len(list)),
		First: list[0].Seq, Last: list[len(list)-1].Seq}, v, w)
	if err == nil {
		err = writeEvents(x, list)
	}
	if err != nil {
		return err
	}
	return x.End()
}
