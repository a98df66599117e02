package audit

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/maphash"

	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
)

// Row is what a row of a store says of the events that led to it. Its texts may be overwritten by the next.
type Row struct {
	Kind    event.SubjectKind
	ID      []byte
	Service []byte // of an activation, else empty
	Head    event.Head
	State   agent.State // of an activation
	Dates   agent.Dates // of an activation
}

// String names the row for people.
func (r *Row) String() string {
	if len(r.Service) > 0 {
		return fmt.Sprintf("service %s of agent %s", r.Service, r.ID)
	}
	return fmt.Sprintf("%s %s", r.Kind, r.ID)
}

// slot is the last event that was about a row of an agent, several of which share one chain.
type slot struct {
	seq uint64 // 0: the row was there
	sum uint64 // a keyed hash of what the row must say of it
}

// Row compares a row with the events, after EndEvents. Each row comes once, those of an agent after the
// agent's own.
func (c *Checker) Row(r *Row) {
	c.Rows++
	if r.Kind == event.Agent {
		c.agentRow(r)
		return
	}
	end := c.chains.find(c.keyOf([]byte(r.Kind), r.ID))
	if end == nil || end.seq == 0 {
		c.Problem(r.String(), "no event records it")
		return
	}
	if (r.Head != event.Head{Version: end.version, Seq: end.seq, Hash: end.hash}) {
		c.Problem(r.String(), "its last event is %d, and its row names %d or another hash of it: one of them was altered", end.seq, r.Head.Seq)
	}
	end.seq = 0
}

// agentRow compares the row of an agent or of an activation: it must name the last event that was about it,
// and what it says must be what that event says.
func (c *Checker) agentRow(r *Row) {
	if len(r.Service) == 0 {
		if end := c.chains.find(c.keyOf([]byte(r.Kind), r.ID)); end != nil {
			end.seq = 0 // the slots say where it ends
		}
	}
	last := c.slots.find(c.slotOf(r.ID, r.Service))
	if last == nil || last.seq == 0 {
		c.Problem(r.String(), "no event records it")
		return
	}
	switch {
	case last.seq != r.Head.Seq:
		c.Problem(r.String(), "its last event is %d, and its row names %d: one of them was altered", last.seq, r.Head.Seq)
	case last.sum != c.rowSum(r) && len(r.Service) > 0:
		c.Problem(r.String(), "its row is %s: its state, its dates, its version or its hash is not what event %d made it", r.State, last.seq)
	case last.sum != c.rowSum(r):
		c.Problem(r.String(), "its row names event %d with another version or hash: one of them was altered", last.seq)
	}
	last.seq = 0
}

// rowSum hashes what a row says, as slotSum hashes what its event says.
func (c *Checker) rowSum(r *Row) uint64 {
	b := append(binary.AppendUvarint(c.key[:0], r.Head.Version), r.Head.Hash[:]...)
	if len(r.Service) > 0 {
		b = append(r.State.Append(b), 0)
		b = append(append(b, event.Date(r.Dates.From)...), 0)
		b = append(append(b, event.Date(r.Dates.Until)...), 0)
		b = append(b, event.Date(r.Dates.VerifyBy)...)
	}
	c.key = b
	return maphash.Bytes(c.seed, b)
}

// slotSum hashes what an event makes a row say: its own version and hash, and the state and the dates of an
// activation. Events from before activations had dates say nothing of them, and there were none.
func (c *Checker) slotSum(r *event.Raw, service []byte) uint64 {
	b := append(binary.AppendUvarint(c.key[:0], r.Version), r.Hash[:]...)
	if len(service) > 0 {
		b = append(append(b, particular(r.Data, `"to":"`)...), 0)
		b = append(append(b, particular(r.Data, `"effective_from":"`)...), 0)
		b = append(append(b, particular(r.Data, `"effective_until":"`)...), 0)
		b = append(b, particular(r.Data, `"verify_by":"`)...)
	}
	c.key = b
	return maphash.Bytes(c.seed, b)
}

// particular finds one, as event.Data writes it, among those of an event; "" when it is not there. No text of a
// caller can look like one: its quotes are escaped. (Decoding the particulars of every activation takes longer
// than all the rest of it.)
func particular(data []byte, name string) []byte {
	_, rest, _ := bytes.Cut(data, []byte(name))
	value, _, _ := bytes.Cut(rest, []byte(`"`))
	return value
}

// EndRows is called after the last row: every chain must have ended in one.
func (c *Checker) EndRows() {
	for i := range c.slots.entries {
		c.unclaimed(c.slots.entries[i].value.seq)
	}
	for i := range c.chains.entries {
		c.unclaimed(c.chains.entries[i].value.seq)
	}
}

// unclaimed reports the last event of something, unless it is 0.
func (c *Checker) unclaimed(seq uint64) {
	if seq != 0 {
		c.Problem(fmt.Sprintf("event %d", seq), "is the last one of something of which there is no row")
	}
}

// message is what a fault says to people.
func message(err error) string { return fault.As(err).Message }
