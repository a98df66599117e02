package lineartest

import (
	"context"
	"errors"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/apptest"
	"github.com/switchboard-platform/switchboard/internal/sandbox"
	"github.com/switchboard-platform/switchboard/internal/socket"
)

// The environment's say in the test.
const (
	roundsEnv = "SWITCHBOARD_LINEAR_ROUNDS" // how often the server is killed
	seedEnv   = "SWITCHBOARD_LINEAR_SEED"   // to draw the same calls again
)

// checkTime is how long the search for an order may take; it takes a fraction of it.
const checkTime = 5 * time.Minute

// TestLinearizable: every decision fits one order of all that was answered, over kills and restarts.
func TestLinearizable(t *testing.T) {
	rounds, seed := number(t, roundsEnv, 16), uint64(number(t, seedEnv, int(time.Now().UnixNano()&0xffffffff)))
	if testing.Short() && os.Getenv(roundsEnv) == "" {
		rounds = 4
	}
	t.Logf("seed %d: %s=%d draws the same again", seed, seedEnv, seed)
	w := &world{bin: apptest.Build(t), data: []string{filepath.Join(t.TempDir(), "data")}, flags: apptest.SharedFlags(t), began: time.Now(),
		rng: rand.New(rand.NewPCG(seed, 1)), desk: desk{open: map[string]where{}}}
	if w.flags != nil { // several nodes, one master key
		w.data = append(w.data, filepath.Join(t.TempDir(), "data"))
		w.flags = append(w.flags, "--master-key-file", filepath.Join(w.data[0], "master.key"))
	}
	for round := range rounds {
		if err := w.live(t.Context()); err != nil {
			t.Fatalf("seed %d, round %d: %v", seed, round, err)
		}
	}
	w.check(t)
}

func number(t *testing.T, name string, otherwise int) int {
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("%s=%q is not a number from 1", name, text)
	}
	return n
}

// world is a database with what was called over it.
type world struct {
	bin     string
	data    []string // a directory for each node
	flags   []string
	began   time.Time
	rng     *rand.Rand
	cells   []where // the activations that are asked about
	desk    desk
	history []step
}

// now is the time of the history, by a clock that never steps.
func (w *world) now() int64 { return int64(time.Since(w.began)) }

// opened notes a block that is known to be open.
func (w *world) opened(id string, at where) {
	w.desk.mu.Lock()
	defer w.desk.mu.Unlock()
	w.desk.open[id] = at
}

// live starts the nodes, lets everybody call any of them and kills them.
func (w *world) live(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var lives []*life
	for _, data := range w.data {
		s, err := apptest.Launch(w.bin, data, append(slices.Clone(w.flags), "--partner-rate", "0", "--address-rate", "0")...)
		if err != nil {
			return errors.Join(err, kill(lives))
		}
		lives = append(lives, w.connect(ctx, s))
	}
	if err := errors.Join(w.found(lives[0]), w.identify(lives[0])); err != nil {
		return errors.Join(err, kill(lives))
	}
	var callers []*caller
	var errs [switchers + blockers + deciders]error
	var g sync.WaitGroup
	for i := range errs {
		c := &caller{life: lives[0], lives: lives, number: i, rng: rand.New(rand.NewPCG(w.rng.Uint64(), uint64(i)))}
		callers = append(callers, c)
		next := decides
		switch {
		case i < switchers:
			next = switches
		case i < switchers+blockers:
			next = blocks
		}
		g.Go(func() { errs[i] = c.run(next) })
	}
	time.Sleep(50*time.Millisecond + time.Duration(w.rng.Int64N(int64(500*time.Millisecond))))
	err := kill(lives)
	gone := w.now()
	cancel() // whoever would try again need not
	g.Wait()
	for _, c := range callers {
		w.remember(c.steps, gone)
	}
	return errors.Join(err, errors.Join(errs[:]...))
}

func kill(lives []*life) (err error) {
	for _, l := range lives {
		err = errors.Join(err, l.s.Kill())
	}
	return err
}

// connect makes the clients of one life of a node.
func (w *world) connect(ctx context.Context, s *apptest.Process) *life {
	own := switchboard.WithHTTPClient(&http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: switchers + deciders}})
	url := "http://" + s.At.Partners
	return &life{w: w, s: s, ctx: ctx, sw: switchboard.NewSwitch(url, sandbox.SwitchToken, own),
		client: switchboard.NewClient(url, switchboard.Credentials{DeveloperKey: sandbox.DeveloperKey, AccessKey: sandbox.AccessKey,
			InitiatorID: sandbox.InitiatorID}, own),
		op: switchboard.NewOperatorSocket(func(ctx context.Context) (net.Conn, error) { return socket.Dial(ctx, s.At.Socket) })}
}

