package app

import (
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"time"
)

// watchedPair gives both ends of a connection whose deadlines are watched.
func watchedPair(t *testing.T) (c *watchedConn, peer net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := watchDeadlines(l)
	peer, err = net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	accepted, err := w.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = peer.Close()
		_ = accepted.Close()
		_ = w.Close()
		<-w.over // whoever watched has gone
	})
	return accepted.(*watchedConn), peer
}

// TestDeadlinesOfWrites: past, near and far deadlines, in every order, and none.
func TestDeadlinesOfWrites(t *testing.T) {
	t.Parallel()
	c, _ := watchedPair(t)
	late := func() bool {
		_, err := c.Write([]byte("x"))
		return errors.Is(err, os.ErrDeadlineExceeded)
	}
	now := time.Now()
	for _, step := range []struct {
		name string
		at   time.Time
		late bool
	}{
		{"past", now.Add(-time.Minute), true},
		{"to come", now.Add(time.Minute), false},
		{"a little later", now.Add(time.Minute + tick), false},
		{"past, as net/http ends a read", time.Unix(1, 0), true},
		{"none", time.Time{}, false},
		{"past again", now.Add(-time.Hour), true},
		{"far", now.Add(1000 * time.Hour), false},
		{"none again", time.Time{}, false},
	} {
		if err := c.SetWriteDeadline(step.at); err != nil || late() != step.late {
			t.Errorf("%s: %v, late %t", step.name, err, !step.late)
		}
	}
	if err := c.SetDeadline(now.Add(-time.Minute)); err != nil || !late() {
		t.Errorf("both: %v", err)
	}
	if err := c.SetWriteDeadline(now.Add(time.Minute)); err != nil || late() {
		t.Errorf("writes alone, after both: %v", err)
	}
}

// TestDeadlineThatPasses: a read that waits is given up when a deadline set before it began has passed, and
// the next one waits again once that is taken away.
func TestDeadlineThatPasses(t *testing.T) {
	t.Parallel()
	for name, ahead := range map[string]time.Duration{"near": tick, "far": 4 * tick} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, peer := watchedPair(t)
			if err := c.SetReadDeadline(time.Now().Add(ahead)); err != nil {
				t.Fatal(err)
			}
			if _, err := c.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Fatalf("the read ends with %v", err)
			}
			if err := c.SetReadDeadline(time.Now().Add(time.Hour)); err != nil {
				t.Fatal(err)
			}
			if _, err := peer.Write([]byte("x")); err != nil {
				t.Fatal(err)
			}
			if _, err := io.ReadFull(c, make([]byte, 1)); err != nil {
				t.Fatalf("the read after it: %v", err)
			}
		})
	}
}

// TestDeadlineMeanwhile: a deadline in the past ends a read that is under way, at once.
func TestDeadlineMeanwhile(t *testing.T) {
	t.Parallel()
	c, _ := watchedPair(t)
	if err := c.SetReadDeadline(time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() {
		_, err := c.Read(make([]byte, 1))
		ended <- err
	}()
	if err := c.SetReadDeadline(time.Unix(1, 0)); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("the read ends with %v", err)
	}
}
