package crashtest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard/internal/apptest"
	"github.com/switchboard-platform/switchboard/internal/sandbox"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// The environment's say in the test.
const (
	roundsEnv = "SWITCHBOARD_CRASH_ROUNDS" // how many rounds, over all servers
	seedEnv   = "SWITCHBOARD_CRASH_SEED"   // to draw the same calls and the same moments again
)

// worlds is how many servers are tortured side by side.
const worlds = 2

// TestKill kills servers under load. It can only be as good as the loss it would notice: that of
// the process, not of the machine, whose disk cache outlives it.
func TestKill(t *testing.T) {
	rounds, seed := number(t, roundsEnv, 200), uint64(number(t, seedEnv, int(time.Now().UnixNano()&0xffffffff)))
	if testing.Short() && os.Getenv(roundsEnv) == "" {
		rounds = 20
	}
	t.Logf("seed %d: %s=%d draws the same again", seed, seedEnv, seed)
	bin := apptest.Build(t)
	for i := range worlds {
		t.Run(fmt.Sprintf("load/%d", i), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, bin, rand.New(rand.NewPCG(seed, uint64(i))))
			n := (rounds + worlds - 1 - i) / worlds
			for round := range n {
				if err := w.round(t.Context(), round == n-1); err != nil {
					t.Fatalf("seed %d, round %d: %v", seed, round, err)
				}
			}
			t.Logf("%d rounds, %d kills, %s", n, w.kills, w.summary())
		})
	}
	t.Run("first start", func(t *testing.T) {
		t.Parallel()
		rng := rand.New(rand.NewPCG(seed, worlds))
		for i := range max(rounds/10, 2) {
			if err := killFirstStart(t.Context(), newPlace(t, bin), moment(rng, 0, 120)); err != nil {
				t.Fatalf("seed %d, start %d: %v", seed, i, err)
			}
		}
	})
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

// moment draws a time from least to most milliseconds.
func moment(rng *rand.Rand, least, most int) time.Duration {
	return time.Duration(least)*time.Millisecond + time.Duration(rng.Int64N(int64(most-least)*int64(time.Millisecond)))
}

// world is a place with what was answered over it.
type world struct {
	place
	rng      *rand.Rand
	owners   []*owner
	founding uint64 // events that a new sandbox begins with
	kills    int
}

// owners is how many call at the same time; together they come to own about 200 agents.
const owners = 16

func newWorld(t *testing.T, bin string, rng *rand.Rand) *world {
	w := &world{place: newPlace(t, bin), rng: rng}
	for i := range owners {
		w.owners = append(w.owners, &owner{number: i, rng: rand.New(rand.NewPCG(rng.Uint64(), rng.Uint64()))})
	}
	s, err := w.start()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Kill(); err != nil {
		t.Fatal(err)
	}
	if w.founding, err = w.events(t.Context()); err != nil {
		t.Fatal(err)
	}
	return w
}

// events counts the events of a database that nobody has open.
func (p place) events(ctx context.Context) (uint64, error) {
	s, err := p.open(ctx)
	if err != nil {
		return 0, err
	}
	defer s.Close()
	st, err := s.Stats(ctx)
	return uint64(st.Events), err
}

// round lets the server live and die once or more, so that it recovers from its own crash too, and
// then checks what it left.
func (w *world) round(ctx context.Context, last bool) error {
	for range 1 + w.rng.IntN(2) {
		if w.rng.IntN(4) == 0 {
			if err := w.killStart(); err != nil {
				return fmt.Errorf("killed while starting: %w", err)
			}
		}
		if err := w.live(ctx); err != nil {
			return err
		}
	}
	return w.check(ctx, last)
}

// killStart kills the server while it starts or just after.
func (w *world) killStart() error {
	s, err := w.launch()
	if err != nil {
		return err
	}
	time.Sleep(moment(w.rng, 0, 40))
	w.kills++
	return s.Kill()
}

// live starts the server, puts it under load and kills it.
func (w *world) live(ctx context.Context) error {
	s, err := w.start()
	if err != nil {
		return err
	}
	transport := &http.Transport{MaxIdleConnsPerHost: owners}
	defer transport.CloseIdleConnections()
	errs := make([]error, owners)
	var g sync.WaitGroup
	for i, o := range w.owners {
		g.Go(func() { errs[i] = o.run(ctx, s, s.At.Partners, transport) })
	}
	time.Sleep(moment(w.rng, 5, 150))
	w.kills++
	err = s.Kill()
	g.Wait()
	return errors.Join(err, errors.Join(errs...))
}

func (w *world) summary() string {
	agents, events, calls := 0, uint64(0), 0
	for _, o := range w.owners {
		calls += o.calls
		for _, a := range o.agents {
			agents++
			events += a.head.Version
		}
	}
	return fmt.Sprintf("%d agents, %d calls, %d events", agents, calls, events)
}

// killFirstStart kills a server while it makes its data directory: the next start must go on from
// whatever there is, and have a sandbox that is whole.
func killFirstStart(ctx context.Context, p place, after time.Duration) error {
	s, err := p.launch()
	if err != nil {
		return err
	}
	time.Sleep(after)
	if err := s.Kill(); err != nil {
		return err
	}
	if s, err = p.start(); err != nil {
		return fmt.Errorf("killed %v after its first start: %w", after, err)
	}
	if err := s.Kill(); err != nil {
		return err
	}
	return p.founded(ctx)
}

func (p place) founded(ctx context.Context) error {
	s, err := p.open(ctx)
	if err != nil {
		return err
	}
	defer s.Close()
	return s.View(ctx, func(tx store.Tx) error {
		_, err := tx.Agent(sandbox.UserCode)
		return err
	})
}
