package store

import (
	"sync/atomic"

	"github.com/switchboard-platform/switchboard/internal/agent"
)

// Record is an agent with its activations as of one commit, shared between readers.
type Record struct {
	agent.Record
	memo atomic.Pointer[memo]
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

// Permit is a quick yes: an agent may use a service without any condition.
type Permit struct {
	PartnerID string // the agent's
	Version   uint64 // of the agent's history, as in its Record
}
