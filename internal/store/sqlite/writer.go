package sqlite

import (
	"cmp"
	"time"

	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/store"
	"github.com/switchboard-platform/switchboard/internal/store/group"
)

// writer is the one connection that changes the database, for the group.Writer.
type writer struct {
	*group.Writer
	s       *Store
	c       *conn
	lastSeq uint64 // of the last event; belongs to the writer's goroutine
	doubt   bool   // a commit failed: memory may not be what the disk says
}

// attempt is a transaction of the writer. It hopes for the best first, with no savepoints.
type attempt struct {
	*tx
	w   *writer
	seq uint64 // of the last event before it
}

// Begin implements group.Database.
func (w *writer) Begin([]*group.Job) (group.Transaction, error) {
	if err := w.resync(); err != nil {
		return nil, err
	}
	if err := w.c.exec("BEGIN IMMEDIATE"); err != nil {
		return nil, err
	}
	return &attempt{newTx(w.c, w.s, true), w, w.lastSeq}, nil
}

// Run implements group.Transaction. When an Update fails after it wrote, its writes must be undone: alone if there
// is a savepoint (careful), else with the whole transaction.
func (a *attempt) Run(fn func(store.Tx) error, careful bool) (err error, spoiled bool) {
	w, t := a.w, a.tx
	if careful {
		if err := w.c.exec("SAVEPOINT one"); err != nil {
			return err, true
		}
	}
	t.wrote = false
	seq, directory, mobiles := w.lastSeq, t.directory, t.mobiles
	if err = group.Call(fn, t); err != nil {
		w.lastSeq, t.directory, t.mobiles = seq, directory, mobiles
	}
	// A full disk or a broken file makes SQLite roll everything back by itself.
	if w.c.AutocommitEnabled() {
		return cmp.Or[error](err, fault.New(fault.Internal, "The database gave up the transaction.")), true
	}
	if !careful {
		return err, err != nil && t.wrote
	}
	if broken := w.endSavepoint(err != nil); broken != nil {
		return broken, true
	}
	return err, false
}

func (w *writer) endSavepoint(undo bool) error {
	if undo {
		if err := w.c.exec("ROLLBACK TO one"); err != nil {
			return err
		}
	}
	return w.c.exec("RELEASE one")
}

// Commit implements group.Transaction.
func (a *attempt) Commit(jobs int, _ func()) (err error, again bool) {
	w, start := a.w, time.Now()
	if err := w.commit(a.tx); err != nil {
		w.lastSeq = a.seq
		return cmp.Or(err, w.resync()), false
	}
	if w.s.cfg.OnCommit != nil && a.dirty {
		w.s.cfg.OnCommit(jobs, time.Since(start))
	}
	return nil, false
}

// Rollback implements group.Transaction.
func (a *attempt) Rollback() {
	a.w.rollback()
	a.w.lastSeq = a.seq
}

// commit makes the transaction durable and brings what is kept in memory up to it. Between the
// two, readers of what it changes go to the database, so that nobody sees the old state
// after somebody saw the new.
func (w *writer) commit(t *tx) error {
	dir := w.s.dir.Load()
	if t.directory {
		var err error
		if dir, err = w.c.tables.Directory(); err != nil {
			w.rollback()
			return err
		}
		w.s.publishing.Lock()
		defer w.s.publishing.Unlock()
	}
	w.s.records.begin(t.agents)
	defer w.s.records.end(t.agents)
	w.s.members.begin(t.members)
	defer w.s.members.end(t.members)
	if err := w.c.exec("COMMIT"); err != nil {
		w.doubt = true
		w.rollback()
		return fault.Wrap(err, fault.Unavailable, "The change could not be made durable; whether it was made shows when it is asked for.")
	}
	w.s.dir.Store(dir)
	w.s.unsettled.Add(t.mobiles)
	w.s.committed.Reached(w.lastSeq)
	return nil
}

// resync reads anew what is kept in memory, after a commit whose end is not known: one that failed
// may have reached the disk all the same. Until it succeeds nothing is changed and nothing held.
func (w *writer) resync() error {
	if !w.doubt {
		return nil
	}
	w.s.records.forgetAll()
	w.s.members.forgetAll()
	dir, err1 := w.c.tables.Directory()
	seq, err2 := w.c.tables.LastSeq()
	mobiles, err3 := w.c.tables.Number("SELECT count(*) FROM mobiles_new")
	if err := cmp.Or(err1, err2, err3); err != nil {
		return fault.Wrap(err, fault.Unavailable, "The database failed and cannot be read; look at its disk.")
	}
	w.s.dir.Store(dir)
	w.lastSeq = seq
	w.s.committed.Reached(seq)
	w.s.unsettled.Store(mobiles)
	w.doubt = false
	return nil
}

func (w *writer) rollback() {
	if !w.c.AutocommitEnabled() {
		_ = w.c.exec("ROLLBACK")
	}
}
