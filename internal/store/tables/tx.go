package tables

import "github.com/switchboard-platform/switchboard/internal/store"

// Own is what a store adds to a transaction.
type Own interface {
	// BeforeWrite is told that the transaction is about to write; of which agent and of which member, "" for none.
	// An error forbids it.
	BeforeWrite(userCode, msisdn string) error

	// WroteDirectory is told that the small, shared part of the state was written.
	WroteDirectory()

	// Seq is the number of the last event, where the next one is counted from.
	Seq() *uint64

	// HeldDirectory gives the directory as the transaction sees it, if it is in memory; else nil.
	HeldDirectory() *store.Directory
}

// Tx is what a transaction does with the tables. A store embeds it in a type of its own, which makes it a store.Tx.
type Tx struct {
	c   *Conn
	own Own
}

// NewTx makes the part of a transaction that is own to no store.
func NewTx(c *Conn, own Own) Tx { return Tx{c, own} }

// write notes that the transaction is about to write; userCode names the agent whose record
// changes, "" when none does.
func (t *Tx) write(userCode string) error { return t.own.BeforeWrite(userCode, "") }

// writeMember is write for a member.
func (t *Tx) writeMember(msisdn string) error { return t.own.BeforeWrite("", msisdn) }

// wroteDirectory notes whether a write to the directory went through; it passes err on.
func (t *Tx) wroteDirectory(err error) error {
	if err == nil {
		t.own.WroteDirectory()
	}
	return err
}
