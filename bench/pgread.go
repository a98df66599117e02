//go:build linux

package main

import (
	"context"
	"fmt"
)

// rowsConns are the connections at which the bare driver reads most on two cores, or nearly.
const rowsConns = 16

// What the bare driver reads of an agent: the row of its own alone, and all that an enquiry is answered from.
const (
	selectAgent = `SELECT a.user_code, a.partner_id, a.standing, a.mobile, a.first_name, a.middle_name, a.last_name, a.city, a.state, a.created_at,
 a.version, a.stand_since, a.latlong, a.devices, a.open_blocks FROM agents a WHERE a.user_code = $1`
	selectServices = `SELECT a.user_code, a.partner_id, a.standing, a.mobile, a.first_name, a.middle_name, a.last_name, a.city, a.state, a.created_at,
 a.version, a.stand_since, a.latlong, a.devices, a.open_blocks, s.service_code, s.status, s.verification, s.comment, s.created_at, s.updated_at,
 s.version, s.latlong, s.effective_from, s.effective_until, s.verify_by
 FROM agents a LEFT JOIN activations s ON s.user_code = a.user_code WHERE a.user_code = $1 ORDER BY s.service_code`
)

// sharedReadRace is the comparison of reads over PostgreSQL with the bare driver. Nothing is bound to a core: three programs
// work for a read, and the machine has two.
type sharedReadRace struct {
	race           // the floor reads one row
	rows           *contender
	enquiry, asked *contender
}

// measureSharedRead compares enquiries and decisions over PostgreSQL with the bare driver.
func (b *bench) measureSharedRead(ctx context.Context) error {
	c, at, err := b.sharedSite(ctx)
	if c == nil || err != nil {
		return err
	}
	return b.compete(ctx, at, anyCore, func(ctx context.Context, srv *server) (contest, error) {
		return b.newSharedReadRace(ctx, c, at, srv)
	})
}

func (b *bench) newSharedReadRace(ctx context.Context, c *cluster, at site, srv *server) (contest, error) {
	bearer := decisionAsk(sandboxSwitch)
	if _, err := bearer.knows(ctx, srv.addr, userCode(b.agents/2), userCode(b.agents)); err != nil {
		return nil, err
	}
	_, want, err := sampleEnquiry(ctx, srv, b.agents)
	if err != nil {
		return nil, err
	}
	bare := func(name, sql string, rows int) *contender {
		return &contender{name: name, run: func(ctx context.Context) (*loadResult, error) {
			return b.runSpec(ctx, "rows", rowsSpec{
				Database: at.database, SQL: sql, Rows: rows, Conns: rowsConns, Agents: b.agents,
				Warmup: b.warmup, Duration: b.readTime, Seed: b.seed.Add(1), ServedBy: c.PID(),
			}, b.warmup+b.readTime, anyCore)
		}}
	}
	served := func(name string, s loadSpec) *contender {
		s.Addr, s.ServerPID, s.ServedBy, s.Conns, s.Duration = srv.addr, srv.pid(), c.PID(), enquiryConns, b.readTime
		return &contender{name: name, run: func(ctx context.Context) (*loadResult, error) { return b.load(ctx, s, anyCore) }}
	}
	r := &sharedReadRace{
		race:    race{bench: b, name: "pgread", floor: bare("one row", selectAgent, 1)},
		rows:    bare("same rows", selectServices, len(importedServices())),
		enquiry: served("enquiry", loadSpec{Prefix: apiPrefix, Want: want, CheckCode: true}),
		asked:   served("decision", loadSpec{Ask: bearer, Want: allowed}),
	}
	r.others = []*contender{r.rows, r.enquiry, r.asked}
	return r, nil
}

func (r *sharedReadRace) report() {
	to, goal := &r.bench.report, target{Least: 0.6, Aim: 0.6}
	to.figure(fmt.Sprintf("floor: bare pgx, an agent's row by its key, %d connections", rowsConns), r.floor.String())
	to.figure("the same, an agent's row with its activations", r.rows.String())
	to.value("enquiry over PostgreSQL / bare pgx, the same rows", r.enquiry.String(), medianRatio(r.enquiry.rates, r.rows.rates), goal)
	to.value("the same / bare pgx, one row", "", r.ratio(r.enquiry), goal)
	to.value("decision over PostgreSQL / bare pgx, the same rows", r.asked.String(), medianRatio(r.asked.rates, r.rows.rates), goal)
	to.value("the same / bare pgx, one row", "", r.ratio(r.asked), goal)
	to.note("Reads over PostgreSQL: %d connections, drawn from all agents; server, database and load on all cores, as are the bare driver and its "+
		"database. Processor time of a read, program + database: enquiry %s, decision %s; by the bare driver the same rows %s, one row %s.",
		enquiryConns, r.enquiry.cost(), r.asked.cost(), r.rows.cost(), r.floor.cost())
}
