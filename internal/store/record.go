package store

import (
	"math"
	"sync/atomic"

	"github.com/switchboard-platform/switchboard/internal/agent"
)

// Record is an agent with its activations as of one commit, shared between readers.
type Record struct {
	agent.Record
	memo atomic.Pointer[memo]
	used atomic.Uint64 // see Used

	grants atomic.Pointer[grants] // see Permits
}

type memo struct {
	dir  *Directory
	body []byte
}

// Rendered gives what render made of the record under a directory, and remembers it: a record
// never changes, so its rendering holds for as long as the record and the directory do.
func (r *Record) Rendered(dir *Directory, render func() []byte) []byte {
	if m := r.memo.Load(); m != nil && m.dir == dir {
		return m.body
	}
	m := &memo{dir: dir, body: render()}
	r.memo.Store(m)
	return m.body
}

// grants is what Permits remembers under a directory: for each of the catalogue's first services, 1 more than
// the place of the activation by which it may be used without condition; 0 for none.
type grants struct {
	dir *Directory
	by  [grantable]uint8
}

// grantable is how many services of the catalogue grants tell apart. With the pointer they fill one line of
// the processor's cache.
const grantable = 56

// Permits says that the agent may use a service without any condition under a directory, and gives the place
// of the activation. False says nothing: ask Decide. It remembers the answer for all services, which is why it
// is quick: of all there is to know of an agent, it looks at one line of memory.
func (r *Record) Permits(dir *Directory, serviceCode string) (n int, ok bool) {
	i, known := dir.services[serviceCode]
	if !known || i >= grantable {
		return 0, false
	}
	g := r.grants.Load()
	if g == nil || g.dir != dir {
		g = r.grant(dir)
		r.grants.Store(g)
	}
	return int(g.by[i]) - 1, g.by[i] != 0
}

func (r *Record) grant(dir *Directory) *grants {
	g := &grants{dir: dir}
	onPartner := dir.BlocksOnPartner(r.Agent.PartnerID)
	for n := range min(len(r.Activations), math.MaxUint8) {
		code := r.Activations[n].ServiceCode
		if i, known := dir.services[code]; known && i < grantable && r.Unconditional(&dir.Services[i], dir.BlocksOnService(code), onPartner) {
			g.by[i] = uint8(n + 1)
		}
	}
	return g
}

// usedBits is how many activations Used can tell apart; the other bits of its word are a day.
const usedBits = 48

// Used says whether a use of the record's nth activation on a day was noted with Use. It is a hint to the
// callers of one process, that spares them noting the same again, and no part of the state.
func (r *Record) Used(n, day int) bool {
	word := r.used.Load()
	return n < usedBits && word>>usedBits == uint64(day) && word&(1<<n) != 0
}

// Use notes that the nth activation was used on a day. Notes of other days are dropped.
func (r *Record) Use(n, day int) {
	for n < usedBits {
		word := r.used.Load()
		next := word
		if word>>usedBits != uint64(day) {
			next = uint64(day) << usedBits
		}
		if r.used.CompareAndSwap(word, next|1<<n) {
			return
		}
	}
}
