package sqlite

import (
	"cmp"
	"context"
	"runtime"
	"sync"
	"time"

	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// writer is the one goroutine that changes the database. It takes the Updates that wait, runs
// them in one transaction, commits and syncs once, and then answers them all.
type writer struct {
	s       *Store
	c       *conn
	lastSeq uint64 // of the last event; belongs to the writer's goroutine
	doubt   bool   // a commit failed: memory may not be what the disk says

	mu     sync.RWMutex // guards closed against sends on a closed channel
	closed bool
	jobs   chan *job
	done   chan struct{}
}

// job is one Update on its way through the writer.
type job struct {
	ctx   context.Context
	fn    func(store.Tx) error
	err   error
	over  bool // err is final; fn is not to run (again)
	began bool // fn ran before: the end of ctx no longer counts
	done  chan struct{}

	pause func() // instead of fn: to run with no transaction open
}

func (w *writer) update(ctx context.Context, fn func(store.Tx) error) error {
	return w.send(&job{ctx: ctx, fn: fn, done: make(chan struct{})})
}

// send queues a job and waits for its answer.
func (w *writer) send(j *job) error {
	w.s.asked.Add(1)
	w.mu.RLock()
	if w.closed {
		w.mu.RUnlock()
		return errClosed()
	}
	w.jobs <- j
	w.mu.RUnlock()
	<-j.done
	return j.err
}

func errClosed() error { return fault.New(fault.Unavailable, "The store is closed.") }

// run serves until the queue is closed and empty.
func (w *writer) run() {
	defer close(w.done)
	for j := range w.jobs {
		group := w.collect(j)
		w.serve(group)
		for _, j := range group {
			close(j.done)
		}
	}
}

// idleYields is how often the writer steps aside with nothing arriving before it begins. Those
// just answered are about to ask again; a sync saved is worth far more than the yields. Waiting
// for a fixed time instead was measured to be worse.
const idleYields = 16

// gatherAtMost bounds the stepping aside: where PINs are hashed, each time can take many milliseconds,
// and every hash that ends brings one more Update.
const gatherAtMost = 5 * time.Millisecond

// collect gathers the Updates that wait, yielding the processor until no more arrive.
func (w *writer) collect(first *job) []*job {
	group, begun := append(make([]*job, 0, 64), first), time.Now()
	for idle := 0; len(group) < w.s.cfg.CommitGroup; {
		select {
		case j, open := <-w.jobs:
			if !open {
				return group
			}
			group, idle = append(group, j), 0
		default:
			if idle++; idle > idleYields || time.Since(begun) > gatherAtMost {
				return group
			}
			runtime.Gosched()
		}
	}
	return group
}

// serve runs a group until each of its Updates has an answer. It hopes for the best first: no
// savepoints, because an Update decides before it writes and hardly ever fails afterwards. When
// one does, everything is rolled back and run again, each in a savepoint of its own.
func (w *writer) serve(group []*job) {
	for _, j := range group {
		if j.pause != nil {
			j.pause()
			j.over = true
		}
	}
	if w.attempt(group, false) {
		return
	}
	for !w.attempt(group, true) {
	}
}

// attempt runs the Updates that are not over in one transaction and commits it. False means that
// nothing was committed and that those still not over must be run again; what any of them was
// answered so far counts for nothing, since it may have seen writes that are gone.
func (w *writer) attempt(group []*job, careful bool) bool {
	if err := w.resync(); err != nil {
		finish(group, err)
		return true
	}
	seq := w.lastSeq
	t := &tx{c: w.c, s: w.s, writable: true}
	if err := w.c.exec("BEGIN IMMEDIATE"); err != nil {
		finish(group, err)
		return true
	}
	ran := make([]*job, 0, len(group))
	for _, j := range group {
		if j.over {
			continue
		}
		if err := j.ctx.Err(); err != nil && !j.began {
			j.err, j.over = ended(err), true
			continue
		}
		if rolledBack := w.runOne(t, j, careful); rolledBack {
			w.rollback()
			w.lastSeq = seq
			j.over = careful // it is the culprit; without savepoints it gets another chance
			return false
		}
		ran = append(ran, j)
	}
	start := time.Now()
	if err := w.commit(t); err != nil {
		w.lastSeq = seq
		finish(ran, cmp.Or(err, w.resync()))
	} else if w.s.cfg.OnCommit != nil && t.dirty {
		w.s.cfg.OnCommit(len(ran), time.Since(start))
	}
	for _, j := range ran {
		j.over = true
	}
	return true
}

// runOne runs one Update. When it fails after it wrote, its writes must be undone: alone if there
// is a savepoint (careful), else with the whole transaction (rolledBack).
func (w *writer) runOne(t *tx, j *job, careful bool) (rolledBack bool) {
	if careful {
		if j.err = w.c.exec("SAVEPOINT one"); j.err != nil {
			return true
		}
	}
	t.wrote = false
	seq, directory, mobiles := w.lastSeq, t.directory, t.mobiles
	j.began = true
	j.err = call(j.fn, t)
	if j.err != nil {
		w.lastSeq, t.directory, t.mobiles = seq, directory, mobiles
	}
	// A full disk or a broken file makes SQLite roll everything back by itself.
	if w.c.AutocommitEnabled() {
		j.err = cmp.Or[error](j.err, fault.New(fault.Internal, "The database gave up the transaction."))
		return true
	}
	if !careful {
		return j.err != nil && t.wrote
	}
	if err := w.endSavepoint(j.err != nil); err != nil {
		j.err = err
		return true
	}
	return false
}

func (w *writer) endSavepoint(undo bool) error {
	if undo {
		if err := w.c.exec("ROLLBACK TO one"); err != nil {
			return err
		}
	}
	return w.c.exec("RELEASE one")
}

// call runs fn and makes a panic an error: the goroutine serves everybody.
func call(fn func(store.Tx) error, t *tx) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fault.Panicked(p)
		}
	}()
	return fn(t)
}

// commit makes the transaction durable and brings what is kept in memory up to it. Between the
// two, readers of what it changes go to the database, so that nobody sees the old state
// after somebody saw the new.
func (w *writer) commit(t *tx) error {
	dir := w.s.dir.Load()
	if t.directory {
		var err error
		if dir, err = w.c.directory(); err != nil {
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
	w.s.committed.reached(w.lastSeq)
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
	dir, err1 := w.c.directory()
	seq, err2 := w.c.lastSeq()
	mobiles, err3 := w.c.number("SELECT count(*) FROM mobiles_new")
	if err := cmp.Or(err1, err2, err3); err != nil {
		return fault.Wrap(err, fault.Unavailable, "The database failed and cannot be read; look at its disk.")
	}
	w.s.dir.Store(dir)
	w.lastSeq = seq
	w.s.committed.reached(seq)
	w.s.unsettled.Store(mobiles)
	w.doubt = false
	return nil
}

func (w *writer) rollback() {
	if !w.c.AutocommitEnabled() {
		_ = w.c.exec("ROLLBACK")
	}
}

// finish answers jobs with an error.
func finish(jobs []*job, err error) {
	for _, j := range jobs {
		if !j.over {
			j.err, j.over = err, true
		}
	}
}

// close lets what waits be answered and ends the goroutine.
func (w *writer) close() {
	w.mu.Lock()
	if !w.closed {
		w.closed = true
		close(w.jobs)
	}
	w.mu.Unlock()
	<-w.done
}

// between runs fn on the writer's goroutine with no transaction open.
func (w *writer) between(fn func()) error {
	j := &job{ctx: context.Background(), pause: fn, done: make(chan struct{})}
	return w.send(j)
}
