package registry

import (
	"context"
	"strings"
	"time"

	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/member"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// EventQuery says which events to look for, the youngest first; zero fields do not restrict.
type EventQuery struct {
	Subject event.Subject // without an ID: all of a kind
	Kind    string        // or a family: "block.*"
	Actor   string        // "operator:asha", or all of a kind: "operator"
	Service string
	Since   time.Time
	Until   time.Time // not including it
	Before  uint64    // events before this one
	Limit   int       // at most so many; required
}

// EventPage is a page of what was found.
type EventPage struct {
	Events    []event.Event
	Next      uint64    // events before this one were not looked at; 0 when all were that may fit
	ReachedAt time.Time // when the last one was caused that was looked at
}

// How many events one search looks at, whatever it finds: of all, of those of operators, and of the chain of one subject.
const (
	searchReach    = 20_000
	operatorsReach = 4000
	chainReach     = 2000
)

// SearchEvents looks for events, with their personal texts. Faults: NotFound and UnknownAgent when there is no such subject.
func (r *Registry) SearchEvents(ctx context.Context, q EventQuery) (p EventPage, err error) {
	err = r.store.View(ctx, func(tx store.Tx) (err error) {
		if q.Subject.ID != "" {
			p, err = searchChain(tx, q)
		} else {
			p, err = searchAll(tx, q)
		}
		if err != nil {
			return err
		}
		return reveal(tx, p.Events)
	})
	return p, err
}

// searchAll looks at one stretch of the record.
func searchAll(tx store.Tx, q EventQuery) (p EventPage, err error) {
	last, err := tx.LastSeq()
	if err != nil {
		return p, err
	}
	span := eventSpan{tx: tx, last: last, since: q.Since, until: q.Until}
	first, before, err := span.find()
	if err != nil {
		return p, err
	}
	if q.Before != 0 {
		before = min(before, q.Before)
	}
	from, err := q.reach(tx, before)
	if err != nil {
		return p, err
	}
	from = max(from, first)
	if before <= from {
		return p, nil
	}
	p.Events, err = tx.FindEvents(store.EventFilter{SubjectKind: q.Subject.Kind, Kind: q.Kind, Actor: q.Actor, Service: q.Service,
		Since: q.Since, Until: q.Until, From: from, Before: before, Limit: q.Limit})
	if err != nil {
		return p, err
	}
	reached := from
	if len(p.Events) == q.Limit {
		reached = p.Events[len(p.Events)-1].Seq
	}
	if reached > first {
		p.Next = reached
	}
	times, err := tx.EventTimes([]uint64{reached})
	p.ReachedAt = times[reached]
	return p, err
}

// reach gives how far back one search goes.
func (q *EventQuery) reach(tx store.Tx, before uint64) (from uint64, err error) {
	if kind, _, _ := strings.Cut(q.Actor, ":"); kind == "operator" {
		return tx.OperatorsEvent(before, operatorsReach-1)
	}
	return before - min(before, searchReach), nil
}

// searchChain follows the chain of a subject back.
func searchChain(tx store.Tx, q EventQuery) (p EventPage, err error) {
	head, err := headOf(tx, q.Subject)
	if err != nil {
		return p, err
	}
	from := head.Seq
	if q.Before != 0 {
		// The page before ended in an event of the chain.
		if e, err := tx.Event(q.Before); err == nil && e.Subject == q.Subject {
			from = e.Prev
		}
	}
	events, err := tx.Chain(q.Subject, from, chainReach)
	if err != nil {
		return p, err
	}
	for _, e := range events {
		if q.fits(&e) {
			p.Events = append(p.Events, e)
		}
		p.Next, p.ReachedAt = e.Seq, e.Cause.At
		if e.Prev == 0 {
			p.Next = 0
		}
		if len(p.Events) == q.Limit {
			break
		}
	}
	return p, nil
}

// fits says whether an event of the subject is looked for.
func (q *EventQuery) fits(e *event.Event) bool {
	family, all := strings.CutSuffix(q.Kind, "*")
	actor, _, _ := strings.Cut(e.Cause.Actor, ":")
	return (q.Before == 0 || e.Seq < q.Before) &&
		(q.Kind == "" || string(e.Kind) == q.Kind || all && strings.HasPrefix(string(e.Kind), family)) &&
		(q.Actor == "" || q.Actor == e.Cause.Actor || q.Actor == actor) &&
		(q.Service == "" || q.Service == e.Service) &&
		(q.Since.IsZero() || !e.Cause.At.Before(q.Since)) && (q.Until.IsZero() || e.Cause.At.Before(q.Until))
}

// headOf gives the end of a subject's chain.
func headOf(tx store.Tx, s event.Subject) (head event.Head, err error) {
	dir, err := tx.Directory()
	if err != nil {
		return head, err
	}
	found := false
	switch s.Kind {
	case event.Agent:
		rec, err := tx.Agent(s.ID)
		if err != nil {
			return head, err
		}
		return rec.Head(), nil
	case event.Plan:
		p, err := tx.Plan(s.ID)
		return p.Head, err
	case event.Member:
		list, err := tx.MembersByID([]string{s.ID})
		if err != nil {
			return head, err
		}
		for i := range list {
			head, found = list[i].Head, true
		}
	case event.Operator:
		_, found = dir.Operator(s.ID)
		head, err = tx.OperatorHead(s.ID)
	default:
		head, found = headIn(dir, s)
	}
	if err != nil {
		return head, err
	}
	if !found {
		err = fault.New(fault.NotFound, "There is no %s %.40q.", s.Kind, s.ID)
	}
	return head, err
}

// headIn gives the end of the chain of something in the directory.
func headIn(dir *store.Directory, s event.Subject) (head event.Head, found bool) {
	switch s.Kind {
	case event.Partner:
		p, ok := dir.Partner(s.ID)
		return p.Head, ok
	case event.Service:
		svc, ok := dir.Service(s.ID)
		return svc.Head, ok
	case event.Channel:
		c, ok := dir.Channel(s.ID)
		return c.Head, ok
	case event.Switch:
		x, ok := dir.Switch(s.ID)
		return x.Head, ok
	case event.Ladder:
		for _, l := range []member.Ladder{dir.Ladders.Password, dir.Ladders.OTP} {
			if string(l.Security) == s.ID {
				return l.Head, true
			}
		}
	}
	return head, false
}
