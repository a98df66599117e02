package failovertest

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/apptest"
	"github.com/switchboard-platform/switchboard/internal/socket"
)

// The environment's say in the test.
const (
	patroniEnv = "SWITCHBOARD_TEST_PATRONI"    // 1: run it
	roundsEnv  = "SWITCHBOARD_FAILOVER_ROUNDS" // how often each trouble comes
	onlyEnv    = "SWITCHBOARD_FAILOVER_ONLY"   // troubles whose names have this in them
	reportEnv  = "SWITCHBOARD_FAILOVER_REPORT" // the file that the figures go to, as JSON
)

// trouble is what happens to a node, and what ends it.
type trouble struct {
	name   string
	victim func(c *cluster, list []member) *node
	strike func(c *cluster, n *node)
	heal   func(c *cluster, n *node)
	moves  bool // another node becomes the primary
}

// troubles are all of them.
func troubles() []trouble {
	unplug := func(c *cluster, n *node) { c.cut(n, true) }
	plug := func(c *cluster, n *node) { c.cut(n, false) }
	return []trouble{
		{"primary killed", (*cluster).primary, func(_ *cluster, n *node) {
			n.signal(syscall.SIGKILL, "patroni")
			n.signal(syscall.SIGKILL, "postgres")
		}, (*cluster).startPatroni, true},
		{"primary cut off", (*cluster).primary, unplug, plug, true},
		{"primary cut off, its Patroni frozen", (*cluster).primary, func(c *cluster, n *node) {
			n.signal(syscall.SIGSTOP, "patroni")
			c.cut(n, true)
		}, func(c *cluster, n *node) {
			n.signal(syscall.SIGCONT, "patroni")
			c.cut(n, false)
		}, true},
		{"primary's Patroni frozen", (*cluster).primary,
			func(_ *cluster, n *node) { n.signal(syscall.SIGSTOP, "patroni") },
			func(_ *cluster, n *node) { n.signal(syscall.SIGCONT, "patroni") }, true},
		{"the primary moved on purpose", (*cluster).primary, (*cluster).switchOver, func(*cluster, *node) {}, true},
		{"standby in step cut off", (*cluster).standby, unplug, plug, false},
	}
}

// standby is the node that is in step with the primary.
func (c *cluster) standby(list []member) *node {
	c.t.Helper()
	i := slices.IndexFunc(list, func(m member) bool { return m.Sync })
	if i < 0 {
		c.t.Fatalf("nobody is in step: %+v", list)
	}
	return list[i].node
}

// TestFailover: whatever becomes of the primary, no change that was answered is lost, none is made twice, no decision is stale,
// and the server finds the next primary by itself.
func TestFailover(t *testing.T) {
	if os.Getenv(patroniEnv) == "" {
		t.Skipf("%s=1 runs it: it takes root, Patroni, etcd and PostgreSQL, and minutes; see make failover", patroniEnv)
	}
	w := newWorld(t)
	var figures []figure
	for range rounds(t) {
		for _, x := range troubles() {
			if strings.Contains(x.name, os.Getenv(onlyEnv)) {
				figures = append(figures, w.survive(x))
			}
			if t.Failed() {
				break
			}
		}
	}
	w.c.noneCancelled()
	report(t, figures)
}

func rounds(t *testing.T) int {
	t.Helper()
	text := os.Getenv(roundsEnv)
	if text == "" {
		return 1
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("%s=%q is not a number from 1", roundsEnv, text)
	}
	return n
}

// world is a cluster with a server over it.
type world struct {
	t         *testing.T
	c         *cluster
	bin, data string
	server    *apptest.Process
	load      *load
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, c: newCluster(t), bin: apptest.Build(t), data: filepath.Join(t.TempDir(), "data")}
	w.c.database()
	var err error
	if w.server, err = apptest.Launch(w.bin, w.data, w.flags()...); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.server.Kill(); err != nil {
			t.Error(err)
		}
	})
	w.load = newLoad(t, w.server)
	return w
}

func (w *world) flags() []string {
	return []string{"--database-url", w.c.url("switchboard"), "--partner-rate", "0", "--address-rate", "0", "--switch-rate", "0"}
}

// calm is how long the load runs before and after what happens.
const calm = 2 * time.Second

// survive lets one trouble come and go under load, and checks what is left.
func (w *world) survive(x trouble) figure {
	w.t.Helper()
	list := w.c.await("all run again", whole)
	victim, before := x.victim(w.c, list), w.c.primary(list)
	f := figure{Trouble: x.name}
	witnesses := w.witnesses(victim)
	ctx, cancel := context.WithCancel(w.t.Context())
	wait := w.load.run(ctx)
	time.Sleep(calm)

	f.began = time.Now()
	x.strike(w.c, victim)
	if x.moves {
		w.c.await("another leads", func(list []member) bool {
			return slices.ContainsFunc(list, func(m member) bool { return m.leads() && m.node != before })
		})
		f.Promoted = since(f.began)
	}
	w.load.awaitAnswers(w.t, time.Now())
	time.Sleep(calm)
	healed := time.Now()
	x.heal(w.c, victim)
	w.c.await("all run after it", whole)
	f.Whole = since(healed)
	time.Sleep(calm)
	cancel()
	wait()
	f.ended = time.Now()
	for _, v := range witnesses {
		v.stop()
		f.Witnessed += w.judge(x.name, v.wait(), f)
	}
	w.load.measure(&f)
	w.judge(x.name, w.load.takeDecisions(), f)
	w.load.check(w.t, w.c.url("switchboard"))
	w.audit()
	return f
}

// witnesses see what those see whom nobody but the victim reaches.
func (w *world) witnesses(n *node) (list []*witness) {
	return append(list, watchFrom(w.t, n, w.c.url("switchboard"), w.load), serveFrom(w.t, n, w))
}

// judge looks for stale decisions, and says how many decisions there were after the strike.
func (w *world) judge(name string, decisions []decision, f figure) (after int) {
	w.t.Helper()
	for _, d := range decisions {
		if d.Began.After(f.began) {
			after++
		}
	}
	if stale := w.load.stale(decisions); len(stale) > 0 {
		d := stale[len(stale)-1]
		w.t.Errorf("%s: %d of %d decisions were stale, the last one %.1f s after it: %+v", name, len(stale), len(decisions), d.Began.Sub(f.began).Seconds(), d)
	}
	return after
}

// audit lets the server verify the whole record.
func (w *world) audit() {
	w.t.Helper()
	op := switchboard.NewOperatorSocket(func(ctx context.Context) (net.Conn, error) { return socket.Dial(ctx, w.server.At.Socket) })
	r, err := op.Audit(w.t.Context(), switchboard.AuditRequest{Replay: true}, func(switchboard.AuditProgress) {})
	if err != nil || !r.OK {
		w.t.Errorf("the record does not verify: %+v, %v", r, err)
	}
}
