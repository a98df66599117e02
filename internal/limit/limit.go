package limit

import (
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/time/rate"
)

// maxKeys bounds the memory that strangers can make us use: the buckets used longest ago are
// forgotten, which makes them full again.
const maxKeys = 65536

// Buckets is a set of token buckets, one a key. A nil *Buckets limits nothing.
type Buckets struct {
	rate    rate.Limit
	burst   int
	buckets *lru.Cache[string, *rate.Limiter]
}

// New makes buckets that hold burst tokens and gain perSecond of them; nil, which limits
// nothing, when perSecond is 0.
func New(perSecond float64, burst int) *Buckets {
	if perSecond <= 0 {
		return nil
	}
	buckets, err := lru.New[string, *rate.Limiter](maxKeys)
	if err != nil {
		panic(err) // only for a size of 0
	}
	return &Buckets{rate: rate.Limit(perSecond), burst: max(burst, 1), buckets: buckets}
}

// Take takes a token of a key's bucket. When there is none, it says how long until there is one.
func (b *Buckets) Take(key string, now time.Time) (wait time.Duration, ok bool) {
	if b == nil {
		return 0, true
	}
	return b.wait(b.bucket(key), now, true)
}

// Peek says whether Take would succeed, and takes nothing.
func (b *Buckets) Peek(key string, now time.Time) (wait time.Duration, ok bool) {
	if b == nil {
		return 0, true
	}
	l, ok := b.buckets.Peek(key)
	if !ok {
		return 0, true
	}
	return b.wait(l, now, false)
}

func (b *Buckets) wait(l *rate.Limiter, now time.Time, take bool) (time.Duration, bool) {
	if take && l.AllowN(now, 1) {
		return 0, true
	}
	missing := 1 - l.TokensAt(now)
	if !take && missing <= 0 {
		return 0, true
	}
	return time.Duration(missing / float64(b.rate) * float64(time.Second)), false
}

func (b *Buckets) bucket(key string) *rate.Limiter {
	if l, ok := b.buckets.Get(key); ok {
		return l
	}
	fresh := rate.NewLimiter(b.rate, b.burst)
	if l, ok, _ := b.buckets.PeekOrAdd(key, fresh); ok {
		return l
	}
	return fresh
}
