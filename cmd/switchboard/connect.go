package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/url"
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
// for as long as fn runs.
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

// operateHere is operate on the data directory of this machine.
func (c *cli) operateHere(ctx context.Context, cfg config.Config, fn func(*switchboard.Operator) error) error {
	if op, ok := running(ctx, cfg); ok {
		return plainFault(fn(op))
	}
	a, err := app.Open(ctx, cfg, app.Options{Version: version, Log: c.quietLog()})
	if fault.Is(err, fault.Conflict) {
		if op, ok := starting(ctx, cfg); ok {
			return plainFault(fn(op))
		}
	}
	if err != nil {
		return err
	}
	err = plainFault(a.Operate(ctx, fn))
	return errors.Join(err, a.Close())
}

// running finds the process that serves the directory's socket.
func running(ctx context.Context, cfg config.Config) (*switchboard.Operator, bool) {
	dial := func(ctx context.Context) (net.Conn, error) { return socket.Dial(ctx, cfg.SocketPath()) }
	conn, err := dial(ctx)
	if err != nil {
		return nil, false
	}
	_ = conn.Close()
	return switchboard.NewOperatorSocket(dial), true
}

// How long a process that has taken the lock is given to open its socket.
const (
	startLooks = 40
	startPause = 50 * time.Millisecond
)

// starting waits for the socket of a process that holds the directory's lock: a server or another
// command that began a moment ago.
func starting(ctx context.Context, cfg config.Config) (*switchboard.Operator, bool) {
	for range startLooks {
		if op, ok := running(ctx, cfg); ok {
			return op, true
		}
		if !app.InUse(cfg) {
			return nil, false
		}
		select {
		case <-ctx.Done():
			return nil, false
		case <-time.After(startPause):
		}
	}
	return nil, false
}

// quietLog is the log of a command: only what went wrong.
func (c *cli) quietLog() *slog.Logger {
	return slog.New(slog.NewTextHandler(c.Err, &slog.HandlerOptions{Level: slog.LevelError}))
}

// plainFault makes a fault of the operator's API one of ours, so that it prints as all others do.
func plainFault(err error) error {
	var broken *url.Error
	if errors.As(err, &broken) {
		return fault.Wrap(broken.Err, fault.Unavailable, "The server's operator API cannot be reached, or went away.")
	}
	var f *switchboard.OperatorFault
	if !errors.As(err, &f) {
		return err
	}
	out := &fault.Error{Code: fault.Code(f.Code), Message: f.Message}
	for _, x := range f.Fields {
		out.Fields = append(out.Fields, fault.Field{Name: x.Field, Problem: x.Problem})
	}
	return out
}
