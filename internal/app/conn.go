package app

import (
	"net"
	"time"
)

// slack is how much earlier than asked a write may be given up: a deadline is set anew only when it has
// moved by more. Every request moves it, and each time costs as much as finding a member in memory.
const slack = time.Second

// slackListener accepts connections whose write deadlines have slack.
type slackListener struct{ net.Listener }

// Accept waits for the next connection.
func (l slackListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if tcp, ok := c.(*net.TCPConn); ok && err == nil {
		return &slackConn{TCPConn: tcp}, nil
	}
	return c, err
}

// slackConn is a connection of which one goroutine at a time sets deadlines.
type slackConn struct {
	*net.TCPConn
	writeBy time.Time // the deadline in force
}

// SetWriteDeadline sets when writes are given up, unless it is set closely enough already.
func (c *slackConn) SetWriteDeadline(t time.Time) error {
	if moved := t.Sub(c.writeBy); !t.IsZero() && !c.writeBy.IsZero() && moved >= 0 && moved < slack {
		return nil
	}
	c.writeBy = t
	return c.TCPConn.SetWriteDeadline(t)
}

// SetDeadline sets when reads and writes are given up.
func (c *slackConn) SetDeadline(t time.Time) error {
	c.writeBy = t
	return c.TCPConn.SetDeadline(t)
}
