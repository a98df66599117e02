package group

import (
	"context"
	"sync"
)

// Seqs tells who waits how far the events have come.
type Seqs struct {
	mu   sync.Mutex
	last uint64
	more chan struct{} // closed when last grows; nil while nobody waits
}

// Reached says that the events up to last are committed. It may be said late, of what was surpassed since.
func (s *Seqs) Reached(last uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if last <= s.last {
		return
	}
	s.last = last
	if s.more != nil {
		close(s.more)
		s.more = nil
	}
}

// beyond gives nil when there are events after a seq, else a channel that is closed when there are more.
func (s *Seqs) beyond(after uint64) <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.last > after {
		return nil
	}
	if s.more == nil {
		s.more = make(chan struct{})
	}
	return s.more
}

// Await waits until there is an event after a seq, as store.Store has it; closing is closed when the store is.
func (s *Seqs) Await(ctx context.Context, closing <-chan struct{}, after uint64) error {
	if err := ctx.Err(); err != nil {
		return Ended(err)
	}
	more := s.beyond(after)
	if more == nil {
		return nil
	}
	select {
	case <-more:
		return nil
	case <-closing:
		return Closed()
	case <-ctx.Done():
		return Ended(ctx.Err())
	}
}
