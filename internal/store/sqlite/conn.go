package sqlite

import (
	"fmt"
	"strings"
	"time"

	"zombiezen.com/go/sqlite"

	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
)

// conn is one connection; it keeps its statements prepared. It serves one goroutine at a time.
type conn struct {
	*sqlite.Conn
	stmts map[string]*sqlite.Stmt
}

// pragmas set up every connection. WAL and the page size stay with the file; the rest is for the
// connection. The checkpointer moves the WAL, never a commit: one that does so stalls everybody. What is
// deleted is overwritten in pages that become free, too, which FAST would leave: a long row has pages of its own.
const pragmas = `
PRAGMA busy_timeout = 10000;
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA wal_autocheckpoint = 0;
PRAGMA temp_store = MEMORY;
PRAGMA cell_size_check = ON;
PRAGMA trusted_schema = OFF;
PRAGMA secure_delete = ON`

// openConn opens a connection with a page cache of so many KiB.
func openConn(path string, cacheKiB int, readOnly bool) (*conn, error) {
	c, err := sqlite.OpenConn(path, sqlite.OpenReadWrite|sqlite.OpenCreate)
	if err != nil {
		return nil, fault.Wrap(err, fault.Internal, "The database cannot be opened.")
	}
	k := wrapConn(c)
	script := pragmas + fmt.Sprintf(";\nPRAGMA cache_size = -%d;\nPRAGMA query_only = %t", cacheKiB, readOnly)
	for _, p := range strings.Split(script, ";") {
		if err := k.transient(strings.TrimSpace(p)); err != nil {
			_ = c.Close()
			return nil, err
		}
	}
	return k, nil
}

func wrapConn(c *sqlite.Conn) *conn { return &conn{Conn: c, stmts: map[string]*sqlite.Stmt{}} }

// transient runs one statement that is not worth keeping and drops what it returns.
func (c *conn) transient(query string) error {
	s, _, err := c.PrepareTransient(query)
	if err != nil {
		return wrap(err)
	}
	defer s.Finalize()
	for {
		more, err := s.Step()
		if err != nil || !more {
			return wrap(err)
		}
	}
}

// exec runs a statement that has no parameters and is used often.
func (c *conn) exec(sql string) error {
	q := c.prepare(sql)
	return q.run()
}

// query is a prepared statement being filled in and read, column by column in the order written.
// The first error sticks and comes out of next or run.
type query struct {
	*sqlite.Stmt
	arg, col int
	err      error
}

// prepare gives a statement of the connection, ready to be filled in. It is reset: whoever used it
// read it to its end or called done. What it was filled in with before stays, because every use
// fills in everything; clearing it first costs more than some statements take.
func (c *conn) prepare(sql string) query {
	if s := c.stmts[sql]; s != nil {
		return query{Stmt: s}
	}
	s, err := c.Prepare(sql)
	if err == nil {
		c.stmts[sql] = s
	}
	return query{Stmt: s, err: err}
}

func (q *query) text(values ...string) *query {
	for _, v := range values {
		if q.arg++; q.err == nil {
			q.BindText(q.arg, v)
		}
	}
	return q
}

func (q *query) int(values ...int64) *query {
	for _, v := range values {
		if q.arg++; q.err == nil {
			q.BindInt64(q.arg, v)
		}
	}
	return q
}

func (q *query) float(v float64) *query {
	if q.arg++; q.err == nil {
		q.BindFloat(q.arg, v)
	}
	return q
}

func (q *query) blob(v []byte) *query {
	if q.arg++; q.err == nil {
		q.BindBytes(q.arg, v)
	}
	return q
}

func (q *query) head(h event.Head) *query {
	return q.int(int64(h.Version), int64(h.Seq)).blob(h.Hash[:])
}

// next moves to the next row. At the end it resets the statement, so that it holds no snapshot.
func (q *query) next() bool {
	if q.err != nil {
		return false
	}
	more, err := q.Step()
	q.col = 0
	if err != nil {
		q.err = err
	} else if !more {
		q.err = q.Reset()
	}
	return more && err == nil
}

// done resets a statement that may have rows left and gives its error.
func (q *query) done() error {
	if q.err != nil {
		return wrap(q.err)
	}
	return wrap(q.Reset())
}

// run executes a statement that returns no rows.
func (q *query) run() error {
	for q.next() {
	}
	return wrap(q.err)
}

func (q *query) str() string { q.col++; return q.ColumnText(q.col - 1) }

func (q *query) num() int64 { q.col++; return q.ColumnInt64(q.col - 1) }

func (q *query) bytes(into []byte) int { q.col++; return q.ColumnBytes(q.col-1, into) }

func (q *query) time() time.Time { return fromMicro(q.num()) }

func (q *query) readHead() (h event.Head) {
	h.Version, h.Seq = uint64(q.num()), uint64(q.num())
	q.bytes(h.Hash[:])
	return h
}

// micro and fromMicro keep the zero time as 0.
func micro(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

func fromMicro(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}

func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// wrap makes a driver's error ours, by its code and never by its text.
func wrap(err error) error {
	if err == nil {
		return nil
	}
	switch code := sqlite.ErrCode(err); code {
	case sqlite.ResultConstraintPrimaryKey, sqlite.ResultConstraintUnique, sqlite.ResultConstraintRowID:
		return fault.Wrap(err, fault.Exists, "It is there already.")
	case sqlite.ResultFull:
		return fault.Wrap(err, fault.Unavailable, "The disk is full: nothing was changed.")
	case sqlite.ResultBusy, sqlite.ResultLocked:
		return fault.Wrap(err, fault.Unavailable, "The database is busy.")
	}
	return fault.Wrap(err, fault.Internal, "The database failed.")
}
