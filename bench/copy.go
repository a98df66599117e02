//go:build linux

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/switchboard-platform/switchboard/internal/pgtest"
)

// copyRun is what one copy and the floor beside it took.
type copyRun struct {
	rows, events         int64
	copied, bare, record float64 // seconds: of the copy, of the floor, of the floor for the events alone
}

// measureCopy compares the copy of the agents' database into PostgreSQL with the bare driver's COPY of the same rows
// into tables of the same shape that have no keys and no indexes.
func (b *bench) measureCopy(ctx context.Context) error {
	server, err := pgtest.Start("fsync=on", "full_page_writes=on", "shared_buffers=256MB", "max_wal_size=4GB")
	if errors.Is(err, pgtest.ErrMissing) {
		b.report.note("copy was left out: %v", err)
		return nil
	}
	if err != nil {
		return err
	}
	defer server.Stop()
	var runs []copyRun
	for round := range b.importRounds {
		run, err := b.copyRound(ctx, server, fmt.Sprintf("copy_%d", round+1))
		if err != nil {
			return err
		}
		runs = append(runs, run)
		b.progress("copy round %d: %d rows, %d of them events, in %.2f s; bare COPY %.2f s", round+1, run.rows, run.events, run.copied, run.bare)
	}
	b.reportCopy(runs)
	return nil
}

func (b *bench) reportCopy(runs []copyRun) {
	var copied, bare, copiedEvents, bareEvents []float64
	for _, r := range runs {
		copied, bare = append(copied, float64(r.rows)/r.copied), append(bare, float64(r.rows)/r.bare)
		copiedEvents, bareEvents = append(copiedEvents, float64(r.events)/r.copied/1000), append(bareEvents, float64(r.events)/r.record)
	}
	b.report.figure("floor: bare COPY into plain tables", fmt.Sprintf("%.0f rows/s; of events alone %.0f/s", median(bare), median(bareEvents)))
	b.report.value("copy / bare COPY, all tables with their indexes", fmt.Sprintf("%.0f rows/s, %d rows", median(copied), runs[0].rows),
		medianRatio(copied, bare), target{Least: 0.5, Aim: 0.7})
	b.report.value("copy, events with all that belongs to them", fmt.Sprintf("%d events", runs[0].events),
		median(copiedEvents), target{Least: 100, Aim: 200, Unit: " k/s"})
}

// copyRound copies into a new database, and has the bare driver send the rows into others beside.
func (b *bench) copyRound(ctx context.Context, server *pgtest.Server, name string) (r copyRun, err error) {
	if err := server.Exec(ctx, "CREATE DATABASE "+name); err != nil {
		return r, err
	}
	url, err := inDatabase(server.URL(), name)
	if err != nil {
		return r, err
	}
	var done struct {
		Rows    int64   `json:"rows"`
		Events  int64   `json:"events"`
		Seconds float64 `json:"seconds"`
	}
	from := filepath.Join(b.dataDir(), databaseFile)
	if err := b.runJSON(ctx, &done, "copy", b.options.server, "copy", "--from", "sqlite:"+b.dataDir(), "--to", url, "--no-verify", "--json"); err != nil {
		return r, err
	}
	var floor bareCopied
	if err := b.runJSON(ctx, &floor, "copyfloor", b.self, "copyfloor", from, url); err != nil {
		return r, err
	}
	if floor.Rows != done.Rows || floor.Events != done.Events {
		return r, fmt.Errorf("copied %d rows with %d events, and the floor %d with %d", done.Rows, done.Events, floor.Rows, floor.Events)
	}
	r = copyRun{done.Rows, done.Events, done.Seconds, floor.Seconds, floor.EventSeconds}
	return r, server.Exec(ctx, "DROP DATABASE "+name)
}

// runJSON runs a process to its end and reads what it prints.
func (b *bench) runJSON(ctx context.Context, into any, name string, args ...string) error {
	var out bytes.Buffer
	if err := b.processes.run(ctx, command{name: name, core: anyCore, args: args, out: &out}); err != nil {
		return err
	}
	return json.Unmarshal(out.Bytes(), into)
}

// copyFloorCommand is the floor's process.
func copyFloorCommand(args []string) error {
	if len(args) != 2 {
		return errors.New("copyfloor: want a database file to read and the address of a copy of it")
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Hour)
	defer cancel()
	r, err := bareCopy(ctx, args[0], args[1])
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(r)
}
