package sqlite

import (
	"fmt"
	"strings"

	"zombiezen.com/go/sqlite"

	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/store/tables"
)

// conn is one connection. It serves one goroutine at a time.
type conn struct {
	*sqlite.Conn
	tables tables.Conn
}

// engine is a connection as the tables use it; it keeps its statements prepared.
type engine struct {
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

func wrapConn(c *sqlite.Conn) *conn {
	return &conn{Conn: c, tables: tables.Conn{Engine: &engine{c, map[string]*sqlite.Stmt{}}}}
}

// prepare gives a statement of the connection, ready to be filled in.
func (c *conn) prepare(sql string) tables.Query { return c.tables.Prepare(sql) }

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
	return q.Run()
}

// Prepare implements tables.Engine. What a statement was filled in with before stays, because every use fills in
// everything; clearing it first costs more than some statements take.
func (e *engine) Prepare(sql string) (tables.Stmt, error) {
	if s := e.stmts[sql]; s != nil {
		return s, nil
	}
	s, err := e.Conn.Prepare(sql)
	if err != nil {
		return nil, err
	}
	e.stmts[sql] = s
	return s, nil
}

// Scan implements tables.Engine: no statement holds more than one row.
func (e *engine) Scan(sql string) (tables.Stmt, error) { return e.Prepare(sql) }

// Changed implements tables.Engine.
func (e *engine) Changed() bool { return e.Changes() > 0 }

// Fault implements tables.Engine.
func (e *engine) Fault(err error) error { return wrap(err) }

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
