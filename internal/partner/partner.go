package partner

import (
	"time"

	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/network"
)

// Partner is an API user: whoever's back end switches services on and off for its agents.
type Partner struct {
	ID          string
	Name        string
	InitiatorID string // its registered mobile number, ten digits
	CreatedAt   time.Time
	Addresses   network.List // it may call from
	Head        event.Head
}

// Replay says what happens to a second, different request under one signature of a key.
type Replay uint8

// The replay levels.
const (
	Observe    Replay = 0 // let it pass, count it
	SameSource Replay = 1 // pass only from the address of the first use, within 2 s
	Strict     Replay = 2 // refuse
)

// String is the level as commands and files spell it.
func (r Replay) String() string { return [...]string{"observe", "same-source", "strict"}[r%3] }

// ParseReplay reads what String wrote.
func ParseReplay(s string) (Replay, bool) {
	for _, r := range []Replay{Observe, SameSource, Strict} {
		if r.String() == s {
			return r, true
		}
	}
	return Observe, false
}

// Key is one developer key of a partner. A partner may have several live ones, so that keys
// rotate without a pause.
type Key struct {
	DeveloperKey string // public: sent with every request
	PartnerID    string
	Sealed       []byte // the access key, encrypted; only package secret can open it
	Replay       Replay
	CreatedAt    time.Time
	ExpiresAt    time.Time // zero: never
	RevokedAt    time.Time // zero: not revoked
}

// Live reports whether the key opens the door at a time.
func (k Key) Live(at time.Time) bool {
	return k.RevokedAt.IsZero() && (k.ExpiresAt.IsZero() || at.Before(k.ExpiresAt))
}

// MaxLiveKeys is how many keys of a partner may be live at a time: a rotation needs two, and
// whoever has more has forgotten one.
const MaxLiveKeys = 4

// Check adds every field of the partner that is missing or malformed.
func (p Partner) Check(bad *fault.Fields) {
	if p.Name == "" || !agent.ValidText(p.Name) {
		bad.Add("name", "is required, plain text of at most 200 bytes")
	}
	if !agent.ValidMobile(p.InitiatorID) {
		bad.Add("initiator_id", "must be ten digits")
	}
	p.Addresses.Check("addresses", bad)
}

// Record makes the next event of the partner's chain.
func (p Partner) Record(kind event.Kind, c event.Cause, pairs ...string) event.Event {
	return p.Head.Next(event.Event{
		Subject: event.Subject{Kind: event.Partner, ID: p.ID},
		Kind:    kind,
		Cause:   c,
		Data:    event.Data(pairs...),
	})
}
