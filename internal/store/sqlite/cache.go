package sqlite

import (
	"hash/maphash"
	"sync"

	"github.com/switchboard-platform/switchboard/internal/store"
)

// cacheShards spreads the locks; it also bounds how many bystanders a commit sends to the database.
const cacheShards = 256

// recordCache holds the records of hot agents, exactly as committed. A commit takes the agents it
// changes out before it becomes visible (begin) and lets them in again after (end). A reader that
// missed may put in what it read only if no commit touched the shard since it looked: else what
// it read may be the past.
type recordCache struct {
	seed   maphash.Seed
	limit  int // entries a shard
	shards [cacheShards]cacheShard
}

type cacheShard struct {
	mu      sync.Mutex
	entries map[string]*cacheEntry
	epoch   uint64 // counts the commits that touched the shard
	busy    int    // commits under way
}

type cacheEntry struct {
	record *store.Record
	used   bool // since the hand of the clock last passed
}

func newRecordCache(entries int) *recordCache {
	c := &recordCache{seed: maphash.MakeSeed(), limit: (entries + cacheShards - 1) / cacheShards}
	for i := range c.shards {
		c.shards[i].entries = make(map[string]*cacheEntry)
	}
	return c
}

func (c *recordCache) shard(userCode string) *cacheShard {
	return &c.shards[maphash.String(c.seed, userCode)%cacheShards]
}

// get finds a record. When there is none, the epoch is for put.
func (c *recordCache) get(userCode string) (r *store.Record, epoch uint64) {
	s := c.shard(userCode)
	s.mu.Lock()
	defer s.mu.Unlock()
	if e := s.entries[userCode]; e != nil {
		e.used = true
		return e.record, 0
	}
	return nil, s.epoch
}

// put keeps what was read from the database after get gave the epoch.
func (c *recordCache) put(r *store.Record, epoch uint64) {
	if c.limit == 0 {
		return
	}
	s := c.shard(r.Agent.UserCode)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.epoch != epoch || s.busy > 0 {
		return
	}
	if len(s.entries) >= c.limit {
		s.evict()
	}
	s.entries[r.Agent.UserCode] = &cacheEntry{record: r}
}

// evict takes out an entry that was not used lately: a clock whose hand moves at random.
func (s *cacheShard) evict() {
	last := ""
	for code, e := range s.entries {
		last = code
		if !e.used {
			break
		}
		e.used = false
	}
	delete(s.entries, last)
}

// begin takes agents out; they stay out until end.
func (c *recordCache) begin(userCodes []string) {
	for _, code := range userCodes {
		s := c.shard(code)
		s.mu.Lock()
		delete(s.entries, code)
		s.epoch++
		s.busy++
		s.mu.Unlock()
	}
}

// end lets agents in again.
func (c *recordCache) end(userCodes []string) {
	for _, code := range userCodes {
		s := c.shard(code)
		s.mu.Lock()
		s.epoch++
		s.busy--
		s.mu.Unlock()
	}
}

// len is the number of records held.
func (c *recordCache) len() (n int) {
	for i := range c.shards {
		s := &c.shards[i]
		s.mu.Lock()
		n += len(s.entries)
		s.mu.Unlock()
	}
	return n
}
