//go:build linux

package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"time"
)

// bench is a run: its settings, its children and its report.
type bench struct {
	*options
	processes processes
	report    report
	began     time.Time
	self      string        // this program
	has       kept          // the databases that are there
	peak      int64         // most memory any server of agents has had resident
	seed      atomic.Uint64 // counts the loads, so that each draws differently
	cluster   *cluster      // PostgreSQL, once a part needed it
}

func newBench(o *options) (*bench, error) {
	if err := o.prepareOut(); err != nil {
		return nil, err
	}
	var err error
	if o.out, err = filepath.Abs(o.out); err != nil {
		return nil, err
	}
	b := &bench{options: o, began: time.Now()}
	if b.self, err = os.Executable(); err != nil {
		return nil, err
	}
	b.processes.logDir = filepath.Join(o.out, "logs")
	if err := os.MkdirAll(b.processes.logDir, 0o700); err != nil {
		return nil, err
	}
	b.report.Machine = machine(o.out)
	return b, nil
}

// runParts builds the server and runs the chosen parts, imports first: the others use their databases.
func (b *bench) runParts(ctx context.Context) error {
	if err := b.buildServer(ctx); err != nil {
		return err
	}
	if b.reuse {
		if err := b.readKept(); err != nil {
			return err
		}
	}
	if err := b.writeKept(); err != nil { // so that what an interrupted run has made can be used
		return err
	}
	b.report.Settings = fmt.Sprintf("%d agents x %d services, %d members; %d rounds, medians",
		b.agents, len(importedServices()), b.members, b.rounds)
	if b.quick {
		b.report.note("A quick run: it shows that everything works; its figures say little.")
	}
	run := map[string]func(context.Context) error{
		"import": b.measureImport, "start": b.measureStart, "enquiry": b.measureEnquiry, "decide": b.measureDecide,
		"verify": b.measureVerify, "copy": b.measureCopy, "change": b.measureChange, "webhook": b.measureWebhook, "growth": b.measureGrowth,
		"pgread": b.measureSharedRead, "pgchange": b.measureSharedChange, "nodes": b.measureNodes,
		"member": b.measureMemberImport, "check": b.measureCheck, "pin": b.measurePIN, "flood": b.measureFlood, "mixed": b.measureMixed, "desk": b.measureDesk, chartPart: b.measureChart,
	}
	for _, part := range plan(b.only, b.has) {
		b.progress("%s", part)
		if err := run[part](ctx); err != nil {
			return fmt.Errorf("%s: %w", part, err)
		}
		if err := b.writeKept(); err != nil {
			return err
		}
	}
	if b.peak > 0 {
		b.report.value("server's peak memory, under load", "", float64(b.peak)/(1<<20),
			target{Least: 180, Aim: 140, Lower: true, Unit: " MB"})
	}
	return nil
}

// plan gives the parts to run: the chosen ones, and the imports that they need.
func plan(only []string, has kept) (run []string) {
	chosen := func(parts ...string) bool {
		return slices.ContainsFunc(parts, func(p string) bool { return slices.Contains(only, p) })
	}
	for _, part := range parts() {
		if chosen(part) ||
			part == "import" && has.Agents == 0 && chosen("start", "enquiry", "decide", "verify", "copy", "change", "webhook") ||
			part == "member" && has.Members == 0 && chosen("check", "pin", "flood", "mixed") {
			run = append(run, part)
		}
	}
	return run
}

// importsOf says how often an import is clocked: once when only its database is needed.
func (b *bench) importsOf(part string) int {
	if slices.Contains(b.only, part) {
		return b.importRounds
	}
	return 1
}

// close ends what still runs and removes the directory unless it is to be kept.
func (b *bench) close() {
	b.processes.killAll()
	b.stopCluster()
	if b.keep || b.reuse {
		b.progress("kept in %s", b.out)
		return
	}
	for _, name := range []string{
		"data", "members", "import", "logs", "peer", "switchboard", "agents.csv", "members.csv", "state", "kept.json",
		"sites", "postgres", scriptFile,
		filepath.Base(b.growthDir(smallGrowth)), filepath.Base(b.growthDir(b.growth)),
	} {
		_ = os.RemoveAll(filepath.Join(b.out, name))
	}
	_ = os.Remove(b.out) // stays when somebody else's files are in it
}

// progress tells on standard error what goes on.
func (b *bench) progress(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "%7.1fs  %s\n", time.Since(b.began).Seconds(), fmt.Sprintf(format, args...))
}

