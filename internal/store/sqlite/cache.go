package sqlite

import (
	"hash/maphash"
	"sync"

	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// cacheShards spreads the locks; it also bounds how many bystanders a commit sends to the database.
const cacheShards = 256

// recordCache holds brief records, exactly as committed: as many as fit in a packed form, and the
// hottest ready for use, their answers rendered.
//
// A commit takes the agents it changes out before it becomes visible (begin) and lets them in again
// after (end). A reader that missed may put in what it read only if no commit touched the shard
// since it looked: else what it read may be the past.
type recordCache struct {
	seed   maphash.Seed
	packer *packer
	shards [cacheShards]cacheShard
}

type cacheShard struct {
	mu     sync.Mutex
	packed packedShard
	hot    map[string]*hotRecord
	limit  int    // records in hot
	epoch  uint64 // counts the commits that touched the shard
	busy   int    // commits under way
}

type hotRecord struct {
	record *store.Record
	used   bool // since the hand of the clock last passed
}

// newRecordCache makes a cache of so many hot records and so many bytes of packed ones.
func newRecordCache(hot, bytes int) *recordCache {
	c := &recordCache{seed: maphash.MakeSeed(), packer: newPacker()}
	for i := range c.shards {
		s := &c.shards[i]
		s.hot, s.limit = make(map[string]*hotRecord), (hot+cacheShards-1)/cacheShards
		s.packed.limit = bytes / cacheShards
	}
	return c
}

func (c *recordCache) hash(userCode string) uint64 { return maphash.String(c.seed, userCode) }

func (c *recordCache) rehash(key []byte) uint64 { return maphash.Bytes(c.seed, key) }

// get finds a record. When there is none, the epoch is for put.
func (c *recordCache) get(userCode string) (r *store.Record, epoch uint64) {
	hash := c.hash(userCode)
	s := &c.shards[hash%cacheShards]
	s.mu.Lock()
	defer s.mu.Unlock()
	if h := s.hot[userCode]; h != nil {
		h.used = true
		return h.record, 0
	}
	packed, again := s.packed.get(hash, userCode)
	if packed == nil {
		return nil, s.epoch
	}
	r = &store.Record{Record: c.packer.unpack(userCode, packed)}
	if again {
		s.heat(r)
	}
	return r, 0
}

// peek finds a record without counting as a look-up; nil when there is none.
func (c *recordCache) peek(userCode string) *agent.Record {
	hash := c.hash(userCode)
	s := &c.shards[hash%cacheShards]
	s.mu.Lock()
	defer s.mu.Unlock()
	if h := s.hot[userCode]; h != nil {
		return &h.record.Record
	}
	packed := s.packed.find(hash, userCode)
	if packed == nil {
		return nil
	}
	r := c.packer.unpack(userCode, packed)
	return &r
}

// holds says whether a record is there.
func (c *recordCache) holds(userCode string) bool {
	hash := c.hash(userCode)
	s := &c.shards[hash%cacheShards]
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.hot[userCode] != nil || s.packed.find(hash, userCode) != nil
}

// heat makes a record one of the hot ones.
func (s *cacheShard) heat(r *store.Record) {
	if s.limit == 0 {
		return
	}
	if len(s.hot) >= s.limit {
		s.cool()
	}
	s.hot[r.Agent.UserCode] = &hotRecord{record: r}
}

// cool takes out a hot record that was not used lately: a clock whose hand moves at random.
func (s *cacheShard) cool() {
	last := ""
	for code, h := range s.hot {
		last = code
		if !h.used {
			break
		}
		h.used = false
	}
	delete(s.hot, last)
}

// put keeps what was read from the database after get gave the epoch.
func (c *recordCache) put(r *store.Record, epoch uint64) {
	hash := c.hash(r.Agent.UserCode)
	s := &c.shards[hash%cacheShards]
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.epoch != epoch || s.busy > 0 {
		return
	}
	if s.packed.limit == 0 {
		s.heat(r)
		return
	}
	var buf [512]byte
	s.packed.put(hash, r.Agent.UserCode, c.packer.pack(buf[:0], &r.Record), c.rehash)
}

// begin takes agents out; they stay out until end.
func (c *recordCache) begin(userCodes []string) {
	for _, code := range userCodes {
		hash := c.hash(code)
		s := &c.shards[hash%cacheShards]
		s.mu.Lock()
		delete(s.hot, code)
		s.packed.forget(hash, code)
		s.epoch++
		s.busy++
		s.mu.Unlock()
	}
}

// end lets agents in again.
func (c *recordCache) end(userCodes []string) {
	for _, code := range userCodes {
		s := &c.shards[c.hash(code)%cacheShards]
		s.mu.Lock()
		s.epoch++
		s.busy--
		s.mu.Unlock()
	}
}

// epochs gives the epoch of every shard, for putting in what is read in bulk after this.
func (c *recordCache) epochs() (e [cacheShards]uint64) {
	for i := range c.shards {
		s := &c.shards[i]
		s.mu.Lock()
		e[i] = s.epoch
		s.mu.Unlock()
	}
	return e
}

// shardOf is the number of an agent's shard.
func (c *recordCache) shardOf(userCode string) uint64 { return c.hash(userCode) % cacheShards }

// len is the number of records held.
func (c *recordCache) len() (n int) {
	for i := range c.shards {
		s := &c.shards[i]
		s.mu.Lock()
		if s.packed.limit == 0 {
			n += len(s.hot)
		} else {
			n += s.packed.len()
		}
		s.mu.Unlock()
	}
	return n
}

// forgetAll takes everything out.
func (c *recordCache) forgetAll() {
	for i := range c.shards {
		s := &c.shards[i]
		s.mu.Lock()
		clear(s.hot)
		s.packed.clear()
		s.epoch++
		s.mu.Unlock()
	}
}

// drop gives the memory of the packed records back; nothing is held from then on.
func (c *recordCache) drop() {
	for i := range c.shards {
		s := &c.shards[i]
		s.mu.Lock()
		s.packed.drop()
		s.limit = 0
		s.mu.Unlock()
	}
}

// full says whether the packed records take up what they may.
func (c *recordCache) full() bool {
	s := &c.shards[0]
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.packed.roomy(0)
}
