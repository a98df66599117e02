package storetest

import (
	"errors"
	"slices"
	"testing"

	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/store"
)

func eventCases() []testCase {
	return []testCase{
		{"AppendEvent/every field comes back", eventRoundTrip},
		{"AppendEvent/gives the next Seq without a gap", eventSeq},
		{"AppendEvent/no gap after an Update that fails", eventSeqAfterFailure},
		{"Event/not found", eventNotFound},
		{"EventsFrom/in order, in pages", eventsFrom},
		{"History/of a chain, newest first", history},
	}
}

// oddEvents are events whose fields are empty or hard to keep, chained to each other.
func oddEvents() []event.Event {
	bare := event.Event{
		Subject: event.Subject{Kind: event.Agent, ID: "odd"}, Kind: event.AgentOnboarded,
		Cause: event.Cause{Actor: "operator:root", At: At(0)}, Data: event.Data(),
	}
	full := event.Event{
		Subject: bare.Subject, Kind: event.ServiceRejected, Service: "43", Cause: Cause(1),
		Data: event.Data("comment", "कारण \"it's\" \\ \t 😀", "latlong", "18.5,73.8", "empty", ""),
	}
	odd := full
	odd.Cause.Actor, odd.Cause.Key, odd.Cause.Address = "partner:'; --", "ключ", "2001:db8::1%eth0"
	odd.Cause.RequestID, odd.Data = "\u2028", `{ "b" : 1.0, "a":[ ] , "a":null}`
	odd.Cause.At = store.Cut(At(0).AddDate(-70, 0, 0))
	return []event.Event{bare, full, odd}
}

func eventRoundTrip(t *testing.T, s store.Store) {
	buildWorld(t, s)
	var want []event.Event
	update(t, s, func(tx store.Tx) error {
		want = nil
		head := event.Head{}
		for _, e := range oddEvents() {
			e = head.Next(e)
			if err := tx.AppendEvent(&e); err != nil {
				return err
			}
			head, want = e.Head(), append(want, e)
		}
		return nil
	})
	for _, e := range want {
		equal(t, "event", view(t, s, func(tx store.Tx) (event.Event, error) { return tx.Event(e.Seq) }), e)
	}
	got := view(t, s, func(tx store.Tx) ([]event.Event, error) { return tx.EventsFrom(want[0].Seq-1, 10) })
	equalAll(t, "events", got, want)
	must(t, event.Verify(event.Head{}, got))
}

// appendOne appends an event about a subject that has none yet.
func appendOne(tx store.Tx, id string) (event.Event, error) {
	e := event.Head{}.Next(event.Event{
		Subject: event.Subject{Kind: event.Service, ID: id}, Kind: event.CatalogueSet, Cause: Cause(0), Data: "{}",
	})
	err := tx.AppendEvent(&e)
	return e, err
}

func eventSeq(t *testing.T, s store.Store) {
	var seqs []uint64
	for i, id := range []string{"a", "b", "c"} {
		var inOne []uint64
		update(t, s, func(tx store.Tx) error {
			inOne = nil
			for _, suffix := range []string{"1", "2", "3"}[:i+1] {
				e, err := appendOne(tx, id+suffix)
				if err != nil {
					return err
				}
				inOne = append(inOne, e.Seq)
			}
			return nil
		})
		seqs = append(seqs, inOne...)
	}
	if seqs[0] == 0 {
		t.Error("the first Seq is 0, which means no event")
	}
	for i := range seqs {
		equal(t, "Seq", seqs[i], seqs[0]+uint64(i))
	}
	equal(t, "number of events", len(events(t, s)), len(seqs))
}

func eventSeqAfterFailure(t *testing.T, s store.Store) {
	var first, next event.Event
	update(t, s, func(tx store.Tx) (err error) { first, err = appendOne(tx, "a"); return err })
	undo := errors.New("undo")
	for range 3 {
		err := s.Update(t.Context(), func(tx store.Tx) error {
			_, err1 := appendOne(tx, "b")
			_, err2 := appendOne(tx, "c")
			return errors.Join(err1, err2, undo)
		})
		if !errors.Is(err, undo) {
			t.Fatalf("Update gives %v, want the error of fn", err)
		}
	}
	update(t, s, func(tx store.Tx) (err error) { next, err = appendOne(tx, "b"); return err })
	equal(t, "Seq after Updates that failed", next.Seq, first.Seq+1)
	equalAll(t, "events", events(t, s), []event.Event{first, next})
}

func eventNotFound(t *testing.T, s store.Store) {
	get := func(seq uint64) func(tx store.Tx) (event.Event, error) {
		return func(tx store.Tx) (event.Event, error) { return tx.Event(seq) }
	}
	notFound(t, s, "event 1 of an empty store", fault.NotFound, get(1))
	buildWorld(t, s)
	all := events(t, s)
	notFound(t, s, "event 0", fault.NotFound, get(0))
	notFound(t, s, "the event after the last", fault.NotFound, get(all[len(all)-1].Seq+1))
	notFound(t, s, "an event far away", fault.NotFound, get(1<<63-1))
	notFound(t, s, "the last event there can be", fault.NotFound, get(1<<64-1))
}

func eventsFrom(t *testing.T, s store.Store) {
	from := func(seq uint64, limit int) []event.Event {
		return view(t, s, func(tx store.Tx) ([]event.Event, error) { return tx.EventsFrom(seq, limit) })
	}
	equalAll(t, "events of an empty store", from(0, 10), nil)
	buildWorld(t, s)
	update(t, s, writeAll)
	all := events(t, s)
	for limit := 1; limit <= len(all)+1; limit++ {
		equalAll(t, "first events", from(0, limit), all[:min(limit, len(all))])
		equalAll(t, "events after the third", from(all[2].Seq, limit), all[3:min(3+limit, len(all))])
	}
	equalAll(t, "events after the last", from(all[len(all)-1].Seq, 10), nil)
	equalAll(t, "events long after the last", from(1<<63-1, 10), nil)
}

func history(t *testing.T, s store.Store) {
	buildWorld(t, s)
	AddAgent(t, s, partnerID, newUser)
	for _, svc := range []string{"43", "45", "43"} {
		SetActivation(t, s, userCode, svc, agent.Active)
		SetActivation(t, s, newUser, svc, agent.Off)
		update(t, s, func(tx store.Tx) error { _, err := setLastName(tx, userCode, "after "+svc); return err })
	}
	var want []event.Event
	for _, e := range slices.Backward(events(t, s)) {
		if e.Subject == (event.Subject{Kind: event.Agent, ID: userCode}) {
			want = append(want, e)
		}
	}
	equal(t, "events about the agent", len(want), 7)
	head := view(t, s, func(tx store.Tx) (*agent.Record, error) { return tx.Agent(userCode) }).Head()
	for limit := range 9 {
		got := view(t, s, func(tx store.Tx) ([]event.Event, error) { return store.History(tx, head, limit) })
		if limit == 0 {
			limit = len(want)
		}
		equalAll(t, "history", got, want[:min(limit, len(want))])
	}
	none := view(t, s, func(tx store.Tx) ([]event.Event, error) { return store.History(tx, event.Head{}, 0) })
	equalAll(t, "history of nothing", none, nil)
	verifyChain(t, s, userCode)
	notFound(t, s, "history from an event that is not there", fault.NotFound, func(tx store.Tx) ([]event.Event, error) {
		return store.History(tx, event.Head{Version: 1, Seq: 1 << 40}, 1)
	})
}
