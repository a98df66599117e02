package sqlite

import (
	"context"
	"sync"
)

// seqs tells who waits how far the events have come.
type seqs struct {
	mu   sync.Mutex
	last uint64
	more chan struct{} // closed when last grows; nil while nobody waits
}

// reached says that the events up to last are committed.
func (s *seqs) reached(last uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if last == s.last {
		return
	}
	s.last = last
	if s.more != nil {
		close(s.more)
		s.more = nil
	}
}

// beyond gives nil when there are events after a seq, else a channel that is closed when there are more.
func (s *seqs) beyond(after uint64) <-chan struct{} {
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

// Await implements store.Store.
func (s *Store) Await(ctx context.Context, after uint64) error {
	if s.closed.Load() {
		return errClosed()
	}
	if err := ctx.Err(); err != nil {
		return ended(err)
	}
	more := s.committed.beyond(after)
	if more == nil {
		return nil
	}
	select {
	case <-more:
		return nil
	case <-s.closing:
		return errClosed()
	case <-ctx.Done():
		return ended(ctx.Err())
	}
}
