package mobileapi

import (
	"math"
	"sync"
	"time"

	"github.com/switchboard-platform/switchboard/internal/channel"
	"github.com/switchboard-platform/switchboard/internal/limit"
)

// channelLimits limits the requests of each channel: those of a channel with a rate of its own by
// that, all others by the shared setting.
type channelLimits struct {
	shared *limit.Buckets

	mu  sync.RWMutex
	own map[string]ownLimit // by channel
}

// ownLimit is the limit of one channel, good for as long as the channel's rate stays.
type ownLimit struct {
	rate    float64
	burst   int
	buckets *limit.Buckets
}

// take takes a token for a request of a channel. When there is none, it says how long until there is one.
func (l *channelLimits) take(c *channel.Channel, now time.Time) (wait time.Duration, ok bool) {
	if c.Rate <= 0 {
		return l.shared.Take(c.ID, now)
	}
	return l.of(c).Take(c.ID, now)
}

// of gives the limit of a channel with a rate of its own.
func (l *channelLimits) of(c *channel.Channel) *limit.Buckets {
	l.mu.RLock()
	own, ok := l.own[c.ID]
	l.mu.RUnlock()
	if ok && own.rate == c.Rate && own.burst == c.Burst {
		return own.buckets
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if own, ok := l.own[c.ID]; ok && own.rate == c.Rate && own.burst == c.Burst {
		return own.buckets
	}
	if l.own == nil {
		l.own = map[string]ownLimit{}
	}
	fresh := ownLimit{c.Rate, c.Burst, limit.New(c.Rate, burst(c))}
	l.own[c.ID] = fresh
	return fresh.buckets
}

// burst is how many requests may come at once; for a channel that does not say, those of a second.
func burst(c *channel.Channel) int {
	if c.Burst > 0 {
		return c.Burst
	}
	return int(math.Ceil(c.Rate))
}
