//go:build linux

package main

import (
	"context"
	"fmt"
	"path/filepath"
)

// smallGrowth is the number of agents, with five activations each, that the many are compared with.
const smallGrowth = 2000

// measureGrowth compares decisions drawn from all agents in a small and in a large database: what a
// decision costs must not grow with how many there are.
func (b *bench) measureGrowth(ctx context.Context) error {
	small, err := b.growthServer(ctx, smallGrowth)
	if err != nil {
		return err
	}
	large, err := b.growthServer(ctx, b.growth)
	if err != nil {
		return err
	}
	b.has.Growth = b.growth
	race := &race{
		bench: b, name: "growth",
		floor: b.growthLoad("small", small, smallGrowth), others: []*contender{b.growthLoad("large", large, b.growth)},
	}
	if err := race.run(ctx); err != nil {
		return err
	}
	peak := peakMemory(large.pid())
	if err := small.stop(); err != nil {
		return err
	}
	if err := large.stop(); err != nil {
		return err
	}
	race.noteSaturation()
	each := len(importedServices())
	b.report.figure(fmt.Sprintf("decision, drawn from all of %d activations", smallGrowth*each), race.floor.String())
	b.report.value(fmt.Sprintf("what a decision takes, %d activations / %d", b.growth*each, smallGrowth*each), race.others[0].String(),
		medianRatio(race.floor.rates, race.others[0].rates), target{Least: 1.3, Aim: 1.1, Lower: true})
	b.report.value("peak memory of the server with the many", "", float64(peak)/(1<<20), target{Unit: " MB"})
	return nil
}

func (b *bench) growthDir(agents int) string {
	return filepath.Join(b.out, fmt.Sprintf("growth-%d", agents))
}

// growthServer starts a server that has so many agents, imported now unless an earlier run kept them.
func (b *bench) growthServer(ctx context.Context, agents int) (*server, error) {
	dir := b.growthDir(agents)
	if b.has.Growth != b.growth {
		if _, err := b.importPopulation(ctx, site{data: dir, agents: agents}); err != nil {
			return nil, err
		}
	}
	srv, err := b.startAt(ctx, site{data: dir}, serverSettings{core: serverCore})
	if err != nil {
		return nil, err
	}
	_, err = decisionAsk(sandboxSwitch).knows(ctx, srv.addr, userCode(agents-1), userCode(agents))
	return srv, err
}

// growthLoad asks for decisions about agents drawn from all, as a transaction switch.
func (b *bench) growthLoad(name string, srv *server, agents int) *contender {
	return b.loading(name, loadSpec{
		Addr: srv.addr, ServerPID: srv.pid(), Conns: enquiryConns, Duration: b.readTime, Agents: agents,
		Ask: decisionAsk(sandboxSwitch), Want: allowed,
	})
}
