package courier

import (
	"cmp"
	"context"
	"crypto/x509"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/switchboard-platform/switchboard/internal/feed"
	"github.com/switchboard-platform/switchboard/internal/registry"
	"github.com/switchboard-platform/switchboard/internal/webhook"
)

// Config says what a Courier needs.
type Config struct {
	Registry *registry.Registry // required
	Walls    *webhook.Walls     // required
	Timeout  time.Duration      // for one attempt; 15 s by default
	Drain    time.Duration      // how long attempts under way may take to end when Run ends; Timeout by default
	Log      *slog.Logger       // slog.Default by default
	// Observe, when set, is told of each attempt: "ok", "refused" with another status, "failed" without any.
	Observe func(outcome string, took time.Duration)

	AtOnce      int // attempts under way; 256 by default
	PerEndpoint int // … at one endpoint; 8 by default

	Resolver *net.Resolver                        // the system's by default
	Roots    *x509.CertPool                       // whom receivers' certificates must come from; the system's by default
	After    func(time.Duration) <-chan time.Time // time.After by default
}

// The defaults.
const (
	defaultTimeout     = 15 * time.Second
	defaultAtOnce      = 256
	defaultPerEndpoint = 8
)

// leaseSlack is how much longer a claim holds than the attempt it is for may take.
const leaseSlack = 30 * time.Second

// Courier sends webhooks.
type Courier struct {
	cfg    Config
	reg    *registry.Registry
	log    *slog.Logger
	client *http.Client
	slots  chan struct{} // one in it for each attempt under way

	mu    sync.Mutex
	lanes map[string]*lane // by endpoint, those at work
	done  sync.WaitGroup   // of lanes
}

// New makes a courier.
func New(cfg Config) *Courier {
	cfg.Timeout = cmp.Or(cfg.Timeout, defaultTimeout)
	cfg.Drain = cmp.Or(cfg.Drain, cfg.Timeout)
	cfg.AtOnce, cfg.PerEndpoint = cmp.Or(cfg.AtOnce, defaultAtOnce), cmp.Or(cfg.PerEndpoint, defaultPerEndpoint)
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	if cfg.Observe == nil {
		cfg.Observe = func(string, time.Duration) {}
	}
	if cfg.After == nil {
		cfg.After = time.After
	}
	return &Courier{cfg: cfg, reg: cfg.Registry, log: cfg.Log, client: newClient(cfg), slots: make(chan struct{}, cfg.AtOnce), lanes: map[string]*lane{}}
}

// pauseAfterError is how long the courier leaves a store alone that failed.
const pauseAfterError = time.Second

// Run works until ctx ends and the attempts under way have ended, too.
func (c *Courier) Run(ctx context.Context) {
	sending, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(c.cfg.Drain, cut) })
	defer stop()
	for c.release(ctx) != nil && ctx.Err() == nil {
		c.pause(ctx, pauseAfterError)
	}
	for c.work(ctx, sending) != nil && ctx.Err() == nil {
		c.pause(ctx, pauseAfterError)
	}
	c.done.Wait()
	c.client.CloseIdleConnections()
}

func (c *Courier) pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-c.cfg.After(d):
	}
}

// release makes due at once what those who worked before have claimed. Only once: later it would be what is under way here.
func (c *Courier) release(ctx context.Context) error {
	err := c.reg.ReleaseDeliveries(ctx)
	if err != nil && ctx.Err() == nil {
		c.log.Error("webhooks that were claimed cannot be released", "error", err)
	}
	return err
}

// work dispatches what is recorded, and wakes the lanes for it, until ctx ends or something fails.
func (c *Courier) work(ctx, sending context.Context) (err error) {
	defer func() {
		if err != nil && ctx.Err() == nil {
			c.log.Error("webhooks cannot be dispatched", "error", err)
		}
	}()
	d, err := c.reg.Dispatcher(ctx, feed.Message)
	if err != nil {
		return err
	}
	var behind []string
	for look := true; ctx.Err() == nil; {
		if look {
			if behind, err = c.look(ctx, sending); err != nil {
				return err
			}
		}
		more := false
		if behind, more, err = c.step(ctx, sending, d, behind); err != nil {
			return err
		}
		if look = false; !more {
			look = c.await(ctx, d)
		}
	}
	return nil
}

// look wakes the lane of every endpoint for which something waits, and gives those that must catch up.
func (c *Courier) look(ctx, sending context.Context) (behind []string, err error) {
	list, err := c.reg.DueEndpoints(ctx)
	for _, due := range list {
		if due.Behind {
			behind = append(behind, due.EndpointID)
		}
		c.wake(ctx, sending, due.EndpointID)
	}
	return behind, err
}

// step makes deliveries of what is new, and of a part of what those who are behind have missed, so that nobody
// waits for them.
func (c *Courier) step(ctx, sending context.Context, d *registry.Dispatcher, behind []string) (still []string, more bool, err error) {
	touched, more, err := d.Step(ctx)
	if err != nil {
		return behind, false, err
	}
	for _, id := range behind {
		done, err := d.CatchUp(ctx, id)
		if err != nil {
			return behind, false, err
		}
		if !done {
			still = append(still, id)
		}
		touched = append(touched, id)
	}
	for _, id := range touched {
		c.wake(ctx, sending, id)
	}
	return still, more || len(still) > 0, nil
}

// gather is how long news is waited for beyond the first, so that under load one step serves many.
const gather = 2 * time.Millisecond

// lookEvery is how often everything is looked at though nobody stirred: another process's stir may be missed.
const lookEvery = 10 * time.Second

// await waits for something to be recorded, if anybody wants to know, or for somebody to stir the courier: then
// it is to look at everything.
func (c *Courier) await(ctx context.Context, d *registry.Dispatcher) (look bool) {
	waiting, enough := context.WithCancel(ctx)
	defer enough()
	news, at := make(chan struct{}), d.At()
	if d.Wanted() {
		go func() {
			defer close(news)
			_ = c.reg.Await(waiting, at) // however it ends, the next step tells
		}()
	}
	select {
	case <-c.reg.Stirred():
		return true
	case <-c.cfg.After(lookEvery):
		return true
	case <-news:
		c.pause(ctx, gather)
	case <-ctx.Done():
	}
	return false
}

// wake has a lane look at its endpoint, and begins it if there is none.
func (c *Courier) wake(ctx, sending context.Context, endpointID string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	l := c.lanes[endpointID]
	if l == nil {
		l = &lane{c: c, id: endpointID, awake: make(chan struct{}, 1), results: make(chan registry.Sent, c.cfg.PerEndpoint), most: c.cfg.PerEndpoint}
		c.lanes[endpointID] = l
		c.done.Go(func() { l.run(ctx, sending) })
	}
	select {
	case l.awake <- struct{}{}:
	default: // it is about to look
	}
}

// leave ends a lane that has nothing to do, unless it was woken meanwhile.
func (c *Courier) leave(l *lane) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(l.awake) > 0 {
		return false
	}
	delete(c.lanes, l.id)
	return true
}
