package courier_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/registry"
	"github.com/switchboard-platform/switchboard/internal/sandbox"
	"github.com/switchboard-platform/switchboard/internal/secret"
	"github.com/switchboard-platform/switchboard/internal/secret/secrettest"
	"github.com/switchboard-platform/switchboard/internal/store"
	"github.com/switchboard-platform/switchboard/internal/store/sqlite"
	"github.com/switchboard-platform/switchboard/internal/webhook"
	"github.com/switchboard-platform/switchboard/internal/webhook/courier"
)

// patience is how long a test waits for what must come.
const patience = 20 * time.Second

// clock stands still until it is told to move on.
type clock struct {
	mu    sync.Mutex
	now   time.Time
	waits map[chan time.Time]time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// After fires when the clock has come so far. What is shorter than any rule of webhooks is waited for truly.
func (c *clock) After(d time.Duration) <-chan time.Time {
	if d <= time.Second {
		return time.After(max(d, 0))
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	ch := make(chan time.Time, 1)
	c.waits[ch] = c.now.Add(d)
	return ch
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	for ch, at := range c.waits {
		if !at.After(c.now) {
			ch <- c.now
			delete(c.waits, ch)
		}
	}
}

// world is a sandbox's registry over a real store, with a clock of its own, and a courier at work.
type world struct {
	*registry.Registry
	t     *testing.T
	store store.Store
	clock *clock
	cfg   courier.Config
	stop  func()
	calls int
}

// newWorld makes a world whose webhooks go to this machine; change may change the courier's settings.
func newWorld(t *testing.T, change func(*courier.Config)) *world {
	t.Helper()
	s, err := sqlite.Open(t.Context(), sqlite.Config{Path: filepath.Join(t.TempDir(), "switchboard.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	keys := secrettest.New(t)
	pins := keys.PINs(t, secret.PINConfig{MemoryKiB: 64, Passes: 1, Queue: 10})
	w := &world{t: t, store: s, clock: &clock{now: time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC), waits: map[chan time.Time]time.Time{}}}
	walls := webhook.NewWalls([]netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")})
	w.Registry = registry.New(registry.Config{Store: s, Sealer: keys.Sealer, PINs: pins, Sandbox: true, Alone: true, Now: w.clock.Now,
		Webhooks: registry.WebhookRules{AllowHTTP: true, Walls: walls}})
	if err := w.Found(t.Context(), w.operator(), nil); err != nil {
		t.Fatal(err)
	}
	w.cfg = courier.Config{Registry: w.Registry, Walls: walls, Timeout: patience, After: w.clock.After}
	if change != nil {
		change(&w.cfg)
	}
	w.start()
	t.Cleanup(func() { w.stop() })
	return w
}

// start begins the courier's work, again after stop.
func (w *world) start() {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		courier.New(w.cfg).Run(ctx)
	}()
	w.stop = func() {
		cancel()
		<-done
	}
}

func (w *world) operator() registry.Caller {
	w.calls++
	return registry.Caller{Cause: event.Cause{Actor: "operator:asha", Address: "192.0.2.77", RequestID: "r" + strconv.Itoa(w.calls), At: w.clock.Now()}}
}

func (w *world) partner() registry.Caller {
	by := w.operator()
	by.PartnerID, by.Cause.Actor, by.Cause.Key = sandbox.PartnerID, "partner:"+sandbox.PartnerID, sandbox.DeveloperKey
	return by
}

// agent onboards an agent of the sandbox's partner.
func (w *world) agent() string {
	w.t.Helper()
	w.calls++
	out, err := w.Onboard(w.t.Context(), w.operator(), registry.Onboarding{PartnerID: sandbox.PartnerID, Profile: agent.Profile{
		PAN: "ABCDE1234F", Mobile: strconv.Itoa(9_100_000_000 + w.calls), FirstName: "Asha", Email: "a@shop.example", DOB: "1990-01-01", ShopName: "Shop",
		Address: agent.Address{Line: "1 Road", City: "Delhi", State: "Delhi", Pincode: "110001"}}})
	if err != nil {
		w.t.Fatal(err)
	}
	return out.Agent.UserCode
}

// set switches a service of an agent on or off as the partner.
func (w *world) set(userCode string, kind agent.CommandKind) {
	w.t.Helper()
	_, err := w.ChangeService(w.t.Context(), w.partner(), registry.Change{UserCode: userCode, ServiceCode: "45", Command: agent.Command{Kind: kind}})
	if err != nil {
		w.t.Fatal(err)
	}
}

// endpoint makes an endpoint of the sandbox's partner that wants activations.
func (w *world) endpoint(url string) registry.IssuedEndpoint {
	w.t.Helper()
	i, err := w.AddEndpoint(w.t.Context(), w.partner(), webhook.Endpoint{URL: url, Kinds: event.Kinds{"activation.*"}})
	if err != nil {
		w.t.Fatal(err)
	}
	return i
}

// eventually waits until fn says that it is so.
func eventually(t *testing.T, what string, fn func() bool) {
	t.Helper()
	for until := time.Now().Add(patience); !fn(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(until) {
			t.Fatalf("it never came that %s", what)
		}
	}
}

// delivery reads a delivery and its attempts.
func (w *world) delivery(id string, number uint64) (webhook.Delivery, []webhook.Attempt) {
	w.t.Helper()
	d, attempts, err := w.Delivery(w.t.Context(), w.operator(), id, number)
	if err != nil {
		w.t.Fatal(err)
	}
	return d, attempts
}

// tried waits until a delivery has so many attempts, and is in a state.
func (w *world) tried(id string, number uint64, attempts int, state webhook.State) webhook.Delivery {
	w.t.Helper()
	var d webhook.Delivery
	eventually(w.t, "delivery "+strconv.FormatUint(number, 10)+" was tried "+strconv.Itoa(attempts)+" times and is "+state.String(), func() bool {
		list, err := w.Deliveries(w.t.Context(), w.operator(), store.DeliveryFilter{EndpointID: id, Limit: 1000})
		if err != nil {
			w.t.Fatal(err)
		}
		for _, x := range list {
			if x.Number == number {
				d = x
			}
		}
		return d.Tried == attempts && d.State == state
	})
	return d
}

// got is one message as a receiver got it.
type got struct {
	header http.Header
	body   []byte
	switchboard.WebhookMessage
}

// receiver takes webhooks in and answers them as answer says: 204 by default.
type receiver struct {
	*httptest.Server
	messages chan got
	mu       sync.Mutex
	answer   func(w http.ResponseWriter, m got)
}

func newReceiver(t *testing.T) *receiver {
	rc := &receiver{messages: make(chan got, 10_000)}
	rc.Server = httptest.NewServer(rc)
	t.Cleanup(rc.Close)
	return rc
}

func (rc *receiver) answers(fn func(w http.ResponseWriter, m got)) {
	rc.mu.Lock()
	defer rc.mu.Unlock()
	rc.answer = fn
}

// status makes it answer everything with a status.
func (rc *receiver) status(code int) {
	rc.answers(func(w http.ResponseWriter, _ got) { w.WriteHeader(code) })
}

func (rc *receiver) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	m := got{header: r.Header, body: body}
	m.WebhookMessage = parse(m)
	rc.mu.Lock()
	answer := rc.answer
	rc.mu.Unlock()
	rc.messages <- m
	if answer == nil {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	answer(w, m)
}

// next waits for the next message.
func (rc *receiver) next(t *testing.T) got {
	t.Helper()
	select {
	case m := <-rc.messages:
		return m
	case <-time.After(patience):
		t.Fatal("no message came")
		return got{}
	}
}