// found onboards the agents that are asked about, at the first start.
func (w *world) found(l *life) error {
	for i := len(w.cells) / 2; i < 2; i++ {
		o, err := l.client.OnboardAgent(l.ctx, switchboard.Profile{PAN: "ABCDE1234F", Mobile: "900000000" + strconv.Itoa(i), FirstName: "Asha", LastName: "Rao",
			Email: "asha@example.com", DOB: "1990-01-31", ShopName: "Rao Stores", Address: switchboard.Address{Line: "1 Main Road", City: "Pune"}}, "")
		if err != nil {
			return err
		}
		w.cells = append(w.cells, where{o.UserCode, "45"}, where{o.UserCode, "4"})
	}
	return nil
}

// remember takes the steps of a caller into the history. One that was not answered can have been done until
// the server was gone, and not at all when it began later.
func (w *world) remember(steps []step, gone int64) {
	for _, x := range steps {
		if x.unknown {
			x.ret = gone
		}
		if x.call < x.ret {
			w.history = append(w.history, x)
		}
	}
}

// identify finds the ids of blocks whose placing was not answered: of those that were placed nevertheless.
func (w *world) identify(l *life) error {
	ids := map[string]string{}
	for q := (switchboard.BlockQuery{Open: true, Limit: 1000}); ; {
		page, err := l.op.Blocks(l.ctx, q)
		if err != nil {
			return err
		}
		for _, b := range page.Items {
			ids[b.Reason] = b.ID
		}
		if q.After = page.Next; q.After == "" {
			break
		}
	}
	for i := range w.history {
		if x := &w.history[i]; x.what == place && x.block == "" {
			if x.block = ids[x.tag]; x.block != "" {
				w.opened(x.block, x.where)
			} else {
				x.block = "never-" + x.tag
			}
		}
	}
	return nil
}

// check looks for the order, one activation at a time, and makes sure that it would notice a stale answer.
func (w *world) check(t *testing.T) {
	t.Helper()
	decisions, allowed, unknown, planted := 0, 0, 0, 0
	for _, x := range w.history {
		if x.what == decide {
			decisions++
			if x.answer == (state{active: true}) {
				allowed++
			}
		}
		if x.unknown {
			unknown++
		}
	}
	for _, cell := range w.cells {
		ops := seenFrom(cell, w.history)
		if result, info := porcupine.CheckOperationsVerbose(model(), ops, checkTime); result != porcupine.Ok {
			t.Errorf("%v: no order explains the answers (%s); see %s", cell, result, visualize(t, info))
			continue
		}
		if plant(ops) {
			planted++
			if porcupine.CheckOperationsTimeout(model(), ops, checkTime) != porcupine.Illegal {
				t.Errorf("%v: a stale answer was planted and is not found", cell)
			}
		}
	}
	if !t.Failed() && (planted == 0 || allowed == 0 || allowed == decisions) {
		t.Errorf("the history shows too little: %d decisions, %d allowed, %d stale answers planted", decisions, allowed, planted)
	}
	t.Logf("%d steps, %d decisions, %d allowed; %d steps not answered; %d stale answers planted and found", len(w.history), decisions, allowed, unknown, planted)
}

// visualize draws a history that has no order, into a file that outlives the test.
func visualize(t *testing.T, info porcupine.LinearizationInfo) string {
	t.Helper()
	f, err := os.CreateTemp("", "linear-*.html")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := porcupine.Visualize(model(), info, f); err != nil {
		t.Fatal(err)
	}
	return f.Name()
}

// plant makes the last decision stale that saw a block whose placing had been answered before it began, and
// that nobody had begun to lift before it ended: it sees it no longer.
func plant(ops []porcupine.Operation) bool {
	placed, lifted := map[string]int64{}, map[string]int64{}
	for _, o := range ops {
		switch x := o.Input.(step); {
		case x.what == place && !x.unknown:
			placed[x.block] = o.Return
		case x.what == lift:
			if first, ok := lifted[x.block]; !ok || o.Call < first {
				lifted[x.block] = o.Call
			}
		}
	}
	for i := range slices.Backward(ops) {
		o := &ops[i]
		x := o.Input.(step)
		if x.what != decide {
			continue
		}
		for id := range strings.FieldsSeq(x.answer.blocks) {
			at, known := placed[id]
			end, ends := lifted[id]
			if known && at < o.Call && (!ends || end > o.Return) {
				x.answer = x.answer.without(id)
				o.Input = x
				return true
			}
		}
	}
	return false
}
