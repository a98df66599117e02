//go:build linux

package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// series are the results of one contender over the rounds.
type series struct {
	rates, p50, p99, serverCPU, behindCPU []float64
}

func (s *series) add(r *loadResult) {
	s.rates = append(s.rates, r.Rate)
	s.p50 = append(s.p50, milliseconds(r.P50))
	s.p99 = append(s.p99, milliseconds(r.P99))
	s.serverCPU = append(s.serverCPU, r.ServerCPU)
	s.behindCPU = append(s.behindCPU, r.BehindCPU)
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// perCore gives by round how many requests a second of the server's processor time answers: the
// rate that a disturbed machine would have allowed undisturbed.
func (s *series) perCore() []float64 {
	rates := make([]float64, len(s.rates))
	for i, rate := range s.rates {
		if s.serverCPU[i] > 0 {
			rates[i] = rate / s.serverCPU[i]
		}
	}
	return rates
}

// cost gives the processor time of a request, by the program and by the database behind it, as "90 + 60 µs".
func (s *series) cost() string {
	const micro = 1e-6
	return fmt.Sprintf("%.0f + %.0f µs", medianRatio(s.serverCPU, s.rates)/micro, medianRatio(s.behindCPU, s.rates)/micro)
}

// String gives the medians, as "43210/s, p50 1.41 ms, p99 5.02 ms, server 0.99 cores".
func (s *series) String() string {
	text := fmt.Sprintf("%s/s, p50 %.2f ms, p99 %.2f ms, server %.2f cores",
		rateText(median(s.rates)), median(s.p50), median(s.p99), median(s.serverCPU))
	if behind := median(s.behindCPU); behind > 0 {
		text += fmt.Sprintf(", database %.2f", behind)
	}
	return text
}

// rateText writes a rate with what is of interest in it.
func rateText(rate float64) string {
	if rate < 1000 {
		return fmt.Sprintf("%.1f", rate)
	}
	return fmt.Sprintf("%.0f", rate)
}

// contender is one line of a comparison: a way to be measured, and what came of it.
type contender struct {
	name string
	run  func(context.Context) (*loadResult, error)
	series
}

// race compares contenders with a floor on one core. All are up at once, and one at a time is
// under load.
type race struct {
	bench  *bench
	name   string // of what is raced, as notes and progress call it
	floor  *contender
	others []*contender
}

// contest is a race with a server.
type contest interface {
	run(context.Context) error
	report()
}

// compete starts the server of a race, lets it prepare the rest and runs it.
func (b *bench) compete(ctx context.Context, at site, core int, prepare func(context.Context, *server) (contest, error)) error {
	srv, err := b.startAt(ctx, at, serverSettings{core: core})
	if err != nil {
		return err
	}
	race, err := prepare(ctx, srv)
	if err != nil {
		return err
	}
	if err := race.run(ctx); err != nil {
		return err
	}
	if err := b.finishServer(srv); err != nil {
		return err
	}
	race.report()
	return nil
}

// loading gives a contender that is a load from the load's core.
func (b *bench) loading(name string, s loadSpec) *contender {
	return &contender{name: name, run: func(ctx context.Context) (*loadResult, error) { return b.load(ctx, s, loadCore) }}
}

// run goes through the rounds.
func (r *race) run(ctx context.Context) error {
	for round := range r.bench.rounds {
		if err := r.round(ctx, round); err != nil {
			return err
		}
	}
	return nil
}

// round measures every contender once, every other round in reverse, so that a drift of the
// machine favours nobody.
func (r *race) round(ctx context.Context, number int) error {
	order := append([]*contender{r.floor}, r.others...)
	if number%2 == 1 {
		slices.Reverse(order)
	}
	for _, c := range order {
		result, err := c.run(ctx)
		if err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
		c.add(result)
		r.bench.progress("%s round %d, %-5s %s/s, p99 %s, server %.2f cores, load %.2f",
			r.name, number+1, c.name, rateText(result.Rate), result.P99.Round(10*time.Microsecond), result.ServerCPU, result.LoadCPU)
	}
	return nil
}

// saturated is the use of its core from which a server counts as kept busy.
const saturated = 0.95

// noteSaturation says how the ratios stand by processor time, which other work on the machine
// disturbs least, and warns when a contender did not have its core to itself.
func (r *race) noteSaturation() {
	floor, to := r.floor.perCore(), &r.bench.report
	var ratios []string
	for _, c := range r.others {
		ratios = append(ratios, fmt.Sprintf("%s / %s %.3g", c.name, r.floor.name, medianRatio(c.perCore(), floor)))
	}
	to.note("By processor time instead of the clock, %s: %s.", r.name, strings.Join(ratios, ", "))
	for _, c := range append([]*contender{r.floor}, r.others...) {
		if median(c.serverCPU) < saturated {
			to.note("Not saturated, %s: %s used %.2f of its core, so other work ran there or the load was too slow.",
				r.name, c.name, median(c.serverCPU))
		}
	}
}

// ratio gives a contender against the floor.
func (r *race) ratio(c *contender) float64 { return medianRatio(c.rates, r.floor.rates) }
