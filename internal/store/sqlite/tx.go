package sqlite

import (
	"slices"

	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/store"
	"github.com/switchboard-platform/switchboard/internal/store/tables"
)

// tx is a transaction on one connection: the writer's, or one of the readers' (w is nil).
type tx struct {
	tables.Tx
	c        *conn
	s        *Store
	writable bool

	dirty bool // an Update of the group wrote
	wrote bool // the one that runs did

	// What the caches must forget because of it.
	agents    []string
	members   []string
	directory bool
	mobiles   int64 // rows that mobiles_new has gained
}

func newTx(c *conn, s *Store, writable bool) *tx {
	t := &tx{c: c, s: s, writable: writable}
	t.Tx = tables.NewTx(&c.tables, t)
	return t
}

// BeforeWrite implements tables.Own.
func (t *tx) BeforeWrite(userCode, msisdn string) error {
	if !t.writable {
		return fault.New(fault.Internal, "This transaction can only read.")
	}
	t.wrote, t.dirty = true, true
	if n := len(t.agents); userCode != "" && (n == 0 || t.agents[n-1] != userCode) {
		t.agents = append(t.agents, userCode)
	}
	if n := len(t.members); msisdn != "" && (n == 0 || t.members[n-1] != msisdn) {
		t.members = append(t.members, msisdn)
	}
	return nil
}

// WroteDirectory implements tables.Own.
func (t *tx) WroteDirectory() { t.directory = true }

// Seq implements tables.Own.
func (t *tx) Seq() *uint64 { return &t.s.w.lastSeq }

// HeldDirectory implements tables.Own. The writer has what is in memory for as long as nothing of it was written in
// this transaction: nobody else changes it.
func (t *tx) HeldDirectory() *store.Directory {
	if t.writable && !t.directory {
		return t.s.dir.Load()
	}
	return nil
}

// AgentState implements store.AgentTx. What is in memory spares the agent's page, if the agent was
// not changed in this transaction and its chain ends in an activation: then the page has nothing to add.
func (t *tx) AgentState(userCode string) (*agent.Record, error) {
	if !t.writable || slices.Contains(t.agents, userCode) {
		return t.Tx.AgentState(userCode)
	}
	brief := t.s.records.peek(userCode)
	if brief == nil {
		return t.Tx.AgentState(userCode)
	}
	activations, err := t.c.tables.Activations(userCode)
	if err != nil {
		return nil, err
	}
	r := &agent.Record{Agent: agent.Agent{UserCode: userCode, PartnerID: brief.Agent.PartnerID, Standing: brief.Agent.Standing}, Activations: activations}
	if r.Head().Version != brief.Agent.Head.Version {
		return t.Tx.AgentState(userCode)
	}
	return r, nil
}
