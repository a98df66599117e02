//go:build linux

package main

import (
	"context"
	"fmt"
	"slices"
)

// sharedChangeRace compares durable changes over PostgreSQL with a transaction a change, and with pgbench.
type sharedChangeRace struct {
	bench   *bench
	cluster *cluster
	changed float64 // by all loads

	grouped64, single64, grouped256, single256, ref64 *contender
	plain, statement                                  *contender // pgbench -N, and with our statement
}

// measureSharedChange runs the rounds, then asks the server whether it remembers what it answered.
func (b *bench) measureSharedChange(ctx context.Context) error {
	c, at, err := b.sharedSite(ctx)
	if c == nil || err != nil {
		return err
	}
	r := &sharedChangeRace{bench: b, cluster: c}
	r.grouped64 = r.contend(at, changeRow{name: "grouped, 64 clients", conns: 64})
	r.single64 = r.contend(at, changeRow{name: "one by one, 64 clients", conns: 64, group: 1})
	r.grouped256 = r.contend(at, changeRow{name: "grouped, 256 clients", conns: 256})
	r.single256 = r.contend(at, changeRow{name: "one by one, 256 clients", conns: 256, group: 1})
	r.ref64 = r.contend(at, changeRow{name: "grouped, 64 clients, client_ref_id", conns: 64, ref: true})
	if r.plain, r.statement, err = b.pgbenchContenders(ctx, c, at); err != nil {
		return err
	}
	for round := range b.rounds {
		if err := r.round(ctx, round); err != nil {
			return err
		}
	}
	if err := b.checkChanged(ctx, at, r.changed); err != nil {
		return err
	}
	r.report()
	return nil
}

// contend makes a contender of a row of changes over HTTP.
func (r *sharedChangeRace) contend(at site, row changeRow) *contender {
	return &contender{name: row.name, run: func(ctx context.Context) (*loadResult, error) {
		result, err := r.bench.runChanges(ctx, at, &row)
		if err == nil {
			r.changed += float64(result.Requests)
		}
		return result, err
	}}
}

// round measures everything once, every other round in reverse. A checkpoint before each lets all begin alike: behind one,
// the first change of a page costs the database most.
func (r *sharedChangeRace) round(ctx context.Context, number int) error {
	order := []*contender{r.grouped64, r.single64, r.plain, r.statement, r.grouped256, r.single256, r.ref64}
	if number%2 == 1 {
		slices.Reverse(order)
	}
	for _, c := range order {
		if err := r.cluster.exec(ctx, r.cluster.URL(), "CHECKPOINT"); err != nil {
			return err
		}
		result, err := c.run(ctx)
		if err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
		c.add(result)
		r.bench.progress("pgchange round %d, %s: %.0f/s, p50 %.1f ms, server %.2f cores, database %.2f",
			number+1, c.name, result.Rate, milliseconds(result.P50), result.ServerCPU, result.BehindCPU)
	}
	return nil
}

func (r *sharedChangeRace) report() {
	to := &r.bench.report
	ratio := func(of, against *contender) float64 { return medianRatio(of.rates, against.rates) }
	to.figure("change over PostgreSQL, a transaction each, 64 clients", r.single64.String())
	to.figure("change over PostgreSQL, a transaction each, 256 clients", r.single256.String())
	to.figure(fmt.Sprintf("pgbench -N -M prepared, %d clients", pgbenchClients), r.plain.short())
	to.figure(fmt.Sprintf("pgbench -f, one of our changes as one statement, %d clients", pgbenchClients), r.statement.short())
	for _, row := range []struct {
		clients         int
		grouped, single *contender
	}{{64, r.grouped64, r.single64}, {256, r.grouped256, r.single256}} {
		what := fmt.Sprintf("change over PostgreSQL, %d clients / ", row.clients)
		to.value(what+"a transaction each", row.grouped.String(), ratio(row.grouped, row.single), target{Least: 2.5, Aim: 2.5})
		to.value(what+"pgbench -N", "", ratio(row.grouped, r.plain), target{Least: 3, Aim: 4})
		to.value(what+"pgbench, our statement", "", ratio(row.grouped, r.statement), target{Least: 1.7, Aim: 2.2})
	}
	to.value("change over PostgreSQL, 64 clients, fresh client_ref_id / without", r.ref64.String(), ratio(r.ref64, r.grouped64), target{})
	to.note("Changes over PostgreSQL: server, database and load share all cores, as pgbench and its database do. Processor time of a change, program "+
		"+ database: %s with 64 clients, %s with 256, %s in a transaction each; pgbench -N %s, our statement %s.",
		r.grouped64.cost(), r.grouped256.cost(), r.single64.cost(), r.plain.cost(), r.statement.cost())
}
