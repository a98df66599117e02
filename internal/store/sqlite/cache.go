package sqlite

import (
	"hash/maphash"
	"sync"
)

// cacheShards spreads the locks; it also bounds how many bystanders a commit sends to the database.
const cacheShards = 256

// cache holds values in brief, exactly as committed: as many as fit in a packed form, and the hottest
// ready for use, with what was made of them.
//
// A commit takes what it changes out before it becomes visible (begin) and lets it in again after
// (end). A reader that missed may put in what it read only if no commit touched the shard since it
// looked: else what it read may be the past.
type cache[T any] struct {
	codec  codec[T]
	seed   maphash.Seed
	packer *packer
	shards [cacheShards]cacheShard[T]
}

// codec says how values are kept.
type codec[T any] struct {
	key    func(v *T) string
	pack   func(p *packer, b []byte, v *T) []byte
	unpack func(p *packer, key string, packed []byte) *T
}

type cacheShard[T any] struct {
	mu     sync.Mutex
	packed packedShard
	hot    hotShard[T]
	epoch  uint64 // counts the commits that touched the shard
	busy   int    // commits under way
	buf    []byte // what is being packed; reused, because it would escape to the heap each time
}

// newCache makes a cache of so many hot values and so many bytes of packed ones.
func newCache[T any](kind codec[T], hot, bytes int) *cache[T] {
	c := &cache[T]{codec: kind, seed: maphash.MakeSeed(), packer: newPacker()}
	for i := range c.shards {
		s := &c.shards[i]
		s.hot = newHotShard[T]((hot + cacheShards - 1) / cacheShards)
		s.packed.limit = bytes / cacheShards
	}
	return c
}

func (c *cache[T]) hash(key string) uint64 { return maphash.String(c.seed, key) }

func (c *cache[T]) rehash(key []byte) uint64 { return maphash.Bytes(c.seed, key) }

// get finds a value. When there is none, the epoch is for put.
func (c *cache[T]) get(key string) (v *T, epoch uint64) {
	hash := c.hash(key)
	s := &c.shards[hash%cacheShards]
	s.mu.Lock()
	defer s.mu.Unlock()
	if set, i := s.hot.find(hash, key, c.codec.key); set != nil {
		set.used |= 1 << i
		return set.value[i], 0
	}
	packed, again := s.packed.get(hash, key)
	if packed == nil {
		return nil, s.epoch
	}
	v = c.codec.unpack(c.packer, key, packed)
	if again {
		s.hot.put(hash, key, v)
	}
	return v, 0
}

// peek finds a value without counting as a look-up; nil when there is none.
func (c *cache[T]) peek(key string) *T {
	hash := c.hash(key)
	s := &c.shards[hash%cacheShards]
	s.mu.Lock()
	defer s.mu.Unlock()
	if set, i := s.hot.find(hash, key, c.codec.key); set != nil {
		return set.value[i]
	}
	packed := s.packed.find(hash, key)
	if packed == nil {
		return nil
	}
	return c.codec.unpack(c.packer, key, packed)
}

// holds says whether a value is there.
func (c *cache[T]) holds(key string) bool {
	hash := c.hash(key)
	s := &c.shards[hash%cacheShards]
	s.mu.Lock()
	defer s.mu.Unlock()
	set, _ := s.hot.find(hash, key, c.codec.key)
	return set != nil || s.packed.find(hash, key) != nil
}

// put keeps what was read from the database after get gave the epoch.
func (c *cache[T]) put(v *T, epoch uint64) {
	key := c.codec.key(v)
	hash := c.hash(key)
	s := &c.shards[hash%cacheShards]
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.epoch != epoch || s.busy > 0 {
		return
	}
	if s.packed.limit == 0 {
		s.hot.remove(hash, key, c.codec.key) // it may have come in between
		s.hot.put(hash, key, v)
		return
	}
	s.buf = c.codec.pack(c.packer, s.buf[:0], v)
	s.packed.put(hash, key, s.buf, c.rehash)
}

// begin takes values out; they stay out until end.
func (c *cache[T]) begin(keys []string) {
	for _, key := range keys {
		hash := c.hash(key)
		s := &c.shards[hash%cacheShards]
		s.mu.Lock()
		s.hot.remove(hash, key, c.codec.key)
		s.packed.forget(hash, key)
		s.epoch++
		s.busy++
		s.mu.Unlock()
	}
}

// end lets values in again.
func (c *cache[T]) end(keys []string) {
	for _, key := range keys {
		s := &c.shards[c.hash(key)%cacheShards]
		s.mu.Lock()
		s.epoch++
		s.busy--
		s.mu.Unlock()
	}
}

// epochs gives the epoch of every shard, for putting in what is read in bulk after this.
func (c *cache[T]) epochs() (e [cacheShards]uint64) {
	for i := range c.shards {
		s := &c.shards[i]
		s.mu.Lock()
		e[i] = s.epoch
		s.mu.Unlock()
	}
	return e
}

// shardOf is the number of a value's shard.
func (c *cache[T]) shardOf(v *T) uint64 { return c.hash(c.codec.key(v)) % cacheShards }

// len is the number of values held.
func (c *cache[T]) len() (n int) {
	for i := range c.shards {
		s := &c.shards[i]
		s.mu.Lock()
		if s.packed.limit == 0 {
			n += s.hot.n
		} else {
			n += s.packed.len()
		}
		s.mu.Unlock()
	}
	return n
}

// forgetAll takes everything out.
func (c *cache[T]) forgetAll() {
	for i := range c.shards {
		s := &c.shards[i]
		s.mu.Lock()
		s.hot.clear()
		s.packed.clear()
		s.epoch++
		s.mu.Unlock()
	}
}

// drop gives the memory of the packed values back; nothing is held from then on.
func (c *cache[T]) drop() {
	for i := range c.shards {
		s := &c.shards[i]
		s.mu.Lock()
		s.packed.drop()
		s.hot = hotShard[T]{}
		s.mu.Unlock()
	}
}

// full says whether the packed values take up what they may.
func (c *cache[T]) full() bool {
	s := &c.shards[0]
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.packed.limit == 0 || !s.packed.roomy(0)
}
