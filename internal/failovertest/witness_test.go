package failovertest

import (
	"bufio"
	"context"
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard"
	core "github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/apptest"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/socket"
	"github.com/switchboard-platform/switchboard/internal/store/postgres"
)

// The environment of a witness: this test, run again in another namespace.
const (
	witnessURL    = "SWITCHBOARD_FAILOVER_WITNESS"
	witnessAgents = "SWITCHBOARD_FAILOVER_AGENTS"
)

// witness reads the agents where the primary runs, and goes on when nobody else reaches it.
type witness struct {
	stop func()
	wait func() []decision
}

// TestWitness is what runs there: it reads through a store of its own, and writes down what it saw.
func TestWitness(t *testing.T) {
	url, codes := os.Getenv(witnessURL), strings.Fields(os.Getenv(witnessAgents))
	if url == "" {
		t.Skip("run by the test of fail-over")
	}
	s, err := postgres.Open(t.Context(), postgres.Config{URL: url})
	if err != nil {
		t.Fatal(err)
	}
	out := json.NewEncoder(os.NewFile(3, "pipe"))
	for i := 0; ; i = (i + 1) % len(codes) {
		began := time.Now()
		rec, _, err := s.State(t.Context(), codes[i])
		if err == nil {
			err = out.Encode(decision{i, rec.Activation(serviceCode).State == core.Active, began, time.Now()})
			if err != nil {
				return // nobody listens any more
			}
		} else if !fault.Is(err, fault.Unavailable) {
			t.Fatal(err)
		}
		time.Sleep(pause / 5)
	}
}

// watchFrom starts a witness in a node's namespace.
func watchFrom(t *testing.T, n *node, url string, l *load) *witness {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cmd := n.in(ctx, os.Args[0], "-test.run", "^TestWitness$", "-test.timeout", "10m")
	var codes []string
	for _, a := range l.agents {
		codes = append(codes, a.code)
	}
	cmd.Env = append(os.Environ(), witnessURL+"="+url, witnessAgents+"="+strings.Join(codes, " "))
	cmd.ExtraFiles = []*os.File{w}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	w.Close()
	list := make(chan []decision, 1)
	go func() { list <- readDecisions(r); _ = cmd.Wait() }()
	return &witness{stop: cancel, wait: func() []decision { return <-list }}
}

func readDecisions(r *os.File) (list []decision) {
	defer r.Close()
	for lines := bufio.NewScanner(r); lines.Scan(); {
		var d decision
		if json.Unmarshal(lines.Bytes(), &d) == nil {
			list = append(list, d)
		}
	}
	return list
}

// serveFrom starts a second node of the server in a node's namespace, and asks it over its socket, which
// is none of the network's.
func serveFrom(t *testing.T, n *node, w *world) *witness {
	t.Helper()
	second, err := apptest.Launch(n.script(t, w.bin), filepath.Join(t.TempDir(), "data"),
		append(w.flags(), "--master-key-file", filepath.Join(w.data, "master.key"))...)
	if err != nil {
		t.Fatal(err)
	}
	op := switchboard.NewOperatorSocket(func(ctx context.Context) (net.Conn, error) { return socket.Dial(ctx, second.At.Socket) })
	ctx, cancel := context.WithCancel(context.Background())
	var list []decision
	var g sync.WaitGroup
	g.Go(func() {
		for i := 0; ctx.Err() == nil; i = (i + 1) % len(w.load.agents) {
			began := time.Now()
			d, err := op.Decide(ctx, switchboard.DecisionRequest{Agent: w.load.agents[i].code, Service: serviceCode})
			if err == nil {
				list = append(list, decision{i, d.Allowed, began, time.Now()})
			}
			time.Sleep(pause / 5)
		}
	})
	return &witness{stop: cancel, wait: func() []decision {
		g.Wait()
		if err := second.Kill(); err != nil {
			t.Error(err)
		}
		return list
	}}
}
