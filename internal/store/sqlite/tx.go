package sqlite

import (
	"github.com/switchboard-platform/switchboard/internal/fault"
)

// tx is a transaction on one connection: the writer's, or one of the readers' (w is nil).
type tx struct {
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

// write notes that the transaction is about to write; userCode names the agent whose record
// changes, "" when none does.
func (t *tx) write(userCode string) error {
	if !t.writable {
		return fault.New(fault.Internal, "This transaction can only read.")
	}
	t.wrote, t.dirty = true, true
	if n := len(t.agents); userCode != "" && (n == 0 || t.agents[n-1] != userCode) {
		t.agents = append(t.agents, userCode)
	}
	return nil
}

// writeMember is write for a member.
func (t *tx) writeMember(msisdn string) error {
	if err := t.write(""); err != nil {
		return err
	}
	if n := len(t.members); n == 0 || t.members[n-1] != msisdn {
		t.members = append(t.members, msisdn)
	}
	return nil
}

// wroteDirectory notes whether a write to partners, keys or services went through; it passes err on.
func (t *tx) wroteDirectory(err error) error {
	t.directory = t.directory || err == nil
	return err
}
