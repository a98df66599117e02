//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// changeRow is one line of the comparison of changes.
type changeRow struct {
	name  string
	conns int
	group int  // most changes in one commit; 0: the server's default
	ref   bool // a fresh client_ref_id on every request
	series
}

// changeRace compares durable changes with commits in groups, with one commit a change, and with
// the disk.
type changeRace struct {
	bench                                             *bench
	grouped64, single64, grouped256, single256, ref64 *changeRow
	overwrites, appends                               []float64
	changed                                           float64 // by all loads
	maxWAL                                            int64   // largest seen, of servers that commit in groups
}

// measureChange runs the rounds, then asks the server whether it remembers what it answered.
func (b *bench) measureChange(ctx context.Context) error {
	if err := b.makeState(); err != nil {
		return err
	}
	race := &changeRace{
		bench:      b,
		grouped64:  &changeRow{name: "grouped, 64 clients", conns: 64},
		single64:   &changeRow{name: "one by one, 64 clients", conns: 64, group: 1},
		grouped256: &changeRow{name: "grouped, 256 clients", conns: 256},
		single256:  &changeRow{name: "one by one, 256 clients", conns: 256, group: 1},
		ref64:      &changeRow{name: "grouped, 64 clients, client_ref_id", conns: 64, ref: true},
	}
	for round := range b.rounds {
		if err := race.round(ctx, round); err != nil {
			return err
		}
	}
	if err := b.checkChanged(ctx, b.ownSite(), race.changed); err != nil {
		return err
	}
	race.report()
	return nil
}

// makeState begins the record of what is on and off, unless there is one.
func (b *bench) makeState() error {
	if _, err := os.Stat(b.stateFile()); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return os.WriteFile(b.stateFile(), newState(b.agents), 0o600)
}

// round measures the disk and every row once, every other round in reverse.
func (r *changeRace) round(ctx context.Context, number int) error {
	if err := r.measureDisk(); err != nil {
		return err
	}
	order := []*changeRow{r.grouped64, r.single64, r.grouped256, r.single256, r.ref64}
	if number%2 == 1 {
		slices.Reverse(order)
	}
	for _, row := range order {
		result, err := r.runRow(ctx, row)
		if err != nil {
			return fmt.Errorf("%s: %w", row.name, err)
		}
		row.add(result)
		r.changed += float64(result.Requests)
		r.bench.progress("change round %d, %s: %.0f/s, p50 %s, p99 %s, WAL so far at most %d MB",
			number+1, row.name, result.Rate, result.P50.Round(10*time.Microsecond), result.P99.Round(10*time.Microsecond), r.maxWAL>>20)
	}
	return nil
}

// measureDisk takes the raw rates of syncs in the directory of the database.
func (r *changeRace) measureDisk() error {
	overwrite, err := overwriteRate(r.bench.dataDir(), r.bench.syncTime)
	if err != nil {
		return err
	}
	grow, err := appendRate(r.bench.dataDir(), r.bench.syncTime)
	if err != nil {
		return err
	}
	r.overwrites, r.appends = append(r.overwrites, overwrite), append(r.appends, grow)
	r.bench.progress("4 KiB and fdatasync: overwrite %.0f/s, append %.0f/s", overwrite, grow)
	return nil
}

// runRow measures one row, and watches the log of servers that commit in groups.
func (r *changeRace) runRow(ctx context.Context, row *changeRow) (*loadResult, error) {
	if row.group > 0 {
		return r.bench.runChanges(ctx, r.bench.ownSite(), row)
	}
	stopWatching := watchSize(filepath.Join(r.bench.dataDir(), walFile))
	result, err := r.bench.runChanges(ctx, r.bench.ownSite(), row)
	r.maxWAL = max(r.maxWAL, stopWatching())
	return result, err
}

