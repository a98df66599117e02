//go:build linux

package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

// options are the flags of a run.
type options struct {
	agents       int
	members      int
	sizes        []int // agents of each measurement of the part chart
	growth       int   // agents in the database that shows what decisions cost among many
	crowd        int   // clients who send LOGIN at once, each for a member of its own
	rounds       int
	importRounds int
	readTime     time.Duration // of one row of a round of enquiries
	changeTime   time.Duration // of one row of a round of changes
	chartTime    time.Duration // of one round of the chart
	pinTime      time.Duration // of one row of a round of PINs
	warmup       time.Duration
	syncTime     time.Duration
	starts       int
	only         []string
	out          string
	keep         bool
	reuse        bool
	quick        bool
	server       string
	openFGA      string
	jsonFile     string
	svg          string // where the chart is drawn
	limit        time.Duration
}

// parts are what -only chooses from, in the order they run.
func parts() []string {
	return []string{
		"import", "start", "enquiry", "decide", "verify", "copy", "change", "webhook", "growth", "pgread", "pgchange", "nodes", "member", "check", "pin", "flood", "mixed", "desk",
		chartPart,
	}
}

// chartPart takes an hour and much room on the disk, so it is left out unless it is asked for.
const chartPart = "chart"

// parseOptions reads the flags of a run.
func parseOptions(args []string) (*options, error) {
	o, only, sizes := &options{}, "", ""
	f := flag.NewFlagSet("bench", flag.ContinueOnError)
	f.IntVar(&o.agents, "agents", 1_000_000, "agents in the database, each with five services")
	f.IntVar(&o.members, "members", 1_000_000, "members in a database of their own, for mobile banking")
	f.IntVar(&o.growth, "growth", 2_000_000, "agents of the part growth, in a database of their own, beside one of 2,000")
	f.StringVar(&sizes, "sizes", "10000,1000000,10000000", "agents of the databases of the part chart, the fewest first")
	f.IntVar(&o.crowd, "crowd", 1000, "clients who send LOGIN at once, and members who have a PIN for it")
	f.IntVar(&o.rounds, "rounds", 5, "rounds of each comparison but the imports")
	f.IntVar(&o.importRounds, "import-rounds", 3, "rounds of each import, and of the copy into PostgreSQL")
	f.IntVar(&o.starts, "starts", 9, "starts of the server that are timed")
	f.DurationVar(&o.readTime, "read-time", 4*time.Second, "counted time of each row of a round of enquiries")
	f.DurationVar(&o.changeTime, "change-time", 8*time.Second, "counted time of each row of a round of changes")
	f.DurationVar(&o.chartTime, "chart-time", 15*time.Second, "counted time of each round of the chart")
	f.DurationVar(&o.pinTime, "pin-time", 8*time.Second, "counted time of each row of a round with PINs")
	f.DurationVar(&o.warmup, "warmup", time.Second, "load before the counted time")
	f.DurationVar(&o.syncTime, "sync-time", 2*time.Second, "time of each measurement of raw syncs")
	f.StringVar(&only, "only", "", "comma-separated parts to run: "+strings.Join(parts(), ",")+" (default all but "+chartPart+")")
	f.StringVar(&o.out, "out", "", "directory for the database and logs (default a new one under bench/out, removed at the end)")
	f.BoolVar(&o.keep, "keep", false, "keep the directory for -reuse")
	f.BoolVar(&o.reuse, "reuse", false, "use the databases that an earlier run kept in -out")
	f.BoolVar(&o.quick, "quick", false, "a short run over 20,000 agents and members that shows whether everything works, not how fast it is")
	f.StringVar(&o.server, "server", "", "server binary to measure (default: build ./cmd/switchboard)")
	f.StringVar(&o.openFGA, "openfga", "", "program of OpenFGA, the peer of decisions (default: openfga in PATH, if it is there)")
	f.StringVar(&o.jsonFile, "json", "", "write the result to this file as JSON too")
	f.StringVar(&o.svg, "svg", "", "draw the chart of the part chart to this file")
	f.DurationVar(&o.limit, "limit", 4*time.Hour, "give up after this time")
	if err := f.Parse(args); err != nil {
		return nil, err
	}
	o.only = slices.DeleteFunc(parts(), func(p string) bool { return p == chartPart })
	if only != "" {
		o.only = strings.Split(only, ",")
	}
	if o.quick {
		o.shorten(f)
	}
	if err := o.readSizes(sizes); err != nil {
		return nil, err
	}
	return o, o.check(f.Args())
}

// shorten gives the small run's settings to the flags that were not set.
func (o *options) shorten(f *flag.FlagSet) {
	small := map[string]string{
		"agents": "20000", "members": "20000", "growth": "20000", "crowd": "200", "rounds": "2", "import-rounds": "1", "starts": "3", "read-time": "1s",
		"change-time": "1s", "chart-time": "2s", "pin-time": "3s", "sizes": "5000,20000", "warmup": "200ms", "sync-time": "500ms",
	}
	f.Visit(func(set *flag.Flag) { delete(small, set.Name) })
	for name, value := range small {
		_ = f.Set(name, value) // the values are right by construction
	}
}

// readSizes reads the numbers of agents of the chart.
func (o *options) readSizes(text string) error {
	for part := range strings.SplitSeq(text, ",") {
		n, err := strconv.Atoi(part)
		if err != nil || n < 1000 || n > maxAgents || len(o.sizes) > 0 && n <= o.sizes[len(o.sizes)-1] {
			return fmt.Errorf("-sizes: want rising numbers from 1000 to %d, have %q", maxAgents, text)
		}
		o.sizes = append(o.sizes, n)
	}
	return nil
}

func (o *options) check(rest []string) error {
	switch {
	case len(rest) > 0:
		return fmt.Errorf("unexpected argument %q; see -help", rest[0])
	case o.agents < 4000 || o.agents > maxAgents:
		return fmt.Errorf("-agents: want 4000 to %d, have %d", maxAgents, o.agents)
	case o.members < 4000 || o.members > maxMembers:
		return fmt.Errorf("-members: want 4000 to %d, have %d", maxMembers, o.members)
	case o.growth <= smallGrowth || o.growth > maxAgents:
		return fmt.Errorf("-growth: want more than %d and at most %d, have %d", smallGrowth, maxAgents, o.growth)
	case o.crowd < pinConns || o.crowd > maxConns:
		return fmt.Errorf("-crowd: want %d to %d, have %d", pinConns, maxConns, o.crowd)
	case o.rounds < 1 || o.importRounds < 1 || o.starts < 1:
		return errors.New("-rounds, -import-rounds and -starts: want at least 1")
	case o.reuse && o.out == "":
		return errors.New("-reuse: say with -out which directory an earlier run kept")
	case processors() < 2:
		return errors.New("the benchmark needs two cores: one for the server, one for the load")
	}
	for _, part := range o.only {
		if !slices.Contains(parts(), part) {
			return fmt.Errorf("-only: unknown part %q; there are %s", part, strings.Join(parts(), ", "))
		}
	}
	return nil
}

// prepareOut makes the directory of the run.
func (o *options) prepareOut() error {
	const passable = 0o711 // the user that PostgreSQL runs as has a directory of its own in it
	if o.out != "" {
		return os.MkdirAll(o.out, passable)
	}
	// Not under the system's temporary directory, which is often memory and syncs nothing.
	if err := os.MkdirAll("bench/out", passable); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("bench/out", "run-")
	if err != nil {
		return err
	}
	o.out = dir
	return os.Chmod(dir, passable)
}
