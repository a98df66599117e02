package sqlite

import "encoding/binary"

// packedShard is a hash table of packed values in two flat pieces of memory: entries one after the
// other, and slots that say where each begins. It is not safe for use by many goroutines.
type packedShard struct {
	limit   int    // bytes it may take
	slots   slots  // from grab
	used    int    // slots that are not 0
	asked   uint32 // look-ups so far
	entries []byte // header, key, packed value; and again; the beginning of memory
	memory  []byte // from grab
}

// slots are numbers of four bytes, a power of two of them: 0 for a free one, else 1 more than where its entry begins.
type slots []byte

const slotSize = 4

func (s slots) len() int               { return len(s) / slotSize }
func (s slots) at(i uint32) uint32     { return binary.LittleEndian.Uint32(s[slotSize*i:]) }
func (s slots) set(i uint32, n uint32) { binary.LittleEndian.PutUint32(s[slotSize*i:], n) }

// An entry's header: length of the key, marks, length of the packed value (two bytes).
const entryHeader = 4

// The marks of an entry. The upper bits count: in which period it was last asked for.
const (
	markDead    = 1 << iota // forgotten; its slot waits for the same key or the next rebuild
	markHit                 // was asked for since the last rebuild
	markBits    = iota
	markPeriods = 1<<(8-markBits) - 1
)

// period is how many look-ups of a shard make one: what is asked for twice within one is hot.
const period = 128

// entryAt takes the entry at an offset apart.
func (s *packedShard) entryAt(at uint32) (header, key, packed []byte) {
	e := s.entries[at:]
	keyEnd := entryHeader + int(e[0])
	return e[:entryHeader], e[entryHeader:keyEnd], e[keyEnd : keyEnd+int(binary.LittleEndian.Uint16(e[2:]))]
}

// slot finds the key's slot, or the free one where it belongs; ok says which. There must be slots.
func (s *packedShard) slot(hash uint64, key string) (i uint32, ok bool) {
	mask := uint32(s.slots.len() - 1)
	for i = uint32(hash>>32) & mask; s.slots.at(i) != 0; i = (i + 1) & mask {
		if _, k, _ := s.entryAt(s.slots.at(i) - 1); string(k) == key {
			return i, true
		}
	}
	return i, false
}

// get finds a packed value; again says that it was asked for a short while ago, too. The bytes
// are the shard's.
func (s *packedShard) get(hash uint64, key string) (packed []byte, again bool) {
	header, packed := s.look(hash, key)
	if packed == nil {
		return nil, false
	}
	s.asked++
	now := byte(s.asked/period%markPeriods) + 1 // 0 is for never
	again = header[1]>>markBits == now
	header[1] = now<<markBits | markHit
	return packed, again
}

// find is get without being counted.
func (s *packedShard) find(hash uint64, key string) []byte {
	_, packed := s.look(hash, key)
	return packed
}

// glance is find; what it finds is not the first to go when room is needed.
func (s *packedShard) glance(hash uint64, key string) []byte {
	header, packed := s.look(hash, key)
	if packed != nil {
		header[1] |= markHit
	}
	return packed
}

func (s *packedShard) look(hash uint64, key string) (header, packed []byte) {
	if len(s.slots) == 0 {
		return nil, nil
	}
	i, ok := s.slot(hash, key)
	if !ok {
		return nil, nil
	}
	header, _, packed = s.entryAt(s.slots.at(i) - 1)
	if header[1]&markDead != 0 {
		return nil, nil
	}
	return header, packed
}

// forget takes a value out.
func (s *packedShard) forget(hash uint64, key string) {
	if len(s.slots) == 0 {
		return
	}
	if i, ok := s.slot(hash, key); ok {
		header, _, _ := s.entryAt(s.slots.at(i) - 1)
		header[1] |= markDead
	}
}

