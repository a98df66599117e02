package audit

import (
	"encoding/json"
	"io"

	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
)

// Scope says what an export has.
type Scope string

// The scopes.
const (
	All   Scope = "all"   // every event up to a signed head
	Span  Scope = "span"  // the events of a span, and what stands for those before and after it
	Chain Scope = "agent" // the events of one agent, each with the proof that it is in the log
)

// exportFormat is the version of the form of exports.
const exportFormat = 1

// Header is the first line of an export.
type Header struct {
	Format  int    `json:"switchboard_log"`
	Origin  string `json:"origin"`
	Key     string `json:"key"`  // the log's public key; trust your own copy of it
	Head    string `json:"head"` // the signed head that everything is proved against
	Scope   Scope  `json:"scope"`
	Subject string `json:"subject,omitempty"` // of one agent
	First   uint64 `json:"first"`             // Seq of the first event
	Last    uint64 `json:"last"`              // and of the last
	Events  uint64 `json:"events"`
	Before  []Hash `json:"before,omitempty"` // of a span: the subtrees of all events before it
}

// proofLine follows each event of an agent's export.
type proofLine struct {
	Path []Hash `json:"proof"`
}

// trailer is the last line: a file without it was cut.
type trailer struct {
	End    bool   `json:"end"`
	Events uint64 `json:"events"`
	After  []Hash `json:"after,omitempty"` // of a span: the subtrees of all events after it
	Head   string `json:"head"`
}

// Export writes events as lines.
type Export struct {
	w      io.Writer
	head   Header
	tree   *Tree
	leaves Leaves
	signed SignedHead
	buf    []byte
	count  uint64
}

// NewExport begins an export and writes its header, of which origin, key and head are filled in from
// the signer and the signed head. tree and leaves are the log's.
func NewExport(w io.Writer, s *Signer, signed SignedHead, h Header, tree *Tree, leaves Leaves) (*Export, error) {
	h.Format, h.Origin, h.Key, h.Head = exportFormat, s.origin, s.key, signed.Note
	x := &Export{w: w, tree: tree, leaves: leaves, signed: signed}
	if h.Scope == Span {
		before, err := tree.reader(leaves).cover(0, h.First-1)
		if err != nil {
			return nil, err
		}
		h.Before = before
	}
	x.head = h
	return x, x.json(h)
}

func (x *Export) json(v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return fault.Wrap(err, fault.Internal, "The export cannot be written.")
	}
	return x.write(append(b, '\n'))
}

func (x *Export) write(b []byte) error {
	if _, err := x.w.Write(b); err != nil {
		return fault.Wrap(err, fault.Unavailable, "The export cannot be written.")
	}
	return nil
}

// Event writes the next event; prev is the hash of the one before it in its chain.
func (x *Export) Event(r *event.Raw, prev event.Hash) error {
	if err := Exportable(r); err != nil {
		return err
	}
	x.count++
	x.buf = append(AppendEvent(x.buf[:0], r, prev), '\n')
	if err := x.write(x.buf); err != nil || x.head.Scope != Chain {
		return err
	}
	path, err := x.tree.path(x.leaves, r.Seq, x.signed.Size)
	if err != nil {
		return err
	}
	return x.json(proofLine{path})
}

// End writes the last line. Faults: Conflict when there were not as many events as the header says.
func (x *Export) End() error {
	if x.count != x.head.Events {
		return fault.New(fault.Conflict, "%d events were found, and there should be %d: run 'switchboard audit verify'.", x.count, x.head.Events)
	}
	t := trailer{End: true, Events: x.count, Head: x.signed.Note}
	if x.head.Scope == Span {
		after, err := x.tree.reader(x.leaves).cover(x.head.Last, x.signed.Size)
		if err != nil {
			return err
		}
		t.After = after
	}
	return x.json(t)
}
