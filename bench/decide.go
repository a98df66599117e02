//go:build linux

package main

import "context"

// decideRace is the comparison of decisions with the floor and with OpenFGA.
type decideRace struct {
	race                              // the floor is that of signed calls
	hot, all               *contender // signed by a partner
	bearerFloor, bearerHot *contender // borne by a switch
	bearerAll, peer        *contender // peer is nil when OpenFGA can not be had
}

// measureDecide compares decisions with the floor and with OpenFGA, each on one core.
func (b *bench) measureDecide(ctx context.Context) error {
	return b.compete(ctx, b.ownSite(), serverCore, b.newDecideRace)
}

// newDecideRace takes an answer of the server for the floor, and starts the others.
func (b *bench) newDecideRace(ctx context.Context, srv *server) (contest, error) {
	signed, bearer := decisionAsk(""), decisionAsk(sandboxSwitch)
	if _, err := bearer.knows(ctx, srv.addr, userCode(b.agents/2), userCode(b.agents)); err != nil {
		return nil, err
	}
	a, err := signed.knows(ctx, srv.addr, userCode(b.agents/2), userCode(b.agents))
	if err != nil {
		return nil, err
	}
	floor, floorAddr, err := b.startFloor(ctx, a)
	if err != nil {
		return nil, err
	}
	b.report.note("Decisions: %d connections, answers of %d bytes, server on core %d, load on core %d.",
		enquiryConns, len(a.Body), serverCore, loadCore)
	spec := loadSpec{Conns: enquiryConns, Duration: b.readTime, Want: allowed}
	contend := func(name, addr string, pid, hot int, question *ask) *contender {
		s := spec
		s.Addr, s.ServerPID, s.Hot, s.Ask = addr, pid, hot, question
		return b.loading(name, s)
	}
	r := &decideRace{
		race:        race{bench: b, name: "decide", floor: contend("floor, signed", floorAddr, floor.pid(), hotAgents, signed)},
		hot:         contend("hot, signed", srv.addr, srv.pid(), hotAgents, signed),
		all:         contend("all, signed", srv.addr, srv.pid(), 0, signed),
		bearerFloor: contend("floor, bearer", floorAddr, floor.pid(), hotAgents, bearer),
		bearerHot:   contend("hot, bearer", srv.addr, srv.pid(), hotAgents, bearer),
		bearerAll:   contend("all, bearer", srv.addr, srv.pid(), 0, bearer),
	}
	r.others = []*contender{r.hot, r.all, r.bearerFloor, r.bearerHot, r.bearerAll}
	return r, r.addPeer(ctx, spec)
}

// addPeer starts OpenFGA, tells it that the hot agents may, and adds it to the race, if it can be had.
func (r *decideRace) addPeer(ctx context.Context, s loadSpec) error {
	program := r.bench.findOpenFGA()
	if program == "" {
		r.bench.report.note("%s was not measured: there is no openfga in PATH; install it, or name it with -openfga.", openFGA)
		return nil
	}
	peer, addr, err := r.bench.startOpenFGA(ctx, program)
	if err != nil {
		return err
	}
	s.Addr, s.ServerPID, s.Hot = addr, peer.pid(), hotAgents
	if s.Ask, err = teachOpenFGA(ctx, addr, hotCodes(r.bench.agents)); err != nil {
		return err
	}
	if _, err := s.Ask.knows(ctx, addr, userCode(0), userCode(r.bench.agents)); err != nil {
		return err
	}
	r.peer = r.bench.loading("peer", s)
	r.others = append(r.others, r.peer)
	return nil
}

// hotCodes gives the agents that a load of hot ones asks about.
func hotCodes(agents int) []uint32 {
	codes := make([]uint32, hotAgents)
	for k := range codes {
		codes[k] = userCode(k * (agents / hotAgents))
	}
	return codes
}

func (r *decideRace) report() {
	to := &r.bench.report
	r.noteSaturation()
	goal := target{Least: 0.85, Aim: 0.95}
	to.figure("floor: bare net/http, the same bytes to the same calls, signed", r.floor.String())
	to.value("decision, signed, 4,000 hot agents / floor", r.hot.String(), r.ratio(r.hot), goal)
	to.value("decision, signed, drawn from all agents / floor", r.all.String(), r.ratio(r.all), target{})
	to.figure("floor: the same, calls with a bearer token", r.bearerFloor.String())
	to.value("decision, bearer, 4,000 hot agents / floor", r.bearerHot.String(), medianRatio(r.bearerHot.rates, r.bearerFloor.rates), goal)
	to.value("decision, bearer, drawn from all agents / floor", r.bearerAll.String(),
		medianRatio(r.bearerAll.rates, r.bearerFloor.rates), target{})
	if r.peer != nil {
		to.value("decision, signed, hot / "+openFGA, "OpenFGA: "+r.peer.String(), medianRatio(r.hot.rates, r.peer.rates), target{Least: 9, Aim: 9})
	}
}
