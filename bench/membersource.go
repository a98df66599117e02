package main

import (
	"math/rand/v2"
	"time"
)

// checks asks CHECK_USER for members drawn uniformly, from all or from hot ones spread evenly.
type checks struct {
	template  memberTemplate
	random    *rand.PCG
	drawn     uint64
	stride    uint64
	reference uint64
}

func (c *checks) next(_ int, dst []byte) ([]byte, int) {
	member := int(c.random.Uint64() % c.drawn * c.stride)
	c.reference++
	return c.template.fill(dst, member, c.reference), member
}

func (c *checks) answered(int, bool) {}

// pinCalls ask something that takes a PIN. Each connection has members of its own and goes round
// them, asking each action of one before it goes to the next: no two calls are under way for one
// member, whom several at once would get suspended, as guesses do.
type pinCalls struct {
	templates []memberTemplate
	turns     []int // by connection: how many calls it has made
	perConn   int   // members of a connection
	stride    int   // between two members who have a PIN
	reference uint64
}

func (p *pinCalls) next(conn int, dst []byte) ([]byte, int) {
	turn := p.turns[conn]
	p.turns[conn]++
	which, at := turn%len(p.templates), turn/len(p.templates)%p.perConn
	member := (conn + at*len(p.turns)) * p.stride
	p.reference++
	return p.templates[which].fill(dst, member, p.reference), member
}

func (p *pinCalls) answered(int, bool) {}

// newMemberSource gives the source of a load on the mobile banking API.
func newMemberSource(s *loadSpec, now time.Time) (source, error) {
	var templates []memberTemplate
	for _, action := range s.Actions {
		t, err := newMemberTemplate(s.Addr, action)
		if err != nil {
			return nil, err
		}
		templates = append(templates, t)
	}
	if s.PINs == 0 {
		drawn := s.Members
		if s.Hot > 0 {
			drawn = s.Hot
		}
		return &checks{
			template: templates[0], random: rand.NewPCG(s.Seed, 3), drawn: uint64(drawn), stride: uint64(s.Members / drawn),
			reference: firstReference(s.Seed, now),
		}, nil
	}
	p := &pinCalls{
		templates: templates, turns: make([]int, s.Conns), perConn: s.PINs / s.Conns, stride: s.Members / s.PINs,
		reference: firstReference(s.Seed, now),
	}
	for conn := range p.turns {
		p.turns[conn] = int(s.Seed) * len(templates) // so that each load begins with another member
	}
	return p, nil
}