// runChanges starts a server for one row, on all cores, loads it and stops it: two servers can not own
// one database, and all rows are to change the same one.
func (b *bench) runChanges(ctx context.Context, at site, row *changeRow) (*loadResult, error) {
	srv, err := b.startAt(ctx, at, serverSettings{core: anyCore, commitGroup: row.group})
	if err != nil {
		return nil, err
	}
	s := b.changeSpec(srv, at, row.conns)
	s.Reference = row.ref
	result, err := b.load(ctx, s, anyCore)
	return result, errors.Join(err, b.finishServer(srv))
}

// changeSpec is a load of changes as fast as they are answered.
func (b *bench) changeSpec(srv *server, at site, conns int) loadSpec {
	return loadSpec{
		Addr: srv.addr, Prefix: apiPrefix, Conns: conns, Duration: b.changeTime, Change: true, Agents: at.agents,
		StateFile: at.state, Want: `"status":0`, ServerPID: srv.pid(), ServedBy: b.clusterPID(at),
	}
}

// clusterPID is the process of the database that a site shares, 0 for one that has its own.
func (b *bench) clusterPID(at site) int {
	if at.database == "" {
		return 0
	}
	return b.cluster.PID()
}

// watchSize looks at a file's size until the function it gives is called, which tells the largest.
func watchSize(file string) (stop func() int64) {
	end, largest := make(chan struct{}), make(chan int64)
	go func() {
		var most int64
		for tick := time.Tick(50 * time.Millisecond); ; {
			if info, err := os.Stat(file); err == nil {
				most = max(most, info.Size())
			}
			select {
			case <-tick:
			case <-end:
				largest <- most
				return
			}
		}
	}()
	return func() int64 { close(end); return <-largest }
}

// checkChanged asks for some of the agents that were changed.
func (b *bench) checkChanged(ctx context.Context, at site, changes float64) error {
	state, err := os.ReadFile(at.state)
	if err != nil {
		return err
	}
	agents := touched(state, 1000)
	if len(agents) == 0 {
		return errors.New("no agent was changed")
	}
	srv, err := b.startAt(ctx, at, serverSettings{core: anyCore})
	if err != nil {
		return err
	}
	err = checkStates(ctx, srv.addr, agents, func(agent int) services {
		return services{changedService: string('0' + rune(state[agent]&^stateTouched))}
	})
	if err != nil {
		return fmt.Errorf("after the changes: %w", err)
	}
	b.report.note("After %.0f changes, %d changed agents were asked for: each as last answered.", changes, len(agents))
	return srv.stop()
}

func (r *changeRace) report() {
	to := &r.bench.report
	to.figure("floor: overwrite 4 KiB + fdatasync", fmt.Sprintf("%.0f/s", median(r.overwrites)))
	to.figure("append 4 KiB + fdatasync", fmt.Sprintf("%.0f/s", median(r.appends)))
	to.figure("change, one commit each, 64 clients", r.single64.String())
	to.figure("change, one commit each, 256 clients", r.single256.String())
	to.value("change, 64 clients / one commit each", r.grouped64.String(),
		medianRatio(r.grouped64.rates, r.single64.rates), target{Least: 5, Aim: 8})
	to.value("change, 256 clients / one commit each", r.grouped256.String(),
		medianRatio(r.grouped256.rates, r.single256.rates), target{Least: 6, Aim: 10})
	to.value("change, 64 clients / overwrite + fdatasync", "",
		medianRatio(r.grouped64.rates, r.overwrites), target{Least: 3, Aim: 4.5})
	to.value("change, 64 clients, p99",
		fmt.Sprintf("by round %.1f to %.1f ms", slices.Min(r.grouped64.p99), slices.Max(r.grouped64.p99)),
		median(r.grouped64.p99), target{Least: 20, Aim: 8, Lower: true, Unit: " ms"})
	to.value("change, 64 clients, fresh client_ref_id / without", r.ref64.String(),
		medianRatio(r.ref64.rates, r.grouped64.rates), target{})
	to.value("largest WAL during the changes", fmt.Sprintf("over %.0f changes", r.changed),
		float64(r.maxWAL)/(1<<20), target{Unit: " MB"})
}
