package partnerapi

import (
	"log/slog"
	"net/http"
	"time"

	"github.com/rs/xid"

	"github.com/switchboard-platform/switchboard/internal/answer"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/gate"
	"github.com/switchboard-platform/switchboard/internal/limit"
	"github.com/switchboard-platform/switchboard/internal/origin"
	"github.com/switchboard-platform/switchboard/internal/registry"
	"github.com/switchboard-platform/switchboard/internal/store"
	"github.com/switchboard-platform/switchboard/internal/trail"
)

// Prefix is how every path of the API begins.
const Prefix = "/v1/"

// Config says what the API needs.
type Config struct {
	Registry *registry.Registry // required
	Gate     *gate.Gate         // checks signatures and tokens; required
	Origin   origin.Finder

	Partners  *limit.Buckets // requests a partner; nil: no limit
	Switches  *limit.Buckets // requests a switch; nil: no limit
	Addresses *limit.Buckets // requests an address; nil: no limit
	Trail     *trail.Log     // the partners' request log; nil: there is none

	Log *slog.Logger // slog.Default by default
	// Observe, when set, is told of each request: which operation, how it ended, how long it took
	// apart from waiting for news.
	Observe func(operation, outcome string, took time.Duration)
}

// Handler serves the API.
type Handler struct {
	cfg     Config
	reg     *registry.Registry
	log     *slog.Logger
	gate    *gate.Gate
	mux     *http.ServeMux
	readers *readers
}

// New makes a handler.
func New(cfg Config) *Handler {
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	if cfg.Observe == nil {
		cfg.Observe = func(string, string, time.Duration) {}
	}
	h := &Handler{cfg: cfg, reg: cfg.Registry, log: cfg.Log, gate: cfg.Gate, mux: http.NewServeMux(), readers: newReaders()}
	h.routes()
	return h
}

func (h *Handler) routes() {
	h.all("GET /v1/events", h.events)
	h.json("GET /v1/requests", h.requests)
	h.json("GET /v1/blocks", h.blocks)
	h.json("POST /v1/blocks", h.placeBlock)
	h.json("POST /v1/blocks/{block}/lift", h.liftBlock)
	h.webhookRoutes()
	h.serve("/", "none", func(http.ResponseWriter, *request) error {
		return fault.New(fault.NoRoute, "There is nothing at this address, or it takes another method.")
	})
}

// ServeHTTP answers one request.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) { h.mux.ServeHTTP(w, r) }

// endpoint answers a request that was let in. It returns an error only when it has written nothing.
type endpoint func(w http.ResponseWriter, r *request) error

// json registers an endpoint for partners that answers with one JSON value.
func (h *Handler) json(pattern string, fn func(*request) (any, error)) {
	h.partners(pattern, func(w http.ResponseWriter, r *request) error {
		v, err := fn(r)
		if err != nil {
			return err
		}
		return answer.Value(w, r.id, http.StatusOK, v)
	})
}

// partners registers an endpoint for partners alone.
func (h *Handler) partners(pattern string, fn endpoint) {
	h.all(pattern, func(w http.ResponseWriter, r *request) error {
		if r.partner.ID == "" {
			return fault.New(fault.Forbidden, "This address is for partners; a switch follows GET /v1/events and asks for decisions.")
		}
		return fn(w, r)
	})
}

// all registers an endpoint for partners and switches.
func (h *Handler) all(pattern string, fn endpoint) {
	h.serve(pattern, pattern, func(w http.ResponseWriter, r *request) error {
		if err := h.admit(r); err != nil {
			return err
		}
		return fn(w, r)
	})
}

// serve registers an address: limits by address, errors, log, metrics and the request log are the same for all.
func (h *Handler) serve(pattern, operation string, fn endpoint) {
	h.mux.HandleFunc(pattern, func(w http.ResponseWriter, hr *http.Request) {
		start := h.reg.Clock()
		r := &request{Request: hr, id: xid.NewWithTime(start).String(), address: h.cfg.Origin.Address(hr), now: store.Cut(start)}
		err := h.safely(w, r, fn)
		status, outcome := http.StatusOK, outcomeOK
		if err != nil {
			outcome = string(fault.CodeOf(err))
			status = answer.Fault(w, h.log, r.id, operation, h.told(r, err))
		}
		took := h.reg.Clock().Sub(start) - r.waited
		if r.admitted {
			h.cfg.Trail.Add(r.partner.ID, trail.Entry{At: r.now, RequestID: r.id, Operation: operation, Method: hr.Method, Path: hr.URL.Path,
				Status: status, Outcome: outcome, Key: r.by.Cause.Key, Address: r.address, Took: took})
		}
		h.cfg.Observe(operation, outcome, took)
		h.log.Debug("request", "request_id", r.id, "operation", operation, "outcome", outcome, "address", r.address, "took", took)
	})
}

// outcomeOK is how a request that went through is called.
const outcomeOK = "ok"

// safely runs an endpoint within the limit of its address; a panic becomes our fault, with an answer like
// every other.
func (h *Handler) safely(w http.ResponseWriter, r *request, fn endpoint) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fault.Panicked(p)
		}
	}()
	if wait, ok := h.cfg.Addresses.Take(origin.Network(r.address), r.now); !ok {
		return gate.TooMany(wait)
	}
	return fn(w, r)
}

// told is what a caller is told of an error. Whose credentials ended after the door had let them in is
// told no more than whoever was not let in.
func (h *Handler) told(r *request, err error) error {
	if r.admitted && fault.Is(err, fault.Unauthenticated) {
		h.gate.Ended(r.atGate(), fault.As(err).Message)
		return fault.New(fault.Unauthenticated, "%s", r.denied)
	}
	return err
}
