package registry

import (
	"context"

	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// Footing is what a caller stands on: the directory by which it was let in. A look-up that costs one question to the
// database cannot have asked for the directory before. So it lets its caller in by the one in memory, which another
// node may have changed, and the use case notes here whether what it read held under the very same one. If so, the
// caller was let in rightly at the moment of what was read. If not, nothing may be told: all is done again, on
// what Stand gives.
type Footing struct {
	Dir     *store.Directory
	current bool // Dir was the latest one after the request came
	read    bool // something was read under Dir …
	moved   bool // … and something under another one
}

// Stand gives the directory as it is now.
func (r *Registry) Stand(ctx context.Context) (Footing, error) {
	dir, err := r.store.Directory(ctx)
	return Footing{Dir: dir, current: true}, err
}

// Lightly says whether Stand asks the database, so that it is worth while to stand lightly.
func (r *Registry) Lightly() bool { return r.store.Recent() != nil }

// StandLightly gives the directory in memory. Whoever uses it must look at Firm before answering anything.
func (r *Registry) StandLightly() Footing { return Footing{Dir: r.store.Recent()} }

// Firm says whether an answer may be given on it.
func (f *Footing) Firm() bool { return f.current || f.read && !f.moved }

// under notes that something was read as of a directory. An error ends what cannot be answered. Nil is a caller who
// was let in by the directory of a moment after the request came.
func (f *Footing) under(dir *store.Directory) error {
	if f.given() {
		return nil
	}
	f.read, f.moved = true, f.moved || dir != f.Dir
	if f.moved {
		return fault.New(fault.Unavailable, "The directory was changed meanwhile; try again.")
	}
	return nil
}

// given says whether it was firm from the beginning.
func (f *Footing) given() bool { return f == nil || f.current }
