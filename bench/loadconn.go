//go:build linux

package main

import (
	"bytes"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// loadConn is one keep-alive connection with at most one request under way.
type loadConn struct {
	index int
	fd    int
	out   []byte
	in    []byte
	have  int // bytes of in that are filled
	agent int
	busy  bool
	since time.Duration // when the request was written, or was due

	// Of a load that sends every so often:
	due     time.Duration // when the next request should be sent
	resting bool          // until then
	woken   time.Duration // when it rested last
}

// connect opens the connection and registers it. Only input is waited for: a request is far
// smaller than the socket's buffer.
func (l *loader) connect(c *loadConn) error {
	addr, err := netip.ParseAddrPort(l.spec.Addr)
	if err != nil || !addr.Addr().Is4() {
		return fmt.Errorf("address: want IPv4:port, have %q", l.spec.Addr)
	}
	c.have = 0
	if c.fd, err = unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0); err != nil {
		return fmt.Errorf("socket: %w", err)
	}
	to := &unix.SockaddrInet4{Port: int(addr.Port()), Addr: addr.Addr().As4()}
	if err := unix.Connect(c.fd, to); err != nil {
		return fmt.Errorf("connect to %s: %w", l.spec.Addr, err)
	}
	if err := unix.SetsockoptInt(c.fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1); err != nil {
		return fmt.Errorf("TCP_NODELAY: %w", err)
	}
	if err := unix.SetNonblock(c.fd, true); err != nil {
		return fmt.Errorf("non-blocking: %w", err)
	}
	// The data of an event is the connection's number, not its descriptor.
	event := unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(c.index)}
	if err := unix.EpollCtl(l.epoll, unix.EPOLL_CTL_ADD, c.fd, &event); err != nil {
		return fmt.Errorf("epoll: %w", err)
	}
	return nil
}

// send writes the connection's next request unless the load is over.
func (l *loader) send(c *loadConn, now time.Duration) {
	if now >= l.countTo || (l.spec.Requests > 0 && l.sent >= l.spec.Requests) {
		return
	}
	if now < c.due {
		c.resting = true
		l.resting++
		return
	}
	c.out, c.agent = l.source.next(c.index, c.out)
	c.busy, c.since = true, l.plan(c, now)
	l.sent++
	l.waiting++
	if n, err := unix.Write(c.fd, c.out); err != nil || n < len(c.out) {
		l.fail(c, fmt.Errorf("write %d of %d bytes: %w", n, len(c.out), err))
	}
}

// plan says since when the request waits that is sent now, and when the next one is due. One that is
// late because the answer before it was has waited since it was due: otherwise a server that stalls
// would be asked less while it does, and seem the faster.
func (l *loader) plan(c *loadConn, now time.Duration) (since time.Duration) {
	if l.spec.Every == 0 {
		return now
	}
	since = max(c.due, c.woken)
	c.due += l.spec.Every
	return since
}

// receive takes what has arrived and, when it completes the answer, checks it and goes on.
func (l *loader) receive(c *loadConn, now time.Duration) {
	if c.fd < 0 {
		return
	}
	n, err := unix.Read(c.fd, c.in[c.have:])
	switch {
	case err == unix.EAGAIN || err == unix.EINTR:
		return
	case err != nil:
		l.fail(c, fmt.Errorf("read: %w", err))
		return
	case n == 0:
		l.fail(c, errors.New("the server closed the connection"))
		return
	}
	c.have += n
	l.take(c, now)
}

// take reads an answer out of the buffer once it is there as a whole.
func (l *loader) take(c *loadConn, now time.Duration) {
	r, complete, err := parseResponse(c.in[:c.have])
	switch {
	case err != nil:
		l.fail(c, err)
	case !complete && c.have == len(c.in):
		c.in = append(c.in, make([]byte, len(c.in))...)
	case !complete:
	case !c.busy || r.size != c.have:
		l.fail(c, errors.New("the server sent more than the answer"))
	default:
		l.judge(c, &r, now)
	}
}

// judge counts a whole answer and sends the next request.
func (l *loader) judge(c *loadConn, r *response, now time.Duration) {
	c.have, c.busy = 0, false
	l.waiting--
	if times, err := l.verify(c, r); err != nil {
		l.note(c, err)
	} else {
		l.source.answered(c.agent, true)
		l.answers++
		if l.counting {
			times.record(now - c.since)
		}
	}
	l.send(c, now)
}

// verify checks every answer's status and the bytes it must hold, and of one in 64 that it is about
// the agent asked for. It gives the times that the answer counts among.
func (l *loader) verify(c *loadConn, r *response) (*histogram, error) {
	if r.status == 503 && l.spec.Away != "" && bytes.Contains(r.body, []byte(l.spec.Away)) {
		return &l.away, nil
	}
	if r.status != 200 || !bytes.Contains(r.body, []byte(l.spec.Want)) {
		return nil, fmt.Errorf("wrong answer: status %d, %.200q", r.status, r.body)
	}
	if l.spec.CheckCode && l.answers&63 == 0 {
		code := strconv.AppendUint(nil, uint64(userCode(c.agent)), 10)
		if !bytes.Contains(r.body, code) {
			return nil, fmt.Errorf("the answer is not about agent %s: %.200q", code, r.body)
		}
	}
	return &l.times, nil
}

// note counts a failed request.
func (l *loader) note(c *loadConn, err error) {
	l.source.answered(c.agent, false)
	l.errors++
	if l.firstError == "" {
		l.firstError = err.Error()
	}
}

// fail counts a failure that ends the connection, which stays out of the load from then on: a
// result with failures is no measurement anyway.
func (l *loader) fail(c *loadConn, err error) {
	if c.busy {
		c.busy = false
		l.waiting--
	}
	l.note(c, err)
	unix.Close(c.fd)
	c.fd = -1
}
