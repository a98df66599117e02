package eps

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/rs/xid"

	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/gate"
	"github.com/switchboard-platform/switchboard/internal/limit"
	"github.com/switchboard-platform/switchboard/internal/origin"
	"github.com/switchboard-platform/switchboard/internal/registry"
	"github.com/switchboard-platform/switchboard/internal/store"
	"github.com/switchboard-platform/switchboard/internal/trail"
)

// Config says what the dialect needs.
type Config struct {
	Registry *registry.Registry // required
	Gate     *gate.Gate         // checks signatures; required
	Zone     *time.Location     // of the times in answers; UTC by default
	Origin   origin.Finder

	Partners  *limit.Buckets // requests a partner; nil: no limit
	Addresses *limit.Buckets // requests an address; nil: no limit
	Trail     *trail.Log     // where partners see their requests; nil: nowhere

	Log *slog.Logger // slog.Default by default
	// Observe, when set, is told of each request: which operation, how it ended, how long it took.
	Observe func(operation, outcome string, took time.Duration)
}

// Handler serves the dialect.
type Handler struct {
	cfg  Config
	reg  *registry.Registry
	log  *slog.Logger
	gate *gate.Gate
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
	return &Handler{cfg: cfg, reg: cfg.Registry, log: cfg.Log, gate: cfg.Gate}
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
	signed  gate.Signed
	key     *registry.Key
	dir     *store.Directory
	body    []byte
	lightly bool // it is let in by the directory in memory
	entered bool // within the partner's limit, and its body is read
	noted   bool // the gate has told the partner's request log
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
	took := h.reg.Clock().Sub(start)
	if c.key != nil && !c.noted && c.h.cfg.Trail != nil {
		c.h.cfg.Trail.Add(c.key.Partner.ID, trail.Entry{At: c.now, RequestID: c.id, Operation: c.route.name(), Method: r.Method, Path: r.URL.Path,
			Status: a.http, Outcome: outcome, Key: c.key.DeveloperKey, Address: c.address, Took: took})
	}
	h.cfg.Observe(c.route.name(), outcome, took)
	if h.log.Enabled(r.Context(), slog.LevelDebug) {
		h.log.Debug("request", "request_id", c.id, "operation", c.route.name(), "outcome", outcome, "address", c.address, "took", took)
	}
}

// serveSafely is serve; a panic becomes our fault, with an answer like every other.
func (h *Handler) serveSafely(c *call) (a answer, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fault.Panicked(p)
		}
	}()
	return h.serve(c)
}

// serve finds the operation, lets the caller in and runs it.
func (h *Handler) serve(c *call) (answer, error) {
	if wait, ok := h.cfg.Addresses.Take(origin.Network(c.address), c.now); !ok {
		return answer{}, gate.TooMany(wait)
	}
	if err := c.findRoute(); err != nil {
		return answer{}, err
	}
	if c.lightly = c.route.lightly && h.reg.Lightly(); c.lightly {
		if a, err := c.attempt(); c.signed.On.Firm() {
			return a, err
		}
		c.lightly, c.signed, c.key, c.dir, c.noted = false, gate.Signed{}, nil, nil, false
	}
	return c.attempt()
}

// attempt lets the caller in and runs the operation.
func (c *call) attempt() (answer, error) {
	if err := c.authenticate(); err != nil {
		return answer{}, err
	}
	if err := c.enter(); err != nil {
		return answer{}, err
	}
	if err := c.guardReplay(); err != nil {
		return answer{}, err
	}
	return c.route.run(c)
}

// enter counts the request against the partner's limit and reads its body, once.
func (c *call) enter() error {
	if c.entered {
		return nil
	}
	if wait, ok := c.h.cfg.Partners.Take(c.key.Partner.ID, c.now); !ok {
		return gate.TooMany(wait)
	}
	c.entered = true
	return c.readBody()
}
