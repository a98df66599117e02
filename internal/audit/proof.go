package audit

import (
	"encoding/json"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
)

// Proof proves that an event is in the log, to whoever has the log's public key: no server is asked.
type Proof struct {
	Event json.RawMessage `json:"event"` // as a line of an export
	Leaf  Hash            `json:"leaf"`
	Path  []Hash          `json:"proof"` // from the leaf up, as RFC 6962 has it
	Head  string          `json:"head"`  // the signed head whose root the path leads to
	Key   string          `json:"key"`   // the public key; trust your own copy of it
}

// Proven is what a proof says.
type Proven struct {
	Event event.Event
	Head  Head
}

// Prove makes the proof of an event, which stands in prev's place of its chain. line is the event as
// AppendEvent writes it. Faults: Internal when the log is shorter than the head.
func (t *Tree) Prove(leaves Leaves, r *event.Raw, prev event.Hash, h SignedHead, key string) (Proof, error) {
	path, err := t.path(leaves, r.Seq, h.Size)
	return Proof{Event: AppendEvent(nil, r, prev), Leaf: Leaf(r.Seq, r.Prev, r.Hash), Path: path, Head: h.Note, Key: key}, err
}

// path leads from an event's leaf to the root of the log of so many events.
func (t *Tree) path(leaves Leaves, seq, size uint64) ([]Hash, error) {
	path, err := tlog.ProveRecord(int64(size), int64(seq)-1, t.reader(leaves))
	if err != nil {
		return nil, fault.Wrap(err, fault.Internal, "Event %d cannot be proved.", seq)
	}
	return path, nil
}

// JSON writes the proof. The event stands in it byte for byte as it is hashed, which encoders of JSON do
// not promise.
func (p *Proof) JSON() []byte {
	rest, _ := json.Marshal(struct { // these types always marshal
		Leaf Hash   `json:"leaf"`
		Path []Hash `json:"proof"`
		Head string `json:"head"`
		Key  string `json:"key"`
	}{p.Leaf, p.Path, p.Head, p.Key})
	b := append([]byte(`{"event":`), p.Event...)
	return append(append(append(b, ','), rest[1:]...), '\n')
}

// ParseProof reads what JSON wrote. Faults: Invalid.
func ParseProof(text []byte) (p Proof, err error) {
	if err := json.Unmarshal(text, &p); err != nil || len(p.Event) == 0 {
		return p, fault.Wrap(err, fault.Invalid, "This is no proof: it must be the JSON that 'switchboard audit prove' printed, unchanged.")
	}
	return p, nil
}

// Check checks the proof by the keys given, or, when there are none, by the key it carries. Faults:
// Invalid, with what does not fit.
func (p *Proof) Check(keys Keys) (out Proven, err error) {
	if keys.Origin() == "" {
		if keys, err = ParseKeys([]string{p.Key}); err != nil {
			return out, err
		}
	}
	if out.Head, err = keys.Open(p.Head); err != nil {
		return out, err
	}
	var l Line
	if !l.Parse(p.Event) {
		return out, fault.New(fault.Invalid, "The event of the proof is not written as it was exported: it was altered, or formatted anew.")
	}
	if !l.sound() {
		return out, fault.New(fault.Invalid, "Event %d was altered: its hash does not fit its content.", l.Event.Seq)
	}
	leaf := Leaf(l.Event.Seq, l.Event.Prev, l.Event.Hash)
	if leaf != p.Leaf || tlog.CheckRecord(p.Path, int64(out.Head.Size), out.Head.Root, int64(l.Event.Seq)-1, leaf) != nil {
		return out, fault.New(fault.Invalid, "Event %d is not among the %d events that were signed.", l.Event.Seq, out.Head.Size)
	}
	out.Event = l.Event.Event()
	return out, nil
}

// sound says whether the event's hash fits its content and the chain before it.
func (l *Line) sound() bool {
	want, _ := l.Event.Sum(l.Prev, nil)
	return want == l.Event.Hash
}
