package app

import (
	"bufio"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
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

// TestShutdownAnswersThoseWhoCame connects, ends the server and only then asks: net/http alone would drop it.
func TestShutdownAnswersThoseWhoCame(t *testing.T) {
	t.Parallel()
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	a := &App{log: slog.New(slog.DiscardHandler)}
	a.cfg.ShutdownTimeout = time.Minute
	l := listener{watchDeadlines(tcp), a.server(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusTeapot)
	}))}
	served := make(chan error, 1)
	go func() { served <- l.server.Serve(l) }()

	early, err := net.Dial("tcp", tcp.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer early.Close()
	resp, err := http.Get("http://" + tcp.Addr().String()) // accepted in order: now early is as well
	if err != nil || resp.StatusCode != http.StatusTeapot || resp.Close {
		t.Fatalf("before the end: %v, %v", resp, err)
	}
	ended := make(chan struct{})
	go func() { a.shutdown(restAtMost, l); close(ended) }()
	if err := <-served; !errors.Is(err, net.ErrClosed) {
		t.Fatalf("the server ended with %v", err)
	}
	if c, err := net.Dial("tcp", tcp.Addr().String()); err == nil {
		_ = c.Close()
		t.Error("a server that ends takes a new connection")
	}
	if _, err := io.WriteString(early, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	resp, err = http.ReadResponse(bufio.NewReader(early), nil)
	if err != nil || resp.StatusCode != http.StatusTeapot || !resp.Close {
		t.Errorf("whoever had come got %v, %v; want an answer, and the connection closed", resp, err)
	}
	<-ended
}

func TestShutdownLeavesTheSilent(t *testing.T) {
	t.Parallel()
	c, _ := watchedPair(t)
	if w := c.watch; !w.busy(c.since, c.since) || w.busy(c.since.Add(silentAtMost), c.since) {
		t.Error("somebody who asks nothing must be waited for, and not for ever")
	}
	noteState(c, http.StateActive)
	if !c.watch.busy(c.since.Add(time.Hour), c.since) {
		t.Error("a request in flight is not waited for")
	}
	noteState(c, http.StateIdle)
	if rest := c.since.Add(time.Second); !c.watch.busy(c.since, rest) || c.watch.busy(rest, rest) {
		t.Error("a connection that rests must be waited for, and not for long")
	}
}
