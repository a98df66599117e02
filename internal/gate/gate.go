package gate

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/limit"
	"github.com/switchboard-platform/switchboard/internal/origin"
	"github.com/switchboard-platform/switchboard/internal/partner"
	"github.com/switchboard-platform/switchboard/internal/registry"
	"github.com/switchboard-platform/switchboard/internal/secret"
	"github.com/switchboard-platform/switchboard/internal/sign"
	"github.com/switchboard-platform/switchboard/internal/store"
	"github.com/switchboard-platform/switchboard/internal/trail"
)

// Config says what a Gate needs.
type Config struct {
	Registry *registry.Registry // required
	Window   time.Duration      // how far a timestamp may be from our clock; required
	Refusals *limit.Buckets     // refused credentials an address; nil: no limit
	Log      *slog.Logger       // slog.Default by default
	Trail    *trail.Log         // where partners see their refused requests; nil: nowhere
	// Uses, when set, remembers signatures for several servers.
	Uses Uses
	// Replayed, when set, is told of each signature that came again with another request.
	Replayed func(v sign.Verdict)
}

// Uses remembers signatures for several servers.
type Uses interface {
	// FirstUse gives the first use of a timestamp by a key: u itself, if there was none.
	FirstUse(ctx context.Context, developerKey string, millis int64, u sign.Use) (sign.Use, error)
}

// Gate checks credentials. It is safe for use by many goroutines.
type Gate struct {
	cfg   Config
	reg   *registry.Registry
	guard *sign.Guard
	decoy *sign.Verifier // takes the time that a real check takes
}

// New makes a gate.
func New(cfg Config) *Gate {
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	if cfg.Replayed == nil {
		cfg.Replayed = func(sign.Verdict) {}
	}
	return &Gate{cfg: cfg, reg: cfg.Registry, guard: sign.NewGuard(cfg.Window, cfg.Registry.Now()), decoy: sign.NewDecoy()}
}

// Request is what the gate must know of a request.
type Request struct {
	*http.Request
	ID      string
	Address string // the caller's, as package origin tells it
	Now     time.Time
	Refused int // the HTTP status of a refusal, for the trail; 0: 403
	// Lightly lets the caller in by the directory in memory, for what is read under the same one: see registry.Footing. A
	// refusal is not noted then, because nothing but a good answer on firm footing may be told: all is looked at again.
	Lightly bool
}

// footing gives what the caller is to stand on.
func (g *Gate) footing(r Request) (registry.Footing, error) {
	if r.Lightly {
		return g.reg.StandLightly(), nil
	}
	return g.reg.Stand(r.Context())
}

// Denied is what every refused caller is told, whatever the cause.
const (
	DeniedSignature = "Access denied: check developer_key, secret-key and secret-key-timestamp."
	DeniedBearer    = "Access denied: check the bearer token."
)

// Signed is a request whose signature was right.
type Signed struct {
	Key     *registry.Key
	On      registry.Footing // that the key stands on
	headers sign.Headers
}

// Signature checks the three headers of the EPS signature. Whatever is wrong, the fault is the same
// (Unauthenticated) and takes the same work; log and trail say what it was. TooMany after too many
// refusals. Replay must follow once the body is read.
func (g *Gate) Signature(r Request) (s Signed, err error) {
	if err := g.patience(r); err != nil {
		return s, err
	}
	headers, refusal := sign.ParseHeaders(r.Header)
	if refusal != nil {
		return s, g.refuse(r, g.named(r), refusal.Cause.String(), refusal.String(), DeniedSignature)
	}
	on, err := g.footing(r)
	if err != nil {
		return s, err
	}
	key, ok := g.reg.Key(on, headers.DeveloperKey, r.Now)
	verifier, dead := g.decoy, sign.UnknownKey
	if key != nil {
		verifier, dead = key.Verifier, sign.DeadKey
	}
	refusal = verifier.Verify(headers.Signature, headers.Timestamp, r.Now, g.cfg.Window)
	if !ok {
		refusal = &sign.Refusal{Cause: dead}
	}
	if refusal != nil {
		return s, g.refuse(r, suspectOf(key), refusal.Cause.String(), refusal.String(), DeniedSignature)
	}
	if !key.Partner.Addresses.Admits(r.Address) {
		return s, g.refuse(r, suspectOf(key), foreignAddress, foreignDetail, DeniedSignature)
	}
	key.Used(r.Now)
	return Signed{Key: key, On: on, headers: headers}, nil
}

// Replay looks whether the signature came before with another request. (It covers the timestamp alone:
// see sign.Guard.)
func (g *Gate) Replay(r Request, s Signed, body []byte) error {
	millis, _ := sign.ParseTimestamp(s.headers.Timestamp) // it was read before
	digest := sign.Digest(r.Method, r.URL.EscapedPath(), r.URL.RawQuery, body)
	v := g.guard.Check(s.Key.DeveloperKey, millis, digest, r.Address, s.Key.Replay, r.Now)
	// What follows on what came here first may have to be refused, as that was, for what came elsewhere before.
	if v.OK() && s.Key.Replay != partner.Observe && g.cfg.Uses != nil {
		own := sign.Use{Digest: digest, Address: r.Address, At: store.Cut(r.Now)}
		first, err := g.cfg.Uses.FirstUse(r.Context(), s.Key.DeveloperKey, millis, own)
		if err != nil {
			return err
		}
		v = first.Judge(own, s.Key.Replay) // Retry, if it is own
	}
	if v != sign.First && v != sign.Retry {
		g.cfg.Replayed(v)
	}
	if !v.OK() {
		return g.refuse(r, suspectOf(s.Key), v.String(), v.Text(), DeniedSignature)
	}
	return nil
}

