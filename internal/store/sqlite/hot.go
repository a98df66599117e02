package sqlite

// hotWays is how many values stand together: their tags fill one line of the processor's cache.
const hotWays = 8

// tag stands for a key in a set. A short number, as nearly all keys are, is its own tag, so that the value
// need not be looked at to know that it is the one; any other key has its hash.
type tag struct {
	bits  uint64
	whole bool // bits say all of the key
}

// The parts of a tag: marks what it is, and the length of a number, for it may begin with zeros.
const (
	hashTag     = 1 << 63
	tagLenShift = 57
	maxTagLen   = 17 // digits, less than 1 << tagLenShift
)

func tagOf(key string, hash uint64) tag {
	if len(key) > maxTagLen {
		return tag{hash | hashTag, false}
	}
	n := uint64(0)
	for i := range len(key) {
		d := key[i] - '0'
		if d > 9 {
			return tag{hash | hashTag, false}
		}
		n = 10*n + uint64(d)
	}
	return tag{n | uint64(len(key))<<tagLenShift, true}
}

// hotShard holds the hottest values of a shard ready for use, in sets that the hash picks. A look-up costs
// one scan of a set: a map would hash the key again and touch more memory.
type hotShard[T any] struct {
	sets []hotSet[T] // none holds nothing
	ways int         // in use of each set
	n    int         // values held
}

type hotSet[T any] struct {
	tag   [hotWays]uint64
	value [hotWays]*T
	used  uint8 // a bit each: since the hand of the clock last passed
	hand  uint8
}

// newHotShard makes one for about so many values.
func newHotShard[T any](limit int) hotShard[T] {
	if limit <= 0 {
		return hotShard[T]{}
	}
	sets := (limit + hotWays - 1) / hotWays
	return hotShard[T]{sets: make([]hotSet[T], sets), ways: min(limit, hotWays)}
}

// set picks by other bits of the hash than those that picked the shard: the upper half, as a part of all its values.
func (s *hotShard[T]) set(hash uint64) *hotSet[T] { return &s.sets[hash>>32*uint64(len(s.sets))>>32] }

// find gives the set and the place of a key's value; no set when it is not there. keyOf gives a value's key.
func (s *hotShard[T]) find(hash uint64, key string, keyOf func(*T) string) (set *hotSet[T], i int) {
	if len(s.sets) == 0 {
		return nil, 0
	}
	set = s.set(hash)
	t := tagOf(key, hash)
	for i := range set.tag {
		if set.tag[i] == t.bits && set.value[i] != nil && (t.whole || keyOf(set.value[i]) == key) {
			return set, i
		}
	}
	return nil, 0
}

// put makes a value one of the hot ones, in the place of one that was not used lately.
func (s *hotShard[T]) put(hash uint64, key string, v *T) {
	if len(s.sets) == 0 {
		return
	}
	set := s.set(hash)
	i := set.victim(s.ways)
	if set.value[i] == nil {
		s.n++
	}
	set.tag[i], set.value[i] = tagOf(key, hash).bits, v
	set.used &^= 1 << i
}

// victim gives a free place, or that of the first value that was not used since the hand last passed.
func (s *hotSet[T]) victim(ways int) int {
	for i := range ways {
		if s.value[i] == nil {
			return i
		}
	}
	for {
		i := int(s.hand) % ways
		s.hand++
		if s.used&(1<<i) == 0 {
			return i
		}
		s.used &^= 1 << i
	}
}

// remove takes a value out, if it is there.
func (s *hotShard[T]) remove(hash uint64, key string, keyOf func(*T) string) {
	if set, i := s.find(hash, key, keyOf); set != nil {
		set.tag[i], set.value[i] = 0, nil
		s.n--
	}
}

func (s *hotShard[T]) clear() {
	clear(s.sets)
	s.n = 0
}
