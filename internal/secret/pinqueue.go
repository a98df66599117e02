package secret

import (
	"crypto/subtle"
	"time"

	"github.com/switchboard-platform/switchboard/internal/fault"
)

// retryPIN is when a call that found every place taken should come again: by then a server that keeps
// up has worked off dozens.
const retryPIN = time.Second

// The shares of the places: nobody's calls keep everybody else's out.
const (
	channelShare  = 3.0 / 4 // of all places, those of one channel
	channelsShare = 7.0 / 8 // of all places, those of all channels together: the rest is the operator's
)

// Enter takes a place for a call of a channel, or with "" for one of the operator. When all are taken, or
// all of the channel's share, it fails at once with Unavailable and a RetryAfter: a call that waits longer
// than its caller does is work for nothing. Who entered must Leave.
func (p *PINs) Enter(channel string) (*Turn, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	full := p.taken >= p.places
	if channel != "" {
		full = p.taken >= share(p.places, channelsShare) || p.held[channel] >= share(p.places, p.share)
	}
	if full {
		busy := fault.New(fault.Unavailable, "Too many PINs are being checked right now; please try again in a moment.")
		busy.RetryAfter = retryPIN
		return nil, busy
	}
	t := &Turn{pins: p, channel: channel}
	p.hold(t, 1)
	return t, nil
}

// share is a part of the places, at least one.
func share(places int, part float64) int { return max(1, int(float64(places)*part)) }

// hold counts a turn in or out.
func (p *PINs) hold(t *Turn, n int) {
	p.taken += n
	if p.held[t.channel] += n; p.held[t.channel] == 0 {
		delete(p.held, t.channel)
	}
}

// Load is how many calls hold places, and how many hashes were made so far.
func (p *PINs) Load() (calls int, hashes uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.taken, p.hashes.Load()
}

// Turn is one call's place. It may hash several times, waiting each time until a hasher is free. It
// is used by one goroutine.
type Turn struct {
	pins    *PINs
	channel string
	left    bool
}

// Leave gives the place up. It may be called again.
func (t *Turn) Leave() {
	if t.left {
		return
	}
	t.left = true
	t.pins.mu.Lock()
	defer t.pins.mu.Unlock()
	t.pins.hold(t, -1)
}

// Match compares a PIN with a hash that Hash made for the same MSISDN. stale says that it matches and
// should be hashed anew: the cost or the primary key are others now. A hash of "" never matches, after
// the same work; nor does one that cannot be read, or whose key is not in the keyset any more.
func (t *Turn) Match(hash, msisdn string, pin Text) (ok, stale bool) {
	p := t.pins
	h, readable := parsePINHash(hash)
	if _, have := p.keys.peppers[h.keyID]; !have {
		readable = false
	}
	if !readable {
		h = pinHash{cost: p.cost, keyID: p.keys.primary, salt: make([]byte, saltBytes), sum: make([]byte, sumBytes)}
	}
	sum := p.sum(h, msisdn, pin)
	ok = subtle.ConstantTimeCompare(sum, h.sum) == 1 && readable
	return ok, ok && (h.cost != p.cost || h.keyID != p.keys.primary)
}

// Hash hashes a PIN for a member.
func (t *Turn) Hash(msisdn string, pin Text) string {
	p := t.pins
	h := pinHash{cost: p.cost, keyID: p.keys.primary, salt: p.newSalt()}
	h.sum = p.sum(h, msisdn, pin)
	return h.String()
}

// sum makes a hash with the settings of h, as soon as a hasher is free.
func (p *PINs) sum(h pinHash, msisdn string, pin Text) []byte {
	p.hashers <- struct{}{}
	defer func() { <-p.hashers }()
	p.hashes.Add(1)
	return p.argon2(p.keys.peppered(h.keyID, msisdn, pin), h.salt, h.cost)
}
