//go:build linux

package main

import "context"

// The connections of an enquiry load, and the agents or members that are asked about again and again.
const (
	enquiryConns = 64
	hotAgents    = 4000
)

// enquiryRace is the comparison of enquiries with the floor and the mock server.
type enquiryRace struct {
	race
	hot, all, peer *contender // peer is nil when the mock server can not be had
}

// measureEnquiry compares signed enquiries with the floor and the mock server, each on one core.
func (b *bench) measureEnquiry(ctx context.Context) error {
	return b.compete(ctx, b.ownSite(), serverCore, b.newEnquiryRace)
}

// newEnquiryRace takes an answer of the server for the floor, and starts the others.
func (b *bench) newEnquiryRace(ctx context.Context, srv *server) (contest, error) {
	a, want, err := sampleEnquiry(ctx, srv, b.agents)
	if err != nil {
		return nil, err
	}
	floor, floorAddr, err := b.startFloor(ctx, a)
	if err != nil {
		return nil, err
	}
	spec := loadSpec{
		Addr: floorAddr, ServerPID: floor.pid(), Prefix: apiPrefix, Conns: enquiryConns, Duration: b.readTime, Want: want, Hot: hotAgents,
	}
	race := &enquiryRace{race: race{bench: b, name: "enquiry", floor: b.loading("floor", spec)}}
	spec.Addr, spec.ServerPID, spec.CheckCode = srv.addr, srv.pid(), true
	race.hot = b.loading("hot", spec)
	all := spec
	all.Hot = 0
	race.all = b.loading("all", all)
	race.others = []*contender{race.hot, race.all}
	b.report.note("Enquiries: %d connections, answers of %d bytes, server on core %d, load on core %d.",
		enquiryConns, len(a.Body), serverCore, loadCore)
	return race, race.addPeer(ctx, spec)
}

// sampleEnquiry asks a server once, and gives what every right answer begins with as well.
func sampleEnquiry(ctx context.Context, srv *server, agents int) (a answer, want string, err error) {
	if a, err = enquire(ctx, plainClient(), srv.addr, apiPrefix, userCode(agents/2)); err != nil {
		return a, "", err
	}
	want, err = wantPrefix(a.Body)
	return a, want, err
}

// addPeer starts the mock server and adds it to the race, if it can be had.
func (r *enquiryRace) addPeer(ctx context.Context, s loadSpec) error {
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
	s.Addr, s.Prefix, s.ServerPID, s.CheckCode, s.Want = addr, "", peer.pid(), false, `"status":0`
	r.peer = r.bench.loading("peer", s)
	r.others = append(r.others, r.peer)
	return nil
}

func (r *enquiryRace) report() {
	to := &r.bench.report
	r.noteSaturation()
	to.figure("floor: bare net/http, the same bytes", r.floor.String())
	to.value("enquiry, 4,000 hot agents / floor", r.hot.String(), r.ratio(r.hot), target{Least: 0.75, Aim: 0.85})
	to.value("enquiry, drawn from all agents / floor", r.all.String(), r.ratio(r.all), target{Least: 0.5, Aim: 0.7})
	if r.peer != nil {
		to.value("enquiry, hot / mock server "+peerPackage, "mock: "+r.peer.String(),
			medianRatio(r.hot.rates, r.peer.rates), target{Least: 3, Aim: 3.5})
	}
}
