package audit

import (
	"encoding/binary"
	"fmt"
	"hash/maphash"
	"slices"

	"github.com/switchboard-platform/switchboard/internal/event"
)

// shownProblems is how many problems a Report spells out: one alteration can break much that follows it.
const shownProblems = 20

// Problem is one thing that does not fit.
type Problem struct {
	Where string // "event 17", "head 3", "agent 20810200"
	What  string
}

// Report is what a Checker found.
type Report struct {
	Origin   string
	Events   uint64 // that were read
	Chains   uint64 // subjects that have events
	Blocks   uint64 // of the log, compared with what is stored
	Heads    uint64 // signed ones that were checked against the events
	External uint64 // of them, those from elsewhere
	Signed   uint64 // events that the youngest head covers
	Rows     uint64 // compared with the events they come from
	Replayed uint64 // agents whose whole history was played again
	Problems []Problem
	Count    uint64 // of all problems, also those that are not spelled out
}

// OK says that everything fits.
func (r *Report) OK() bool { return r.Count == 0 }

// Problem adds a problem.
func (r *Report) Problem(where, format string, args ...any) {
	if r.Count++; len(r.Problems) < shownProblems {
		r.Problems = append(r.Problems, Problem{where, fmt.Sprintf(format, args...)})
	}
}

// chain is the end of a subject's chain so far. It has no pointers, so that very many cost the
// collector nothing.
type chain struct {
	version, seq uint64 // seq is 0 once the subject's row was there
	hash         event.Hash
}

// Checker goes through the events of a log, in order of Seq, and then through the rows that they led to.
//
// Subjects are known to it by a keyed hash of 64 bits. Two of ten million that share one are a false alarm
// in one verification of many thousands, and never hide anything: the second one's first event does not follow the
// first one's last.
type Checker struct {
	Report
	next     uint64 // Seq of the event that must come next
	seed     maphash.Seed
	chains   table[chain]
	withRows bool
	slots    table[slot] // of each row of an agent: of itself, of each activation
	frontier Frontier
	blocks   []Hash      // those stored; nil when nothing is known of them
	signed   uint64      // events that the stored heads cover
	bare     bool        // the log has a key, and no head is stored
	heads    []namedHead // by size
	buf, key []byte
}

// namedHead is a head with what problems call it.
type namedHead struct {
	Head
	name string
}

// NewChecker begins with the first event. withRows says that Row will be called for every row.
func NewChecker(withRows bool) *Checker {
	c := &Checker{next: 1, seed: maphash.MakeSeed(), withRows: withRows}
	c.frontier.onBlock = c.block
	return c
}

// Stored takes what a database keeps of its log, before the first event: the hashes of its blocks, and its
// heads by ID. A head's note must say what stands beside it, and be signed by a known key.
func (c *Checker) Stored(blocks []Hash, heads []SignedHead, keys Keys) {
	c.Origin, c.blocks, c.bare = keys.Origin(), blocks, len(heads) == 0 && keys.Origin() != ""
	if blocks == nil {
		c.blocks = []Hash{} // to be compared: there should be none
	}
	for i, h := range heads {
		name := fmt.Sprintf("head %d", h.ID)
		if h.ID != uint64(i+1) {
			c.Problem(name, "stands in the place of head %d: heads are missing", i+1)
			return
		}
		if i > 0 && h.Size <= heads[i-1].Size {
			c.Problem(name, "covers %d events, and the one before it %d: the log only grows", h.Size, heads[i-1].Size)
		}
		signed, err := keys.Open(h.Note)
		if err != nil {
			c.Problem(name, "its signature does not fit: %s", message(err))
			continue
		}
		if !h.Is(signed) {
			c.Problem(name, "what stands beside its note is not what was signed")
		}
		c.addHead(signed, name)
		c.signed = max(c.signed, signed.Size)
	}
}

// ExternalHeads takes heads that were kept elsewhere, before the first event.
func (c *Checker) ExternalHeads(notes []string, keys Keys) {
	for i, text := range notes {
		name := fmt.Sprintf("external head %d", i+1)
		h, err := keys.Open(text)
		if err != nil {
			c.Problem(name, "its signature does not fit: %s", message(err))
			continue
		}
		c.External++
		c.addHead(h, name)
	}
}

func (c *Checker) addHead(h Head, name string) {
	c.heads = append(c.heads, namedHead{h, name})
}

// Begin is called once after all heads are known.
func (c *Checker) Begin() {
	slices.SortStableFunc(c.heads, func(a, b namedHead) int {
		if a.Size < b.Size {
			return -1
		}
		return int(min(a.Size-b.Size, 1))
	})
	c.compareHeads()
}

