package channel

import (
	"strings"
	"time"

	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/network"
)

// Channel is a caller of the mobile banking API. It authenticates with its id and a secret.
type Channel struct {
	ID        string
	Name      string
	Addresses network.List // it may call from
	Rate      float64      // requests a second; 0 means the server's setting
	Burst     int          // with Rate
	CreatedAt time.Time
	RevokedAt time.Time // zero: not revoked
	Head      event.Head
}

// Secret is one secret of a channel. It may have two live ones, so that they rotate without a pause.
type Secret struct {
	ID        string // shown in lists and events
	ChannelID string
	Hash      [32]byte // of package secret
	CreatedAt time.Time
	ExpiresAt time.Time // zero: never
	RevokedAt time.Time // zero: not revoked
}

// MaxLiveSecrets is how many secrets of a channel may be live at a time.
const MaxLiveSecrets = 2

// Live reports whether the secret opens the door at a time.
func (s Secret) Live(at time.Time) bool {
	return s.RevokedAt.IsZero() && (s.ExpiresAt.IsZero() || at.Before(s.ExpiresAt))
}

// Revoked says whether the whole channel was.
func (c Channel) Revoked() bool { return !c.RevokedAt.IsZero() }

// The bounds of a channel's fields.
const (
	maxID    = 50
	maxName  = 200
	maxRate  = 1_000_000
	maxBurst = 1_000_000
)

// Check adds every field of the channel that is missing or malformed.
func (c Channel) Check(bad *fault.Fields) {
	if !validID(c.ID) {
		bad.Add("channel", "must be 1 to %d small letters, digits, dashes, dots or underscores, a letter or digit first", maxID)
	}
	if len(c.Name) > maxName || strings.IndexFunc(c.Name, func(r rune) bool { return r < ' ' || r == 0x7f || r == '\uFFFD' }) >= 0 {
		bad.Add("name", "must be plain text of at most %d bytes", maxName)
	}
	if !(c.Rate >= 0 && c.Rate <= maxRate) { // NaN is neither
		bad.Add("rate", "must be from 0 to %d requests a second", maxRate)
	}
	if c.Burst < 0 || c.Burst > maxBurst {
		bad.Add("burst", "must be from 0 to %d requests", maxBurst)
	}
	c.Addresses.Check("addresses", bad)
}

// validID says whether s can be a channel's id. A colon would end it in HTTP Basic; dots alone would
// not stay in the path of an address, nor would a dash first be told from a flag.
func validID(s string) bool {
	for i := range len(s) {
		c := s[i]
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && (i == 0 || c != '-' && c != '_' && c != '.') {
			return false
		}
	}
	return s != "" && len(s) <= maxID
}

// Record makes the next event of the channel's chain.
func (c Channel) Record(kind event.Kind, cause event.Cause, pairs ...string) event.Event {
	return c.Head.Next(event.Event{
		Subject: event.Subject{Kind: event.Channel, ID: c.ID},
		Kind:    kind,
		Cause:   cause,
		Data:    event.Data(pairs...),
	})
}
