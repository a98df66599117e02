package postgres

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/store"
	"github.com/switchboard-platform/switchboard/internal/store/group"
)

// writer is the one connection of this node that changes the database, for the group.Writer.
type writer struct {
	*group.Writer
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

// beginAtMost bounds how long a group waits for a database that is away: it may be failing over.
const beginAtMost = 20 * time.Second

// Begin implements group.Database.
func (w *writer) Begin(jobs []*group.Job) (group.Transaction, error) {
	const pause = 100 * time.Millisecond
	for began := time.Now(); ; time.Sleep(pause) {
		t, err := w.begin(jobs)
		if err == nil || !fault.Is(err, fault.Unavailable) || errors.Is(err, errTakenOver) || time.Since(began) > beginAtMost || w.s.closed.Load() {
			return t, err
		}
		w.disconnect()
	}
}

// begin takes the lock under which one node at a time changes anything, and reads what the others left. The
// lock is asked for first: a statement sees what was committed before it began.
func (w *writer) begin(jobs []*group.Job) (group.Transaction, error) {
	if w.e == nil || w.e.c.IsClosed() {
		c, err := w.s.connect(context.Background())
		if err != nil {
			return nil, err
		}
		w.e = w.s.engine(c)
		w.e.atMost = changeAtMost
	}
	t := newTx(w.e, true)
	t.node = w.s.cfg.Node
	version, err := t.beginSettled(jobs)
	if err == nil {
		t.dir, err = w.s.directoryOf(t.t, version)
	}
	if err != nil {
		w.e.rollback()
		return nil, w.e.Fault(err)
	}
	return &attempt{tx: t, w: w}, nil
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
func (a *attempt) Commit(jobs int) (err error, again bool) {
	e, start := a.e, time.Now()
	if !a.dirty {
		e.rollback()
		return nil, false
	}
	if a.directory {
		e.queue("UPDATE directory_version SET version = version + 1")
	}
	e.queue("UPDATE last_event SET seq = $1, writer = $2", int64(a.seq), text(e.name))
	e.queue("SELECT pg_notify('" + newsChannel + "', '" + strconv.FormatUint(a.seq, 10) + "')")
	e.beforeCommit()
	if err := e.flush(); err != nil {
		e.rollback()
		return e.Fault(err), !a.careful
	}
	if err := e.commit(); err != nil {
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

func (w *writer) disconnect() {
	if w.e != nil {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_ = w.e.c.Close(ctx)
		w.e = nil
	}
}