// Event checks the next event: its number, its place in its chain, its hash; and every head that ends in it.
func (c *Checker) Event(r *event.Raw) {
	end := c.chains.at(c.keyOf(r.SubjectKind, r.SubjectID))
	c.follows(r, end)
	c.take(r, end, end.hash)
}

// follows checks what an event says of the one before it in its chain.
func (c *Checker) follows(r *event.Raw, was *chain) {
	if r.Version != was.version+1 {
		c.Problem(eventName(r), "version %d of %s follows %d: events are missing or out of order", r.Version, r.Subject(), was.version)
	} else if r.Prev != was.seq {
		c.Problem(eventName(r), "says that event %d stands before it in the chain of %s, which is %d", r.Prev, r.Subject(), was.seq)
	}
}

// take checks an event's own hash and number, and appends it to its chain and to the log.
func (c *Checker) take(r *event.Raw, end *chain, prev event.Hash) {
	if r.Seq != c.next {
		c.Problem(eventName(r), "stands where event %d should: events are missing or were added", c.next)
	}
	c.next = r.Seq + 1
	var want event.Hash
	if want, c.buf = r.Sum(prev, c.buf); want != r.Hash {
		c.Problem(eventName(r), "was altered (version %d of %s): its hash does not fit its content and the chain before it", r.Version, r.Subject())
	}
	*end = chain{r.Version, r.Seq, r.Hash}
	if c.withRows && string(r.SubjectKind) == string(event.Agent) {
		service := slotService(r.Kind, r.Service)
		*c.slots.at(c.slotOf(r.SubjectID, service)) = slot{r.Seq, c.slotSum(r, service)}
	}
	c.Events++
	c.frontier.Add(Leaf(r.Seq, r.Prev, r.Hash))
	c.compareHeads()
}

// activationKinds is how the kinds of event begin whose head an activation's row keeps.
const activationKinds = "activation."

// slotService names the row that an event of an agent leads to: an activation's, or "" for the agent's own.
func slotService(kind, service []byte) []byte {
	if len(kind) >= len(activationKinds) && string(kind[:len(activationKinds)]) == activationKinds {
		return service
	}
	return nil
}

// keyOf hashes whose chain it is.
func (c *Checker) keyOf(kind, id []byte) uint64 {
	b := append(c.key[:0], kind...)
	b = append(append(b, 0), id...)
	c.key = b
	return maphash.Bytes(c.seed, b)
}

// slotOf hashes which row of an agent it is.
func (c *Checker) slotOf(id, service []byte) uint64 {
	b := binary.AppendUvarint(c.key[:0], uint64(len(id)))
	b = append(append(b, id...), service...)
	c.key = b
	return maphash.Bytes(c.seed, b)
}

// block compares a block of the log that is complete with what is stored of it.
func (c *Checker) block(h Hash) {
	if c.blocks == nil {
		return
	}
	n := c.Blocks
	if n < uint64(len(c.blocks)) && c.blocks[n] != h {
		c.Problem(fmt.Sprintf("block %d", n), "events %d to %d are not those that were written into the log", n*BlockEvents+1, (n+1)*BlockEvents)
	}
	c.Blocks++
}

// compareHeads compares the heads that end where the events have come to.
func (c *Checker) compareHeads() {
	for ; len(c.heads) > 0 && c.heads[0].Size <= c.frontier.Size(); c.heads = c.heads[1:] {
		h := c.heads[0]
		if h.Size < c.frontier.Size() {
			continue // of a span that begins later
		}
		if c.Heads++; c.frontier.Root() != h.Root {
			c.Problem(h.name, "the first %d events are not those that were signed on %s", h.Size, h.At.UTC().Format("2006-01-02 15:04:05Z"))
		}
		c.Signed = h.Size
	}
}

// EndEvents is called after the last event.
func (c *Checker) EndEvents() {
	c.Chains = uint64(c.chains.n)
	for _, h := range c.heads {
		c.Problem(h.name, "covers %d events, and there are %d: the last ones are missing, or this copy is older than the head", h.Size, c.frontier.Size())
	}
	if c.bare && c.Events > 0 {
		c.Problem("the log", "has no signed head: all were removed, or its server has not signed yet")
	}
	switch n := uint64(len(c.blocks)); {
	case c.blocks != nil && n > c.Blocks:
		c.Problem(fmt.Sprintf("block %d", n-1), "was written into the log, and its events are missing")
	case c.blocks != nil && n < c.signed/BlockEvents:
		c.Problem(fmt.Sprintf("block %d", n), "is missing from the log, which was signed with it")
	}
}

func eventName(r *event.Raw) string { return fmt.Sprintf("event %d", r.Seq) }
