package admin

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"

	"github.com/rs/xid"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/access"
	"github.com/switchboard-platform/switchboard/internal/atlas"
	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/limit"
	"github.com/switchboard-platform/switchboard/internal/origin"
	"github.com/switchboard-platform/switchboard/internal/registry"
	"github.com/switchboard-platform/switchboard/internal/secret"
	"github.com/switchboard-platform/switchboard/internal/store"
	"github.com/switchboard-platform/switchboard/internal/trail"
)

// Config says what the operator's API needs.
type Config struct {
	Registry *registry.Registry
	Store    store.Store
	Token    secret.Text                     // what a request over TCP must bear; an empty one lets nobody in
	Status   func() switchboard.ServerStatus // what the process knows of itself
	Count    func()                          // counts what happened up to now; nil: nothing is counted
	Temp     string                          // a directory for backups on their way
	Refusals *limit.Buckets                  // refused tokens an address, here alone; nil: no limit
	Origin   origin.Finder                   // tells where callers are
	Desk     Desk                            // what people at the desk are told of the server
	Atlas    *atlas.Atlas                    // where agents are
	Trail    *trail.Log                      // the partners' requests; nil: there is no log of them
	Log      *slog.Logger
}

// Handler serves the operator's API.
type Handler struct {
	cfg Config
	reg *registry.Registry
	log *slog.Logger
	mux *http.ServeMux

	patterns []string // of the routes, as they were registered
	open     []string // of those besides that ask nobody who they are
}

// New makes a handler. Temp must be this process's alone.
func New(cfg Config) *Handler {
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	h := &Handler{cfg: cfg, reg: cfg.Registry, log: cfg.Log, mux: http.NewServeMux()}
	h.routes()
	removeLeftBackups(cfg.Temp)
	return h
}

func (h *Handler) routes() {
	h.json("GET /status", h.status)
	h.json("GET /partners", h.partners)
	h.json("POST /partners", h.addPartner)
	h.json("POST /partners/{partner}/keys", h.rotateKey)
	h.json("PUT /partners/{partner}/addresses", h.setPartnerAddresses)
	h.json("GET /partners/{partner}/requests", h.partnerRequests)
	h.json("GET /events", h.events)
	h.json("GET /activity", h.activity)
	h.json("GET /events/search", h.searchEvents)
	h.json("GET /find", h.find)
	h.json("POST /keys/{key}/revoke", h.revokeKey)
	h.json("POST /keys/{key}/replay", h.setReplay)
	h.json("GET /services", h.services)
	h.json("PUT /services/{service}", h.setService)
	h.json("DELETE /services/{service}", h.removeService)
	h.json("GET /agents", h.agents)
	h.json("POST /agents", h.addAgent)
	h.json("GET /agents/{agent}", h.agent)
	h.json("POST /agents/{agent}/standing", h.setStanding)
	h.json("POST /agents/{agent}/services/{service}/{command}", h.changeService)
	h.json("POST /agents/{agent}/services/{service}/dates", h.setDates)
	h.json("PUT /agents/{agent}/place", h.setPlace)
	h.json("PUT /agents/{agent}/devices", h.setDevices)
	h.json("GET /activations", h.activations)
	h.json("GET /blocks", h.blocks)
	h.json("POST /blocks", h.placeBlock)
	h.json("GET /blocks/{block}", h.block)
	h.json("POST /blocks/{block}/lift", h.liftBlock)
	h.json("GET /rehearsal", h.rehearsal)
	h.json("GET /map", h.mapView)
	h.json("GET /agents/{agent}/services/{service}/decision", h.decide)
	h.json("POST /receipts/check", h.checkReceipt)
	h.reviewRoutes()
	h.mobileRoutes()
	h.accessRoutes()
	h.sessionRoutes()
	h.passkeyRoutes()
	h.planRoutes()
	h.webhookRoutes()
	h.auditRoutes()
	h.handle("POST /check", h.check)
	h.handle("POST /import", h.importAgents)
	h.handle("GET /backup", h.backup)
	h.mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		h.fail(w, request{}, fault.New(fault.NoRoute, "There is nothing at this address, or it takes another method."))
	})
}

