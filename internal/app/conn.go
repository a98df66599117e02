package app

import (
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// tick is how often deadlines are looked at, and so about how late one may be noticed. net/http moves four of
// them a request, each for as much as finding an agent in memory costs; here moving one is a note in memory.
const tick = 250 * time.Millisecond

// watch keeps the deadlines of the connections of one listener.
type watch struct {
	net.Listener
	now    atomic.Int64 // when it last looked, in nanoseconds since base
	base   time.Time
	mu     sync.Mutex
	conns  map[*watchedConn]struct{}
	closed bool
	over   chan struct{} // closed when the last connection of a closed listener is gone
}

// watchDeadlines gives a listener whose connections have coarse deadlines.
func watchDeadlines(l net.Listener) *watch {
	w := &watch{Listener: l, base: time.Now(), conns: map[*watchedConn]struct{}{}, over: make(chan struct{})}
	go w.run()
	return w
}

// Accept waits for the next connection.
func (w *watch) Accept() (net.Conn, error) {
	c, err := w.Listener.Accept()
	tcp, ok := c.(*net.TCPConn)
	if !ok || err != nil {
		return c, err
	}
	own := &watchedConn{TCPConn: tcp, watch: w}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.conns[own] = struct{}{}
	return own, nil
}

// Close closes the listener; connections stay, and their deadlines with them.
func (w *watch) Close() error {
	w.mu.Lock()
	w.closed = true
	w.maybeOver()
	w.mu.Unlock()
	return w.Listener.Close()
}

func (w *watch) forget(c *watchedConn) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.conns, c)
	w.maybeOver()
}

func (w *watch) maybeOver() {
	if w.closed && len(w.conns) == 0 {
		select {
		case <-w.over:
		default:
			close(w.over)
		}
	}
}

func (w *watch) run() {
	t := time.NewTicker(tick)
	defer t.Stop()
	for {
		select {
		case <-w.over:
			return
		case <-t.C:
			w.look(time.Now())
		}
	}
}

// look lets the deadlines that have passed act.
func (w *watch) look(now time.Time) {
	w.now.Store(int64(now.Sub(w.base)))
	w.mu.Lock()
	defer w.mu.Unlock()
	for c := range w.conns {
		c.look(now)
	}
}

// far says whether a deadline lies so far ahead that the next look comes before it.
func (w *watch) far(t time.Time) bool { return int64(t.Sub(w.base))-w.now.Load() > int64(2*tick) }

// watchedConn is a connection whose deadlines are notes, until they have passed.
type watchedConn struct {
	*net.TCPConn
	watch *watch

	mu          sync.Mutex
	read, write deadline
}

// deadline is one of a connection's two.
type deadline struct {
	at   time.Time // the note; zero: none
	real bool      // one is set on the connection itself
}

// ask notes a deadline, and sets it on the connection if it cannot wait for the next look.
func (d *deadline) ask(t time.Time, w *watch, set func(time.Time) error) error {
	if t.IsZero() || w.far(t) {
		d.at = t
		if !d.real {
			return nil
		}
		t = time.Time{}
	} else {
		d.at = time.Time{}
	}
	d.real = !t.IsZero()
	return set(t)
}

// look sets a deadline that has passed.
func (d *deadline) look(now time.Time, set func(time.Time) error) {
	if !d.at.IsZero() && !now.Before(d.at) {
		_ = set(d.at) // fails on a connection that is closed, which needs none
		d.at, d.real = time.Time{}, true
	}
}

func (c *watchedConn) look(now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.read.look(now, c.TCPConn.SetReadDeadline)
	c.write.look(now, c.TCPConn.SetWriteDeadline)
}

// SetReadDeadline sets when reads are given up.
func (c *watchedConn) SetReadDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.read.ask(t, c.watch, c.TCPConn.SetReadDeadline)
}

// SetWriteDeadline sets when writes are given up.
func (c *watchedConn) SetWriteDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.write.ask(t, c.watch, c.TCPConn.SetWriteDeadline)
}

// SetDeadline sets when both are given up.
func (c *watchedConn) SetDeadline(t time.Time) error {
	if err := c.SetReadDeadline(t); err != nil {
		return err
	}
	return c.SetWriteDeadline(t)
}

// Close closes the connection.
func (c *watchedConn) Close() error {
	c.watch.forget(c)
	return c.TCPConn.Close()
}
