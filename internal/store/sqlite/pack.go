package sqlite

import (
	"encoding/binary"
	"strconv"
	"sync"
)

// packer writes values in brief as a few dozen bytes without pointers, so that a million of them fit
// into memory and cost the garbage collector nothing. Texts that recur are numbers of a dictionary.
type packer struct {
	mu    sync.RWMutex
	index map[string]uint64
	words []string
}

// maxWords bounds the dictionary; texts beyond it are written out.
const maxWords = 1 << 15

func newPacker() *packer { return &packer{index: map[string]uint64{}, words: []string{""}} }

// word appends a text as its number in the dictionary, or as 0 and the text when that is full.
func (p *packer) word(b []byte, s string) []byte {
	p.mu.RLock()
	n, ok := p.index[s]
	p.mu.RUnlock()
	if !ok {
		if n, ok = p.learn(s); !ok {
			return text(append(b, 0), s)
		}
	}
	return binary.AppendUvarint(b, n)
}

func (p *packer) learn(s string) (n uint64, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if n, ok = p.index[s]; ok {
		return n, true
	}
	if len(p.words) >= maxWords {
		return 0, false
	}
	n = uint64(len(p.words))
	p.index[s] = n
	p.words = append(p.words, s)
	return n, true
}

// text appends a length and the text.
func text(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// number appends a text of digits as a number, and any other as 0 and the text.
func number(b []byte, s string) []byte {
	if n, err := strconv.ParseUint(s, 10, 63); err == nil && n > 0 && strconv.FormatUint(n, 10) == s {
		return binary.AppendUvarint(b, n)
	}
	return text(append(b, 0), s)
}

// unpacker reads b from its beginning; s is the same bytes as a string, of which texts are parts.
type unpacker struct {
	p *packer
	b []byte
	s string
	i int
}

func (u *unpacker) byte() byte {
	u.i++
	return u.b[u.i-1]
}

func (u *unpacker) uvarint() uint64 {
	v, n := binary.Uvarint(u.b[u.i:])
	u.i += n
	return v
}

func (u *unpacker) varint() int64 {
	v, n := binary.Varint(u.b[u.i:])
	u.i += n
	return v
}

func (u *unpacker) text() string {
	n := int(u.uvarint())
	u.i += n
	return u.s[u.i-n : u.i]
}

func (u *unpacker) word() string {
	n := u.uvarint()
	if n == 0 {
		return u.text()
	}
	u.p.mu.RLock()
	defer u.p.mu.RUnlock()
	return u.p.words[n]
}

func (u *unpacker) number() string {
	n := u.uvarint()
	if n == 0 {
		return u.text()
	}
	return strconv.FormatUint(n, 10)
}
