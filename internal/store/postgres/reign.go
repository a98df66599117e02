package postgres

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/switchboard-platform/switchboard/internal/fault"
)

// A primary that was replaced may not know it yet. Where changes wait for a second machine, which alone can become the next
// primary, it can still answer questions, and commit nothing. So a node makes sure of its primary by committing:
// what it read is good for trustFor after the beginning of a commit there. The next primary takes no change until then.
const (
	proveEvery  = time.Second
	trustFor    = 5 * time.Second
	proofAtMost = 5 * time.Second  // the wait for one, of whoever reads
	findAtMost  = 10 * time.Second // the wait for the first one
	readersWait = 10 * time.Second // once the database is away for so long, nobody waits
)

// reign is the time of one server as the primary, as far as this node knows; and who makes sure of it.
type reign struct {
	s      *Store
	last   atomic.Pointer[proof]
	failed atomic.Value // of the last attempt that did: an error
	cancel context.CancelFunc
	done   chan struct{}
}

// proof is that a server was the primary.
type proof struct {
	timeline int64
	began    time.Time       // the commit, which was answered
	opens    time.Time       // from when on changes are taken
	next     chan struct{}   // closed when there is a later proof
	term     context.Context // ends with the reign
	end      context.CancelFunc
}

// findReign connects to the primary, brings the schema up to date, and keeps watching from then on.
func findReign(ctx context.Context, s *Store) (*reign, error) {
	r := &reign{s: s, done: make(chan struct{})}
	r.last.Store(&proof{next: make(chan struct{}), end: func() {}})
	c, err := connect(ctx, s.pgx, leads)
	if err != nil {
		return nil, unreachable(err)
	}
	if err = refuseUnfinished(ctx, c.Conn); err == nil {
		err = migrate(ctx, c.Conn)
	}
	if err == nil {
		err = s.lookAtLayout(ctx, c.Conn)
	}
	if err != nil {
		c.drop()
		return nil, err
	}
	first := r.last.Load()
	watching, cancel := context.WithCancel(context.Background())
	r.cancel = cancel
	go r.keep(watching, c)
	select {
	case <-first.next:
		return r, nil
	case <-ctx.Done():
		err = ctx.Err()
	case <-time.After(findAtMost):
		err, _ = r.failed.Load().(error)
	}
	r.close()
	return nil, unreachable(cmp.Or(err, errAway))
}

// selectTimeline fails on a server that only follows another one.
const selectTimeline = `SELECT ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int8`

// leads finds out whether a server is a primary, at least in its own eyes.
func leads(ctx context.Context, c *pgconn.PgConn, l *line) error {
	r := c.ExecParams(ctx, selectTimeline, nil, nil, nil, []int16{1}).Read()
	if r.Err != nil {
		return r.Err
	}
	l.timeline = int64(binary.BigEndian.Uint64(r.Rows[0][0]))
	return nil
}

// fits finds out whether a server is the primary of which this node made sure.
func (r *reign) fits(ctx context.Context, c *pgconn.PgConn, l *line) error {
	if err := leads(ctx, c, l); err != nil {
		return err
	}
	p := r.last.Load()
	if l.timeline != p.timeline {
		return errReplaced
	}
	l.term = p.term
	return nil
}

var (
	errReplaced = errors.New("another server is the primary")
	errNotYet   = errors.New("the primary before this one may still be believed")
	errAway     = errors.New("it has been away for a while")
)

// enterTimeline notes when a timeline was met first. What was read from the one before it is good for a while.
const enterTimeline = `INSERT INTO leases (name, holder, held_until)
 SELECT $1, 'timeline', clock_timestamp() + CASE WHEN EXISTS (SELECT 1 FROM leases WHERE holder = 'timeline') THEN $2::interval ELSE interval '0' END
 ON CONFLICT (name) DO NOTHING`

// begin begins with a server, whose timeline is noted first.
func (r *reign) begin(ctx context.Context, c *connection) error {
	name := "timeline " + strconv.FormatInt(c.line.timeline, 10)
	if _, err := c.Exec(ctx, enterTimeline, name, trustFor); err != nil {
		return err
	}
	var closed time.Duration
	if err := c.QueryRow(ctx, `SELECT held_until - clock_timestamp() FROM leases WHERE name = $1`, name).Scan(&closed); err != nil {
		return err
	}
	p := &proof{timeline: c.line.timeline, opens: time.Now().Add(min(max(closed, 0), trustFor))}
	p.term, p.end = context.WithCancel(context.Background())
	err := r.prove(ctx, c, p)
	if err != nil {
		p.end()
	}
	return err
}

// prove is a commit that changes nothing, and waits for the second machine as any other does.
const prove = `SELECT pg_logical_emit_message(true, 'switchboard', '')`

