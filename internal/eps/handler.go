package eps

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"sync"
	"time"

	"github.com/rs/xid"

	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/limit"
	"github.com/switchboard-platform/switchboard/internal/origin"
	"github.com/switchboard-platform/switchboard/internal/registry"
	"github.com/switchboard-platform/switchboard/internal/sign"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// Config says what the dialect needs.
type Config struct {
	Registry *registry.Registry // required
	Window   time.Duration      // how far a timestamp may be from our clock; required
	Zone     *time.Location     // of the times in answers; UTC by default
	Origin   origin.Finder

	Partners  *limit.Buckets // requests a partner; nil: no limit
	Addresses *limit.Buckets // requests an address; nil: no limit
	Refusals  *limit.Buckets // refused signatures an address; nil: no limit

	Log *slog.Logger // slog.Default by default
	// Observe, when set, is told of each request: which operation, how it ended, how long it took.
	Observe func(operation, outcome string, took time.Duration)
	// Replayed, when set, is told of each signature that came again with another request.
	Replayed func(v sign.Verdict)
}

// Handler serves the dialect.
type Handler struct {
	cfg   Config
	reg   *registry.Registry
	log   *slog.Logger
	guard *sign.Guard
	decoy *sign.Verifier // takes the time that a real check takes
}

// New makes a handler.
func New(cfg Config) *Handler {
	if cfg.Zone == nil {
		cfg.Zone = time.UTC
	}
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	if cfg.Observe == nil {
		cfg.Observe = func(string, string, time.Duration) {}
	}
	if cfg.Replayed == nil {
		cfg.Replayed = func(sign.Verdict) {}
	}
	return &Handler{
		cfg: cfg, reg: cfg.Registry, log: cfg.Log,
		guard: sign.NewGuard(cfg.Window, cfg.Registry.Now()), decoy: sign.NewDecoy(),
	}
}

// call is one request on its way through an operation.
type call struct {
	h       *Handler
	r       *http.Request
	route   *route
	path    segments
	id      string
	address string
	now     time.Time
	headers sign.Headers
	key     *registry.Key
	dir     *store.Directory
	body    []byte
}

// calls are used again: nothing keeps one beyond its request.
var calls = sync.Pool{New: func() any { return new(call) }}

func (c *call) ctx() context.Context { return c.r.Context() }

// caller is who asks, for the record.
func (c *call) caller() registry.Caller {
	return registry.Caller{PartnerID: c.key.Partner.ID, Cause: event.Cause{
		Actor: "partner:" + c.key.Partner.ID, Key: c.key.DeveloperKey, Address: c.address,
		RequestID: c.id, At: c.now,
	}}
}

// ServeHTTP answers one request.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	start := h.reg.Clock()
	c := calls.Get().(*call)
	*c = call{h: h, r: r, id: xid.NewWithTime(start).String(), address: h.cfg.Origin.Address(r), now: store.Cut(start)}
	defer calls.Put(c)
	a, err := h.serveSafely(c)
	outcome := "ok"
	if err != nil {
		f := fault.As(err)
		outcome = string(f.Code)
		a = c.refuse(w, f)
	}
	write(w, r, c.id, a)
	took := time.Since(start)
	h.cfg.Observe(c.route.name(), outcome, took)
	if h.log.Enabled(r.Context(), slog.LevelDebug) {
		h.log.Debug("request", "request_id", c.id, "operation", c.route.name(), "outcome", outcome, "address", c.address, "took", took)
	}
}

// serveSafely is serve; a panic becomes our fault, with an answer like every other.
func (h *Handler) serveSafely(c *call) (a answer, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fault.Wrap(fmt.Errorf("panic: %v\n%s", p, debug.Stack()), fault.Internal, "Something went wrong on our side.")
		}
	}()
	return h.serve(c)
}

// serve finds the operation, lets the caller in and runs it.
func (h *Handler) serve(c *call) (answer, error) {
	if wait, ok := h.cfg.Addresses.Take(origin.Network(c.address), c.now); !ok {
		return answer{}, tooMany(wait)
	}
	if err := c.findRoute(); err != nil {
		return answer{}, err
	}
	if err := c.authenticate(); err != nil {
		return answer{}, err
	}
	if wait, ok := h.cfg.Partners.Take(c.key.Partner.ID, c.now); !ok {
		return answer{}, tooMany(wait)
	}
	if err := c.readBody(); err != nil {
		return answer{}, err
	}
	if err := c.guardReplay(); err != nil {
		return answer{}, err
	}
	return c.route.run(c)
}

func tooMany(wait time.Duration) error {
	f := fault.New(fault.TooMany, "Too many requests; try again later.")
	f.RetryAfter = max(wait, time.Second)
	return f
}

// Sweep lets go of what is remembered of signatures too old to be used again; call it every so often.
func (h *Handler) Sweep() { h.guard.Sweep(h.reg.Now()) }
