//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// flood is what many clients who log in at once did to a server, over the rounds.
type flood struct {
	before, peak   int64 // the server's memory: most before the flood, and most at all
	answered, away float64
	rates, p99     []float64
	awayRates      []float64
	awayP99        []float64
}

// measureFlood has a crowd of clients send LOGIN, each the next one as soon as the last was answered,
// to a server that has just started, and looks at the memory that takes.
func (b *bench) measureFlood(ctx context.Context) error {
	if err := b.givePINs(ctx); err != nil {
		return err
	}
	f := &flood{}
	for round := range b.rounds {
		if err := b.floodRound(ctx, f); err != nil {
			return err
		}
		b.progress("flood round %d: %s logins/s, p99 %.0f ms; %.0f/s told to come again, p99 %.2f ms; memory at most %d MB",
			round+1, rateText(f.rates[round]), f.p99[round], f.awayRates[round], f.awayP99[round], f.peak>>20)
	}
	f.report(b)
	return nil
}

// floodRound starts a server, floods it and stops it. The most memory of all rounds counts.
func (b *bench) floodRound(ctx context.Context, f *flood) error {
	srv, err := b.startMobile(ctx, anyCore)
	if err != nil {
		return err
	}
	before := peakMemory(srv.pid())
	s := b.pinSpec(srv, b.crowd, loggedIn, login)
	s.Away = comeAgain
	r, err := b.load(ctx, s, anyCore)
	peak := peakMemory(srv.pid())
	if err := errors.Join(err, srv.stop()); err != nil {
		return err
	}
	f.before, f.peak = max(f.before, before), max(f.peak, peak)
	f.answered, f.away = f.answered+float64(r.Requests), f.away+float64(r.Away)
	f.rates, f.p99 = append(f.rates, r.Rate), append(f.p99, milliseconds(r.P99))
	f.awayRates, f.awayP99 = append(f.awayRates, r.AwayRate), append(f.awayP99, milliseconds(r.AwayP99))
	return nil
}

func (f *flood) report(b *bench) {
	to := &b.report
	to.value(fmt.Sprintf("server's peak memory, %d parallel LOGINs", b.crowd),
		fmt.Sprintf("before them %.0f MB", float64(f.before)/(1<<20)), float64(f.peak)/(1<<20),
		target{Unit: " MB"})
	to.figure("of these, compared", fmt.Sprintf("%.0f, %s/s, p99 %.0f ms", f.answered, rateText(median(f.rates)), median(f.p99)))
	to.figure("of these, told to come again (503)", fmt.Sprintf("%.0f, %.0f/s", f.away, median(f.awayRates)))
	if f.away == 0 {
		to.note("Nobody was told to come again: the queue had room for all %d clients.", b.crowd)
		return
	}
	to.value("p99 of being told to come again",
		fmt.Sprintf("by round %.1f to %.1f ms", slices.Min(f.awayP99), slices.Max(f.awayP99)), median(f.awayP99), target{Unit: " ms"})
}
