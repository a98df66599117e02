//go:build linux

package main

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// The connections of an enquiry load, and the agents that are asked about again and again.
const (
	enquiryConns = 64
	hotAgents    = 4000
)

// series are the results of one contender over the rounds.
type series struct {
	rates, p50, p99, serverCPU []float64
}

func (s *series) add(r *loadResult) {
	s.rates = append(s.rates, r.Rate)
	s.p50 = append(s.p50, float64(r.P50)/float64(time.Millisecond))
	s.p99 = append(s.p99, float64(r.P99)/float64(time.Millisecond))
	s.serverCPU = append(s.serverCPU, r.ServerCPU)
}

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

// String gives the medians, as "43210/s, p50 1.41 ms, p99 5.02 ms, server 0.99 cores".
func (s *series) String() string {
	return fmt.Sprintf("%.0f/s, p50 %.2f ms, p99 %.2f ms, server %.2f cores",
		median(s.rates), median(s.p50), median(s.p99), median(s.serverCPU))
}

// contender is one line of the comparison: a load on a server.
type contender struct {
	name string
	spec loadSpec
	series
}

// enquiryRace is the comparison of enquiries: everything is up at once, and one contender at a
// time is under load.
type enquiryRace struct {
	bench                 *bench
	server                *server
	floor, hot, all, peer *contender
}

// measureEnquiry compares signed enquiries with the floor and the mock server, each on one core.
func (b *bench) measureEnquiry(ctx context.Context) error {
	race, err := b.newEnquiryRace(ctx)
	if err != nil {
		return err
	}
	for round := range b.rounds {
		if err := race.round(ctx, round); err != nil {
			return err
		}
	}
	if err := b.finishServer(race.server); err != nil {
		return err
	}
	race.report()
	return nil
}

// newEnquiryRace starts the server, takes an answer of it for the floor, and starts the others.
func (b *bench) newEnquiryRace(ctx context.Context) (*enquiryRace, error) {
	srv, err := b.startServer(ctx, b.dataDir(), serverSettings{core: serverCore})
	if err != nil {
		return nil, err
	}
	if err := srv.waitReadAhead(ctx); err != nil {
		return nil, err
	}
	a, err := enquire(ctx, plainClient(), srv.addr, apiPrefix, userCode(b.agents/2))
	if err != nil {
		return nil, err
	}
	want, err := wantPrefix(a.Body)
	if err != nil {
		return nil, err
	}
	floor, floorAddr, err := b.startFloor(ctx, a)
	if err != nil {
		return nil, err
	}
	base := loadSpec{
		Prefix: apiPrefix, Conns: enquiryConns, Duration: b.readTime, Want: want, Hot: hotAgents,
	}
	race := &enquiryRace{bench: b, server: srv}
	race.floor = &contender{name: "floor", spec: base}
	race.floor.spec.Addr, race.floor.spec.ServerPID = floorAddr, floor.pid()
	race.hot = &contender{name: "hot", spec: base}
	race.hot.spec.Addr, race.hot.spec.ServerPID, race.hot.spec.CheckCode = srv.addr, srv.pid(), true
	race.all = &contender{name: "all", spec: race.hot.spec}
	race.all.spec.Hot = 0
	b.report.note("Enquiries: %d connections, answers of %d bytes, server on core %d, load on core %d.",
		enquiryConns, len(a.Body), serverCore, loadCore)
	return race, race.addPeer(ctx)
}

// addPeer starts the mock server and adds it to the race, if it can be had.
func (r *enquiryRace) addPeer(ctx context.Context) error {
	program, reason, err := r.bench.installPeer(ctx)
	if err != nil {
		return err
	}
	if reason != "" {
		r.bench.report.note("The mock server was not measured: %s.", reason)
		return nil
	}
	peer, addr, err := r.bench.startPeer(ctx, program)
	if err != nil {
		return err
	}
	r.peer = &contender{name: "peer", spec: r.hot.spec}
	s := &r.peer.spec
	s.Addr, s.Prefix, s.ServerPID, s.CheckCode, s.Want = addr, "", peer.pid(), false, `"status":0`
	return nil
}

// round puts every contender under load once, every other round in reverse, so that a drift of
// the machine favours nobody.
func (r *enquiryRace) round(ctx context.Context, number int) error {
	order := []*contender{r.floor, r.hot, r.all}
	if r.peer != nil {
		order = append(order, r.peer)
	}
	if number%2 == 1 {
		slices.Reverse(order)
	}
	for _, c := range order {
		result, err := r.bench.load(ctx, c.spec, loadCore)
		if err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
		c.add(result)
		r.bench.progress("enquiry round %d, %-5s %.0f/s, p99 %s, server %.2f cores, load %.2f",
			number+1, c.name, result.Rate, result.P99.Round(10*time.Microsecond), result.ServerCPU, result.LoadCPU)
	}
	return nil
}

// saturated is the use of its core from which a server counts as kept busy.
const saturated = 0.95

// noteSaturation says how the ratios stand by processor time, which other work on the machine
// disturbs least, and warns when a contender did not have its core to itself.
func (r *enquiryRace) noteSaturation() {
	floor, to := r.floor.perCore(), &r.bench.report
	to.note("By processor time instead of the clock: hot / floor %.3g, all / floor %.3g.",
		medianRatio(r.hot.perCore(), floor), medianRatio(r.all.perCore(), floor))
	for _, c := range []*contender{r.floor, r.hot, r.all, r.peer} {
		if c != nil && median(c.serverCPU) < saturated {
			to.note("Not saturated: %s used %.2f of its core, so other work ran there or the load was too slow.",
				c.name, median(c.serverCPU))
		}
	}
}

func (r *enquiryRace) report() {
	to := &r.bench.report
	r.noteSaturation()
	to.figure("floor: bare net/http, the same bytes", r.floor.String())
	to.value("enquiry, 4,000 hot agents / floor", r.hot.String(),
		medianRatio(r.hot.rates, r.floor.rates), target{Least: 0.75, Aim: 0.85})
	to.value("enquiry, drawn from all agents / floor", r.all.String(),
		medianRatio(r.all.rates, r.floor.rates), target{Least: 0.5, Aim: 0.7})
	if r.peer != nil {
		to.value("enquiry, hot / mock server "+peerPackage, "mock: "+r.peer.String(),
			medianRatio(r.hot.rates, r.peer.rates), target{Least: 3, Aim: 3.5})
	}
}
