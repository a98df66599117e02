package jsontext

import (
	"bytes"
	"encoding/json"
)

// Scanner reads JSON from one end to the other without building anything of what is not asked for. It
// takes what encoding/json takes, nested no deeper than maxDepth, and reads text as that does. Every
// method begins at the next value; depth is how deeply that is nested, 1 for the outermost.
type Scanner struct {
	b []byte
	i int
}

// NewScanner begins to read a text.
func NewScanner(b []byte) Scanner { return Scanner{b: b} }

// AtEnd says whether nothing but blanks follows.
func (s *Scanner) AtEnd() bool { return s.Peek() == 0 && s.i >= len(s.b) }

// maxDepth is how deeply a text may be nested; what we ask for needs a few levels.
const maxDepth = 100

// Peek gives the next byte that is not blank, 0 at the end.
func (s *Scanner) Peek() byte {
	for ; s.i < len(s.b); s.i++ {
		if c := s.b[s.i]; c != ' ' && c != '\n' && c != '\t' && c != '\r' {
			return c
		}
	}
	return 0
}

// Take steps over a byte if it is the next one that is not blank.
func (s *Scanner) Take(c byte) bool {
	ok := s.Peek() == c
	if ok {
		s.i++
	}
	return ok
}

// Object reads an object and calls member after each name, to read the value. false when it is none.
func (s *Scanner) Object(depth int, member func(name []byte, depth int) bool) bool {
	if depth > maxDepth || !s.Take('{') {
		return false
	}
	if s.Take('}') {
		return true
	}
	for {
		name, ok := s.Text()
		if !ok || !s.Take(':') || !member(name, depth+1) {
			return false
		}
		if s.Take('}') {
			return true
		}
		if !s.Take(',') {
			return false
		}
	}
}

// Text reads a string and decodes it: a part of the body, or its own where something is escaped.
func (s *Scanner) Text() (text []byte, ok bool) {
	if s.Peek() != '"' {
		return nil, false
	}
	start := s.i
	plain, ok := s.skipText()
	switch {
	case !ok:
		return nil, false
	case plain:
		return s.b[start+1 : s.i-1], true
	}
	var decoded string
	err := json.Unmarshal(s.b[start:s.i], &decoded)
	return []byte(decoded), err == nil
}

// skipText steps over a string that begins here. plain says that it is ASCII without escapes.
func (s *Scanner) skipText() (plain, ok bool) {
	plain = true
	for s.i++; s.i < len(s.b); s.i++ {
		switch c := s.b[s.i]; {
		case c == '"':
			s.i++
			return plain, true
		case c < ' ':
			return false, false
		case c == '\\':
			plain = false
			if s.i++; !s.escape() {
				return false, false
			}
		case c >= 0x80:
			plain = false
		}
	}
	return false, false
}

// escape steps to the last byte of an escape, whose backslash was read.
func (s *Scanner) escape() bool {
	if s.i >= len(s.b) {
		return false
	}
	if s.b[s.i] != 'u' {
		return bytes.IndexByte([]byte(`"\/bfnrt`), s.b[s.i]) >= 0
	}
	for range 4 {
		if s.i++; s.i >= len(s.b) || !isHex(s.b[s.i]) {
			return false
		}
	}
	return true
}

func isHex(c byte) bool { return isDigit(c) || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F' }

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// Skip steps over a value of any kind.
func (s *Scanner) Skip(depth int) bool {
	switch s.Peek() {
	case '{':
		return s.Object(depth, func(_ []byte, depth int) bool { return s.Skip(depth) })
	case '[':
		return s.Array(depth, s.Skip)
	case '"':
		_, ok := s.skipText()
		return ok
	case 't':
		return s.word("true")
	case 'f':
		return s.word("false")
	case 'n':
		return s.word("null")
	}
	_, ok := s.Number()
	return ok
}

// Array reads an array and calls element before each value, to read it. false when it is none.
func (s *Scanner) Array(depth int, element func(depth int) bool) bool {
	if depth > maxDepth || !s.Take('[') {
		return false
	}
	if s.Take(']') {
		return true
	}
	for element(depth + 1) {
		if s.Take(']') {
			return true
		}
		if !s.Take(',') {
			return false
		}
	}
	return false
}

func (s *Scanner) word(w string) bool {
	ok := bytes.HasPrefix(s.b[s.i:], []byte(w))
	if ok {
		s.i += len(w)
	}
	return ok
}

// Number reads a number, as it is written: -12, 3.4 or 5e-6, without zeros before it.
func (s *Scanner) Number() (text []byte, ok bool) {
	s.Peek()
	start := s.i
	ok = s.number()
	return s.b[start:s.i], ok
}

func (s *Scanner) number() bool {
	s.one("-")
	if !s.one("0") && s.digits() == 0 {
		return false
	}
	if s.one(".") && s.digits() == 0 {
		return false
	}
	if !s.one("eE") {
		return true
	}
	s.one("+-")
	return s.digits() > 0
}

// one steps over the next byte if it is one of these.
func (s *Scanner) one(these string) bool {
	ok := s.i < len(s.b) && bytes.IndexByte([]byte(these), s.b[s.i]) >= 0
	if ok {
		s.i++
	}
	return ok
}

func (s *Scanner) digits() (n int) {
	for ; s.i < len(s.b) && isDigit(s.b[s.i]); s.i++ {
		n++
	}
	return n
}
