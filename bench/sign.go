package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"hash"
	"strconv"
	"time"
)

const (
	stampWidth     = 13 // decimal milliseconds since 1970, until the year 2286
	signatureWidth = 44 // base64 of 32 bytes
	poolSize       = 4096
	poolLife       = 20 * time.Second
)

// signed is a timestamp and its signature, as text ready to be copied into a request.
type signed struct {
	stamp     [stampWidth]byte
	signature [signatureWidth]byte
}

// signaturePool holds distinct signed timestamps, all recent enough to be accepted. It re-signs
// its oldest ones little by little, so that no request waits for a refill.
type signaturePool struct {
	mac       hash.Hash
	ring      []signed
	oldest    int
	lastStamp int64
	refilled  time.Time
}

// newMAC gives the HMAC that EPS signs with: its key is the base64 text of the access key.
func newMAC(accessKey string) hash.Hash {
	return hmac.New(sha256.New, []byte(base64.StdEncoding.EncodeToString([]byte(accessKey))))
}

// sign gives the signature of a timestamp.
func sign(mac hash.Hash, stamp []byte) (out [signatureWidth]byte) {
	var sum [sha256.Size]byte
	mac.Reset()
	mac.Write(stamp)
	base64.StdEncoding.Encode(out[:], mac.Sum(sum[:0]))
	return out
}

// newSignaturePool signs size distinct timestamps that end at now.
func newSignaturePool(accessKey string, size int, now time.Time) *signaturePool {
	p := &signaturePool{
		mac: newMAC(accessKey), ring: make([]signed, size),
		lastStamp: now.UnixMilli() - int64(size), refilled: now,
	}
	for range p.ring {
		p.renewOldest(p.lastStamp + 1)
	}
	return p
}

// refresh re-signs as many of the oldest timestamps as the time since the last call asks for: the
// whole pool within poolLife.
func (p *signaturePool) refresh(now time.Time) {
	due := min(int(now.Sub(p.refilled)*time.Duration(len(p.ring))/poolLife), len(p.ring))
	if due <= 0 {
		return
	}
	p.refilled = now
	first := max(p.lastStamp+1, now.UnixMilli()-int64(due)+1)
	for i := range due {
		p.renewOldest(first + int64(i))
	}
}

func (p *signaturePool) renewOldest(stamp int64) {
	s := &p.ring[p.oldest]
	strconv.AppendInt(s.stamp[:0], stamp, 10)
	s.signature = sign(p.mac, s.stamp[:])
	p.oldest = (p.oldest + 1) % len(p.ring)
	p.lastStamp = stamp
}

// pick gives one of the signed timestamps by a random number.
func (p *signaturePool) pick(random uint64) *signed {
	return &p.ring[random%uint64(len(p.ring))]
}
