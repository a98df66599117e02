package audit

// table finds values by keys that are hashes already. A look-up touches one line of the processor's cache where a
// map touches three, which is what a verification of millions of rows mostly waits for.
type table[V any] struct {
	entries []entry[V] // a power of two of them
	n       int        // keys
}

type entry[V any] struct {
	key   uint64 // 0 for a free one
	value V
}

// firstEntries is how many entries a table begins with.
const firstEntries = 64

// at gives the value of a key, which is made when it is not there. It holds until the next call.
func (t *table[V]) at(key uint64) *V {
	if t.n >= len(t.entries)/4*3 {
		t.grow()
	}
	e := t.entry(key)
	if e.key == 0 {
		e.key = max(key, 1)
		t.n++
	}
	return &e.value
}

// find gives the value of a key, nil when it is not there.
func (t *table[V]) find(key uint64) *V {
	if t.n == 0 {
		return nil
	}
	if e := t.entry(key); e.key != 0 {
		return &e.value
	}
	return nil
}

// entry finds the key's entry, or the free one where it belongs. There must be a free one.
func (t *table[V]) entry(key uint64) *entry[V] {
	key = max(key, 1)
	mask := uint64(len(t.entries) - 1)
	for i := key & mask; ; i = (i + 1) & mask {
		if e := &t.entries[i]; e.key == key || e.key == 0 {
			return e
		}
	}
}

func (t *table[V]) grow() {
	was := t.entries
	t.entries = make([]entry[V], max(firstEntries, 2*len(was)))
	for i := range was {
		if was[i].key != 0 {
			*t.entry(was[i].key) = was[i]
		}
	}
}
