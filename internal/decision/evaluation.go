package decision

import (
	"strconv"
	"time"

	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/jsontext"
	"github.com/switchboard-platform/switchboard/internal/registry"
)

// evaluation is a question as AuthZEN has it. Names that are not ours are ignored, as it asks.
type evaluation struct {
	subject, action, resource entity
	context                   details
	wrong                     fault.Fields // what has the wrong shape
}

// entity is a subject, a resource or an action.
type entity struct {
	seen          bool
	typ, id, name value
	properties    details
}

// details are what we ask of a context or of properties.
type details struct {
	seen              bool
	place, at, device value
}

// evaluations are many questions.
type evaluations struct {
	defaults evaluation
	list     []evaluation
	semantic string
}

// scanBody reads the body: one evaluation and, for many, what else there is.
func (c *call) scanBody(e *evaluation, many *evaluations) error {
	s := jsontext.NewScanner(c.body)
	whole := e.scan(&s, 1, func(name []byte, depth int) bool {
		switch {
		case many != nil && string(name) == "evaluations":
			return many.scanList(&s, depth, &c.bad)
		case many != nil && string(name) == "options":
			return many.scanOptions(&s, depth, &c.bad)
		}
		return s.Skip(depth)
	})
	if !whole || !s.AtEnd() {
		return errNotJSON()
	}
	return c.bad.Err()
}

// scan reads an evaluation; other is called for the names that are none of its own.
func (e *evaluation) scan(s *jsontext.Scanner, depth int, other func(name []byte, depth int) bool) bool {
	return s.Object(depth, func(name []byte, depth int) bool {
		switch string(name) {
		case "subject":
			return e.entity(&e.subject, "subject", s, depth)
		case "action":
			return e.entity(&e.action, "action", s, depth)
		case "resource":
			return e.entity(&e.resource, "resource", s, depth)
		case "context":
			return e.details(&e.context, "context", s, depth)
		}
		return other(name, depth)
	})
}

// begins says whether an object begins here. Something else than an object or null is noted as wrong, as
// is an object that is there twice: of two, a caller and we might mean different ones.
func (e *evaluation) begins(seen bool, name string, s *jsontext.Scanner) bool {
	switch {
	case seen:
		e.wrong.Add(name, "is there more than once")
	case s.Peek() == '{':
		return true
	case s.Peek() != 'n':
		e.wrong.Add(name, "must be an object")
	}
	return false
}

func (e *evaluation) entity(x *entity, name string, s *jsontext.Scanner, depth int) bool {
	if !e.begins(x.seen, name, s) {
		return s.Skip(depth)
	}
	x.seen = true
	return s.Object(depth, func(member []byte, depth int) bool {
		switch string(member) {
		case "type":
			return x.typ.scan(s, depth)
		case "id":
			return x.id.scan(s, depth)
		case "name":
			return x.name.scan(s, depth)
		case "properties":
			return e.details(&x.properties, name+".properties", s, depth)
		}
		return s.Skip(depth)
	})
}

func (e *evaluation) details(d *details, name string, s *jsontext.Scanner, depth int) bool {
	if !e.begins(d.seen, name, s) {
		return s.Skip(depth)
	}
	d.seen = true
	return s.Object(depth, func(member []byte, depth int) bool {
		switch string(member) {
		case "place":
			return d.place.scan(s, depth)
		case "at":
			return d.at.scan(s, depth)
		case "device":
			return d.device.scan(s, depth)
		}
		return s.Skip(depth)
	})
}

func (m *evaluations) scanList(s *jsontext.Scanner, depth int, bad *fault.Fields) bool {
	if s.Peek() == 'n' {
		return s.Skip(depth)
	}
	if m.list != nil || s.Peek() != '[' {
		bad.Add("evaluations", "must be there once, as a list")
		return s.Skip(depth)
	}
	m.list = []evaluation{}
	ok := s.Array(depth, func(depth int) bool {
		if len(m.list) == maxMany && len(*bad) == 0 {
			bad.Add("evaluations", "must be at most %d", maxMany)
		}
		if len(*bad) > 0 {
			return s.Skip(depth)
		}
		m.list = append(m.list, evaluation{})
		e := &m.list[len(m.list)-1]
		if s.Peek() != '{' {
			e.wrong.Add("evaluations["+strconv.Itoa(len(m.list)-1)+"]", "must be an object")
			return s.Skip(depth)
		}
		return e.scan(s, depth, func(_ []byte, depth int) bool { return s.Skip(depth) })
	})
	return ok
}

