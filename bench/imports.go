//go:build linux

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// importResult is what one import took.
type importResult struct {
	seconds float64
	peak    int64 // bytes
}

// measureImport compares the import of a file with the bare driver inserting the rows that the
// import produced. The last round's database is the one the other parts use.
func (b *bench) measureImport(ctx context.Context) error {
	file := filepath.Join(b.out, "agents.csv")
	b.progress("write %d agents to %s", b.agents, file)
	err := writeFile(file, func(w io.Writer) error { return writePopulation(w, b.agents) })
	if err != nil {
		return err
	}
	var imports, inserts []float64
	var rows, peak int64
	for round := range b.importsOf("import") {
		imported, inserted, err := b.importRound(ctx, file)
		if err != nil {
			return err
		}
		b.progress("import round %d: import %.1f s, at most %d MB; bare driver %.1f s; %s",
			round+1, imported.seconds, imported.peak>>20, inserted.Seconds, tableCounts(inserted.Tables))
		rows, peak = inserted.Rows, max(peak, imported.peak)
		imports = append(imports, float64(rows)/imported.seconds)
		inserts = append(inserts, float64(rows)/inserted.Seconds)
	}
	if err := b.checkImport(ctx); err != nil {
		return err
	}
	b.has.Agents = b.agents
	b.report.figure("floor: bare driver, the same rows sorted", fmt.Sprintf("%.0f rows/s, %d rows", median(inserts), rows))
	b.report.value("import / bare driver",
		fmt.Sprintf("%.0f rows/s, %.1f s for %d agents", median(imports), float64(rows)/median(imports), b.agents),
		medianRatio(imports, inserts), target{Least: 0.7, Aim: 0.9})
	b.report.value("import's peak memory", "", float64(peak)/(1<<20),
		target{Least: 256, Aim: 128, Lower: true, Unit: " MB"})
	return nil
}

// importRound makes a new database, imports into it, and has the bare driver insert its rows anew.
func (b *bench) importRound(ctx context.Context, file string) (importResult, *insertResult, error) {
	dir := b.dataDir()
	if b.has.Agents > 0 {
		dir = filepath.Join(b.out, "import")
		defer os.RemoveAll(dir)
	} else if err := os.RemoveAll(b.stateFile()); err != nil {
		return importResult{}, nil, err
	}
	if err := os.RemoveAll(dir); err != nil {
		return importResult{}, nil, err
	}
	imported, err := b.importAgents(ctx, site{data: dir}, file)
	if err != nil {
		return importResult{}, nil, err
	}
	inserted, err := b.clockInsert(ctx, filepath.Join(dir, databaseFile))
	return imported, inserted, err
}

// importAgents makes a database and imports a file into it.
func (b *bench) importAgents(ctx context.Context, at site, file string) (importResult, error) {
	if err := b.foundDatabase(ctx, at); err != nil {
		return importResult{}, fmt.Errorf("make a new database: %w", err)
	}
	return b.clockImport(ctx, at, "agent", "import", file, "--partner", "sandbox")
}

// foundDatabase makes a sandbox's database by starting one: import needs the partner.
func (b *bench) foundDatabase(ctx context.Context, at site) error {
	srv, err := b.startServer(ctx, at.data, serverSettings{core: anyCore, database: at.database})
	if err != nil {
		return err
	}
	return srv.stop()
}

// clockImport imports a file while no server runs, and watches the memory of the process.
func (b *bench) clockImport(ctx context.Context, at site, args ...string) (importResult, error) {
	begin := time.Now()
	p, err := b.processes.start(command{
		name: "import", core: anyCore, env: databaseEnv(at.database),
		args: append([]string{b.options.server}, append(args, "--data", at.data)...),
	})
	if err != nil {
		return importResult{}, err
	}
	var r importResult
	for tick := time.Tick(20 * time.Millisecond); !p.ended(); {
		r.peak = max(r.peak, peakMemory(p.pid()))
		select {
		case <-tick:
		case <-p.done:
		case <-ctx.Done():
			p.kill()
			return importResult{}, ctx.Err()
		}
	}
	r.seconds = time.Since(begin).Seconds()
	return r, p.failure()
}

// clockInsert has the bare driver, in a process of its own, write the rows of a database again.
func (b *bench) clockInsert(ctx context.Context, from string) (*insertResult, error) {
	to := filepath.Join(b.out, "import-floor.db")
	remove := func() {
		for _, end := range []string{"", "-wal", "-shm"} {
			_ = os.Remove(to + end)
		}
	}
	remove()
	defer remove()
	var out bytes.Buffer
	err := b.processes.run(ctx, command{
		name: "insert", core: anyCore, args: []string{b.self, "insert", from, to}, out: &out,
	})
	if err != nil {
		return nil, err
	}
	var r insertResult
	return &r, json.Unmarshal(out.Bytes(), &r)
}

// checkImport asks a server for some of the imported agents.
func (b *bench) checkImport(ctx context.Context) error {
	if b.has.Agents > 0 {
		return nil // the database in use is an older one, changed since
	}
	srv, err := b.startServer(ctx, b.dataDir(), serverSettings{core: anyCore})
	if err != nil {
		return err
	}
	agents := spread(b.agents, 500)
	if err := checkStates(ctx, srv.addr, agents, wantImported); err != nil {
		return fmt.Errorf("after the import: %w", err)
	}
	b.report.note("After the import, %d agents were asked for: each with its five services on.", len(agents))
	return srv.stop()
}

// tableCounts gives the rows by table, for the progress line.
func tableCounts(tables map[string]int64) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(tables)) {
		if n := tables[name]; n > 100 {
			parts = append(parts, fmt.Sprintf("%s %d", name, n))
		}
	}
	return strings.Join(parts, ", ")
}
