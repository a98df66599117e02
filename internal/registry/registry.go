package registry

import (
	"context"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/switchboard-platform/switchboard/internal/access"
	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/limit"
	"github.com/switchboard-platform/switchboard/internal/member"
	"github.com/switchboard-platform/switchboard/internal/secret"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// Config says what a Registry needs; all of it is required but Now.
type Config struct {
	Store  store.Store
	Sealer *secret.Sealer // opens and seals access keys
	PINs   *secret.PINs   // hashes and compares PINs; only what needs a PIN needs it

	Passwords *secret.Passwords // of operators; only what signs them in needs it
	Receipts  *secret.Stamper   // stamps receipts; only decisions need it
	LogKey    secret.LogKey     // signs the heads of the log of events; only what signs needs it
	Sandbox   bool              // accept the public sandbox credentials; never in production
	Alone     bool              // no other process uses the store: what one left unfinished is dead
	Now       func() time.Time  // the clock; time.Now by default

	PINRules member.PINRules // member.DefaultPINRules by default
	Webhooks WebhookRules    // where webhooks may go; nowhere by default
	Sessions SessionRules    // DefaultSessionRules by default

	// What may be guessed from devices that are not bound to the member, besides the member's ladder:
	// wrong PINs a device and a channel. nil: no limit.
	DeviceGuesses  *limit.Budgets
	ChannelGuesses *limit.Budgets
}

// Registry is the set of use cases over one store. It is safe for use by many goroutines.
type Registry struct {
	store    store.Store
	sealer   *secret.Sealer
	pins     *secret.PINs
	receipts *secret.Stamper
	rules    member.PINRules
	sandbox  bool
	alone    bool
	now      func() time.Time
	ring     atomic.Pointer[keyring]
	used     *uses // activations used lately, which the store does not know of yet
	counted  tallied

	keyUses keyUses // keys used lately

	hooks WebhookRules

	passwords *secret.Passwords
	ways      Ways
	sessions  SessionRules
	former    atomic.Int32 // calls with keys of before: see naming

	redelivering sync.Mutex // see RedeliverSince
	readingAll   sync.Mutex // see readAll
	making       sync.Map   // ids of plans that this process is making

	log eventLog

	calling                       line // one call that shows a PIN a member at a time
	deviceGuesses, channelGuesses *limit.Budgets
}

// New makes the use cases over a store.
func New(cfg Config) *Registry {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.PINRules == (member.PINRules{}) {
		cfg.PINRules = member.DefaultPINRules()
	}
	if cfg.Sessions == (SessionRules{}) {
		cfg.Sessions = DefaultSessionRules()
	}
	return &Registry{passwords: cfg.Passwords, sessions: cfg.Sessions,
		store: cfg.Store, sealer: cfg.Sealer, pins: cfg.PINs, receipts: cfg.Receipts, rules: cfg.PINRules, sandbox: cfg.Sandbox,
		alone: cfg.Alone, now: cfg.Now, hooks: cfg.Webhooks, log: eventLog{key: cfg.LogKey}, used: newUses(), counted: tallied{n: map[store.Count]int64{}},
		keyUses: keyUses{of: map[store.KeyName]*keyUse{}}, calling: line{seats: map[string]*seat{}},
		deviceGuesses: cfg.DeviceGuesses, channelGuesses: cfg.ChannelGuesses}
}

// Clock is the time by the registry's clock as that gives it, good for measuring how long things take.
func (r *Registry) Clock() time.Time { return r.now() }

// Now is the time by the registry's clock, as the store keeps it.
func (r *Registry) Now() time.Time { return store.Cut(r.now()) }

// Directory gives the partners, keys and services as they are now.
func (r *Registry) Directory(ctx context.Context) (*store.Directory, error) {
	return r.store.Directory(ctx)
}

// Record gives an agent of a partner, "" meaning any, with its activations, and the directory as of the same moment.
// UnknownAgent when there is none or it is another partner's: the caller cannot tell which.
func (r *Registry) Record(ctx context.Context, on *Footing, partnerID, userCode string) (*store.Record, *store.Directory, error) {
	rec, dir, err := r.oneState(ctx, on, partnerID, userCode)
	if err == nil && rec == nil {
		err = errUnknownAgent()
	}
	return rec, dir, err
}

// oneState gives an agent's record and the directory as of one moment; no record for an agent that the
// partner does not have.
func (r *Registry) oneState(ctx context.Context, on *Footing, partnerID, userCode string) (*store.Record, *store.Directory, error) {
	rec, dir, err := r.store.State(ctx, userCode)
	if err == nil {
		err = on.under(dir)
	}
	return ofPartner(rec, partnerID), dir, err
}

// ofPartner gives no record of an agent of another partner; "" is any.
func ofPartner(rec *store.Record, partnerID string) *store.Record {
	if rec != nil && partnerID != "" && rec.Agent.PartnerID != partnerID {
		return nil
	}
	return rec
}

func errUnknownAgent() error { return fault.New(fault.UnknownAgent, "No such agent.") }

// own loads an agent inside a transaction by one of the ways to, with the rule of Record.
func own(load func(string) (*agent.Record, error), partnerID, userCode string) (*agent.Record, error) {
	rec, err := load(userCode)
	if err != nil {
		return nil, err
	}
	if partnerID != "" && rec.Agent.PartnerID != partnerID {
		return nil, errUnknownAgent()
	}
	return rec, nil
}

// Caller is who asks for a change.
type Caller struct {
	PartnerID string       // whose agents may be touched; "" for an operator: everybody's
	ChannelID string       // of a call for a member; "" for an operator
	Roles     access.Roles // of an operator
	Cause     event.Cause
	Seen      Seen // how far the caller saw what is to be changed; heeded by changes of agents, activations, members and the directory
}

// mayStill makes sure, inside the transaction of a change, that the caller's key or secret has not
// been revoked since the request was let in.
func mayStill(tx store.Tx, by Caller) (*store.Directory, error) {
	dir, err := tx.Directory()
	if err != nil {
		return nil, err
	}
	if err := by.stillIn(dir); err != nil {
		return dir, err
	}
	return dir, by.sessionStands(tx)
}

// update makes a change for a caller who mayStill, now. A request may be long on its way: its body may come
// slowly, on purpose, while the caller is shown the door.
func (r *Registry) update(ctx context.Context, by Caller, change func(store.Tx) error) error {
	return r.store.Update(ctx, func(tx store.Tx) error {
		late := by
		late.Cause.At = r.Now()
		if _, err := mayStill(tx, late); err != nil {
			return err
		}
		return change(tx)
	})
}

// stillIn says whether the caller's key, secret or token is live in a directory, and whether an operator still
// has the roles by which the request was let in.
func (by Caller) stillIn(dir *store.Directory) error {
	switch {
	case by.PartnerID != "":
		if p := dir.PartnerAt(by.PartnerID); p != nil && !p.Addresses.Admits(by.Cause.Address) {
			return fault.New(fault.Unauthenticated, "The partner may no longer call from this address.")
		}
		k, ok := dir.Key(by.Cause.Key)
		if ok && k.PartnerID == by.PartnerID && k.Live(by.Cause.At) {
			return nil
		}
		if ok || !by.tokenLives(dir, access.HolderPartner, by.PartnerID) {
			return fault.New(fault.Unauthenticated, "The developer key or token is no longer valid.")
		}
	case by.ChannelID != "":
		if !secretLives(dir, by) {
			return fault.New(fault.Unauthenticated, "The channel's secret is no longer valid.")
		}
	case by.Cause.Key != "":
		name, _ := strings.CutPrefix(by.Cause.Actor, access.OperatorPrefix)
		o, ok := dir.Operator(name)
		if !ok || !o.RevokedAt.IsZero() || !by.inSession() && !by.tokenLives(dir, access.HolderOperator, name) {
			return fault.New(fault.Unauthenticated, "The token is no longer valid.")
		}
		if by.Roles&^o.Roles != 0 {
			return fault.New(fault.Forbidden, "Your roles were changed meanwhile: they are %s now.", o.Roles)
		}
	}
	return nil
}

// tokenLives says whether the token that the caller came with, by its id, still opens the door for a holder.
func (by Caller) tokenLives(dir *store.Directory, kind access.Holder, id string) bool {
	return slices.ContainsFunc(dir.Tokens, func(t access.Token) bool {
		return t.ID == by.Cause.Key && t.Holder == kind && t.HolderID == id && t.Live(by.Cause.At)
	})
}
