package app_test

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/switchboard-platform/switchboard/internal/app"
	"github.com/switchboard-platform/switchboard/internal/config"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/socket"
)

// settings are those of an app in a directory of its own that listens where there is room.
func settings(t *testing.T) config.Config {
	t.Helper()
	cfg := config.Default()
	cfg.Data = filepath.Join(t.TempDir(), "data")
	cfg.Listen, cfg.OperatorListen = "127.0.0.1:0", "127.0.0.1:0"
	return cfg
}

func mustInit(t *testing.T, cfg config.Config, mode app.Mode) {
	t.Helper()
	if err := app.Init(t.Context(), cfg, mode); err != nil {
		t.Fatal(err)
	}
}

func open(t *testing.T, cfg config.Config, mode app.Mode) (*app.App, error) {
	t.Helper()
	a, err := app.Open(t.Context(), cfg, app.Options{Mode: mode, Log: slog.New(slog.DiscardHandler)})
	if err == nil {
		t.Cleanup(func() { _ = a.Close() })
	}
	return a, err
}

// wantFault checks the code of an error and that its message, which people read, says what to do.
func wantFault(t *testing.T, err error, code fault.Code, words ...string) {
	t.Helper()
	if !fault.Is(err, code) {
		t.Fatalf("got %v, want a fault %s", err, code)
	}
	for _, w := range words {
		if !strings.Contains(fault.As(err).Message, w) {
			t.Errorf("the message %q does not have %q", fault.As(err).Message, w)
		}
	}
}

func wantMode(t *testing.T, path string, want os.FileMode) {
	t.Helper()
	fi, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := fi.Mode().Perm(); got != want {
		t.Errorf("%s has mode %04o, want %04o", path, got, want)
	}
}

// get asks an address for its status and body. client nil takes a new one.
func get(t *testing.T, client *http.Client, url string) (int, string) {
	t.Helper()
	if client == nil {
		tr := &http.Transport{}
		defer tr.CloseIdleConnections()
		client = &http.Client{Transport: tr}
	}
	resp, err := client.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

// overSocket is an HTTP client whose every request goes to a socket.
func overSocket(t *testing.T, path string) *http.Client {
	t.Helper()
	tr := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return socket.Dial(ctx, path) }}
	t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Transport: tr}
}