// prove proves that a server is the primary, which a proof so far says of it.
func (r *reign) prove(ctx context.Context, c *connection, p *proof) error {
	began := time.Now()
	_, err := c.Exec(ctx, prove)
	if err == nil && c.line.warning() != "" {
		err = errNotEverywhere
	}
	if err != nil {
		return err
	}
	next := *p
	next.began, next.next = began, make(chan struct{})
	was := r.last.Swap(&next)
	if was.timeline != next.timeline {
		was.end()
	}
	close(was.next)
	return nil
}

// seekPause is how long to wait before all hosts are asked again which of them is the primary.
const seekPause = 200 * time.Millisecond

// keep proves again and again, and looks for the next primary when it cannot, until ctx ends.
func (r *reign) keep(ctx context.Context, c *connection) {
	defer close(r.done)
	for ctx.Err() == nil {
		if c.IsClosed() {
			next, err := connect(ctx, r.s.pgx, r.notBefore(r.last.Load().timeline))
			if err != nil {
				wait(ctx, seekPause)
				continue
			}
			c = next
		}
		if next := r.watch(ctx, c); next != nil {
			c.drop()
			c = next
		} else if c.IsClosed() {
			wait(ctx, retryPause)
		} else {
			wait(ctx, proveEvery)
		}
	}
	c.drop()
}

// watch waits for a proof, however long it takes: a commit that was given up would go on waiting in the database. Meanwhile it
// looks for a server that has become the primary since, and gives the connection to it.
func (r *reign) watch(ctx context.Context, c *connection) *connection {
	ctx, cancel := context.WithCancel(ctx)
	over := make(chan struct{})
	go func() {
		defer close(over)
		if err := r.renew(ctx, c); err != nil {
			r.failed.Store(fmt.Errorf("the primary cannot be made sure of: %w", err)) // always of one type
			c.drop()
		}
	}()
	defer func() {
		cancel()
		<-over
	}()
	for {
		select {
		case <-over:
			return nil
		case <-time.After(proveEvery):
		}
		if next, err := connect(ctx, r.s.pgx, r.notBefore(c.line.timeline+1)); err == nil {
			return next
		}
	}
}

// renew proves once more that a connection's server is the primary, or for the first time.
func (r *reign) renew(ctx context.Context, c *connection) error {
	if p := r.last.Load(); p.timeline == c.line.timeline {
		return r.prove(ctx, c, p)
	}
	return r.begin(ctx, c)
}

// notBefore finds out whether a server is a primary with that timeline or a later one.
func (r *reign) notBefore(timeline int64) func(context.Context, *pgconn.PgConn, *line) error {
	return func(ctx context.Context, c *pgconn.PgConn, l *line) error {
		err := leads(ctx, c, l)
		if err == nil && l.timeline < timeline {
			err = errReplaced
		}
		return err
	}
}

func wait(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

func (r *reign) close() {
	r.cancel()
	<-r.done
	r.last.Load().end()
}

// over says that a connection is to be used no more: it is closed, or its server is not the primary any longer.
func (r *reign) over(c *connection) bool {
	return c.IsClosed() || c.line.timeline != r.last.Load().timeline
}

// opened says whether changes are taken: not before everybody has stopped trusting the primary before this one.
func (r *reign) opened() error {
	if time.Now().Before(r.last.Load().opens) {
		return fault.Wrap(errNotYet, fault.Unavailable, "The database has just moved to another machine; try again in a moment.")
	}
	return nil
}

// vouch makes sure that what was just read on a connection was read from the primary.
func (r *reign) vouch(ctx context.Context, c *connection) error {
	if p := r.last.Load(); p.timeline == c.line.timeline && time.Since(p.began) <= trustFor {
		return nil
	}
	return r.vouchLater(ctx, c, time.Now())
}

// vouchLater waits for a proof that vouches for what was read until then.
func (r *reign) vouchLater(ctx context.Context, c *connection, read time.Time) error {
	p, err := r.good(ctx, read)
	if err == nil && p.timeline != c.line.timeline {
		err = fault.Wrap(errReplaced, fault.Unavailable, "The database has just moved to another machine; try again.")
	}
	return err
}

// good waits for a proof that is good for what happens at a time.
func (r *reign) good(ctx context.Context, at time.Time) (*proof, error) {
	ctx, cancel := context.WithTimeout(ctx, proofAtMost)
	defer cancel()
	for {
		p := r.last.Load()
		if at.Sub(p.began) <= trustFor {
			return p, nil
		}
		if r.away() > readersWait {
			return nil, away(errAway)
		}
		select {
		case <-p.next:
		case <-ctx.Done():
			return nil, away(ctx.Err())
		}
	}
}

// away is how long the database has not been known to be there.
func (r *reign) away() time.Duration { return time.Since(r.last.Load().began) }
