package main

import (
	"context"
	"errors"
	"log/slog"
	"net"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/app"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/socket"
)

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
	dial := func(ctx context.Context) (net.Conn, error) { return socket.Dial(ctx, at.Socket) }
	if conn, err := dial(ctx); err == nil {
		_ = conn.Close()
		return plainFault(fn(switchboard.NewOperatorSocket(dial)))
	}
	r, err := c.config()
	if err != nil {
		return err
	}
	a, err := app.Open(ctx, r.Config, app.Options{Version: version, Log: c.quietLog()})
	if err != nil {
		return err
	}
	err = plainFault(a.Operate(ctx, fn))
	return errors.Join(err, a.Close())
}

// quietLog is the log of a command: only what went wrong.
func (c *cli) quietLog() *slog.Logger {
	return slog.New(slog.NewTextHandler(c.Err, &slog.HandlerOptions{Level: slog.LevelError}))
}

// plainFault makes a fault of the operator's API one of ours, so that it prints as all others do.
func plainFault(err error) error {
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
