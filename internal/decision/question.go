package decision

import (
	"strconv"
	"time"

	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/jsontext"
	"github.com/switchboard-platform/switchboard/internal/registry"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// value is what a body says in one place where a text is wanted.
type value struct {
	text  []byte // a part of the body
	seen  bool
	twice bool // the name came more than once
	wrong bool // it is no text, nor null
}

// scan reads a value of any kind. null is the same as no value.
func (v *value) scan(s *jsontext.Scanner, depth int) (ok bool) {
	v.twice, v.seen = v.seen, true
	switch s.Peek() {
	case '"':
		v.text, ok = s.Text()
		return ok
	case 'n':
	default:
		v.wrong = true
	}
	return s.Skip(depth)
}

// read gives the text, and notes what is wrong with it.
func (v *value) read(name string, bad *fault.Fields) string {
	switch {
	case v.twice:
		bad.Add(name, "is there more than once")
	case v.wrong:
		bad.Add(name, "must be text")
	}
	return string(v.text)
}

// question is a question as a body has it.
type question struct {
	agent, service, place, at, device value
}

// field finds a field by its name on the wire, nil when there is none.
func (q *question) field(name []byte) *value {
	switch string(name) {
	case "agent":
		return &q.agent
	case "service":
		return &q.service
	case "place":
		return &q.place
	case "at":
		return &q.at
	case "device":
		return &q.device
	}
	return nil
}

// maxBad is how many things that are wrong with one request are told; the rest are most likely the same.
const maxBad = 20

// scan reads a question. A field we do not know is noted as wrong: a place that is misspelt must not
// become a question without one. false for what is not JSON.
func (q *question) scan(s *jsontext.Scanner, depth int, prefix string, bad *fault.Fields) bool {
	return s.Object(depth, func(name []byte, depth int) bool {
		if f := q.field(name); f != nil {
			return f.scan(s, depth)
		}
		if len(*bad) < maxBad {
			bad.Add(prefix+shown(name), "is not a field of a question: those are agent, service, place, at and device")
		}
		return s.Skip(depth)
	})
}

// maxShown is how much of a name that nobody knows is repeated to who sent it, in bytes.
const maxShown = 40

func shown(name []byte) string { return string(name[:min(len(name), maxShown)]) }

// read makes the question for the registry, and notes what is wrong with it.
func (q *question) read(ask *registry.Ask, now time.Time, prefix string, bad *fault.Fields) {
	n := len(*bad)
	*ask = registry.Ask{
		Agent:   q.agent.read(prefix+"agent", bad),
		Service: q.service.read(prefix+"service", bad),
		Place:   q.place.read(prefix+"place", bad),
		Device:  q.device.read(prefix+"device", bad),
	}
	if at := q.at.read(prefix+"at", bad); at != "" {
		ask.At = readTime(at, prefix+"at", bad)
	}
	if len(*bad) == n { // or one field would be wrong twice
		ask.Check(now, prefix, bad)
	}
}

func readTime(text, name string, bad *fault.Fields) time.Time {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		bad.Add(name, "must be a time with its zone, like 2026-03-01T09:30:00Z")
	}
	return store.Cut(t)
}

// errNotJSON says that a body cannot be read at all.
func errNotJSON() error {
	return fault.New(fault.Invalid, "The body is not the JSON object this address takes.")
}

// scanOne reads a body that is one question.
func (c *call) scanOne() error {
	s := jsontext.NewScanner(c.body)
	if !c.question.scan(&s, 1, "", &c.bad) || !s.AtEnd() {
		return errNotJSON()
	}
	c.question.read(&c.ask, c.now, "", &c.bad)
	return c.bad.Err()
}

// maxMany is how many questions one request may ask.
const maxMany = 1000

// scanMany reads {"decisions":[…]}. One bad question refuses all, by its number.
func (c *call) scanMany() (asks []registry.Ask, err error) {
	s := jsontext.NewScanner(c.body)
	seen := 0
	whole := s.Object(1, func(name []byte, depth int) bool {
		if string(name) != "decisions" {
			c.bad.Add(shown(name), "is not a field of this request: that is decisions")
			return s.Skip(depth)
		}
		if seen++; s.Peek() != '[' {
			c.bad.Add("decisions", "must be a list of questions")
			return s.Skip(depth)
		}
		return s.Array(depth, func(depth int) bool {
			asks = append(asks, registry.Ask{})
			return c.scanNth(&s, depth, len(asks)-1, &asks[len(asks)-1])
		})
	})
	if !whole || !s.AtEnd() {
		return nil, errNotJSON()
	}
	if seen != 1 || len(asks) == 0 || len(asks) > maxMany {
		c.bad.Add("decisions", "must be there once, with 1 to %d questions", maxMany)
	}
	return asks, c.bad.Err()
}

// scanNth reads one question of many. Those beyond what we answer are only stepped over.
func (c *call) scanNth(s *jsontext.Scanner, depth, n int, ask *registry.Ask) bool {
	if n >= maxMany || len(c.bad) >= maxBad {
		return s.Skip(depth)
	}
	name := "decisions[" + strconv.Itoa(n) + "]"
	if s.Peek() != '{' {
		c.bad.Add(name, "must be an object")
		return s.Skip(depth)
	}
	c.question = question{}
	if !c.question.scan(s, depth, name+".", &c.bad) {
		return false
	}
	c.question.read(ask, c.now, name+".", &c.bad)
	return true
}
