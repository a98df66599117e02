//go:build linux

package main

import (
	"encoding/json"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// loadCommand is the load process: a specification on standard input, a result on standard output.
func loadCommand() error {
	var s loadSpec
	if err := json.NewDecoder(os.Stdin).Decode(&s); err != nil {
		return fmt.Errorf("read the load specification: %w", err)
	}
	result, err := runLoad(&s)
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(result)
}

// runLoad puts the load on the server from one thread and gives what came back.
func runLoad(s *loadSpec) (*loadResult, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	pool := newSignaturePool(s.Keys.AccessKey, poolSize, time.Now())
	from, err := newSource(s, pool)
	if err != nil {
		return nil, err
	}
	l, err := newLoader(s, from, pool)
	if err != nil {
		return nil, err
	}
	defer l.close()
	if err := l.run(); err != nil {
		return nil, err
	}
	if switched, is := from.(*changes); is {
		if err := switched.save(s.StateFile, s.Conns); err != nil {
			return nil, err
		}
	}
	return l.result(), nil
}

// newSource gives what a specification asks for.
func newSource(s *loadSpec, pool *signaturePool) (source, error) {
	switch {
	case len(s.Actions) > 0:
		return newMemberSource(s, time.Now())
	case s.Change:
		return newChanges(s, pool)
	case s.Ask != nil:
		return newAsks(s, pool), nil
	}
	return newEnquiries(s, pool), nil
}

// loader is one load: its connections, all served by one epoll loop, and the tally. A thread that
// only copies, sends, receives and compares stays well below what the server needs for the same
// requests, so one core of load saturates one core of server.
type loader struct {
	spec   *loadSpec
	source source
	pool   *signaturePool
	epoll  int
	conns  []*loadConn

	start     time.Time
	countFrom time.Duration // since start
	countTo   time.Duration
	patience  time.Duration
	counting  bool
	sent      int
	waiting   int // connections with a request under way
	resting   int // connections whose next request is not due yet

	times      histogram
	away       histogram // of answers that tell to come again
	answers    uint64    // right ones, counted or not
	errors     uint64
	firstError string
	counted    time.Duration // how long was counted
	use        [2]processorUse
}

// processorUse is the processor time that the server, the database behind it and the load have used so far.
type processorUse struct{ server, behind, load time.Duration }

func newLoader(s *loadSpec, from source, pool *signaturePool) (*loader, error) {
	l := &loader{
		spec: s, source: from, pool: pool, countFrom: s.Warmup, countTo: s.Warmup + s.Duration,
		patience: s.Patience,
	}
	if l.patience == 0 {
		l.patience = 10 * time.Second
	}
	var err error
	if l.epoll, err = unix.EpollCreate1(unix.EPOLL_CLOEXEC); err != nil {
		return nil, fmt.Errorf("epoll: %w", err)
	}
	for i := range s.Conns {
		c := &loadConn{index: i, fd: -1, in: make([]byte, 1<<14)}
		l.conns = append(l.conns, c)
		if err := l.connect(c); err != nil {
			l.close()
			return nil, err
		}
	}
	return l, nil
}

// run sends until the time is over or the requests are spent, then waits for the last answers.
func (l *loader) run() error {
	l.start = time.Now()
	for i, c := range l.conns {
		c.due = l.spec.Every * time.Duration(i) / time.Duration(len(l.conns)) // not all at once
		l.send(c, 0)
	}
	events := make([]unix.EpollEvent, len(l.conns))
	for l.waiting > 0 || l.resting > 0 {
		n, err := unix.EpollWait(l.epoll, events, l.timeout())
		if err != nil && err != unix.EINTR {
			return fmt.Errorf("epoll: %w", err)
		}
		now := time.Since(l.start)
		l.turn(now)
		l.wake(now)
		for _, e := range events[:max(n, 0)] {
			l.receive(l.conns[e.Fd], time.Since(l.start))
		}
		l.pool.refresh(l.start.Add(now))
		if now > l.countTo+l.patience {
			l.giveUp()
		}
	}
	l.turn(max(time.Since(l.start), l.countFrom))
	l.stopCounting(time.Since(l.start))
	return nil
}

// timeout is how many milliseconds events may be waited for: there is more to do now and then, and
// very soon when connections rest.
func (l *loader) timeout() int {
	if l.resting > 0 {
		return 1
	}
	return 100
}

// wake lets those that rested long enough send.
func (l *loader) wake(now time.Duration) {
	if l.resting == 0 {
		return
	}
	for _, c := range l.conns {
		if c.resting && (now >= c.due || now >= l.countTo) {
			c.resting, c.woken = false, now
			l.resting--
			l.send(c, now)
		}
	}
}

// turn begins and ends the counted time.
func (l *loader) turn(now time.Duration) {
	if !l.counting && l.counted == 0 && now >= l.countFrom {
		l.counting, l.countFrom = true, now
		l.use[0] = l.processorUse()
	}
	if now >= l.countTo {
		l.stopCounting(now)
	}
}

func (l *loader) stopCounting(now time.Duration) {
	if l.counting {
		l.counting, l.counted = false, now-l.countFrom
		l.use[1] = l.processorUse()
	}
}

func (l *loader) processorUse() processorUse {
	return processorUse{processorTime(l.spec.ServerPID), familyTime(l.spec.ServedBy), processorTime(os.Getpid())}
}

// giveUp counts every request still unanswered as failed.
func (l *loader) giveUp() {
	for _, c := range l.conns {
		if c.busy {
			l.fail(c, fmt.Errorf("no answer within %s of the end", l.patience))
		}
	}
}

func (l *loader) result() *loadResult {
	r := &loadResult{
		Requests: l.times.total, Answered: l.answers, Errors: l.errors, FirstError: l.firstError,
		P50: l.times.quantile(0.50), P99: l.times.quantile(0.99),
		Away: l.away.total, AwayP99: l.away.quantile(0.99),
	}
	if l.counted > 0 {
		r.Rate = float64(r.Requests) / l.counted.Seconds()
		r.AwayRate = float64(r.Away) / l.counted.Seconds()
		r.ServerCPU = float64(l.use[1].server-l.use[0].server) / float64(l.counted)
		r.BehindCPU = float64(l.use[1].behind-l.use[0].behind) / float64(l.counted)
		r.LoadCPU = float64(l.use[1].load-l.use[0].load) / float64(l.counted)
	}
	return r
}

func (l *loader) close() {
	for _, c := range l.conns {
		if c.fd >= 0 {
			unix.Close(c.fd)
		}
	}
	unix.Close(l.epoll)
}
