package app_test

import (
	"bufio"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard/internal/apptest"
	"github.com/switchboard-platform/switchboard/internal/config"
	"github.com/switchboard-platform/switchboard/internal/sandbox"
)

// listeners are the two that strangers reach.
func listeners(a *apptest.App) map[string]string {
	return map[string]string{"partners": a.At.Partners, "operators": a.At.Operator}
}

func TestHeaderLimit(t *testing.T) {
	t.Parallel()
	a := apptest.New(t, apptest.Options{})
	for name, address := range listeners(a) {
		for size, tooLarge := range map[int]bool{12 << 10: false, 32 << 10: true} {
			c := dial(t, address)
			// The server may hang up before it has read everything.
			_, _ = io.WriteString(c, "GET /nothing HTTP/1.1\r\nHost: x\r\nX-Fill: "+strings.Repeat("x", size)+"\r\n\r\n")
			status, text := readAnswer(t, bufio.NewReader(c))
			if (status == 431) != tooLarge {
				t.Errorf("%s, a header of %d bytes: %d %s", name, size, status, text)
			}
		}
	}
}

// wantClosed reads until the server hangs up and gives what it said before.
func wantClosed(t *testing.T, c net.Conn) string {
	t.Helper()
	b, err := io.ReadAll(c)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("the server did not hang up; it said %q", b)
	}
	return string(b)
}

func TestSlowHeaderIsCut(t *testing.T) {
	t.Parallel()
	a := apptest.New(t, apptest.Options{Config: func(c *config.Config) { c.ReadHeaderTimeout = 100 * time.Millisecond }})
	for name, address := range listeners(a) {
		for _, text := range []string{"", "GET /heal", "GET /healthz HTTP/1.1\r\nHost: x\r\n"} {
			c := dial(t, address)
			send(t, c, text)
			if said := wantClosed(t, c); strings.Contains(said, " 200 ") {
				t.Errorf("%s, after %q: %q", name, text, said)
			}
		}
	}
}

func TestSlowBodyIsCut(t *testing.T) {
	t.Parallel()
	a := apptest.New(t, apptest.Options{Config: func(c *config.Config) { c.ReadTimeout = 200 * time.Millisecond }})
	c := dial(t, a.At.Partners)
	send(t, c, signed("45", "Content-Length: 1000\r\n")+body)
	if said := wantClosed(t, c); strings.Contains(said, " 200 ") || strings.Contains(said, "timeout") {
		t.Errorf("half a body was answered %q", said)
	}
	got, err := a.Operator.Agent(t.Context(), sandbox.UserCode, 0)
	if err != nil || len(got.Activations) != 0 {
		t.Errorf("half a body did something: %+v, %v", got.Activations, err)
	}
}

func TestIdleConnectionIsClosed(t *testing.T) {
	t.Parallel()
	a := apptest.New(t, apptest.Options{Config: func(c *config.Config) { c.IdleTimeout = 100 * time.Millisecond }})
	c := dial(t, a.At.Operator)
	send(t, c, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
	if said := wantClosed(t, c); !strings.Contains(said, " 200 ") {
		t.Errorf("got %q", said)
	}
}
