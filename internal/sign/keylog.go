package sign

import "math/bits"

// A key's log is a ring of chunks, each holding the used timestamps of a stretch of time. A
// chunk's slots are a small open-addressed table without pointers, found by the low bits of the
// timestamp; it grows with use up to one slot per millisecond, where every timestamp has its own
// place. So a quiet key costs little, and a busy one the bound.
const (
	chunkBits   = 12
	chunkMillis = 1 << chunkBits
	chunkMask   = chunkMillis - 1
	chunkSlack  = 2 // chunks kept past the window, for clocks and requests that lag behind
	minTable    = 8
)

// slot is one used timestamp. Slots hold no pointers, so that the collector never looks inside.
type slot struct {
	digest uint64 // of the first request
	source uint64 // hash of its address
	first  uint32 // when it came, milliseconds modulo 2^32
	offset uint16 // the timestamp's place in its chunk
	used   bool
}

type chunk struct {
	number int64 // timestamp >> chunkBits
	count  int
	table  []slot // nil: the chunk is not in use; otherwise a power of two long
}

type keyLog struct {
	chunks []chunk
}

func newKeyLog(window int64) *keyLog {
	n := 2*window/chunkMillis + 2 + chunkSlack // a span of n chunks' length touches n+1
	return &keyLog{chunks: make([]chunk, n)}
}

// chunk gives the chunk of a timestamp, emptied of what the ring held there before: that is
// outside the window, because the ring is longer than the window.
func (l *keyLog) chunk(millis int64, free *spare) *chunk {
	number := millis >> chunkBits
	c := &l.chunks[number%int64(len(l.chunks))]
	if c.table == nil || c.number != number {
		c.release(free)
		*c = chunk{number: number, table: free.take(minTable)}
	}
	return c
}

// expire releases the chunks that end before oldest, and reports whether any is left.
func (l *keyLog) expire(oldest int64, free *spare) bool {
	left := false
	for i := range l.chunks {
		c := &l.chunks[i]
		if c.table == nil {
			continue
		}
		if (c.number+1+chunkSlack)<<chunkBits <= oldest {
			c.release(free)
			continue
		}
		left = true
	}
	return left
}

// find gives the slot of an offset, or nil. The probe ends: a table is never full unless every
// offset has its own place in it.
func (c *chunk) find(offset uint16) *slot {
	mask := len(c.table) - 1
	for i := int(offset) & mask; c.table[i].used; i = (i + 1) & mask {
		if c.table[i].offset == offset {
			return &c.table[i]
		}
	}
	return nil
}

// add puts in a slot that find did not find.
func (c *chunk) add(s slot, free *spare) {
	if n := len(c.table); n < chunkMillis && c.count >= n-n/4 {
		c.grow(free)
	}
	c.place(s)
	c.count++
}

func (c *chunk) place(s slot) {
	mask := len(c.table) - 1
	i := int(s.offset) & mask
	for c.table[i].used {
		i = (i + 1) & mask
	}
	c.table[i] = s
}

// grow moves the slots to a table twice as long.
func (c *chunk) grow(free *spare) {
	old := c.table
	c.table = free.take(2 * len(old))
	for i := range old {
		if old[i].used {
			c.place(old[i])
		}
	}
	free.put(old)
}

func (c *chunk) release(free *spare) {
	if c.table != nil {
		free.put(c.table)
	}
	*c = chunk{}
}

// spare keeps tables for the next chunk that needs one, by size.
type spare struct {
	tables [chunkBits + 1][][]slot
	idle   [chunkBits + 1]int // how many nobody has wanted since the last trim
}

func (f *spare) put(table []slot) {
	class := bits.TrailingZeros(uint(len(table)))
	f.tables[class] = append(f.tables[class], table)
}

// take gives an empty table of n slots, n a power of two.
func (f *spare) take(n int) []slot {
	class := bits.TrailingZeros(uint(n))
	kept := f.tables[class]
	last := len(kept) - 1
	if last < 0 {
		return make([]slot, n)
	}
	table := kept[last]
	kept[last] = nil
	f.tables[class] = kept[:last]
	f.idle[class] = min(f.idle[class], last)
	clear(table)
	return table
}

// trim lets go of the tables that lay idle since the last trim, so that a peak does not hold its
// memory for ever, and a steady load allocates nothing.
func (f *spare) trim() {
	for class, kept := range f.tables {
		left := len(kept) - f.idle[class]
		clear(kept[left:])
		f.tables[class] = kept[:left]
		f.idle[class] = left
	}
}