func (b *bench) dataDir() string   { return filepath.Join(b.out, "data") }
func (b *bench) memberDir() string { return filepath.Join(b.out, "members") }
func (b *bench) sitesDir() string  { return filepath.Join(b.out, "sites") }
func (b *bench) stateFile() string { return filepath.Join(b.out, "state") }

// kept is what a later run must know of the databases it reuses: how many agents and members are in
// them, how many of the members have a PIN, and how many agents are in the large one of growth. Without
// any there is no database.
type kept struct {
	Agents, Members, PINs, Growth int
	Form                          int // of the populations: see populationForm
}

func (b *bench) readKept() error {
	text, err := os.ReadFile(filepath.Join(b.out, "kept.json"))
	if err != nil {
		return fmt.Errorf("-reuse: %s holds no kept run: %w", b.out, err)
	}
	if err := json.Unmarshal(text, &b.has); err != nil {
		return fmt.Errorf("-reuse: %w", err)
	}
	if b.has.Form != populationForm {
		return errors.New("-reuse: the populations are of another version of the benchmark; make them anew")
	}
	b.agents = cmp.Or(b.has.Agents, b.agents)
	b.members = cmp.Or(b.has.Members, b.members)
	b.growth = cmp.Or(b.has.Growth, b.growth)
	return nil
}

func (b *bench) writeKept() error {
	b.has.Form = populationForm
	text, err := json.Marshal(b.has)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(b.out, "kept.json"), text, 0o600)
}

// load runs the load process, on its own core or on any.
func (b *bench) load(ctx context.Context, s loadSpec, core int) (*loadResult, error) {
	s.Seed, s.Warmup, s.Members, s.Keys = b.seed.Add(1), b.warmup, b.members, sandboxKeys()
	s.Agents = cmp.Or(s.Agents, b.agents)
	return b.runSpec(ctx, "load", s, s.Warmup+s.Duration, core)
}

// runSpec runs this program as a process that reads a specification and writes a result, and takes so long by itself.
func (b *bench) runSpec(ctx context.Context, name string, spec any, takes time.Duration, core int) (*loadResult, error) {
	text, err := json.Marshal(spec)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, takes+time.Minute)
	defer cancel()
	var out bytes.Buffer
	err = b.processes.run(ctx, command{
		name: name, args: []string{b.self, name}, core: core, in: bytes.NewReader(text), out: &out,
	})
	if err != nil {
		return nil, err
	}
	var r loadResult
	if err := json.Unmarshal(out.Bytes(), &r); err != nil {
		return nil, fmt.Errorf("read the result of %s: %w", name, err)
	}
	return &r, r.healthy()
}

// startFloor starts the floor with an answer to serve, bound to the server's core.
func (b *bench) startFloor(ctx context.Context, a answer) (*process, string, error) {
	text, err := json.Marshal(a)
	if err != nil {
		return nil, "", err
	}
	addr, err := freeAddress()
	if err != nil {
		return nil, "", err
	}
	// The read end stays open behind the answer, so that the floor lives until its parent ends.
	in, out, err := os.Pipe()
	if err != nil {
		return nil, "", err
	}
	defer in.Close()
	floor, err := b.processes.start(command{
		name: "floor", args: []string{b.self, "floor", addr}, core: serverCore, in: in,
	})
	if err != nil {
		return nil, "", err
	}
	if _, err := out.Write(text); err != nil {
		return nil, "", err
	}
	go func() { <-floor.done; out.Close() }()
	return floor, addr, waitListening(ctx, floor, addr)
}

// freeAddress gives a loopback address that nobody listens on.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}

// waitListening waits until a process accepts connections.
func waitListening(ctx context.Context, p *process, addr string) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	for {
		if conn, err := net.Dial("tcp4", addr); err == nil {
			return conn.Close()
		}
		select {
		case <-p.done:
			return p.endedEarly()
		case <-ctx.Done():
			return fmt.Errorf("%s does not listen on %s: %w\n%s", p.name, addr, ctx.Err(), tail(p.log))
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// writeFile writes a file through a function.
func writeFile(name string, write func(io.Writer) error) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := write(f); err != nil {
		return err
	}
	return f.Close()
}

// populationCommand writes a population to a file, for use by hand.
func populationCommand(args []string) error {
	if len(args) != 2 {
		return fmt.Errorf("population: want a number of agents and a file")
	}
	var agents int
	if _, err := fmt.Sscan(args[0], &agents); err != nil {
		return fmt.Errorf("population: number of agents: %w", err)
	}
	return writeFile(args[1], func(w io.Writer) error { return writePopulation(w, agents) })
}
