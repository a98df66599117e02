package postgres

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/switchboard-platform/switchboard/internal/store/group"
)

// lookups are the connections that answer what is asked for single agents and members: those who ask while the
// connections are busy go to the database together, on one trip.
type lookups struct {
	s      *Store
	mu     sync.Mutex
	next   *trip         // that has not set out; nil when nobody waits
	ready  chan struct{} // holds something while next is there
	closed bool
	wg     sync.WaitGroup
}

// lookupAtMost is how long a trip may take.
const lookupAtMost = 10 * time.Second

func newLookups(s *Store, conns int) *lookups {
	l := &lookups{s: s, ready: make(chan struct{}, 1)}
	for range conns {
		l.wg.Go(l.run)
	}
	return l
}

// ask asks for agents, members and the directory's version, and waits for the answer, which is shared.
func (l *lookups) ask(ctx context.Context, agents, members []string) (*trip, error) {
	if err := ctx.Err(); err != nil {
		return nil, group.Ended(err)
	}
	t := l.join(agents, members)
	if t == nil {
		return nil, group.Closed()
	}
	<-t.done
	return t, t.err
}

// join joins the next trip; nil when there are no more.
func (l *lookups) join(agents, members []string) *trip {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return nil
	}
	if l.next == nil {
		l.next = &trip{done: make(chan struct{})}
		l.ready <- struct{}{} // there is room: whoever took the last trip took what was in there before
	}
	l.next.want(agents, members)
	return l.next
}

// setOut takes the next trip. Nobody joins it any more.
func (l *lookups) setOut() *trip {
	runtime.Gosched() // so that more may come along
	l.mu.Lock()
	defer l.mu.Unlock()
	t := l.next
	l.next = nil
	return t
}

// run serves until the lookups are closed and nobody waits.
func (l *lookups) run() {
	var c *connection
	for range l.ready {
		t := l.setOut()
		c = l.serve(c, t)
		close(t.done)
	}
	if c != nil {
		_ = c.Close(context.Background())
	}
}

// serve answers a trip. A connection that fails is replaced, and what it was asked is asked again: it only reads.
func (l *lookups) serve(c *connection, t *trip) *connection {
	ctx, cancel := context.WithTimeout(context.Background(), lookupAtMost)
	defer cancel()
	for {
		err := error(nil)
		if c == nil || l.s.reign.over(c) {
			c, err = l.connect(ctx, c)
		}
		if err == nil {
			if err = l.read(ctx, c, t); err == nil {
				return c
			}
		}
		if t.err = refused(err); t.err != nil {
			return c
		}
		if wait(ctx, retryPause); ctx.Err() != nil || l.s.reign.away() > readersWait {
			t.err = away(err)
			return c
		}
	}
}

// read asks for a trip, and makes sure that the server was the primary when it answered.
func (l *lookups) read(ctx context.Context, c *connection, t *trip) error {
	if err := t.read(ctx, c.Conn, c.line.timeline, true); err != nil {
		c.drop() // there may be a transaction on it
		return err
	}
	return l.s.reign.vouch(ctx, c)
}

// lookupSettings keep the plans of look-ups what they are best: one for all, by the primary keys, whatever the
// tables looked like when it was made. Bitmaps cost a tenth of a look-up, and compiling one many times of it.
const lookupSettings = `SET plan_cache_mode = force_generic_plan; SET enable_bitmapscan = off; SET enable_seqscan = off; SET jit = off`

func (l *lookups) connect(ctx context.Context, old *connection) (*connection, error) {
	c, err := l.s.instead(ctx, old)
	if err == nil {
		_, err = c.Exec(ctx, lookupSettings)
	}
	return c, err
}

// retryPause is how long to wait before a database that is away is tried again.
const retryPause = 50 * time.Millisecond

// goingDown is how the codes of errors begin by which a server says that it ends, or is not ready yet.
const goingDown = "57P"

// refused gives the fault of an error that will come again, nil of one of the connection.
func refused(err error) error {
	var e *pgconn.PgError
	if errors.As(err, &e) && !strings.HasPrefix(e.Code, goingDown) {
		return faultOf(err)
	}
	return nil
}

func (l *lookups) close() {
	l.mu.Lock()
	if !l.closed {
		l.closed = true
		close(l.ready)
	}
	l.mu.Unlock()
	l.wg.Wait()
}
