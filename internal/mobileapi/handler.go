package mobileapi

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/rs/xid"

	"github.com/switchboard-platform/switchboard/internal/channel"
	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/limit"
	"github.com/switchboard-platform/switchboard/internal/origin"
	"github.com/switchboard-platform/switchboard/internal/registry"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// Config says what the dialect needs.
type Config struct {
	Registry *registry.Registry // required
	Zone     *time.Location     // of the times in requests and answers; Africa/Nairobi by default
	Origin   origin.Finder

	Channels  *limit.Buckets // requests a channel that has no rate of its own; nil: no limit
	Addresses *limit.Buckets // requests an address; nil: no limit
	Refusals  *limit.Buckets // refused credentials an address; nil: no limit

	Log *slog.Logger // slog.Default by default
	// Observe, when set, is told of each request: which action, how it ended, how long it took.
	Observe func(action, outcome string, took time.Duration)
}

// Handler serves the dialect at whatever address it is mounted.
type Handler struct {
	cfg      Config
	reg      *registry.Registry
	log      *slog.Logger
	channels channelLimits
	ids      *recentIDs
}

// New makes a handler.
func New(cfg Config) *Handler {
	if cfg.Zone == nil {
		cfg.Zone = nairobi()
	}
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	if cfg.Observe == nil {
		cfg.Observe = func(string, string, time.Duration) {}
	}
	return &Handler{cfg: cfg, reg: cfg.Registry, log: cfg.Log, channels: channelLimits{shared: cfg.Channels}, ids: newRecentIDs()}
}

// nairobi is East Africa Time, which knows no summer time: it needs no table of zones.
func nairobi() *time.Location { return time.FixedZone("Africa/Nairobi", 3*60*60) }

// call is one request on its way through an action.
type call struct {
	h       *Handler
	r       *http.Request
	id      string
	address string
	now     time.Time
	channel channel.Channel
	secret  string // the id of the channel's secret
	on      registry.Footing
	action  *action // nil until it is known
	request request
	body    []byte
	out     []byte // the answer

	lightly  bool // it is let in by the directory in memory
	entered  bool // within the channel's limit
	bodyRead bool
	bodyErr  error // of the reading
}

// calls are used again: nothing keeps one beyond its request.
var calls = sync.Pool{New: func() any { return new(call) }}

// maxKept is the longest buffer that a call keeps for the next one, in bytes.
const maxKept = 8 << 10

func (h *Handler) newCall(r *http.Request, start time.Time) *call {
	c := calls.Get().(*call)
	body, out, asked := c.body[:0], c.out[:0], c.request.asked[:0]
	*c = call{h: h, r: r, id: xid.NewWithTime(start).String(), address: h.cfg.Origin.Address(r), now: store.Cut(start), body: body, out: out}
	c.request.asked = asked
	return c
}

// release ends a call. Its body may hold a PIN and is wiped.
func (c *call) release() {
	clear(c.body)
	if cap(c.body) <= maxKept && cap(c.out) <= maxKept && cap(c.request.asked) <= maxKept {
		calls.Put(c)
	}
}

func (c *call) ctx() context.Context { return c.r.Context() }

// caller is who asks, for the record.
func (c *call) caller() registry.Caller {
	return registry.Caller{ChannelID: c.channel.ID, Cause: event.Cause{
		Actor: "channel:" + c.channel.ID, Key: c.secret, Address: c.address, RequestID: c.id, At: c.now,
	}}
}

// ServeHTTP answers one request.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	start := h.reg.Clock()
	c := h.newCall(r, start)
	defer c.release()
	status := http.StatusOK
	body, outcome, err := h.serveSafely(c)
	if err != nil {
		f := fault.As(err)
		outcome = string(f.Code)
		status, body = c.refuse(w.Header(), f)
	}
	c.write(w, status, body)
	took := h.reg.Clock().Sub(start)
	h.cfg.Observe(c.action.label(), outcome, took)
	if h.log.Enabled(r.Context(), slog.LevelDebug) {
		h.log.Debug("request", "request_id", c.id, "action", c.action.label(), "outcome", outcome, "channel", c.channel.ID, "address", c.address, "took", took)
	}
}

// serveSafely is serve; a panic becomes our fault, with an answer like every other.
func (h *Handler) serveSafely(c *call) (body []byte, outcome string, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fault.Panicked(p)
		}
	}()
	return h.serve(c)
}

// serve lets the caller in, finds the action and runs it. A request over the channel's limit is read
// all the same, so that the answer has the field that its action promises.
func (h *Handler) serve(c *call) (body []byte, outcome string, err error) {
	if wait, ok := h.cfg.Addresses.Take(origin.Network(c.address), c.now); !ok {
		return nil, "", tooMany(wait)
	}
	if c.r.Method != http.MethodPost {
		return nil, "", fault.New(fault.WrongMethod, "This address takes %s.", http.MethodPost)
	}
	if c.lightly = h.reg.Lightly(); c.lightly {
		if body, outcome, err = c.attempt(); c.on.Firm() {
			return body, outcome, err
		}
		asked := c.request.asked[:0]
		c.lightly, c.action, c.request, c.out = false, nil, request{asked: asked}, c.out[:0]
		c.channel, c.secret = channel.Channel{}, ""
	}
	return c.attempt()
}

// attempt lets the caller in, finds the action and runs it. What not every action may be let in to lightly it leaves.
func (c *call) attempt() (body []byte, outcome string, err error) {
	if err := c.authenticate(); err != nil {
		return nil, "", err
	}
	err = c.decode()
	if err == nil && !c.action.lightly && !c.on.Firm() {
		return nil, "", nil
	}
	if wait, ok := c.take(); !ok {
		return nil, "", tooMany(wait)
	}
	if err != nil {
		return nil, "", err
	}
	if err := c.read(); err != nil {
		return nil, "", err
	}
	return c.action.run(c)
}

// take counts the request against the channel's limit, once.
func (c *call) take() (wait time.Duration, ok bool) {
	if !c.entered {
		wait, c.entered = c.h.channels.take(&c.channel, c.now)
	}
	return wait, c.entered
}

func tooMany(wait time.Duration) error {
	return fault.Later(wait, "Too many requests; try again later.")
}
