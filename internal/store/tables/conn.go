package tables

import (
	"time"

	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// Engine is a connection of a database. It serves one goroutine at a time.
type Engine interface {
	// Prepare gives a statement ready to be filled in. Its parameters are written as ? or ?N, as SQLite has
	// them. Whoever had it before read it to its end or called Reset, and every use fills in everything.
	Prepare(sql string) (Stmt, error)

	// Scan is Prepare for a statement whose rows are too many to be held at once.
	Scan(sql string) (Stmt, error)

	// Changes is how many rows the last statement wrote.
	Changes() int

	// Changed says whether it wrote any. The engine may hope so, if it runs the whole transaction again, without
	// hoping, when that was wrong.
	Changed() bool

	// Fault makes an error of the database one of ours, nil of nil: Exists for what breaks a unique index.
	Fault(err error) error
}

// Stmt is a prepared statement. Parameters are counted from 1 and columns from 0.
type Stmt interface {
	BindText(param int, v string)
	BindInt64(param int, v int64)
	BindFloat(param int, v float64)
	BindBytes(param int, v []byte)

	// Step runs the statement, and moves to the next row; false at the end.
	Step() (bool, error)
	// Reset ends the statement.
	Reset() error

	ColumnText(col int) string
	ColumnInt64(col int) int64 // of a truth value, 1 or 0
	ColumnFloat(col int) float64
	ColumnBytes(col int, into []byte) int // copies as much as fits, and says how much
	ColumnLen(col int) int                // of a text or of bytes
}

// Conn reads tables on a connection.
type Conn struct{ Engine }

// Query is a prepared statement being filled in and read, column by column in the order written.
// The first error sticks and comes out of Next or Run.
type Query struct {
	Stmt
	Err      error // a fault
	e        Engine
	arg, col int
}

// Prepare gives a statement of the connection, ready to be filled in.
func (c *Conn) Prepare(sql string) Query {
	s, err := c.Engine.Prepare(sql)
	return Query{Stmt: s, Err: c.Fault(err), e: c.Engine}
}

// scan is Prepare for very many rows.
func (c *Conn) scan(sql string) Query {
	s, err := c.Engine.Scan(sql)
	return Query{Stmt: s, Err: c.Fault(err), e: c.Engine}
}

// Row reads a row that a statement of another kind stands in.
func Row(s Stmt) Query { return Query{Stmt: s} }

// Column is the number of the column that is read next.
func (q *Query) Column() int { return q.col }

// Text fills in texts.
func (q *Query) Text(values ...string) *Query {
	for _, v := range values {
		if q.arg++; q.Err == nil {
			q.BindText(q.arg, v)
		}
	}
	return q
}

// Int fills in numbers.
func (q *Query) Int(values ...int64) *Query {
	for _, v := range values {
		if q.arg++; q.Err == nil {
			q.BindInt64(q.arg, v)
		}
	}
	return q
}

// Float fills in a number with a fraction.
func (q *Query) Float(v float64) *Query {
	if q.arg++; q.Err == nil {
		q.BindFloat(q.arg, v)
	}
	return q
}

// Blob fills in bytes.
func (q *Query) Blob(v []byte) *Query {
	if q.arg++; q.Err == nil {
		q.BindBytes(q.arg, v)
	}
	return q
}

// Head fills in version, seq and hash.
func (q *Query) Head(h event.Head) *Query {
	return q.Int(int64(h.Version), int64(h.Seq)).Blob(h.Hash[:])
}

// Next moves to the next row. At the end it resets the statement, so that it holds no snapshot.
func (q *Query) Next() bool {
	if q.Err != nil {
		return false
	}
	more, err := q.Step()
	q.col = 0
	if err == nil && !more {
		err = q.Reset()
	}
	q.Err = q.e.Fault(err)
	return more && err == nil
}

// Done resets a statement that may have rows left and gives its error.
func (q *Query) Done() error {
	if q.Err != nil {
		return q.Err
	}
	return q.e.Fault(q.Reset())
}

// Run executes a statement that returns no rows.
func (q *Query) Run() error {
	for q.Next() {
	}
	return q.Err
}

// Str reads a text.
func (q *Query) Str() string { q.col++; return q.ColumnText(q.col - 1) }

// Num reads a number.
func (q *Query) Num() int64 { q.col++; return q.ColumnInt64(q.col - 1) }

// Time reads a time.
func (q *Query) Time() time.Time { return store.FromMicro(q.Num()) }

func (q *Query) bytes(into []byte) int { q.col++; return q.ColumnBytes(q.col-1, into) }

func (q *Query) newBytes() []byte {
	b := make([]byte, q.ColumnLen(q.col))
	q.bytes(b)
	return b
}

func (q *Query) readHead() (h event.Head) {
	h.Version, h.Seq = uint64(q.Num()), uint64(q.Num())
	q.bytes(h.Hash[:])
	return h
}

// Number reads the one number that a statement gives, 0 when it gives no row.
func (c *Conn) Number(sql string, args ...string) (int64, error) {
	q := c.Prepare(sql)
	if q.Text(args...); !q.Next() {
		return 0, q.Err
	}
	n := q.Num()
	return n, q.Done()
}

// LastSeq is the number of the last event.
func (c *Conn) LastSeq() (uint64, error) {
	n, err := c.Number("SELECT coalesce(max(seq), 0) FROM events")
	return uint64(n), err
}
