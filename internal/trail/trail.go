package trail

import (
	"strings"
	"sync"
	"time"
)

// Entry is one request as its partner sees it afterwards.
type Entry struct {
	Seq       uint64 // its place in the partner's log, from 1
	At        time.Time
	RequestID string
	Operation string // as metrics call it; "" for a request that was refused at the door
	Method    string
	Path      string // without its query
	Status    int    // of HTTP
	Outcome   string // "ok", or the code of the fault
	Cause     string // of a refused request: the precise cause
	Detail    string // … and what it looked like
	Key       string // the developer key or the token's id
	Address   string
	Took      time.Duration
}

// Log keeps the last requests of each partner. It is safe for use by many goroutines. A nil Log keeps nothing.
type Log struct {
	size int
	mu   sync.RWMutex
	of   map[string]*ring
}

// ring holds the last entries of one partner.
type ring struct {
	mu      sync.Mutex
	entries []Entry // grows up to the log's size
	last    uint64  // Seq of the youngest
}

// New makes a log of so many requests a partner; nil for none.
func New(size int) *Log {
	if size <= 0 {
		return nil
	}
	return &Log{size: size, of: map[string]*ring{}}
}

// maxPath is how much of a path is kept, in bytes: whoever is refused chooses it, too, and the log is in memory.
const maxPath = 256

// Add notes a request of a partner, and gives the entry its Seq.
func (l *Log) Add(partnerID string, e Entry) {
	if l == nil || partnerID == "" {
		return
	}
	if len(e.Path) > maxPath {
		e.Path = strings.ToValidUTF8(e.Path[:maxPath], "") + "…" // a copy: the request's memory is let go
	}
	r := l.ring(partnerID)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.last++
	e.Seq = r.last
	if len(r.entries) < l.size {
		r.entries = append(r.entries, e)
		return
	}
	r.entries[(e.Seq-1)%uint64(l.size)] = e
}

func (l *Log) ring(partnerID string) *ring {
	l.mu.RLock()
	r := l.of[partnerID]
	l.mu.RUnlock()
	if r != nil {
		return r
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.of[partnerID] == nil {
		l.of[partnerID] = &ring{}
	}
	return l.of[partnerID]
}

// Filter says which entries to list; zero fields do not restrict.
type Filter struct {
	Failed bool   // only those that did not end well
	Before uint64 // entries with a Seq before this one
	Limit  int    // at most so many; required
}

// List gives a partner's entries, the youngest first.
func (l *Log) List(partnerID string, f Filter) (list []Entry) {
	if l == nil {
		return nil
	}
	r := l.ring(partnerID)
	r.mu.Lock()
	defer r.mu.Unlock()
	for n := range uint64(len(r.entries)) {
		seq := r.last - n
		e := r.entries[(seq-1)%uint64(l.size)]
		if f.Before != 0 && seq >= f.Before || f.Failed && e.Outcome == "ok" {
			continue
		}
		if len(list) == f.Limit {
			break
		}
		list = append(list, e)
	}
	return list
}
