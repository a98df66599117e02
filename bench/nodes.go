//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
)

// nodesConns are the connections of each of the two loads.
const nodesConns = 32

// nodesRow is one load on one or two nodes.
type nodesRow struct {
	name     string
	change   bool
	one, two series
}

// measureNodes compares two nodes that share a database with one. Each node has one core; the database and the loads are
// on both, for the machine has no others: what they take there, the nodes have not.
func (b *bench) measureNodes(ctx context.Context) error {
	c, at, err := b.sharedSite(ctx)
	if c == nil || err != nil {
		return err
	}
	rows := []*nodesRow{{name: "enquiries"}, {name: "changes", change: true}}
	for round := range b.rounds {
		if err := b.nodesRound(ctx, at, round, rows); err != nil {
			return err
		}
		b.progress("nodes round %d: enquiries %.0f/s, with two nodes %.0f/s; changes %.0f/s, with two %.0f/s", round+1,
			rows[0].one.rates[round], rows[0].two.rates[round], rows[1].one.rates[round], rows[1].two.rates[round])
	}
	reportNodes(&b.report, rows)
	return b.checkChanged(ctx, at, b.changeTime.Seconds()*sum(rows[1].one.rates, rows[1].two.rates))
}

// sum adds up figures.
func sum(lists ...[]float64) (all float64) {
	for _, v := range slices.Concat(lists...) {
		all += v
	}
	return all
}

func reportNodes(to *report, rows []*nodesRow) {
	for _, row := range rows {
		to.figure(row.name+" over PostgreSQL, one node on one core", row.one.String())
		to.value(row.name+" over PostgreSQL, two nodes on a core each / one", row.two.String(), medianRatio(row.two.rates, row.one.rates), target{})
	}
	to.note("Nodes: two loads of %d connections each, on one node together or on one each. The two cores are all there is for nodes, database "+
		"and loads: the cores that servers and database used say what was left, and a machine for each would show more.", nodesConns)
}

// nodesRound measures one node and two, every other round in reverse.
func (b *bench) nodesRound(ctx context.Context, at site, number int, rows []*nodesRow) error {
	order := []int{1, 2}
	if number%2 == 1 {
		slices.Reverse(order)
	}
	for _, nodes := range order {
		if err := b.measureOn(ctx, at, nodes, rows); err != nil {
			return about(fmt.Sprintf("%d nodes", nodes), err)
		}
	}
	return nil
}

// measureOn starts one or two nodes and measures both loads.
func (b *bench) measureOn(ctx context.Context, at site, nodes int, rows []*nodesRow) (err error) {
	servers, err := b.startNodes(ctx, at, nodes)
	for _, srv := range servers {
		defer func() { err = errors.Join(err, srv.stop()) }()
	}
	if err != nil {
		return err
	}
	for _, row := range rows {
		r, err := b.loadNodes(ctx, at, servers, row.change)
		if err != nil {
			return fmt.Errorf("%s: %w", row.name, err)
		}
		if nodes == 1 {
			row.one.add(r)
		} else {
			row.two.add(r)
		}
	}
	return nil
}

// startNodes starts nodes on a core each, and gives those that run.
func (b *bench) startNodes(ctx context.Context, at site, nodes int) (servers []*server, err error) {
	first, err := b.startAt(ctx, at, serverSettings{core: serverCore})
	if err != nil {
		return nil, err
	}
	if servers = append(servers, first); nodes == 1 {
		return servers, nil
	}
	other := at
	other.data = fmt.Sprintf("%s-%d", at.data, nodes)
	if err := giveMasterKey(at.data, other.data); err != nil {
		return servers, err
	}
	second, err := b.startAt(ctx, other, serverSettings{core: loadCore})
	if err != nil {
		return servers, err
	}
	return append(servers, second), nil
}

// loadNodes puts two loads on the nodes at the same time and adds up what they found.
func (b *bench) loadNodes(ctx context.Context, at site, servers []*server, change bool) (*loadResult, error) {
	_, want, err := sampleEnquiry(ctx, servers[0], at.agents)
	if err != nil {
		return nil, err
	}
	var loads []func() (*loadResult, error)
	for i := range 2 {
		srv := servers[i%len(servers)]
		s := b.enquirySpec(srv, at, want)
		if change {
			s = b.changeSpec(srv, at, nodesConns)
			s.First, s.Span = i*(at.agents/2), at.agents/2
		}
		if i > 0 { // what a process used is told by one load
			s.ServedBy = 0
		}
		if i >= len(servers) {
			s.ServerPID = 0
		}
		loads = append(loads, func() (*loadResult, error) { return b.load(ctx, s, anyCore) })
	}
	results, err := together(loads)
	if err != nil {
		return nil, err
	}
	return addUp(results), nil
}

// enquirySpec is half a load of enquiries.
func (b *bench) enquirySpec(srv *server, at site, want string) loadSpec {
	return loadSpec{
		Addr: srv.addr, ServerPID: srv.pid(), ServedBy: b.clusterPID(at), Prefix: apiPrefix, Conns: nodesConns, Duration: b.readTime,
		Agents: at.agents, Want: want, CheckCode: true,
	}
}

// addUp makes one result of loads that ran at the same time; its latencies are the worst of theirs.
func addUp(results []*loadResult) *loadResult {
	sum := &loadResult{}
	for _, r := range results {
		sum.Requests, sum.Answered = sum.Requests+r.Requests, sum.Answered+r.Answered
		sum.Rate += r.Rate
		sum.ServerCPU, sum.BehindCPU, sum.LoadCPU = sum.ServerCPU+r.ServerCPU, sum.BehindCPU+r.BehindCPU, sum.LoadCPU+r.LoadCPU
		sum.P50, sum.P99 = max(sum.P50, r.P50), max(sum.P99, r.P99)
	}
	return sum
}

// together runs loads at the same time and waits for all.
func together(loads []func() (*loadResult, error)) ([]*loadResult, error) {
	results, failures := make([]*loadResult, len(loads)), make([]error, len(loads))
	var all sync.WaitGroup
	for i, load := range loads {
		all.Go(func() { results[i], failures[i] = load() })
	}
	all.Wait()
	return results, errors.Join(failures...)
}
