package main

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"os"
	"time"
)

// changedService is the service that changes switch on and off. It needs no review, so each change
// is final.
const changedService = "45"

// source says what a connection asks next, and hears how it went.
type source interface {
	// next writes the connection's next request into dst and gives it with the agent, or member, it is about.
	next(conn int, dst []byte) (request []byte, agent int)
	// answered tells the outcome of the request about agent that conn sent last.
	answered(agent int, ok bool)
}

// firstReference begins the references of a load: never used before, by no earlier run either, and
// not by one of another seed that runs at the same time.
func firstReference(seed uint64, now time.Time) uint64 {
	return seed%8<<61 | uint64(now.UnixMicro())<<10
}

// enquiries reads agents drawn uniformly, from all or from hot ones spread evenly.
type enquiries struct {
	template template
	pool     *signaturePool
	random   *rand.PCG
	drawn    uint64
	stride   uint64
}

func newEnquiries(s *loadSpec, pool *signaturePool) *enquiries {
	drawn := s.Agents
	if s.Hot > 0 {
		drawn = s.Hot
	}
	return &enquiries{
		template: enquiryTemplate(s.Addr, s.Prefix, s.Keys), pool: pool,
		random: rand.NewPCG(s.Seed, 1), drawn: uint64(drawn), stride: uint64(s.Agents / drawn),
	}
}

func (e *enquiries) next(_ int, dst []byte) ([]byte, int) {
	agent := int(e.random.Uint64() % e.drawn * e.stride)
	return e.template.fill(dst, userCode(agent), e.pool.pick(e.random.Uint64()), 0), agent
}

func (e *enquiries) answered(int, bool) {}

// What a byte of the state file says about the changed service of one agent.
const (
	stateOff     = byte(0)
	stateOn      = byte(1)
	stateUnknown = byte(2) // a change was sent and not rightly answered
	stateTouched = byte(4) // set with any of the others once a change was sent
)

// changes switches the changed service of random agents. Each connection owns a slice of the
// agents and keeps their state, so that every request changes something and none race.
type changes struct {
	on, off   template
	pool      *signaturePool
	random    *rand.PCG
	state     []byte // by agent
	first     int    // of the agents that it changes
	perConn   int
	reference uint64
}

// newChanges reads the state left by the changes before it.
func newChanges(s *loadSpec, pool *signaturePool) (*changes, error) {
	state, err := os.ReadFile(s.StateFile)
	if err != nil {
		return nil, err
	}
	if len(state) != s.Agents {
		return nil, fmt.Errorf("state file: want %d bytes, have %d", s.Agents, len(state))
	}
	build := func(action string) template {
		return changeTemplate(s.Addr, s.Prefix, changedService, action, s.Reference, s.Keys)
	}
	return &changes{
		on: build("activate"), off: build("deactivate"), pool: pool, state: state, first: s.First,
		random: rand.NewPCG(s.Seed, 2), perConn: cmp.Or(s.Span, s.Agents) / s.Conns, reference: firstReference(s.Seed, time.Now()),
	}, nil
}

func (c *changes) next(conn int, dst []byte) ([]byte, int) {
	agent := c.first + conn*c.perConn + int(c.random.Uint64()%uint64(c.perConn))
	chosen, target := &c.on, stateOn
	if c.state[agent]&^stateTouched == stateOn {
		chosen, target = &c.off, stateOff
	}
	c.state[agent] = target | stateTouched
	c.reference++
	return chosen.fill(dst, userCode(agent), c.pool.pick(c.random.Uint64()), c.reference), agent
}

func (c *changes) answered(agent int, ok bool) {
	if !ok {
		c.state[agent] = stateUnknown | stateTouched
	}
}

// save writes the state of the load's connections, and nothing of what another load changes at the same time.
func (c *changes) save(file string, conns int) error {
	f, err := os.OpenFile(file, os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err := f.WriteAt(c.state[c.first:c.first+conns*c.perConn], int64(c.first)); err != nil {
		return err
	}
	return f.Close()
}

// newState gives the state of a population fresh from import: everything on, nothing touched.
func newState(agents int) []byte {
	state := make([]byte, agents)
	for i := range state {
		state[i] = stateOn
	}
	return state
}