// The cause of a refusal that is about neither, as log and trail call it, and what to do about it.
const (
	foreignAddress = "address_not_permitted"
	foreignDetail  = "address not permitted: the partner has a list of networks that it may call from, and this address is in none; call from one of them, or have the operator add yours"
)

// The causes of a refused bearer token, as log and trail call them.
const (
	noToken    = "no_token"
	wrongToken = "wrong_token"
	deadToken  = "dead_token"
)

// Bears says whether a request comes with a bearer token rather than with a signature.
func Bears(h http.Header) bool { return len(h["Authorization"]) > 0 }

// Bearer checks the bearer token of a request. Faults as Signature.
func (g *Gate) Bearer(r Request) (b registry.Bearer, on registry.Footing, err error) {
	if err := g.patience(r); err != nil {
		return b, on, err
	}
	token, ok := cutBearer(r.Header["Authorization"])
	if !ok {
		return b, on, g.refuse(r, suspect{}, noToken, "Authorization is not Bearer and a token", DeniedBearer)
	}
	if on, err = g.footing(r); err != nil {
		return b, on, err
	}
	b, ok = g.reg.Bearer(on, secret.NewText(token), r.Now)
	switch {
	case ok && !b.Partner.Addresses.Admits(r.Address): // none but a partner's token has a partner
		err = g.refuse(r, suspect{b.Partner.ID, b.Token.ID}, foreignAddress, foreignDetail, DeniedBearer)
	case ok:
		b.Used(r.Now)
		return b, on, nil
	case b.Token.ID == "":
		err = g.refuse(r, suspect{}, wrongToken, "there is no such token", DeniedBearer)
	default:
		err = g.refuse(r, suspect{b.Partner.ID, b.Token.ID}, deadToken, "the token is revoked or expired; use a current one", DeniedBearer)
	}
	return registry.Bearer{}, registry.Footing{}, err
}

// cutBearer takes the token out of the header, whose scheme is compared without regard to case.
func cutBearer(values []string) (string, bool) {
	const scheme = "bearer "
	if len(values) != 1 || len(values[0]) <= len(scheme) || !strings.EqualFold(values[0][:len(scheme)], scheme) {
		return "", false
	}
	return strings.TrimSpace(values[0][len(scheme):]), true
}

// patience refuses an address that was refused too often.
func (g *Gate) patience(r Request) error {
	if wait, ok := g.cfg.Refusals.Peek(origin.Network(r.Address), r.Now); !ok {
		return TooMany(wait)
	}
	return nil
}

// TooMany tells a caller to come again later.
func TooMany(wait time.Duration) error {
	return fault.Later(wait, "Too many requests; try again later.")
}

// suspect is who a refused request seems to come from: a partner, and its key or the id of its token. It is
// zero when what was sent is none of ours: it may be a secret that a client put into the wrong header.
type suspect struct{ partnerID, key string }

func suspectOf(k *registry.Key) suspect {
	if k == nil {
		return suspect{}
	}
	return suspect{k.Partner.ID, k.DeveloperKey}
}

// named finds whose key a request names that lacks another header.
func (g *Gate) named(r Request) suspect {
	on, err := g.footing(r)
	if err != nil {
		return suspect{}
	}
	k, _ := g.reg.Key(on, r.Header.Get(sign.DeveloperKeyHeader), r.Now)
	return suspectOf(k)
}

// refuse counts a refusal against the address and notes its precise cause.
func (g *Gate) refuse(r Request, from suspect, cause, detail, told string) error {
	refusal := fault.New(fault.Unauthenticated, "%s", told)
	if r.Lightly {
		return refusal
	}
	g.cfg.Refusals.Take(origin.Network(r.Address), r.Now)
	g.cfg.Trail.Add(from.partnerID, trail.Entry{At: r.Now, RequestID: r.ID, Method: r.Method, Path: r.URL.Path, Status: cmp.Or(r.Refused, http.StatusForbidden),
		Outcome: string(fault.Unauthenticated), Cause: cause, Detail: detail, Key: from.key, Address: r.Address})
	g.cfg.Log.Warn("request refused", "request_id", r.ID, "cause", cause, "detail", detail, "developer_key", from.key, "address", r.Address)
	return refusal
}

// Ended notes that credentials ended between the door and the change.
func (g *Gate) Ended(r Request, text string) {
	g.cfg.Log.Warn("request refused", "request_id", r.ID, "cause", sign.DeadKey.String(), "detail", text, "address", r.Address)
}

// Sweep lets go of what is remembered of signatures too old to be used again; call it every so often.
func (g *Gate) Sweep() { g.guard.Sweep(g.reg.Now()) }
