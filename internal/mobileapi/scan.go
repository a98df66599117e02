package mobileapi

import (
	"bytes"
	"encoding/json"
)

// scanner reads JSON from one end to the other without building anything of what is not asked for. It
// takes what encoding/json takes, nested no deeper than maxDepth, and reads text as that does.
type scanner struct {
	b []byte
	i int
}

// maxDepth is how deeply a body may be nested; its own fields need two levels.
const maxDepth = 100

// peek gives the next byte that is not blank, 0 at the end.
func (s *scanner) peek() byte {
	for ; s.i < len(s.b); s.i++ {
		if c := s.b[s.i]; c != ' ' && c != '\n' && c != '\t' && c != '\r' {
			return c
		}
	}
	return 0
}

// take steps over a byte if it is the next one that is not blank.
func (s *scanner) take(c byte) bool {
	ok := s.peek() == c
	if ok {
		s.i++
	}
	return ok
}

// object reads an object and calls member after each name, to read the value. false when it is none.
func (s *scanner) object(depth int, member func(name []byte, depth int) bool) bool {
	if depth > maxDepth || !s.take('{') {
		return false
	}
	if s.take('}') {
		return true
	}
	for {
		name, ok := s.text()
		if !ok || !s.take(':') || !member(name, depth+1) {
			return false
		}
		if s.take('}') {
			return true
		}
		if !s.take(',') {
			return false
		}
	}
}

// text reads a string and decodes it: a part of the body, or its own where something is escaped.
func (s *scanner) text() (text []byte, ok bool) {
	if s.peek() != '"' {
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
func (s *scanner) skipText() (plain, ok bool) {
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
func (s *scanner) escape() bool {
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

// skip steps over a value of any kind.
func (s *scanner) skip(depth int) bool {
	switch s.peek() {
	case '{':
		return s.object(depth, func(_ []byte, depth int) bool { return s.skip(depth) })
	case '[':
		return s.skipArray(depth)
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
	return s.skipNumber()
}

func (s *scanner) skipArray(depth int) bool {
	if depth > maxDepth || !s.take('[') {
		return false
	}
	if s.take(']') {
		return true
	}
	for s.skip(depth + 1) {
		if s.take(']') {
			return true
		}
		if !s.take(',') {
			return false
		}
	}
	return false
}

func (s *scanner) word(w string) bool {
	ok := bytes.HasPrefix(s.b[s.i:], []byte(w))
	if ok {
		s.i += len(w)
	}
	return ok
}

// skipNumber steps over a number: -12, 3.4 or 5e-6, without zeros before it.
func (s *scanner) skipNumber() bool {
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
func (s *scanner) one(these string) bool {
	ok := s.i < len(s.b) && bytes.IndexByte([]byte(these), s.b[s.i]) >= 0
	if ok {
		s.i++
	}
	return ok
}

func (s *scanner) digits() (n int) {
	for ; s.i < len(s.b) && isDigit(s.b[s.i]); s.i++ {
		n++
	}
	return n
}