func (m *evaluations) scanOptions(s *jsontext.Scanner, depth int, bad *fault.Fields) bool {
	const name = "options.evaluations_semantic"
	if s.Peek() != '{' {
		bad.Add("options", "must be an object")
		return s.Skip(depth)
	}
	var semantic value
	ok := s.Object(depth, func(member []byte, depth int) bool {
		if string(member) == "evaluations_semantic" {
			return semantic.scan(s, depth)
		}
		return s.Skip(depth)
	})
	switch m.semantic = semantic.read(name, bad); m.semantic {
	case "", executeAll, denyOnFirstDeny, permitOnFirstPermit:
	default:
		bad.Add(name, "must be %s, %s or %s", executeAll, denyOnFirstDeny, permitOnFirstPermit)
	}
	return ok
}

// inherit takes from the defaults what an evaluation does not say itself: whole objects, and what an
// object must have.
func (e *evaluation) inherit(from *evaluation) {
	for _, x := range [...][2]*entity{{&e.subject, &from.subject}, {&e.action, &from.action}, {&e.resource, &from.resource}} {
		own, other := x[0], x[1]
		if !own.seen {
			*own = *other
			continue
		}
		for _, v := range [...][2]*value{{&own.typ, &other.typ}, {&own.id, &other.id}, {&own.name, &other.name}} {
			if !v[0].seen {
				*v[0] = *v[1]
			}
		}
	}
	if !e.context.seen {
		e.context = from.context
	}
}

// read makes the question for the registry, and notes what is wrong with it. stranger says, of one that is
// right, why there can be no answer but no.
func (e *evaluation) read(ask *registry.Ask, now time.Time, bad *fault.Fields) (stranger string) {
	*bad = append(*bad, e.wrong...)
	n := len(*bad)
	kinds := [...]struct{ name, want, got string }{
		{"subject.type", subjectType, need(&e.subject.typ, "subject.type", bad)},
		{"action.name", actionName, need(&e.action.name, "action.name", bad)},
		{"resource.type", resourceType, need(&e.resource.typ, "resource.type", bad)},
	}
	*ask = registry.Ask{
		Agent:   need(&e.subject.id, "subject.id", bad),
		Service: need(&e.resource.id, "resource.id", bad),
		Place:   e.detail("place", bad, func(d *details) *value { return &d.place }),
		Device:  e.detail("device", bad, func(d *details) *value { return &d.device }),
	}
	if at := e.detail("at", bad, func(d *details) *value { return &d.at }); at != "" {
		ask.At = readTime(at, "context.at", bad)
	}
	if len(*bad) > n {
		return ""
	}
	for _, k := range kinds {
		if k.got != k.want {
			return k.name + " is not one that this server decides about: it must be " + k.want + "."
		}
	}
	ask.Check(now, "", bad)
	for i := range (*bad)[n:] {
		(*bad)[n+i].Name = nameInEvaluation((*bad)[n+i].Name)
	}
	return ""
}

func need(v *value, name string, bad *fault.Fields) string {
	n := len(*bad)
	text := v.read(name, bad)
	if text == "" && len(*bad) == n {
		bad.Add(name, "is required")
	}
	return text
}

// detail reads what may stand in the context or else in the properties of the subject or the resource.
func (e *evaluation) detail(name string, bad *fault.Fields, of func(*details) *value) string {
	for _, d := range [...]*details{&e.context, &e.subject.properties, &e.resource.properties} {
		if v := of(d); v.seen {
			return v.read("context."+name, bad)
		}
	}
	return ""
}

// nameInEvaluation is where a field of a question stands in an evaluation.
func nameInEvaluation(field string) string {
	switch field {
	case "agent":
		return "subject.id"
	case "service":
		return "resource.id"
	}
	return "context." + field
}
