//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// The load of reads beside which PINs are hashed: 500 a second, far below what a server can do, from
// so many clients, each asking every so often, that an answer may take long before its client is late
// with the next request.
const (
	readerConns = 100
	readerEvery = 200 * time.Millisecond
)

// mixedRow is a server on some cores, asked CHECK_USER without and with clients who log in.
type mixedRow struct {
	name         string
	server, load int // the core each is bound to
	quiet, mixed series
	logins       series
}

// measureMixed finds out what the hashing of PINs does to reads at the same time.
func (b *bench) measureMixed(ctx context.Context) error {
	if err := b.givePINs(ctx); err != nil {
		return err
	}
	rows := []*mixedRow{
		{name: "one core", server: serverCore, load: loadCore},
		{name: "all cores", server: anyCore, load: anyCore},
	}
	for round := range b.rounds {
		order := slices.Clone(rows)
		if round%2 == 1 {
			slices.Reverse(order)
		}
		for _, row := range order {
			if err := b.mixedRound(ctx, row, round%2 == 1); err != nil {
				return fmt.Errorf("%s: %w", row.name, err)
			}
			b.progress("mixed round %d, %-9s CHECK_USER p99 %.2f ms alone, %.2f ms beside %s logins/s",
				round+1, row.name, row.quiet.p99[round], row.mixed.p99[round], rateText(row.logins.rates[round]))
		}
	}
	for _, row := range rows {
		row.report(&b.report)
	}
	b.report.note("Reads beside PINs: %d clients ask CHECK_USER every %s each, whether or not answers come late, and %d clients LOGIN "+
		"as fast as they are answered. On all cores the loads share them with the server, so its latencies hold theirs too.",
		readerConns, readerEvery, pinConns)
	return nil
}

// mixedRound measures both on one server, in the reverse order when told so.
func (b *bench) mixedRound(ctx context.Context, row *mixedRow, reverse bool) error {
	srv, err := b.startMobile(ctx, row.server)
	if err != nil {
		return err
	}
	measures := []func() error{
		func() error { return b.readAlone(ctx, srv, row) },
		func() error { return b.readBeside(ctx, srv, row) },
	}
	if reverse {
		slices.Reverse(measures)
	}
	for _, measure := range measures {
		if err := measure(); err != nil {
			return errors.Join(err, srv.stop())
		}
	}
	return srv.stop()
}

// readerSpec is the load of reads.
func (b *bench) readerSpec(srv *server) loadSpec {
	return loadSpec{
		Addr: srv.addr, ServerPID: srv.pid(), Conns: readerConns, Every: readerEvery, Duration: b.pinTime,
		Actions: []string{checkUser}, Want: activeUser,
	}
}

func (b *bench) readAlone(ctx context.Context, srv *server, row *mixedRow) error {
	r, err := b.load(ctx, b.readerSpec(srv), row.load)
	if err != nil {
		return err
	}
	row.quiet.add(r)
	return nil
}

// readBeside puts both loads on the server. The logins go on a little longer than the reads, and the
// first of each are not counted.
func (b *bench) readBeside(ctx context.Context, srv *server, row *mixedRow) error {
	s := b.pinSpec(srv, pinConns, loggedIn, login)
	s.Duration += 500 * time.Millisecond
	type outcome struct {
		r   *loadResult
		err error
	}
	logins := make(chan outcome, 1)
	go func() {
		r, err := b.load(ctx, s, row.load)
		logins <- outcome{r, about("logins", err)}
	}()
	r, err := b.load(ctx, b.readerSpec(srv), row.load)
	l := <-logins
	if err := errors.Join(about("reads", err), l.err); err != nil {
		return err
	}
	row.mixed.add(r)
	row.logins.add(l.r)
	return nil
}

// about says what an error is about, if there is one.
func about(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", what, err)
}

func (row *mixedRow) report(to *report) {
	to.figure("CHECK_USER, "+row.name+", alone", row.quiet.String())
	to.figure(fmt.Sprintf("LOGIN beside it, %s, %d clients", row.name, pinConns), row.logins.String())
	to.value("CHECK_USER, "+row.name+", p99 beside PINs / alone", row.mixed.String(),
		medianRatio(row.mixed.p99, row.quiet.p99), target{})
}
