package crashtest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/app"
	"github.com/switchboard-platform/switchboard/internal/apptest"
	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/sandbox"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// How many agents are switched at the same time, and how long the last deliveries may take to arrive.
const (
	switchers = 6
	drain     = 60 * time.Second
)

// TestKillWhileDelivering kills servers that deliver webhooks: every event arrives at least once, and those of
// an agent in their order.
func TestKillWhileDelivering(t *testing.T) {
	t.Parallel()
	rounds, seed := number(t, roundsEnv, 200)/10+1, uint64(number(t, seedEnv, int(time.Now().UnixNano()&0xffffffff)))
	t.Logf("seed %d: %s=%d draws the same again", seed, seedEnv, seed)
	rng := rand.New(rand.NewPCG(seed, 77))
	in := newInbox(t, seed)
	p := newPlace(t, apptest.Build(t))
	codes := prepareDelivery(t, p, in.URL)
	for round := range rounds {
		if err := killSwitching(t.Context(), p, codes, moment(rng, 5, 250)); err != nil {
			t.Fatalf("seed %d, round %d: %v", seed, round, err)
		}
	}
	s, err := p.start()
	if err != nil {
		t.Fatal(err)
	}
	in.settle(p)
	if err := s.Kill(); err != nil {
		t.Fatal(err)
	}
	want, err := p.switched(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	in.check(t, want)
	t.Logf("%d kills, %d events, %d arrivals", rounds, len(want), len(in.arrivals))
}

// prepareDelivery makes a sandbox with agents, and an endpoint that is told of their activations.
func prepareDelivery(t *testing.T, p place, url string) (codes []string) {
	t.Helper()
	s, err := p.start()
	if err != nil {
		t.Fatal(err)
	}
	client := sandboxClient(s.At)
	for i := range switchers {
		o, err := client.OnboardAgent(t.Context(), newProfile(i), "")
		if err != nil {
			t.Fatal(err)
		}
		codes = append(codes, o.UserCode)
	}
	if _, err := client.Webhooks().Add(t.Context(), switchboard.NewWebhook{URL: url, Kinds: []string{"activation.*"}}); err != nil {
		t.Fatal(err)
	}
	if err := s.Kill(); err != nil {
		t.Fatal(err)
	}
	return codes
}

func sandboxClient(at app.Addresses, options ...switchboard.Option) *switchboard.Client {
	return switchboard.NewClient("http://"+at.Partners, switchboard.Credentials{
		DeveloperKey: sandbox.DeveloperKey, AccessKey: sandbox.AccessKey, InitiatorID: sandbox.InitiatorID}, options...)
}

func newProfile(i int) switchboard.Profile {
	return switchboard.Profile{PAN: "ABCDE1234F", Mobile: fmt.Sprint(9_300_000_000 + i), FirstName: "Asha", LastName: "Rao", Email: "a@shop.example", DOB: "1990-01-01",
		ShopName: "Shop", Address: switchboard.Address{Line: "1 Road", City: "Delhi", State: "Delhi", Pincode: "110001", District: "Delhi", Area: "Old"}}
}

// killSwitching switches a service of every agent on and off until the server is killed.
func killSwitching(ctx context.Context, p place, codes []string, after time.Duration) error {
	s, err := p.start()
	if err != nil {
		return err
	}
	client := sandboxClient(s.At)
	errs := make([]error, len(codes))
	var g sync.WaitGroup
	for i, code := range codes {
		g.Go(func() { errs[i] = switchUntilKilled(ctx, s, client, code) })
	}
	time.Sleep(after)
	err = s.Kill()
	g.Wait()
	return errors.Join(err, errors.Join(errs...))
}

func switchUntilKilled(ctx context.Context, s *apptest.Process, client *switchboard.Client, code string) (err error) {
	for on := true; err == nil; on = !on {
		if on {
			_, err = client.ActivateService(ctx, code, "45", switchboard.ActivateOptions{})
		} else {
			_, err = client.DeactivateService(ctx, code, "45", "")
		}
	}
	var answer *switchboard.Error
	if !errors.As(err, &answer) && s.Killed() {
		return nil
	}
	return err
}

// switched reads what should have arrived: the agent of each event.
func (p place) switched(ctx context.Context) (want map[uint64]string, err error) {
	s, err := p.open(ctx)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	want = map[uint64]string{}
	return want, s.View(ctx, func(tx store.Tx) error {
		dir, err := tx.Directory()
		if err != nil {
			return err
		}
		events, err := tx.EventsFrom(dir.Endpoints[0].Since, 1_000_000)
		for _, e := range events {
			if e.Subject.Kind == event.Agent {
				want[e.Seq] = e.Subject.ID
			}
		}
		return err
	})
}

// arrival is one message as it came, and whether it was taken in.
type arrival struct {
	switchboard.FeedEvent
	ok bool
}

// inbox is a receiver that refuses a few of what comes, and remembers all.
type inbox struct {
	*httptest.Server
	mu       sync.Mutex
	rng      *rand.Rand
	arrivals []arrival
	last     time.Time
}

func newInbox(t *testing.T, seed uint64) *inbox {
	in := &inbox{rng: rand.New(rand.NewPCG(seed, 78))}
	in.Server = httptest.NewServer(in)
	t.Cleanup(in.Close)
	return in
}

func (in *inbox) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the server died while it sent
	}
	var m switchboard.WebhookMessage
	var e switchboard.FeedEvent
	err = json.Unmarshal(body, &m)
	if err == nil {
		e, err = m.Event()
	}
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	ok := in.rng.IntN(1500) > 0
	in.arrivals, in.last = append(in.arrivals, arrival{e, ok}), time.Now()
	if !ok {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
}

// settle waits until nothing has come for longer than the first wait of the schedule, and than it may take a node to
// take over from one that is gone.
func (in *inbox) settle(p place) {
	atMost := 7 * time.Second
	if p.database != "" {
		atMost += 15 * time.Second
	}
	in.mu.Lock()
	in.last = time.Now()
	in.mu.Unlock()
	for until := time.Now().Add(drain); time.Now().Before(until); time.Sleep(50 * time.Millisecond) {
		in.mu.Lock()
		quiet := time.Since(in.last)
		in.mu.Unlock()
		if quiet > atMost {
			return
		}
	}
}

// check makes sure that all arrived, and that no event came before those of its agent before it were taken in.
func (in *inbox) check(t *testing.T, want map[uint64]string) {
	t.Helper()
	taken := map[string]uint64{}  // the last event of each agent that was taken in
	before := map[uint64]uint64{} // the event of the agent before each
	last := map[string]uint64{}
	for _, seq := range slices.Sorted(maps.Keys(want)) {
		code := want[seq]
		before[seq], last[code] = last[code], seq
	}
	for i, a := range in.arrivals {
		if want[a.Seq] != a.Agent {
			t.Fatalf("arrival %d tells of event %d of agent %s, which is none", i, a.Seq, a.Agent)
		}
		if taken[a.Agent] < before[a.Seq] {
			t.Fatalf("arrival %d: event %d of agent %s came when only %d was taken in, before %d", i, a.Seq, a.Agent, taken[a.Agent], before[a.Seq])
		}
		if a.ok {
			taken[a.Agent] = max(taken[a.Agent], a.Seq)
		}
	}
	for code, seq := range last {
		if taken[code] != seq {
			t.Errorf("of agent %s what arrived ends with event %d, the record with %d", code, taken[code], seq)
		}
	}
}
