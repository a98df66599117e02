package registry

import (
	"context"
	"sync"
	"time"

	"github.com/switchboard-platform/switchboard/internal/fault"
)

// line lets one caller a key through at a time, in the order they came.
type line struct {
	mu    sync.Mutex
	seats map[string]*seat
}

type seat struct {
	taken   chan struct{} // holds one while somebody is through
	waiting int           // and who is through
}

// How long somebody waits in a line, and how many at once over all lines: beyond that they would only
// take up memory.
const (
	waitAtMost = 5 * time.Second
	waitersMax = 16384
)

// enter waits for its turn. Unavailable when that does not come in time.
func (l *line) enter(ctx context.Context, key string) (leave func(), err error) {
	l.mu.Lock()
	s := l.seats[key]
	if s == nil {
		if len(l.seats) >= waitersMax {
			l.mu.Unlock()
			return nil, tooBusy()
		}
		s = &seat{taken: make(chan struct{}, 1)}
		l.seats[key] = s
	}
	if s.waiting >= waitersMax {
		l.mu.Unlock()
		return nil, tooBusy()
	}
	s.waiting++
	l.mu.Unlock()
	t := time.NewTimer(waitAtMost)
	defer t.Stop()
	select {
	case s.taken <- struct{}{}:
		return func() { <-s.taken; l.left(key, s) }, nil
	case <-t.C:
	case <-ctx.Done():
	}
	l.left(key, s)
	return nil, tooBusy()
}

func (l *line) left(key string, s *seat) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if s.waiting--; s.waiting == 0 {
		delete(l.seats, key)
	}
}

func tooBusy() error {
	return &fault.Error{Code: fault.Unavailable, RetryAfter: time.Second,
		Message: "Too many calls for this account are under way; send this one again in a moment."}
}
