package crashtest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/apptest"
)

// nodes is how many serve one database.
const nodes = 3

// TestNodes restarts and kills nodes one after the other while all are under load. A restart fails no request: a client
// at most finds nobody listening, and asks another node. A kill cuts off what is under way, which may be sent again,
// to another node. Nothing answered is lost or done twice, and every event is delivered.
func TestNodes(t *testing.T) {
	t.Parallel()
	seed := uint64(number(t, seedEnv, int(time.Now().UnixNano()&0xffffffff)))
	t.Logf("seed %d: %s=%d draws the same again", seed, seedEnv, seed)
	c := newCluster(t, seed)
	in := newInbox(t, seed)
	client := sandboxClient(c.node(0).At)
	if _, err := client.Webhooks().Add(t.Context(), switchboard.NewWebhook{URL: in.URL, Kinds: []string{"activation.*", "agent.*"}}); err != nil {
		t.Fatal(err)
	}
	c.founding++ // the endpoint
	load := c.begin(t.Context())
	for round := range 2 {
		for i := range nodes {
			if err := c.restart(i, round == 1 && i != 1); err != nil {
				t.Fatalf("seed %d, round %d, node %d: %v", seed, round, i, err)
			}
		}
	}
	if err := load.end(); err != nil {
		t.Fatalf("seed %d: %v", seed, err)
	}
	in.settle(c.place)
	for i := range nodes {
		if err := c.node(i).Kill(); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.check(t.Context(), true); err != nil {
		t.Fatalf("seed %d: %v", seed, err)
	}
	want, err := c.switched(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	in.check(t, want)
	t.Logf("%s; %d requests found a node away, %d were cut off by a kill; %d arrivals", c.summary(), c.away.Load(), c.cut.Load(), len(in.arrivals))
}

// cluster is several nodes over one database, with what was answered.
type cluster struct {
	world
	places [nodes]place
	mu     sync.Mutex
	up     [nodes]*apptest.Process
	down   [nodes]bool // it is being stopped: nobody is sent there, or it is being killed
	killed bool        // the last one to be down was killed

	away, cut atomic.Int64
}

func newCluster(t *testing.T, seed uint64) *cluster {
	apptest.Nodes(t)
	c := &cluster{world: *newWorld(t, apptest.Build(t), rand.New(rand.NewPCG(seed, 99)))}
	c.places[0] = c.place
	t.Cleanup(func() {
		for i := range nodes {
			if p := c.node(i); p != nil {
				_ = p.Kill() // where the test has not come to it
			}
		}
	})
	for i := 1; i < nodes; i++ {
		c.places[i] = c.another(t)
	}
	for i := range nodes {
		if err := c.startNode(i); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

// startNode starts a node, with the master key of the first.
func (c *cluster) startNode(i int) error {
	p, err := c.places[i].start("--master-key-file", c.data+"/master.key")
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.up[i], c.down[i] = p, false
	return nil
}

func (c *cluster) node(i int) *apptest.Process {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.up[i]
}

// restart stops a node as a deployment does, or kills it, and starts it again, with some load before and after.
func (c *cluster) restart(i int, kill bool) error {
	time.Sleep(moment(c.rng, 300, 600))
	p := c.node(i)
	var err error
	if kill {
		c.mark(i, true)
		err = p.Kill()
	} else {
		c.mark(i, false)
		err = p.Stop()
	}
	if err != nil {
		return err
	}
	time.Sleep(moment(c.rng, 50, 200))
	return c.startNode(i)
}

func (c *cluster) mark(i int, kill bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.down[i], c.killed = true, kill
}

// load is those who call until they are told to end.
type load struct {
	over chan struct{}
	errs [owners]error
	g    sync.WaitGroup
}

func (c *cluster) begin(ctx context.Context) *load {
	l := &load{over: make(chan struct{})}
	for i, o := range c.owners {
		l.g.Go(func() { l.errs[i] = c.run(ctx, o, l.over) })
	}
	return l
}

func (l *load) end() error {
	close(l.over)
	l.g.Wait()
	return errors.Join(l.errs[:]...)
}

// run makes calls of one owner, each to any node. What was cut off is sent again.
func (c *cluster) run(ctx context.Context, o *owner, over chan struct{}) error {
	transport := &http.Transport{MaxIdleConnsPerHost: 1}
	defer transport.CloseIdleConnections()
	answers := &recorder{next: transport}
	for {
		select {
		case <-over:
			if o.flight == nil {
				return nil
			}
		default:
		}
		i := o.rng.IntN(nodes)
		asked := c.node(i)
		err := o.step(ctx, sandboxClient(asked.At, switchboard.WithHTTPClient(&http.Client{Transport: answers})), answers)
		if err == nil {
			continue
		}
		if err := c.bearable(err, i, asked); err != nil {
			return fmt.Errorf("owner %d: %w", o.number, err)
		}
	}
}

// bearable gives nil for what may befall a client that asks a node while nodes come and go.
func (c *cluster) bearable(err error, i int, asked *apptest.Process) error {
	var answer *switchboard.Error
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case errors.As(err, &answer) || errors.Is(err, errWrong):
		return err
	case errors.Is(err, syscall.ECONNREFUSED) && (c.down[i] || c.up[i] != asked):
		c.away.Add(1)
		return nil
	case c.killed:
		c.cut.Add(1)
		return nil
	}
	return err
}
