//go:build linux

package main

import (
	"context"
	"fmt"
)

// activeUser is what the answer to every CHECK_USER of a load holds.
const activeUser = `"user_status":"ACTIVE"`

// checkRace is the comparison of CHECK_USER with the floor.
type checkRace struct {
	race
	server   *server
	hot, all *contender
	peak     int64 // memory of the server
}

// measureCheck compares CHECK_USER with the floor, each on one core.
func (b *bench) measureCheck(ctx context.Context) error {
	race, err := b.newCheckRace(ctx)
	if err != nil {
		return err
	}
	if err := race.run(ctx); err != nil {
		return err
	}
	race.peak = peakMemory(race.server.pid())
	if err := race.server.stop(); err != nil {
		return err
	}
	race.report()
	return nil
}

// startMobile starts a server of members that has read them into memory.
func (b *bench) startMobile(ctx context.Context, core int) (*server, error) {
	srv, err := b.startServer(ctx, b.memberDir(), serverSettings{core: core, mobile: true})
	if err != nil {
		return nil, err
	}
	return srv, srv.waitReadAhead(ctx)
}

// newCheckRace starts the server and, with an answer of it, the floor.
func (b *bench) newCheckRace(ctx context.Context) (*checkRace, error) {
	srv, err := b.startMobile(ctx, serverCore)
	if err != nil {
		return nil, err
	}
	member := b.members / 2
	a, err := newMobileClient(srv.addr).ask(ctx, checkUser, map[string]string{
		"identifier": fmt.Sprint(msisdn(member)), "device_identifier_type": "APP_ID", "device_identifier": fmt.Sprint(appID(member)),
	})
	if err != nil {
		return nil, err
	}
	floor, floorAddr, err := b.startFloor(ctx, a)
	if err != nil {
		return nil, err
	}
	spec := loadSpec{
		Addr: floorAddr, ServerPID: floor.pid(), Conns: enquiryConns, Duration: b.readTime,
		Actions: []string{checkUser}, Want: activeUser, Hot: hotAgents,
	}
	race := &checkRace{race: race{bench: b, name: checkUser, floor: b.loading("floor", spec)}, server: srv}
	spec.Addr, spec.ServerPID = srv.addr, srv.pid()
	race.hot = b.loading("hot", spec)
	spec.Hot = 0
	race.all = b.loading("all", spec)
	race.others = []*contender{race.hot, race.all}
	b.report.note("%s: %d connections, answers of %d bytes, server on core %d, load on core %d.",
		checkUser, enquiryConns, len(a.Body), serverCore, loadCore)
	return race, nil
}

func (r *checkRace) report() {
	to := &r.bench.report
	r.noteSaturation()
	to.figure("floor: bare net/http, the same bytes to the same calls", r.floor.String())
	to.value("CHECK_USER, 4,000 hot members / floor", r.hot.String(), r.ratio(r.hot), target{Least: 0.75, Aim: 0.85})
	to.value("CHECK_USER, drawn from all members / floor", r.all.String(), r.ratio(r.all), target{Least: 0.5, Aim: 0.7})
	to.value("server's peak memory, CHECK_USER", "", float64(r.peak)/(1<<20), target{Unit: " MB"})
}
