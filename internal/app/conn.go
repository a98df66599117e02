package app

import (
	"context"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// tick is how often deadlines are looked at, and so about how late one may be noticed. net/http moves four of
// them a request, each for as much as finding an agent in memory costs; here moving one is a note in memory.
const tick = 250 * time.Millisecond

// watch keeps the deadlines of the connections of one listener, and knows who waits for an answer.
type watch struct {
	net.Listener
	close  func() error
	now    atomic.Int64 // when it last looked, in nanoseconds since base
	base   time.Time
	mu     sync.Mutex
	conns  map[*watchedConn]struct{}
	closed bool
	over   chan struct{} // closed when the last connection of a closed listener is gone
}

// watchDeadlines gives a listener whose connections have coarse deadlines.
func watchDeadlines(l net.Listener) *watch {
	w := &watch{Listener: l, close: sync.OnceValue(l.Close), base: time.Now(), conns: map[*watchedConn]struct{}{}, over: make(chan struct{})}
	go w.run()
	return w
}

// Accept waits for the next connection.
func (w *watch) Accept() (net.Conn, error) {
	c, err := w.Listener.Accept()
	if err != nil {
		return nil, err
	}
	own := &watchedConn{Conn: c, watch: w, since: time.Now()}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.conns[own] = struct{}{}
	return own, nil
}

// Close closes the listener, once; connections stay, and their deadlines with them.
func (w *watch) Close() error {
	w.mu.Lock()
	w.closed = true
	w.maybeOver()
	w.mu.Unlock()
	return w.close()
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

// silentAtMost is how long somebody who has connected and asked nothing is waited for when a server ends.
const silentAtMost = 5 * time.Second

// restAtMost is how long a connection that rests is waited for when a server ends: most of those that are in use
// are used again within it.
const restAtMost = 250 * time.Millisecond

// drained returns when nobody who has connected waits for an answer any more, or ctx ends. A server of net/http
// that is shut down drops the request it is just reading, so one is shut down only after this. Who is answered
// meanwhile is told to connect elsewhere, and connections that rest are given until a time to be told so.
func (w *watch) drained(ctx context.Context, rest time.Time) {
	const pause = 2 * time.Millisecond
	for w.busy(time.Now(), rest) {
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
	}
}

func (w *watch) busy(now, rest time.Time) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	for c := range w.conns {
		switch http.ConnState(c.state.Load()) {
		case http.StateActive:
			return true
		case http.StateNew:
			if now.Sub(c.since) < silentAtMost {
				return true
			}
		case http.StateIdle:
			if now.Before(rest) {
				return true
			}
		}
	}
	return false
}

// noteState is told by net/http where a connection stands.
func noteState(c net.Conn, s http.ConnState) {
	if own, ok := c.(*watchedConn); ok {
		own.state.Store(int32(s))
	}
}

// watchedConn is a connection whose deadlines are notes, until they have passed.
type watchedConn struct {
	net.Conn
	watch *watch
	since time.Time
	state atomic.Int32 // an http.ConnState

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
	c.read.look(now, c.Conn.SetReadDeadline)
	c.write.look(now, c.Conn.SetWriteDeadline)
}

// SetReadDeadline sets when reads are given up.
func (c *watchedConn) SetReadDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.read.ask(t, c.watch, c.Conn.SetReadDeadline)
}

// SetWriteDeadline sets when writes are given up.
func (c *watchedConn) SetWriteDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.write.ask(t, c.watch, c.Conn.SetWriteDeadline)
}

// SetDeadline sets when both are given up.
func (c *watchedConn) SetDeadline(t time.Time) error {
	if err := c.SetReadDeadline(t); err != nil {
		return err
	}
	return c.SetWriteDeadline(t)
}

// CloseWrite tells the other end that nothing more comes: net/http says so before it closes a connection
// on which it has not read everything, lest the answer be lost.
func (c *watchedConn) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}

// Close closes the connection.
func (c *watchedConn) Close() error {
	c.watch.forget(c)
	return c.Conn.Close()
}