// mobileRoutes are those for mobile banking.
func (h *Handler) mobileRoutes() {
	h.json("GET /channels", h.channels)
	h.json("POST /channels", h.addChannel)
	h.json("PUT /channels/{channel}", h.setChannel)
	h.json("POST /channels/{channel}/secrets", h.rotateSecret)
	h.json("POST /channels/{channel}/secrets/{secret}/revoke", h.revokeSecret)
	h.json("POST /channels/{channel}/revoke", h.revokeChannel)
	h.json("GET /members", h.members)
	h.json("POST /members", h.addMember)
	h.json("GET /members/{msisdn}", h.member)
	h.json("POST /members/{msisdn}/bind", h.bindDevice)
	h.json("POST /members/{msisdn}/unbind", h.unbindDevices)
	h.json("POST /members/{msisdn}/unlock", h.unlockMember)
	h.json("POST /members/{msisdn}/standing", h.setMemberStanding)
	h.json("POST /members/{msisdn}/pin", h.issuePIN)
	h.handle("POST /members/import", h.importMembers)
	h.json("GET /ladders", h.ladders)
	h.json("PUT /ladders/{security}", h.setLadder)
	h.handle("GET /ladders/{security}/xml", h.ladderXML)
	h.json("POST /ladders/import", h.importLadders)
}

// accessRoutes are those for who calls with a bearer token.
func (h *Handler) accessRoutes() {
	h.json("GET /operators", h.operators)
	h.json("POST /operators", h.addOperator)
	h.json("PUT /operators/{operator}/roles", h.setRoles)
	h.json("POST /operators/{operator}/revoke", h.revokeOperator)
	h.json("POST /operators/{operator}/tokens", h.addToken(access.HolderOperator))
	h.json("POST /operators/{operator}/password", h.issuePassword)
	h.json("GET /switches", h.switches)
	h.json("POST /switches", h.addSwitch)
	h.json("POST /switches/{switch}/revoke", h.revokeSwitch)
	h.json("POST /switches/{switch}/tokens", h.addToken(access.HolderSwitch))
	h.json("GET /partners/{partner}/tokens", h.partnerTokens)
	h.json("POST /partners/{partner}/tokens", h.addToken(access.HolderPartner))
	h.json("POST /tokens/{token}/revoke", h.revokeToken)
}

// request is one request on its way.
type request struct {
	*http.Request
	id      string
	cause   event.Cause
	roles   access.Roles
	session access.Session // zero for who came otherwise
}

func (r request) caller() registry.Caller { return registry.Caller{Cause: r.cause, Roles: r.roles} }

// having is the caller who saw what is to be changed as it was at a version; 0 does not say.
func (r request) having(seen uint64) registry.Caller {
	by := r.caller()
	if seen != 0 {
		by.Seen = registry.SeenAt(seen)
	}
	return by
}

// seenAt is for what may have version 0: nil does not say.
func seenAt(version *uint64) (seen registry.Seen) {
	if version != nil {
		seen = registry.SeenAt(*version)
	}
	return seen
}

// json registers an endpoint that answers with one JSON value.
func (h *Handler) json(pattern string, fn func(request) (any, error)) {
	h.handle(pattern, asJSON(fn))
}

func asJSON(fn func(request) (any, error)) func(http.ResponseWriter, request) error {
	return func(w http.ResponseWriter, r request) error {
		v, err := fn(r)
		if err != nil {
			return err
		}
		return send(w, http.StatusOK, v)
	}
}

// handle registers an endpoint for who is let in and has the roles for it.
func (h *Handler) handle(pattern string, fn func(http.ResponseWriter, request) error) {
	h.patterns = append(h.patterns, pattern)
	h.register(pattern, fn, func(r *request) error {
		if err := h.admit(r); err != nil {
			return err
		}
		return r.mayUse(pattern)
	})
}

// public registers an endpoint for whoever comes: it is how people are let in. It knows nothing of who asks, and has
// no roles; what it does it does as a registry.Visitor.
func (h *Handler) public(pattern string, fn func(request) (any, error)) {
	h.open = append(h.open, pattern)
	h.register(pattern, asJSON(fn), h.meet)
}

// register registers an endpoint: limits, errors and the log are the same for all.
func (h *Handler) register(pattern string, fn func(http.ResponseWriter, request) error, let func(*request) error) {
	method, path, _ := strings.Cut(pattern, " ")
	h.mux.HandleFunc(method+" "+switchboard.OperatorPath+path, func(w http.ResponseWriter, hr *http.Request) {
		r := request{Request: hr, id: xid.New().String()}
		w.Header().Set("X-Request-Id", r.id)
		err := let(&r)
		if err == nil {
			if !strings.HasSuffix(path, "/import") {
				r.Body = http.MaxBytesReader(w, r.Body, maxBody)
			}
			err = fn(w, r)
		}
		if err != nil {
			h.fail(w, r, err)
		}
		h.log.Debug("operator request", "request_id", r.id, "actor", r.cause.Actor, "method", method, "path", logged(path, hr.URL.Path), "outcome", fault.CodeOf(err))
	})
}

