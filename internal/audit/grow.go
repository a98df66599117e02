package audit

import (
	"slices"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
)

// Growth is the log while events are added behind its blocks.
type Growth struct {
	Blocks   []Hash // those that have become complete, in order
	frontier Frontier
	signed   Head // what it must come by
}

// Grow begins behind the blocks of the tree, which stays as it is, and must come by what was signed last.
func (t *Tree) Grow(signed Head) *Growth {
	g := &Growth{frontier: t.Frontier(), signed: signed}
	g.frontier.onBlock = func(h Hash) { g.Blocks = append(g.Blocks, h) }
	return g
}

// Add appends an event. Faults: Conflict when it is not the next, or the events are not those that were
// signed: a new head would cover up what happened to them.
func (g *Growth) Add(r *event.Raw) error {
	if r.Seq != g.Size()+1 {
		return fault.New(fault.Conflict, "Event %d is missing: run 'switchboard audit verify'.", g.Size()+1)
	}
	g.frontier.Add(Leaf(r.Seq, r.Prev, r.Hash))
	if g.Size() == g.signed.Size && g.frontier.Root() != g.signed.Root {
		return errUnlike()
	}
	return nil
}

// Whole makes sure that every event that was signed was added. Faults: Conflict.
func (g *Growth) Whole() error {
	if g.Size() < g.signed.Size {
		return errUnlike()
	}
	return nil
}

func errUnlike() error {
	return fault.New(fault.Conflict, "The events are not those that were signed last: nothing more is signed. Run 'switchboard audit verify'.")
}

// Size is the number of events so far.
func (g *Growth) Size() uint64 { return g.frontier.Size() }

// Head is that of all events so far.
func (g *Growth) Head(at time.Time) Head {
	return Head{Size: g.frontier.Size(), Root: g.frontier.Root(), At: at}
}

// Snapshot gives the tree as it is, for readers while it grows: what is there never changes.
func (t *Tree) Snapshot() *Tree { return &Tree{levels: slices.Clone(t.levels)} }

// RootAt gives the hash of the first events, so many.
func (t *Tree) RootAt(leaves Leaves, size uint64) (Hash, error) {
	root, err := tlog.TreeHash(int64(size), t.reader(leaves))
	if err != nil {
		return root, fault.Wrap(err, fault.Conflict, "The log is shorter than its last head says: run 'switchboard audit verify'.")
	}
	return root, nil
}
