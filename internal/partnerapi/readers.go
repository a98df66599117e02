package partnerapi

import (
	"context"
	"sync"

	"github.com/switchboard-platform/switchboard/internal/fault"
)

// readers counts who waits for news, each of whom holds a connection.
type readers struct {
	mu    sync.Mutex
	of    map[string]int // by caller
	all   int
	ended context.Context // until the server stops: then nobody waits any longer
	end   context.CancelFunc
}

// How many requests of one caller may wait for news at a time, and of all callers.
const (
	maxReaders    = 16
	maxAllReaders = 2048
)

func newReaders() *readers {
	s := &readers{of: map[string]int{}}
	s.ended, s.end = context.WithCancel(context.Background())
	return s
}

// enter takes a place for a caller that may wait; leave gives it back.
func (s *readers) enter(caller string) (leave func(), err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.of[caller] >= maxReaders || s.all >= maxAllReaders {
		return nil, fault.Later(0, "Too many of your requests wait for events already: let one stream or one poll serve all of a process.")
	}
	s.of[caller]++
	s.all++
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.of[caller]--; s.of[caller] == 0 {
			delete(s.of, caller)
		}
		s.all--
	}, nil
}

// stopping says that the server stops.
func (s *readers) stopping() bool { return s.ended.Err() != nil }

// Stop ends every wait for news, so that a server that stops does not wait for it. Later requests are
// answered without waiting.
func (h *Handler) Stop() { h.readers.end() }
