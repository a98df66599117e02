package postgres

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/store"
	"github.com/switchboard-platform/switchboard/internal/store/group"
)

// writers is how many connections change the database: while one commits, the next waits for the lock with its group.
const writers = 2

// writersWanted is how many this database is to have: over several machines one, for whoever finds that another one wrote
// last looks at all of them.
func (s *Store) writersWanted() int {
	if s.distributed {
		return 1
	}
	return writers
}

// writer is a connection that changes the database, for the group.Writer.
type writer struct {
	s *Store
	e *engine // nil when there is no connection
}

// attempt is a transaction of the writer.
type attempt struct {
	*tx
	w       *writer
	careful bool
}

// changeAtMost bounds each trip of a change, the wait for the lock included: a database that does not even say no must
// not hold everybody up.
const changeAtMost = 30 * time.Second

// changesWaitAtMost ends a wait for the lock in the database as well, before it is given up here; and the transaction of a node
// that froze or is gone while it had the lock, which nobody else would have until then.
const changesWaitAtMost = "SET lock_timeout = '20s'; SET idle_in_transaction_session_timeout = '10s'"

// beginAtMost bounds how long a group waits for a database that is away: it may be failing over. Once it has been away for
// so long, groups wait no longer.
const beginAtMost = 20 * time.Second

// Begin implements group.Database.
func (w *writer) Begin(jobs []*group.Job) (group.Transaction, error) {
	const pause = 100 * time.Millisecond
	for began := time.Now(); ; time.Sleep(pause) {
		t, err := w.begin(jobs)
		if err == nil || !fault.Is(err, fault.Unavailable) || time.Since(began) > beginAtMost || w.s.reign.away() > beginAtMost || w.s.closed.Load() {
			return t, err
		}
		if !errors.Is(err, errNotYet) {
			w.disconnect()
		}
	}
}

// begin takes the lock under which one node at a time changes anything, and reads what the others left. The
// lock is asked for first: a statement sees what was committed before it began.
func (w *writer) begin(jobs []*group.Job) (group.Transaction, error) {
	if w.e != nil && w.s.reign.over(w.e.c) {
		w.disconnect()
	}
	if w.e == nil {
		c, err := w.s.connect(context.Background())
		if err != nil {
			return nil, err
		}
		w.e = w.s.engine(c)
		w.e.atMost, w.e.ctx = changeAtMost, c.line.term
		if err := w.prepare(); err != nil {
			err = w.e.Fault(err)
			w.disconnect() // it would be used without its bounds
			return nil, err
		}
	}
	if err := w.s.reign.opened(); err != nil {
		return nil, err
	}
	t := newTx(w.e, true)
	version, err := t.beginSettled(jobs)
	if err == nil {
		t.dir, err = w.s.directoryOf(t.t, edition{w.e.c.line.timeline, version})
	}
	if err != nil {
		w.e.rollback()
		return nil, w.e.Fault(err)
	}
	return &attempt{tx: t, w: w}, nil
}

// prepare makes a new connection ready to change anything.
func (w *writer) prepare() error {
	ctx, cancel := w.e.trip()
	defer cancel()
	_, err := w.e.c.Exec(ctx, changesWaitAtMost)
	return err
}

// Run implements group.Transaction.
func (a *attempt) Run(fn func(store.Tx) error, carefully bool) (err error, spoiled bool) {
	e, t := a.e, a.tx
	if a.careful = carefully; carefully {
		e.queue("SAVEPOINT one")
		e.mode = careful
		defer func() { e.mode = hopeful }()
	}
	t.wrote = false
	seq, directory, waiting, sends := t.seq, t.directory, len(e.waiting), e.sends
	if err = group.Call(fn, t); err != nil {
		t.seq, t.directory = seq, directory
	}
	if e.broken != nil || e.c.IsClosed() {
		return e.Fault(errors.Join(err, e.broken)), true
	}
	switch {
	case carefully && err != nil:
		if broken := e.send("ROLLBACK TO SAVEPOINT one", nil, nil); broken != nil {
			return e.Fault(broken), true
		}
	case carefully:
		e.queue("RELEASE SAVEPOINT one")
	case err != nil && t.wrote && e.sends == sends:
		e.waiting = e.waiting[:waiting] // none of it was sent
	case err != nil && t.wrote:
		return err, true
	}
	return err, false
}

// Commit implements group.Transaction.
func (a *attempt) Commit(jobs int, leaving func()) (err error, again bool) {
	e, start := a.e, time.Now()
	if !a.dirty {
		e.rollback()
		return a.w.s.reign.vouch(context.Background(), e.c), false
	}
	if a.directory {
		e.queue("UPDATE directory_version SET version = version + 1")
	}
	e.queue("UPDATE last_event SET seq = $1, writer = $2", int64(a.seq), text(e.name))
	e.queue("SELECT pg_notify($1, $2)", newsChannel, strconv.FormatUint(a.seq, 10))
	e.beforeCommit()
	leaving()
	err = e.commit()
	if errors.Is(err, errHope) {
		e.rollback()
		return e.Fault(err), !a.careful
	}
	if pgconn.SafeToRetry(err) { // nothing was sent, COMMIT least of all
		a.w.disconnect()
		return e.Fault(err), true
	}
	if err != nil {
		a.w.disconnect()
		return fault.Wrap(err, fault.Unavailable, "The change could not be made durable; whether it was made shows when it is asked for."), false
	}
	a.w.s.news.reached(a.seq)
	if a.w.s.cfg.OnCommit != nil {
		a.w.s.cfg.OnCommit(jobs, time.Since(start))
	}
	return nil, false
}

// Rollback implements group.Transaction.
func (a *attempt) Rollback() { a.e.rollback() }

// errNotEverywhere says that the server committed with a warning: it was made to wait no longer for the second machine, so
// that the change is lost if the first one is; or a machine of a cluster has not committed yet what the others have.
var errNotEverywhere = errors.New("the server warned of the commit")

func (w *writer) disconnect() {
	if w.e != nil {
		w.e.c.drop()
		w.e = nil
	}
}
