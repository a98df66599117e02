package postgres

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/switchboard-platform/switchboard/internal/store/group"
)

// lookups are the connections that answer single statements: those that wait go together to the database, and
// come back together.
type lookups struct {
	s      *Store
	mu     sync.RWMutex // guards closed against sends on a closed channel
	closed bool
	jobs   chan *lookup
	wg     sync.WaitGroup
}

// lookup is one statement that reads, on its way.
type lookup struct {
	sql  string
	args []any
	rows func() func([][]byte) // begins anew, and gives what is told of each row; which must not keep it
	err  error
	done chan struct{}
}

// The bounds of what goes together, and of how long a trip may take.
const (
	lookupsTogether = 64
	lookupAtMost    = 10 * time.Second
)

func newLookups(s *Store, conns int) *lookups {
	l := &lookups{s: s, jobs: make(chan *lookup, lookupsTogether)}
	for range conns {
		l.wg.Go(l.run)
	}
	return l
}

// read runs a statement and waits for its rows. rows is called before the first, and again when the connection failed
// in between and the statement is run anew.
func (l *lookups) read(ctx context.Context, sql string, rows func() func([][]byte), args ...any) error {
	if err := ctx.Err(); err != nil {
		return group.Ended(err)
	}
	for _, a := range args {
		if s, ok := a.(string); ok && !storable(s) {
			return nil // there is no such row
		}
	}
	j := &lookup{sql: sql, args: args, rows: rows, done: make(chan struct{})}
	l.mu.RLock()
	if l.closed {
		l.mu.RUnlock()
		return group.Closed()
	}
	l.jobs <- j
	l.mu.RUnlock()
	<-j.done
	return j.err
}

// run serves until the queue is closed and empty.
func (l *lookups) run() {
	var c *connection
	var jobs []*lookup
	for j := range l.jobs {
		jobs = l.collect(append(jobs[:0], j))
		c = l.serve(c, jobs)
		for _, j := range jobs {
			close(j.done)
		}
	}
	if c != nil {
		_ = c.Close(context.Background())
	}
}

// collect takes what waits as well, and steps aside once so that more may come.
func (l *lookups) collect(jobs []*lookup) []*lookup {
	for yielded := false; len(jobs) < lookupsTogether; {
		select {
		case j, open := <-l.jobs:
			if !open {
				return jobs
			}
			jobs = append(jobs, j)
		default:
			if yielded {
				return jobs
			}
			yielded = true
			runtime.Gosched()
		}
	}
	return jobs
}

// serve answers jobs. A connection that fails is replaced, and what it was asked is asked again: it only reads.
func (l *lookups) serve(c *connection, jobs []*lookup) *connection {
	ctx, cancel := context.WithTimeout(context.Background(), lookupAtMost)
	defer cancel()
	for {
		err := error(nil)
		if c == nil || l.s.reign.over(c) {
			c, err = l.s.instead(ctx, c)
		}
		if err == nil {
			if jobs, err = l.sure(ctx, c, jobs); len(jobs) == 0 {
				return c
			}
		}
		if err == nil {
			continue // one of them was refused, and those behind it have no answer yet
		}
		if wait(ctx, retryPause); ctx.Err() != nil || l.s.reign.away() > readersWait {
			for _, j := range jobs {
				j.err = away(err)
			}
			return c
		}
	}
}

// sure asks all at once, and makes sure that the server was the primary when it answered.
func (l *lookups) sure(ctx context.Context, c *connection, jobs []*lookup) (left []*lookup, err error) {
	if left, err = ask(ctx, c, jobs); len(left) == len(jobs) {
		return left, err
	}
	if unsure := l.s.reign.vouch(ctx, c); unsure != nil {
		return jobs, unsure
	}
	return left, err
}

// retryPause is how long to wait before a database that is away is tried again.
const retryPause = 50 * time.Millisecond

// goingDown is how the codes of errors begin by which a server says that it ends, or is not ready yet.
const goingDown = "57P"

// ask asks all at once. It gives those that have no answer yet, with an error when the connection failed.
func ask(ctx context.Context, c *connection, jobs []*lookup) ([]*lookup, error) {
	batch := &pgx.Batch{}
	for _, j := range jobs {
		batch.Queue(j.sql, j.args...)
	}
	results := c.SendBatch(ctx, batch)
	defer results.Close()
	for i, j := range jobs {
		j.err = nil
		rows, _ := results.Query() // its error comes out of rows as well
		for row := j.rows(); rows.Next(); {
			row(rows.RawValues())
		}
		rows.Close()
		var refused *pgconn.PgError
		if err := rows.Err(); errors.As(err, &refused) && !strings.HasPrefix(refused.Code, goingDown) {
			j.err = faultOf(err)
			return jobs[i+1:], nil
		} else if err != nil {
			return jobs[i:], err
		}
	}
	return nil, nil
}

func (l *lookups) close() {
	l.mu.Lock()
	if !l.closed {
		l.closed = true
		close(l.jobs)
	}
	l.mu.Unlock()
	l.wg.Wait()
}
