package secret

import (
	"crypto/subtle"
	"time"

	"github.com/switchboard-platform/switchboard/internal/fault"
)

// retryPIN is when a call that found every place taken should come again: by then a server that keeps
// up has worked off dozens.
const retryPIN = time.Second

// Enter takes a place for one call. When all are taken it fails at once with Unavailable and a
// RetryAfter: a call that waits longer than its caller does is work for nothing. Who entered must Leave.
func (p *PINs) Enter() (*Turn, error) {
	select {
	case p.places <- struct{}{}:
		return &Turn{pins: p}, nil
	default:
		busy := fault.New(fault.Unavailable, "Too many PINs are being checked right now; please try again in a moment.")
		busy.RetryAfter = retryPIN
		return nil, busy
	}
}

// Load is how many calls hold places, and how many hashes were made so far.
func (p *PINs) Load() (calls int, hashes uint64) { return len(p.places), p.hashes.Load() }

// Turn is one call's place. It may hash several times, waiting each time until a hasher is free. It
// is used by one goroutine.
type Turn struct {
	pins *PINs
	left bool
}

// Leave gives the place up. It may be called again.
func (t *Turn) Leave() {
	if !t.left {
		t.left = true
		<-t.pins.places
	}
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
