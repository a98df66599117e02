package group

import (
	"context"
	"runtime"
	"sync"
	"time"

	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// Database is what a Writer writes to.
type Database interface {
	// Begin begins a transaction, for so many Updates about as many agents as were said. An error is the answer to
	// all of them.
	Begin(jobs []*Job) (Transaction, error)
}

// Transaction is one attempt to run Updates together.
type Transaction interface {
	// Run runs one of them. careful is set when an attempt failed before: then what one wrote that fails must be
	// undone alone. spoiled says that everything must be run again: nothing of the transaction may stay.
	Run(fn func(store.Tx) error, careful bool) (err error, spoiled bool)

	// Commit makes the transaction durable. again says that nothing was, and that all are to be run again. leaving is
	// for a database with several connections: it is told when only the answer is waited for, and lets the next group
	// begin on another one.
	Commit(jobs int, leaving func()) (err error, again bool)

	// Rollback undoes the transaction, and whatever is remembered of it.
	Rollback()
}

// Job is one Update on its way through the writer.
type Job struct {
	Near []store.Near // what it will look at first

	ctx   context.Context
	fn    func(store.Tx) error
	err   error
	over  bool // err is final; fn is not to run (again)
	began bool // fn ran before: the end of ctx no longer counts
	done  chan struct{}

	pause func() // instead of fn: to run with no transaction open
}

// Writer changes the database. It takes the Updates that wait, runs them in one transaction, commits and syncs once, and
// then answers them all. It is one goroutine for each connection, of which one at a time gathers and runs Updates.
type Writer struct {
	most  int        // Updates in a transaction
	turn  sync.Mutex // of the one that gathers, until it commits
	ahead *flight    // the group before; belongs to the one whose turn it is

	mu     sync.RWMutex // guards closed against sends on a closed channel
	closed bool
	jobs   chan *Job
	wg     sync.WaitGroup
}

// flight is a group on its way.
type flight struct {
	size int
	over chan struct{} // closed when it is answered
}

// NewWriter starts a writer that runs at most so many Updates in a transaction. Of several connections of a database, each
// must see to it that a transaction sees all that were committed before it began.
func NewWriter(most int, connections ...Database) *Writer {
	w := &Writer{most: most, jobs: make(chan *Job, 2*most), ahead: &flight{}}
	for _, db := range connections {
		w.wg.Go(func() { w.run(db) })
	}
	return w
}

// Update is store.Store's.
func (w *Writer) Update(ctx context.Context, fn func(store.Tx) error, near ...store.Near) error {
	return w.send(&Job{Near: near, ctx: ctx, fn: fn, done: make(chan struct{})})
}

// Between runs fn with no transaction open on the connection of the goroutine that it runs on.
func (w *Writer) Between(fn func()) error {
	return w.send(&Job{ctx: context.Background(), pause: fn, done: make(chan struct{})})
}

// send queues a job and waits for its answer.
func (w *Writer) send(j *Job) error {
	w.mu.RLock()
	if w.closed {
		w.mu.RUnlock()
		return Closed()
	}
	w.jobs <- j
	w.mu.RUnlock()
	<-j.done
	return j.err
}

// Closed is the answer of a store that is closed.
func Closed() error { return fault.New(fault.Unavailable, "The store is closed.") }

// Ended is the answer to somebody whose context ended before the work began.
func Ended(err error) error {
	return fault.Wrap(err, fault.Unavailable, "The request ended before its turn came; nothing was changed.")
}

// Close lets what waits be answered and ends the goroutines.
func (w *Writer) Close() {
	w.mu.Lock()
	if !w.closed {
		w.closed = true
		close(w.jobs)
	}
	w.mu.Unlock()
	w.wg.Wait()
}

// run serves until the queue is closed and empty.
func (w *Writer) run(db Database) {
	for {
		w.turn.Lock()
		j, open := <-w.jobs
		if !open {
			w.turn.Unlock()
			return
		}
		group := w.collect(j)
		own := &flight{len(group), make(chan struct{})}
		w.ahead = own
		next := sync.OnceFunc(w.turn.Unlock)
		serve(db, group, next)
		next()
		for _, j := range group {
			close(j.done)
		}
		close(own.over)
	}
}

// idleYields is how often the writer steps aside with nothing arriving before it begins. Those
// just answered are about to ask again; a sync saved is worth far more than the yields. Waiting
// for a fixed time instead was measured to be worse.
const idleYields = 16

// gatherAtMost bounds the stepping aside: where PINs are hashed, each time can take many milliseconds,
// and every hash that ends brings one more Update.
const gatherAtMost = 5 * time.Millisecond

// collect gathers the Updates that wait. While the group before is on its way, one that is much smaller waits for more: else
// a large and a tiny group would take turns for ever, and each costs a commit.
func (w *Writer) collect(first *Job) []*Job {
	group := w.gather(append(make([]*Job, 0, 64), first))
	for len(group) < w.ahead.size/2 && !w.ahead.landed() {
		select {
		case j, open := <-w.jobs:
			if !open {
				return group
			}
			group = w.gather(append(group, j))
		case <-w.ahead.over:
			return w.gather(group)
		}
	}
	return group
}

func (f *flight) landed() bool {
	select {
	case <-f.over:
		return true
	default:
		return false
	}
}

// gather adds to a group, yielding the processor until no more arrive.
func (w *Writer) gather(group []*Job) []*Job {
	begun := time.Now()
	for idle := 0; len(group) < w.most; {
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

// serve runs a group until each of its Updates has an answer. It hopes for the best first, because an Update
// decides before it writes and hardly ever fails afterwards. When one does, everything is rolled back and run
// again, carefully.
func serve(db Database, group []*Job, leaving func()) {
	for _, j := range group {
		if j.pause != nil {
			j.pause()
			j.over = true
		}
	}
	for careful := false; !attempt(db, group, careful, leaving); careful = true {
	}
}

// attempt runs the Updates that are not over in one transaction and commits it. False means that
// nothing was committed and that those still not over must be run again; what any of them was
// answered so far counts for nothing, since it may have seen writes that are gone.
func attempt(db Database, group []*Job, careful bool, leaving func()) bool {
	waiting := waiting(group)
	if len(waiting) == 0 {
		return true
	}
	t, err := db.Begin(waiting)
	if err != nil {
		finish(waiting, err)
		return true
	}
	for _, j := range waiting {
		j.began = true
		var spoiled bool
		if j.err, spoiled = t.Run(j.fn, careful); spoiled {
			t.Rollback()
			j.over = careful // it is the culprit; an attempt without care gives it another chance
			return false
		}
	}
	err, again := t.Commit(len(waiting), leaving)
	if again {
		return false
	}
	if err != nil {
		finish(waiting, err)
	}
	for _, j := range waiting {
		j.over = true
	}
	return true
}

// waiting gives those that are to run. Whose context ended before the beginning is answered so.
func waiting(group []*Job) []*Job {
	list := make([]*Job, 0, len(group))
	for _, j := range group {
		if j.over {
			continue
		}
		if err := j.ctx.Err(); err != nil && !j.began {
			j.err, j.over = Ended(err), true
			continue
		}
		list = append(list, j)
	}
	return list
}

// finish answers jobs with an error.
func finish(jobs []*Job, err error) {
	for _, j := range jobs {
		j.err, j.over = err, true
	}
}

// Call runs fn and makes a panic an error: the goroutine serves everybody.
func Call(fn func(store.Tx) error, t store.Tx) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fault.Panicked(p)
		}
	}()
	return fn(t)
}
