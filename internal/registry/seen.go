package registry

import (
	"slices"

	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// Seen is the version of a chain that somebody looked at before they asked for a change. What has changed since they did
// not see, so that it must not be undone, nor approved, by a form that stood open meanwhile. The zero Seen asks for no such
// care.
//
// It is looked at inside the transaction of the change, and only when there is something to change: what is asked for
// twice is so already.
type Seen struct {
	version uint64
	told    bool // a ladder that nobody ever set has version 0, and so has a service that there is not
}

// SeenAt is who saw a version.
func SeenAt(version uint64) Seen { return Seen{version, true} }

// still says whether nothing was recorded since. An agent's chain has the events of all activations: the heads say which
// of them matter. Faults: Conflict.
func (s Seen) still(heads ...event.Head) error {
	for _, h := range heads {
		if s.told && h.Version > s.version {
			return errUnseen()
		}
	}
	return nil
}

// lookedSince is how many changes since somebody looked are looked through for one that matters.
const lookedSince = 100

// stillIn is still for a chain of which not every event matters. Faults: Conflict.
func (s Seen) stillIn(tx store.Tx, head event.Head, matters func(event.Event) bool) error {
	err := s.still(head)
	if err == nil || head.Version-s.version > lookedSince {
		return err
	}
	since, lost := store.History(tx, head, int(head.Version-s.version))
	if lost != nil {
		return lost
	}
	if slices.ContainsFunc(since, matters) {
		return err
	}
	return nil
}

// errUnseen tells of a change that somebody did not see.
func errUnseen() error {
	return fault.New(fault.Conflict, "It has changed since you looked: look at it as it is now, and ask again if you still want to.")
}