// logged is the path of a request as the log has it: a phone number is a person's, and stays out.
func logged(pattern, path string) string {
	if strings.HasPrefix(pattern, "/members/") {
		return switchboard.OperatorPath + pattern
	}
	return path
}

// maxBody is the longest body of a request that is not an import, in bytes; an import bounds itself.
const maxBody = 64 << 10

// ServeHTTP answers one request.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) { h.mux.ServeHTTP(w, r) }

// peerKey is the context key under which ConnContext leaves who is at the other end of a socket.
type peerKey struct{}

// ConnContext is for http.Server.ConnContext of the server on the Unix socket: whoever could open
// the socket is let in, as the local user they are.
func ConnContext(ctx context.Context, user string) context.Context {
	return context.WithValue(ctx, peerKey{}, user)
}

// meet notes where and when a request came.
func (h *Handler) meet(r *request) error {
	r.cause = event.Cause{Address: h.cfg.Origin.Address(r.Request), RequestID: r.id, At: h.reg.Now()}
	return nil
}

// admit lets a request in: by the socket it came through, by the token of a person or of a session, or by the shared one.
// Where too many were refused is asked only of a token that is not known: who is in must not be shut out by whoever else
// is behind the same address. Nobody guesses a token; the limit is for the log.
func (h *Handler) admit(r *request) error {
	if err := h.meet(r); err != nil {
		return err
	}
	if user, ok := r.Context().Value(peerKey{}).(string); ok {
		r.cause.Actor, r.roles = access.OperatorPrefix+user, access.Administrator
		return nil
	}
	token := bearer(r.Request)
	if known, err := h.recognize(r, token); known || err != nil {
		return err
	}
	if wait, ok := h.cfg.Refusals.Take(origin.Network(r.cause.Address), r.cause.At); !ok {
		return fault.Later(wait, "Too many refused tokens; try again later.")
	}
	h.log.Warn("operator request refused", "request_id", r.id, "address", r.cause.Address, "token", !token.IsZero())
	return fault.New(fault.Unauthenticated, "A bearer token is needed: send Authorization: Bearer with your own, or with the text of operator.token in the data directory.")
}

// bearer is the token that a request bears, zero for none.
func bearer(r *http.Request) secret.Text {
	text, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		return secret.Text{}
	}
	return secret.NewText(text)
}

// recognize finds whose a token is. Those of partners and switches open no door here.
func (h *Handler) recognize(r *request, token secret.Text) (known bool, err error) {
	if token.IsZero() {
		return false, nil
	}
	if !h.cfg.Token.IsZero() && h.cfg.Token.Equal(token) {
		r.cause.Actor, r.roles = event.SharedToken, access.Administrator
		return true, nil
	}
	if strings.HasPrefix(token.Reveal(), registry.SessionToken) {
		return h.recognizeSession(r, token)
	}
	on, err := h.reg.Stand(r.Context())
	if err != nil {
		return false, err
	}
	b, ok := h.reg.Bearer(on, token, r.cause.At)
	if !ok || b.Token.Holder != access.HolderOperator {
		return false, nil
	}
	b.Used(r.cause.At)
	r.cause.Actor, r.cause.Key, r.roles = b.Actor(), b.Token.ID, b.Operator.Roles
	return true, nil
}

// decode reads a JSON body; a field we do not know is an error, because a typo must not go unseen.
func decode[T any](r request) (v T, err error) {
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	if err := d.Decode(&v); err != nil {
		var tooLarge *http.MaxBytesError
		if errors.As(err, &tooLarge) {
			return v, fault.Wrap(err, fault.TooLarge, "The body is larger than %d KiB.", maxBody>>10)
		}
		return v, fault.Wrap(err, fault.Invalid, "The body is not the JSON object this address takes.")
	}
	if _, err := d.Token(); err != io.EOF {
		return v, fault.New(fault.Invalid, "The body has something behind its JSON object.")
	}
	return v, nil
}
