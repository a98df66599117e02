package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/url"
	"sync"
	"time"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/app"
	"github.com/switchboard-platform/switchboard/internal/config"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/socket"
)

// operatorSettings are the settings of commands that use cli.operate: what opens the directory
// when no server has it.
func operatorSettings() []string { return []string{"data", "master-key-file"} }

// operate runs fn with a client of the operator's API: of the server at --server, of the one that
// serves the data directory, or, when none does, of this process, which then owns the directory
// until fn has run.
func (c *cli) operate(ctx context.Context, fn func(*switchboard.Operator) error) error {
	at, err := c.operator()
	if err != nil {
		return err
	}
	if at.URL != "" {
		return plainFault(fn(switchboard.NewOperator(at.URL, at.Token.Reveal())))
	}
	r, err := c.config()
	if err != nil {
		return err
	}
	return c.operateHere(ctx, r.Config, fn)
}

// ask is operate for what gives something. What it gives stands beside an error, too, when that came later.
func ask[T any](ctx context.Context, c *cli, do func(*switchboard.Operator) (T, error)) (v T, err error) {
	err = c.operate(ctx, func(op *switchboard.Operator) (err error) {
		v, err = do(op)
		return err
	})
	return v, err
}

// operateHere is operate on the data directory of this machine.
func (c *cli) operateHere(ctx context.Context, cfg config.Config, fn func(*switchboard.Operator) error) error {
	h := &host{c: c, cfg: cfg}
	err := plainFault(fn(switchboard.NewOperatorSocket(h.dial)))
	return errors.Join(err, h.close())
}

// host finds the process that serves a directory, and is it when there is none: also when the one
// it found, perhaps another command, has ended meanwhile.
type host struct {
	c   *cli
	cfg config.Config

	mu    sync.Mutex
	app   *app.App
	done  chan struct{} // closed to end the serving
	ended chan error    // what the serving ended with
}

// How long processes that hold the directory's lock are given to open a socket, and how often it is looked for:
// often, since a command that serves one is soon done.
const (
	startAtMost = 20 * time.Second
	startPause  = 10 * time.Millisecond
)

// dial connects to the socket of the process that serves the directory.
func (h *host) dial(ctx context.Context) (net.Conn, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for began := time.Now(); ; {
		if conn, err := socket.Dial(ctx, h.cfg.SocketPath()); err == nil || h.app != nil {
			return conn, err
		}
		err := h.serve(ctx)
		if err == nil {
			continue
		}
		// A server or another command that began a moment ago has the lock and no socket yet.
		if !app.InUse(err) || time.Since(began) > startAtMost {
			return nil, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(startPause):
		}
	}
}

// serve opens the directory and serves its socket until close.
func (h *host) serve(ctx context.Context) error {
	a, err := app.Open(ctx, h.cfg, app.Options{Version: version, Log: h.c.quietLog()})
	if err != nil {
		return err
	}
	h.done, h.ended = make(chan struct{}), make(chan error, 1)
	listens := make(chan struct{})
	go func() {
		h.ended <- a.Operate(ctx, func(*switchboard.Operator) error {
			close(listens)
			<-h.done
			return nil
		})
	}()
	select {
	case <-listens:
		h.app = a
		return nil
	case err := <-h.ended:
		return errors.Join(err, a.Close())
	}
}

// close ends the serving, if this process did it.
func (h *host) close() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.app == nil {
		return nil
	}
	close(h.done)
	return errors.Join(<-h.ended, h.app.Close())
}

// quietLog is the log of a command: only what went wrong.
func (c *cli) quietLog() *slog.Logger {
	return slog.New(slog.NewTextHandler(c.Err, &slog.HandlerOptions{Level: slog.LevelError}))
}

// plainFault makes a fault of the operator's API one of ours, so that it prints as all others do.
func plainFault(err error) error {
	var own *fault.Error
	var f *switchboard.OperatorFault
	var broken *url.Error
	switch {
	case errors.As(err, &own): // the directory could not be opened, say
		return err
	case errors.As(err, &broken):
		return fault.Wrap(broken.Err, fault.Unavailable, "The server's operator API cannot be reached, or went away.")
	case !errors.As(err, &f):
		return err
	}
	out := &fault.Error{Code: fault.Code(f.Code), Message: f.Message}
	for _, x := range f.Fields {
		out.Fields = append(out.Fields, fault.Field{Name: x.Field, Problem: x.Problem})
	}
	return out
}
