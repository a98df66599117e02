package atlas

import (
	"bytes"
	"sort"
	"time"
)

// index holds agents in columns, each of which has a place for each agent: what a question looks at lies close
// together, and no agent costs an allocation. An agent is never taken out: those who were erased have no place.
//
// Agents come in the order of their codes while all are read, so that those are found by halving; a later one is in
// a map, until all are read the next time.
type index struct {
	spots    []spot
	partners []uint32 // by number
	whole    []marks
	services map[string][]marks // by service code: a column each

	codes []byte // of all agents, one behind the other
	ends  []uint32

	sorted int // so many of the first agents are in order
	late   map[string]int

	partnerIDs    []string // by number
	partnerNumber map[string]uint32
	turns         map[int]time.Time // see entry.turn
}

// newIndex makes one with room for a number of agents.
func newIndex(room int) *index {
	room += room/64 + 64 // some will come
	return &index{
		spots: make([]spot, 0, room), partners: make([]uint32, 0, room), whole: make([]marks, 0, room), services: map[string][]marks{},
		codes: make([]byte, 0, 8*room), ends: make([]uint32, 0, room), late: map[string]int{},
		partnerNumber: map[string]uint32{}, turns: map[int]time.Time{},
	}
}

func (x *index) len() int { return len(x.whole) }

// code is the user code of an agent, to be read at once.
func (x *index) code(i int) []byte {
	from := uint32(0)
	if i > 0 {
		from = x.ends[i-1]
	}
	return x.codes[from:x.ends[i]]
}

// find gives the place of an agent in the columns, -1 for none.
func (x *index) find(code string) int {
	if i, ok := x.late[code]; ok {
		return i
	}
	sought := []byte(code)
	i, ok := sort.Find(x.sorted, func(i int) int { return bytes.Compare(sought, x.code(i)) })
	if !ok {
		return -1
	}
	return i
}

// put adds an agent or replaces what is held of it.
func (x *index) put(e *entry) {
	i := x.find(e.code)
	if i < 0 {
		i = x.add(e.code)
	}
	x.spots[i], x.partners[i], x.whole[i] = e.spot, x.partner(e.partner), e.whole
	for _, column := range x.services {
		column[i] = 0
	}
	for _, s := range e.services {
		x.column(s.code)[i] = s.marks
	}
	if e.turn.IsZero() {
		delete(x.turns, i)
	} else {
		x.turns[i] = e.turn
	}
}

// add makes room for a new agent.
func (x *index) add(code string) int {
	i := x.len()
	if len(x.late) == 0 && (i == 0 || string(x.code(i-1)) < code) {
		x.sorted++
	} else {
		x.late[code] = i
	}
	x.codes = append(x.codes, code...)
	x.ends = append(x.ends, uint32(len(x.codes)))
	x.spots, x.partners, x.whole = append(x.spots, spot{}), append(x.partners, 0), append(x.whole, 0)
	for service, column := range x.services {
		x.services[service] = append(column, 0)
	}
	return i
}

// column gives that of a service.
func (x *index) column(service string) []marks {
	column, ok := x.services[service]
	if !ok {
		column = make([]marks, x.len(), cap(x.whole))
		x.services[service] = column
	}
	return column
}

// partner gives the number of a partner.
func (x *index) partner(id string) uint32 {
	n, ok := x.partnerNumber[id]
	if !ok {
		n = uint32(len(x.partnerIDs))
		x.partnerIDs, x.partnerNumber[id] = append(x.partnerIDs, id), n
	}
	return n
}

// due gives the agents whose marks have changed by themselves until a time.
func (x *index) due(now time.Time) (codes []string) {
	for i, turn := range x.turns {
		if !now.Before(turn) {
			codes = append(codes, string(x.code(i)))
		}
	}
	return codes
}