// put adds or replaces a value, making room where it must. One that is too long is left out.
func (s *packedShard) put(hash uint64, key string, packed []byte, rehash func([]byte) uint64) {
	size := entryHeader + len(key) + len(packed)
	if len(key) > 255 || len(packed) > 65535 || size > s.limit/8 {
		return
	}
	s.forget(hash, key)
	if s.full(size) {
		s.rebuild(size, rehash)
	}
	if s.used >= s.slots.len()*3/4 {
		s.grow(rehash)
	}
	i, ok := s.slot(hash, key)
	if !ok {
		s.used++
	}
	s.slots.set(i, uint32(len(s.entries))+1)
	s.reserve(size)
	s.entries = append(s.entries, byte(len(key)), 0, byte(len(packed)), byte(len(packed)>>8))
	s.entries = append(append(s.entries, key...), packed...)
}

// full says whether an entry of a size would take the shard over its limit.
func (s *packedShard) full(size int) bool { return len(s.entries)+size+len(s.slots) > s.limit }

// piece is the least memory that is grabbed at a time: whole pages of any system.
const piece = 16 << 10

// reserve makes room for an entry, growing by a quarter and not to the double: what is reserved
// and not used is memory all the same.
func (s *packedShard) reserve(size int) {
	need := len(s.entries) + size
	if need <= len(s.memory) {
		return
	}
	want := min(max(need+need/4, piece), max(need, s.limit))
	grown := grab((want + piece - 1) / piece * piece)
	copy(grown, s.entries)
	release(s.memory)
	s.memory, s.entries = grown, grown[:len(s.entries)]
}

// clear forgets everything and keeps the memory.
func (s *packedShard) clear() {
	clear(s.slots)
	s.used, s.entries = 0, s.entries[:0]
}

// drop gives the memory back and leaves the shard empty for good.
func (s *packedShard) drop() {
	release(s.memory)
	release(s.slots)
	*s = packedShard{}
}

// grow doubles the slots.
func (s *packedShard) grow(rehash func([]byte) uint64) { s.fill(max(64, 2*s.slots.len()), rehash) }

// rebuild drops what is dead and, when that is not enough, what was not asked for since the last
// rebuild, and then every other entry.
func (s *packedShard) rebuild(size int, rehash func([]byte) uint64) {
	s.keep(rehash, func(int, byte) bool { return true })
	if s.roomy(size) {
		return
	}
	s.keep(rehash, func(_ int, marks byte) bool { return marks&markHit != 0 })
	if !s.roomy(size) {
		s.keep(rehash, func(n int, _ byte) bool { return n%2 == 0 })
	}
	for at := 0; at < len(s.entries); {
		header, key, packed := s.entryAt(uint32(at))
		header[1] &^= markHit
		at += entryHeader + len(key) + len(packed)
	}
}

// roomy says whether a sixteenth is free, so that the next rebuild is not soon.
func (s *packedShard) roomy(size int) bool { return !s.full(size + s.limit/16) }

// keep moves the living entries that want says together; n counts them.
func (s *packedShard) keep(rehash func([]byte) uint64, want func(n int, marks byte) bool) {
	to, n := 0, 0
	for at := 0; at < len(s.entries); {
		header, key, packed := s.entryAt(uint32(at))
		size := entryHeader + len(key) + len(packed)
		if header[1]&markDead == 0 {
			if want(n, header[1]) {
				copy(s.entries[to:], s.entries[at:at+size])
				to += size
			}
			n++
		}
		at += size
	}
	s.entries = s.entries[:to]
	s.fill(max(64, s.slots.len()), rehash)
}

// fill makes so many slots and enters every living entry.
func (s *packedShard) fill(n int, rehash func([]byte) uint64) {
	if n == s.slots.len() {
		clear(s.slots)
	} else {
		release(s.slots)
		s.slots = grab(slotSize * n)
	}
	s.used = 0
	for at := 0; at < len(s.entries); {
		header, key, packed := s.entryAt(uint32(at))
		if header[1]&markDead == 0 {
			i, _ := s.slot(rehash(key), string(key))
			s.slots.set(i, uint32(at)+1)
			s.used++
		}
		at += entryHeader + len(key) + len(packed)
	}
}

// len counts the living entries.
func (s *packedShard) len() (n int) {
	for at := 0; at < len(s.entries); {
		header, key, packed := s.entryAt(uint32(at))
		if header[1]&markDead == 0 {
			n++
		}
		at += entryHeader + len(key) + len(packed)
	}
	return n
}
