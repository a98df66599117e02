package sign

import (
	"hash/maphash"
	"strings"
	"sync"
	"time"

	"github.com/switchboard-platform/switchboard/internal/partner"
)

// sameSourceSpan is how long after the first use another request from its address passes at the
// level same-source: an honest client's second call of a millisecond arrives well within it.
const sameSourceSpan = 2 * time.Second

// stripes is how many locks the guard has; keys are spread over them.
const stripes = 64

// Guard remembers, for every developer_key and timestamp inside the window, the first request
// that used them. There is one for the whole server; it is safe for concurrent use.
//
// Memory is bounded by the window: a key has at most one slot per millisecond of it, takes slots
// in proportion to its requests, and gives them back when they fall out.
type Guard struct {
	window  int64 // milliseconds to either side of now
	started int64
	seed    maphash.Seed
	stripes [stripes]stripe
}

type stripe struct {
	mu    sync.Mutex
	logs  map[string]*keyLog
	swept int64 // when expired chunks were last given back
	spare spare
	_     [64]byte // keeps neighbouring locks off one cache line
}

// NewGuard makes an empty guard. Started is when this server began to remember: under the strict
// level, what was signed earlier cannot be proven unused.
func NewGuard(window time.Duration, started time.Time) *Guard {
	g := &Guard{window: max(window.Milliseconds(), 0), started: started.UnixMilli(), seed: maphash.MakeSeed()}
	for i := range g.stripes {
		g.stripes[i].logs = map[string]*keyLog{}
	}
	return g
}

// Check records the first use of a timestamp by a key and judges every later one at the key's
// level. The address is that of the client, without port. Only the first request is remembered:
// a later one never takes its place. Call it only for requests whose signature is right.
func (g *Guard) Check(developerKey string, tsMillis int64, digest uint64, addr string, level partner.Replay, now time.Time) Verdict {
	nowMillis := now.UnixMilli()
	if tsMillis < 0 || !within(tsMillis-nowMillis, g.window) {
		return RefusedStale
	}
	source := maphash.String(g.seed, addr)
	s := &g.stripes[maphash.String(g.seed, developerKey)%stripes]
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sweepIfDue(nowMillis, g.window)

	c := s.log(developerKey, g.window).chunk(tsMillis, &s.spare)
	offset := uint16(tsMillis & chunkMask)
	if used := c.find(offset); used != nil {
		return used.judge(digest, source, level, nowMillis)
	}
	if strict(level) && tsMillis < g.started {
		return RefusedRestart
	}
	c.add(slot{digest: digest, source: source, first: uint32(nowMillis), offset: offset, used: true}, &s.spare)
	return First
}

// Sweep gives back what has fallen out of the window. Check does so too, for the keys near the
// one it is asked about; calling Sweep now and then frees what a silent server still holds.
func (g *Guard) Sweep(now time.Time) {
	for i := range g.stripes {
		s := &g.stripes[i]
		s.mu.Lock()
		s.sweep(now.UnixMilli(), g.window)
		s.mu.Unlock()
	}
}

// log finds or makes the log of a key. The name is copied: it is a slice of a request's headers.
func (s *stripe) log(developerKey string, window int64) *keyLog {
	l := s.logs[developerKey]
	if l == nil {
		l = newKeyLog(window)
		s.logs[strings.Clone(developerKey)] = l
	}
	return l
}

// sweepIfDue sweeps once per chunk's time, also when the clock has been set back.
func (s *stripe) sweepIfDue(now, window int64) {
	if !within(now-s.swept, chunkMillis-1) {
		s.sweep(now, window)
	}
}

// sweep trims the spare tables, collects new ones from expired chunks, and forgets keys that
// hold nothing.
func (s *stripe) sweep(now, window int64) {
	s.swept = now
	s.spare.trim()
	for name, l := range s.logs {
		if !l.expire(now-window, &s.spare) {
			delete(s.logs, name)
		}
	}
}

// strict reports whether a level is the strictest; one that is not known is taken as that.
func strict(level partner.Replay) bool {
	return level != partner.Observe && level != partner.SameSource
}

// judge decides about a request under a used timestamp.
func (u *slot) judge(digest, source uint64, level partner.Replay, now int64) Verdict {
	// Milliseconds modulo 2^32: a slot lives far shorter than the difference can hold.
	since := time.Duration(int32(uint32(now)-u.first)) * time.Millisecond
	return judge(u.digest == digest, u.source == source, since, level)
}

// judge decides about a request so long after the first one under its timestamp.
func judge(sameRequest, sameSource bool, since time.Duration, level partner.Replay) Verdict {
	switch {
	case sameRequest:
		return Retry
	case strict(level):
		return RefusedStrict
	case level == partner.SameSource && (!sameSource || since > sameSourceSpan):
		return RefusedSource
	}
	return Reuse
}

// Use is the first use of a timestamp by a key, as servers tell each other.
type Use struct {
	Digest  uint64 // of the request
	Address string // of the client
	At      time.Time
}

// Judge decides about another use, at a key's level, as Guard.Check does.
func (first Use) Judge(u Use, level partner.Replay) Verdict {
	return judge(first.Digest == u.Digest, first.Address == u.Address, u.At.Sub(first.At), level)
}
