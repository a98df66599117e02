package crashtest

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/sandbox"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// check opens the database that the last kill left and compares it with what was answered. thorough
// reads every chain from its beginning and every page of the file.
func (w *world) check(ctx context.Context, thorough bool) error {
	s, err := w.open(ctx)
	if err != nil {
		return fmt.Errorf("the database does not open: %w", err)
	}
	defer s.Close()
	if err := s.View(ctx, func(tx store.Tx) error { return w.compare(tx, thorough) }); err != nil {
		return err
	}
	if thorough {
		if err := s.Check(ctx); err != nil {
			return err
		}
	}
	if err := s.Close(); err != nil {
		return err
	}
	return w.verify(ctx)
}

func (w *world) compare(tx store.Tx, thorough bool) error {
	for _, o := range w.owners {
		if err := o.findOnboarded(tx); err != nil {
			return err
		}
		for _, a := range o.agents {
			if err := a.compare(tx, o.flight, thorough); err != nil {
				return fmt.Errorf("owner %d, agent %s: %w", o.number, a.code, err)
			}
		}
	}
	return w.nothingElse(tx)
}

// findOnboarded looks for the agent that was being onboarded when the server died.
func (o *owner) findOnboarded(tx store.Tx) error {
	c := o.flight
	if c == nil || !c.onboards() || c.found {
		return nil
	}
	found, err := tx.AgentsByMobile(sandbox.PartnerID, c.mobile)
	if err != nil || len(found) == 0 {
		return err
	}
	if len(found) > 1 {
		return fmt.Errorf("owner %d: %d agents were onboarded by one call", o.number, len(found))
	}
	c.agent = &known{states: map[string]agent.State{}, code: found[0].UserCode}
	o.agents = append(o.agents, c.agent)
	return nil
}

// compare checks an agent's states and the events since the last check. flight is the owner's call
// that was not answered: whether it was done shows in the chain, and the states must agree.
func (k *known) compare(tx store.Tx, flight *call, thorough bool) error {
	rec, err := tx.Agent(k.code)
	if err != nil {
		return err
	}
	events, err := k.news(tx, rec.Head())
	if err != nil {
		return err
	}
	want := k.changes
	if e, ok := maybe(flight, k); ok && len(events) == len(want)+1 {
		want, flight.found = append(want, e), true
	}
	if err := sameEvents(events, want); err != nil {
		return err
	}
	k.changes, k.head = nil, rec.Head()
	for _, s := range services() {
		expect := k.state(s.code)
		if flight != nil && flight.found && flight.agent == k && flight.service == s {
			expect = flight.to
		}
		if have := rec.Activation(s.code).State; have != expect {
			return fmt.Errorf("service %s is %s, and was answered to be %s", s.code, have, expect)
		}
	}
	if thorough {
		return wholeChain(tx, k.head)
	}
	return nil
}

// maybe gives the event that the call in flight would have left with the agent.
func maybe(flight *call, k *known) (change, bool) {
	if flight == nil || flight.agent != k || flight.found {
		return change{}, false
	}
	return flight.event()
}

// news gives the events of the chain since it was last checked, oldest first, and verifies them.
func (k *known) news(tx store.Tx, head event.Head) ([]event.Event, error) {
	if head.Version < k.head.Version {
		return nil, fmt.Errorf("the chain has %d events, and had %d", head.Version, k.head.Version)
	}
	if head.Version == k.head.Version {
		return nil, nil
	}
	events, err := store.History(tx, head, int(head.Version-k.head.Version))
	if err != nil {
		return nil, err
	}
	slices.Reverse(events)
	return events, event.Verify(k.head, events)
}

// wholeChain verifies a chain from its first event to its head.
func wholeChain(tx store.Tx, head event.Head) error {
	events, err := store.History(tx, head, 0)
	if err != nil {
		return err
	}
	if uint64(len(events)) != head.Version {
		return fmt.Errorf("the chain has %d events and its head says %d", len(events), head.Version)
	}
	slices.Reverse(events)
	return event.Verify(event.Head{}, events)
}

func sameEvents(have []event.Event, want []change) error {
	if len(have) != len(want) {
		return fmt.Errorf("%d events for %d answered changes:\nhave %v\nwant %v", len(have), len(want), kinds(have), want)
	}
	for i, e := range have {
		if e.Kind != want[i].kind || e.Service != want[i].service || !strings.Contains(e.Data, want[i].reference) {
			return fmt.Errorf("event %d is %s of service %q with %s, and the answer was about %v", e.Seq, e.Kind, e.Service, e.Data, want[i])
		}
	}
	return nil
}

func kinds(events []event.Event) (list []string) {
	for _, e := range events {
		list = append(list, string(e.Kind)+" "+e.Service)
	}
	return list
}

// nothingElse makes sure that there is no agent and no event besides those that were compared and
// those a new sandbox begins with, and no gap among the events.
func (w *world) nothingElse(tx store.Tx) error {
	agents, events := 1, w.founding
	for _, o := range w.owners {
		for _, a := range o.agents {
			agents++
			events += a.head.Version
		}
	}
	list, err := tx.Agents(store.AgentFilter{Limit: agents + 1})
	if err != nil {
		return err
	}
	if len(list) != agents {
		return fmt.Errorf("there are %d agents, and %d were answered", len(list), agents)
	}
	if _, err := tx.Event(events); err != nil {
		return fmt.Errorf("event %d should be the last: %w", events, err)
	}
	more, err := tx.EventsFrom(events, 1)
	if err == nil && len(more) > 0 {
		err = fmt.Errorf("an event follows the last that was answered: %v", kinds(more))
	}
	return err
}
