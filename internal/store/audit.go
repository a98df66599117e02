package store

import (
	"time"

	"github.com/switchboard-platform/switchboard/internal/audit"
	"github.com/switchboard-platform/switchboard/internal/event"
)

// AuditTx reads events and the heads in rows in bulk, and keeps what is stored of the log of events.
type AuditTx interface {
	// ScanEvents calls fn with every event after seq, in order of Seq. What fn gets is overwritten by
	// the next event. An error of fn ends it and is returned.
	ScanEvents(after uint64, fn func(*event.Raw) error) error

	// LastSeq gives the Seq of the last event, 0 when there is none.
	LastSeq() (uint64, error)

	// EventHash gives the hash of an event, the zero hash of event 0. NotFound when there is none.
	EventHash(seq uint64) (event.Hash, error)

	// EventSpan gives the Seq of the first and of the last event that was caused from a time on and before
	// another; a zero time does not bound. 0 when there is none. It reads every event.
	EventSpan(from, until time.Time) (first, last uint64, err error)

	// ScanRows calls fn with every row that keeps the head of a chain; all agents come before their
	// activations. What fn gets is overwritten by the next row. An error of fn ends it and is returned.
	ScanRows(fn func(*audit.Row) error) error

	// LogBlocks gives the hashes of the blocks of the log from one on; the first is 0. Invalid when one is missing.
	LogBlocks(from int) ([]audit.Hash, error)

	// AddLogBlocks adds the hashes of blocks; first is the number of the first of them, from 0. Exists
	// when one is there.
	AddLogBlocks(first int, hashes []audit.Hash) error

	// LogHeads gives up to limit signed heads with an ID above after, by ID.
	LogHeads(after uint64, limit int) ([]audit.SignedHead, error)

	// LastLogHead gives the youngest signed head. NotFound when there is none.
	LastLogHead() (audit.SignedHead, error)

	// AddLogHead adds a signed head, and gives it the next ID.
	AddLogHead(h audit.SignedHead) (audit.SignedHead, error)
}
