package registry

import (
	"context"
	"sync/atomic"
	"time"

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
	Store   store.Store
	Sealer  *secret.Sealer   // opens and seals access keys
	PINs    *secret.PINs     // hashes and compares PINs; only what needs a PIN needs it
	Sandbox bool             // accept the public sandbox credentials; never in production
	Alone   bool             // no other process uses the store: what one left unfinished is dead
	Now     func() time.Time // the clock; time.Now by default

	PINRules member.PINRules // member.DefaultPINRules by default

	// What may be guessed from devices that are not bound to the member, besides the member's ladder:
	// wrong PINs a device and a channel. nil: no limit.
	DeviceGuesses  *limit.Budgets
	ChannelGuesses *limit.Budgets
}

// Registry is the set of use cases over one store. It is safe for use by many goroutines.
type Registry struct {
	store   store.Store
	sealer  *secret.Sealer
	pins    *secret.PINs
	rules   member.PINRules
	sandbox bool
	alone   bool
	now     func() time.Time
	ring    atomic.Pointer[keyring]

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
	return &Registry{store: cfg.Store, sealer: cfg.Sealer, pins: cfg.PINs, rules: cfg.PINRules, sandbox: cfg.Sandbox,
		alone: cfg.Alone, now: cfg.Now, calling: line{seats: map[string]*seat{}},
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

// Record gives an agent of a partner, "" meaning any, with its activations. UnknownAgent when
// there is none or it is another partner's: the caller cannot tell which.
func (r *Registry) Record(ctx context.Context, partnerID, userCode string) (*store.Record, error) {
	rec, err := r.store.Record(ctx, userCode)
	if err != nil {
		return nil, err
	}
	if partnerID != "" && rec.Agent.PartnerID != partnerID {
		return nil, errUnknownAgent()
	}
	return rec, nil
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
	PartnerID string // whose agents may be touched; "" for an operator: everybody's
	ChannelID string // of a call for a member; "" for an operator
	Cause     event.Cause
}

// mayStill makes sure, inside the transaction of a change, that the caller's key or secret has not
// been revoked since the request was let in.
func mayStill(tx store.Tx, by Caller) (*store.Directory, error) {
	dir, err := tx.Directory()
	if err != nil {
		return nil, err
	}
	return dir, by.stillIn(dir)
}

// stillIn says whether the caller's key or secret is live in a directory.
func (by Caller) stillIn(dir *store.Directory) error {
	if by.PartnerID != "" {
		if k, ok := dir.Key(by.Cause.Key); !ok || k.PartnerID != by.PartnerID || !k.Live(by.Cause.At) {
			return fault.New(fault.Unauthenticated, "The developer key is no longer valid.")
		}
	}
	if by.ChannelID != "" && !secretLives(dir, by) {
		return fault.New(fault.Unauthenticated, "The channel's secret is no longer valid.")
	}
	return nil
}
