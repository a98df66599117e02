package decision

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/rs/xid"

	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/answer"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/gate"
	"github.com/switchboard-platform/switchboard/internal/limit"
	"github.com/switchboard-platform/switchboard/internal/origin"
	"github.com/switchboard-platform/switchboard/internal/registry"
	"github.com/switchboard-platform/switchboard/internal/store"
	"github.com/switchboard-platform/switchboard/internal/trail"
)

// Config says what the API needs.
type Config struct {
	Registry *registry.Registry // required
	Gate     *gate.Gate         // checks signatures and tokens; required
	Origin   origin.Finder

	Partners  *limit.Buckets // requests a partner; nil: no limit
	Switches  *limit.Buckets // requests a switch; nil: no limit
	Addresses *limit.Buckets // requests an address; nil: no limit
	Trail     *trail.Log     // where partners see their requests; nil: nowhere

	Log *slog.Logger // slog.Default by default
	// Observe, when set, is told of each request: which operation, how it ended, how long it took.
	Observe func(operation, outcome string, took time.Duration)
	// Decided, when set, is told of each answer: allowed when there are no reasons.
	Decided func(reasons []agent.Reason)
}

// Handler serves the API.
type Handler struct {
	cfg  Config
	reg  *registry.Registry
	log  *slog.Logger
	gate *gate.Gate
}

// New makes a handler.
func New(cfg Config) *Handler {
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	if cfg.Observe == nil {
		cfg.Observe = func(string, string, time.Duration) {}
	}
	if cfg.Decided == nil {
		cfg.Decided = func([]agent.Reason) {}
	}
	return &Handler{cfg: cfg, reg: cfg.Registry, log: cfg.Log, gate: cfg.Gate}
}

// call is one request on its way. Most of these are answered in microseconds, so that what it needs is used
// again.
type call struct {
	h       *Handler
	r       *http.Request
	route   *route
	id      string
	address string
	now     time.Time

	by  registry.Asker
	key string // the developer key or the token's id
	on  registry.Footing

	lightly  bool // it is let in by the directory in memory
	entered  bool // within the caller's limit
	bodyRead bool
	bodyErr  error // of the reading

	body     []byte
	question question
	ask      registry.Ask
	bad      fault.Fields
	out      []byte // the answer
}

// calls are used again: nothing keeps one beyond its request.
var calls = sync.Pool{New: func() any { return new(call) }}

// maxKept is the longest buffer that a call keeps for the next one, in bytes.
const maxKept = 16 << 10

func (h *Handler) newCall(r *http.Request, start time.Time) *call {
	c := calls.Get().(*call)
	body, out := c.body[:0], c.out[:0]
	*c = call{h: h, r: r, id: xid.NewWithTime(start).String(), address: h.cfg.Origin.Address(r), now: store.Cut(start), body: body, out: out}
	return c
}

func (c *call) release() {
	if cap(c.body) <= maxKept && cap(c.out) <= maxKept {
		calls.Put(c)
	}
}

func (c *call) ctx() context.Context { return c.r.Context() }

// atGate is what the gate must know of the request.
func (c *call) atGate() gate.Request {
	return gate.Request{Request: c.r, ID: c.id, Address: c.address, Now: c.now, Refused: answer.Status(fault.Unauthenticated), Lightly: c.lightly}
}

// outcomeOK is how a request that was answered is called, whatever was decided.
const outcomeOK = "ok"

// ServeHTTP answers one request.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	start := h.reg.Clock()
	c := h.newCall(r, start)
	defer c.release()
	status, outcome := http.StatusOK, outcomeOK
	if err := c.serveSafely(); err == nil {
		c.echo(w.Header())
		answer.Write(w, c.id, status, c.out)
	} else {
		f := fault.As(err)
		outcome = string(f.Code)
		if c.echo(w.Header()); f.Code == fault.WrongMethod {
			w.Header()["Allow"] = []string{c.route.method}
		}
		status = answer.Fault(w, h.log, c.id, c.route.name(), f)
	}
	c.note(status, outcome, h.reg.Clock().Sub(start))
}

// note leaves word of a request for metrics, its partner and the log.
func (c *call) note(status int, outcome string, took time.Duration) {
	h := c.h
	if partner := c.partnerID(); partner != "" && h.cfg.Trail != nil {
		h.cfg.Trail.Add(partner, trail.Entry{At: c.now, RequestID: c.id, Operation: c.route.name(), Method: c.r.Method, Path: c.r.URL.Path,
			Status: status, Outcome: outcome, Key: c.key, Address: c.address, Took: took})
	}
	h.cfg.Observe(c.route.name(), outcome, took)
	if h.log.Enabled(c.ctx(), slog.LevelDebug) {
		h.log.Debug("request", "request_id", c.id, "operation", c.route.name(), "outcome", outcome, "address", c.address, "took", took)
	}
}

// maxEchoed is the longest X-Request-ID that is given back, in bytes.
const maxEchoed = 256

// echo gives the caller's X-Request-ID back where AuthZEN has it so. Ours stands in the log and in errors.
func (c *call) echo(h http.Header) {
	if c.route == nil || !c.route.authZEN {
		return
	}
	if ids := c.r.Header["X-Request-Id"]; len(ids) == 1 && len(ids[0]) <= maxEchoed {
		h["X-Request-Id"] = ids
	}
}

// serveSafely is serve; a panic becomes our fault, with an answer like every other.
func (c *call) serveSafely() (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fault.Panicked(p)
		}
	}()
	return c.serve()
}

// serve finds the operation, lets the caller in and runs it.
func (c *call) serve() error {
	if wait, ok := c.h.cfg.Addresses.Take(origin.Network(c.address), c.now); !ok {
		return gate.TooMany(wait)
	}
	if err := c.findRoute(); err != nil {
		return err
	}
	if c.route.public {
		return c.route.run(c)
	}
	if c.lightly = c.route.lightly && c.h.reg.Lightly(); c.lightly {
		if err := c.attempt(); c.on.Firm() {
			return err
		}
		c.lightly, c.on, c.by, c.key = false, registry.Footing{}, registry.Asker{}, ""
		c.question, c.ask, c.bad, c.out = question{}, registry.Ask{}, nil, c.out[:0]
	}
	return c.attempt()
}

// attempt lets the caller in and runs the operation.
func (c *call) attempt() error {
	if err := c.admit(); err != nil {
		return err
	}
	return c.route.run(c)
}
