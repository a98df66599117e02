package audit

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
)

// lineTime is how lines have times: always in UTC, always with six digits of a second.
const lineTime = "2006-01-02T15:04:05.000000Z"

// AppendEvent writes an event as one line of an export, without its end. There is one way to write an
// event, so that whoever reads a line can write it again and compare. prev is the hash of the event before
// it in its chain: with it the line proves itself.
func AppendEvent(b []byte, r *event.Raw, prev event.Hash) []byte {
	b = strconv.AppendUint(append(b, `{"seq":`...), r.Seq, 10)
	b = strconv.AppendUint(append(b, `,"prev":`...), r.Prev, 10)
	b = appendText(append(b, `,"subject":"`...), r.SubjectKind)
	b = append(appendText(append(b, ':'), r.SubjectID), '"')
	b = strconv.AppendUint(append(b, `,"version":`...), r.Version, 10)
	b = append(appendText(append(b, `,"kind":"`...), r.Kind), '"')
	for _, f := range optional(r) {
		if len(*f.text) > 0 {
			b = append(append(append(b, `,"`...), f.name...), `":"`...)
			b = append(appendText(b, *f.text), '"')
		}
	}
	if r.At != 0 {
		b = append(time.UnixMicro(r.At).UTC().AppendFormat(append(b, `,"at":"`...), lineTime), '"')
	}
	b = hex.AppendEncode(append(b, `,"prev_hash":"`...), prev[:])
	b = hex.AppendEncode(append(b, `","hash":"`...), r.Hash[:])
	b = append(append(b, `","data":`...), r.Data...)
	return append(b, '}')
}

// field is a text that a line leaves out when it is empty.
type field struct {
	name string
	text *[]byte
}

func optional(r *event.Raw) [5]field {
	return [...]field{{"service", &r.Service}, {"actor", &r.Actor}, {"key", &r.Key}, {"address", &r.Address}, {"request_id", &r.RequestID}}
}

// appendText writes a text as JSON has it between quotes. Only what must be escaped is.
func appendText(b, s []byte) []byte {
	for _, c := range s {
		switch {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c < ' ':
			b = append(b, `\u00`...)
			b = hex.AppendEncode(b, []byte{c})
		default:
			b = append(b, c)
		}
	}
	return b
}

// Exportable checks that an event can be written as a line and read back. Every event that was
// recorded can; one whose row was tampered with perhaps not. Faults: Invalid.
func Exportable(r *event.Raw) error {
	for _, s := range [...][]byte{r.SubjectKind, r.SubjectID, r.Kind, r.Service, r.Actor, r.Key, r.Address, r.RequestID, r.Data} {
		if !utf8.Valid(s) {
			return fault.New(fault.Invalid, "Event %d has bytes that are no text: run 'switchboard audit verify'.", r.Seq)
		}
	}
	if !json.Valid(r.Data) || bytes.IndexByte(r.Data, '\n') >= 0 || bytes.IndexByte(r.SubjectKind, ':') >= 0 {
		return fault.New(fault.Invalid, "The data of event %d is not as it was recorded: run 'switchboard audit verify'.", r.Seq)
	}
	return nil
}

// Line is what is read from a line of an export.
type Line struct {
	Event event.Raw
	Prev  event.Hash

	again []byte // the line written anew
}

// Parse reads a line that AppendEvent wrote into l, whose bytes are used again. ok is false for every
// other line.
func (l *Line) Parse(line []byte) (ok bool) {
	r := &l.Event
	s := scanner{rest: line}
	s.skip(`{"seq":`)
	r.Seq = s.number()
	s.skip(`,"prev":`)
	r.Prev = s.number()
	s.skip(`,"subject":"`)
	s.subject(r)
	s.skip(`,"version":`)
	r.Version = s.number()
	s.skip(`,"kind":"`)
	s.text(&r.Kind)
	for _, f := range optional(r) {
		if *f.text = (*f.text)[:0]; s.has(`,"` + f.name + `":"`) {
			s.text(f.text)
		}
	}
	r.At = s.time()
	s.skip(`,"prev_hash":"`)
	s.hash(&l.Prev)
	s.skip(`","hash":"`)
	s.hash(&r.Hash)
	s.skip(`","data":`)
	if s.bad || len(s.rest) == 0 || s.rest[len(s.rest)-1] != '}' {
		return false
	}
	r.Data = append(r.Data[:0], s.rest[:len(s.rest)-1]...)
	l.again = AppendEvent(l.again[:0], r, l.Prev)
	return bytes.Equal(l.again, line)
}

// scanner reads a line from left to right. What does not fit makes it bad, and it stays so.
type scanner struct {
	rest []byte
	bad  bool
}

// has skips a word that stands next, and says whether it did.
func (s *scanner) has(word string) bool {
	if s.bad || len(s.rest) < len(word) || string(s.rest[:len(word)]) != word {
		return false
	}
	s.rest = s.rest[len(word):]
	return true
}

func (s *scanner) skip(word string) {
	if !s.has(word) {
		s.bad = true
	}
}

func (s *scanner) number() (n uint64) {
	const most = 19 // digits that fit
	i := 0
	for ; i < len(s.rest) && i < most && s.rest[i] >= '0' && s.rest[i] <= '9'; i++ {
		n = 10*n + uint64(s.rest[i]-'0')
	}
	s.bad = s.bad || i == 0
	s.rest = s.rest[i:]
	return n
}

// text reads up to the closing quote, and skips that.
func (s *scanner) text(into *[]byte) {
	b := (*into)[:0]
	for i := 0; i < len(s.rest) && !s.bad; i++ {
		switch c := s.rest[i]; c {
		case '"':
			*into, s.rest = b, s.rest[i+1:]
			return
		case '\\':
			i++
			if i+4 < len(s.rest) && s.rest[i] == 'u' {
				var code [2]byte
				_, err := hex.Decode(code[:], s.rest[i+1:i+5])
				s.bad = err != nil
				b, i = append(b, code[1]), i+4
			} else if i < len(s.rest) {
				b = append(b, s.rest[i])
			}
		default:
			b = append(b, c)
		}
	}
	s.bad = true
}

// subject reads kind and id, which the first colon parts.
func (s *scanner) subject(r *event.Raw) {
	s.text(&r.SubjectID)
	kind, id, found := bytes.Cut(r.SubjectID, []byte{':'})
	s.bad = s.bad || !found
	r.SubjectKind = append(r.SubjectKind[:0], kind...)
	r.SubjectID = append(r.SubjectID[:0], id...)
}

func (s *scanner) time() int64 {
	if !s.has(`,"at":"`) || len(s.rest) <= len(lineTime) {
		return 0
	}
	t, err := time.Parse(lineTime, string(s.rest[:len(lineTime)]))
	s.bad = s.bad || err != nil || s.rest[len(lineTime)] != '"'
	s.rest = s.rest[len(lineTime)+1:]
	return t.UnixMicro()
}

func (s *scanner) hash(into *event.Hash) {
	n := hex.EncodedLen(len(into))
	if s.bad || len(s.rest) < n {
		s.bad = true
		return
	}
	_, err := hex.Decode(into[:], s.rest[:n])
	s.bad = err != nil
	s.rest = s.rest[n:]
}
