package audit

import (
	"fmt"
	"strings"

	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
)

// Row is what a row of a store says of the events that led to it.
type Row struct {
	Subject event.Subject
	Service string // of an activation, else ""
	Head    event.Head

	// Of the rows of agents only, which several of one chain share.
	Named *event.Event // the event that Head.Seq names; nil when there is none
	State agent.State  // of an activation
	Dates agent.Dates  // of an activation
}

// String names the row for people.
func (r *Row) String() string {
	if r.Service != "" {
		return fmt.Sprintf("service %s of agent %s", r.Service, r.Subject.ID)
	}
	return fmt.Sprintf("%s %s", r.Subject.Kind, r.Subject.ID)
}

// Row compares a row with the events, after EndEvents. Each row comes once, those of an agent after the
// agent's own.
func (c *Checker) Row(r *Row) {
	c.Rows++
	if r.Subject.Kind == event.Agent {
		c.agentRow(r)
		return
	}
	key := c.keyOf([]byte(r.Subject.Kind), []byte(r.Subject.ID))
	end, ok := c.chains[key]
	delete(c.chains, key)
	if !ok {
		c.Problem(r.String(), "no event records it")
	} else if (r.Head != event.Head{Version: end.version, Seq: end.seq, Hash: end.hash}) {
		c.Problem(r.String(), "its last event is %d, and its row names %d or another hash of it: one of them was altered", end.seq, r.Head.Seq)
	}
}

// agentRow compares the row of an agent or of an activation: it must name the last event that was about it,
// and what it says must be what that event says.
func (c *Checker) agentRow(r *Row) {
	slot := c.slotOf([]byte(r.Subject.ID), []byte(r.Service))
	last, ok := c.slots[slot]
	delete(c.slots, slot)
	if r.Service == "" {
		delete(c.chains, c.keyOf([]byte(event.Agent), []byte(r.Subject.ID))) // the slots say where it ends
	}
	switch e := r.Named; {
	case !ok:
		c.Problem(r.String(), "no event records it")
	case last != r.Head.Seq:
		c.Problem(r.String(), "its last event is %d, and its row names %d: one of them was altered", last, r.Head.Seq)
	case e == nil || e.Subject != r.Subject || e.Head() != r.Head:
		c.Problem(r.String(), "its row names event %d with another version or hash: one of them was altered", r.Head.Seq)
	case r.Service != "" && !agrees(r, e):
		c.Problem(r.String(), "its row is %s, and not what event %d made it: its state or its dates were altered", r.State, e.Seq)
	}
}

// agrees says whether an activation is what its last event made it. Events from before activations had
// dates say nothing of them, and there were none.
func agrees(r *Row, e *event.Event) bool {
	return says(e.Data, `"to":"`, r.State.String()) && says(e.Data, `"effective_from":"`, event.Date(r.Dates.From)) &&
		says(e.Data, `"effective_until":"`, event.Date(r.Dates.Until)) && says(e.Data, `"verify_by":"`, event.Date(r.Dates.VerifyBy))
}

// says looks for a particular, as event.Data writes it, among those of an event whose hash was right; "" must
// not be there at all. No text of a caller can look like one: its quotes are escaped. (Decoding the particulars
// of every activation takes longer than all the rest of its row.)
func says(data, name, value string) bool {
	_, rest, found := strings.Cut(data, name)
	if value == "" || !found {
		return value == "" && !found
	}
	return strings.HasPrefix(rest, value) && strings.HasPrefix(rest[len(value):], `"`)
}

// EndRows is called after the last row: every chain must have ended in one.
func (c *Checker) EndRows() {
	for _, seq := range c.slots {
		c.unclaimed(seq)
	}
	for _, end := range c.chains {
		c.unclaimed(end.seq)
	}
}

func (c *Checker) unclaimed(seq uint64) {
	c.Problem(fmt.Sprintf("event %d", seq), "is the last one of something of which there is no row")
}

// message is what a fault says to people.
func message(err error) string { return fault.As(err).Message }
