//go:build linux

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"
)

// insertBatch is how many rows are held in memory between reading and inserting, and how many go
// into one transaction. Fewer cost more syncs, many more gain nothing.
const insertBatch = 200_000

// insertResult is what the bare driver needed for its inserts.
type insertResult struct {
	Rows    int64
	Seconds float64
	Tables  map[string]int64
}

// insertCommand copies a database row by row with the bare driver, and tells how long the inserts
// took: rows sorted by key, prepared statements, large transactions, the same schema with its
// indexes. Reading the rows is not counted.
func insertCommand(args []string) error {
	if len(args) != 2 {
		return errors.New("insert: want a database to read and a new one to write")
	}
	from, err := sqlite.OpenConn(args[0], sqlite.OpenReadOnly)
	if err != nil {
		return err
	}
	defer from.Close()
	r, err := bareInsert(from, args[1])
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(r)
}

func bareInsert(from *sqlite.Conn, file string) (*insertResult, error) {
	to, err := sqlite.OpenConn(file, sqlite.OpenReadWrite|sqlite.OpenCreate)
	if err != nil {
		return nil, err
	}
	tables, err := copySchema(from, to)
	if err != nil {
		return nil, errors.Join(err, to.Close())
	}
	c := &copier{from: from, to: to, result: insertResult{Tables: map[string]int64{}}}
	for _, t := range tables {
		if err := c.copyTable(t); err != nil {
			return nil, errors.Join(fmt.Errorf("table %s: %w", t, err), to.Close())
		}
	}
	// Closing moves the log into the database, which the import has to do as well.
	begin := time.Now()
	err = to.Close()
	c.result.Seconds += time.Since(begin).Seconds()
	return &c.result, err
}

// copySchema sets the new database up as the old one and gives its tables by name.
func copySchema(from, to *sqlite.Conn) ([]string, error) {
	var tables, statements []string
	collect := func(s *sqlite.Stmt) error {
		if s.ColumnText(0) == "table" {
			tables = append(tables, s.ColumnText(1))
		}
		statements = append(statements, s.ColumnText(2))
		return nil
	}
	const schema = `SELECT type, name, sql FROM sqlite_schema
		WHERE sql IS NOT NULL AND type IN ('table', 'index') AND name NOT LIKE 'sqlite_%'
		ORDER BY type DESC, name`
	if err := sqlitex.Execute(from, schema, &sqlitex.ExecOptions{ResultFunc: collect}); err != nil {
		return nil, err
	}
	pageBytes, err := sqlitex.ResultInt64(from.Prep(`PRAGMA page_size`))
	if err != nil {
		return nil, err
	}
	settings := []string{
		fmt.Sprintf(`PRAGMA page_size = %d`, pageBytes), `PRAGMA journal_mode = WAL`,
		`PRAGMA synchronous = FULL`, `PRAGMA cache_size = -131072`, `PRAGMA wal_autocheckpoint = 16000`,
	}
	for _, s := range append(settings, statements...) {
		if err := sqlitex.ExecuteTransient(to, s, nil); err != nil {
			return nil, fmt.Errorf("%s: %w", s, err)
		}
	}
	return tables, nil
}

// cell is a value of a row; text and blobs share a field.
type cell struct {
	kind   sqlite.ColumnType
	number int64
	float  float64
	text   string
}

// copier moves tables from one database to another and clocks the writing.
type copier struct {
	from, to *sqlite.Conn
	result   insertResult
}

// copyTable reads a table in the order of its key and inserts it batch by batch.
func (c *copier) copyTable(table string) error {
	columns, err := c.columns(table)
	if err != nil {
		return err
	}
	list := strings.Join(columns, ", ")
	read := c.from.Prep(fmt.Sprintf(`SELECT %s FROM %q`, list, table))
	defer read.Reset()
	insert := c.to.Prep(fmt.Sprintf(`INSERT INTO %q (%s) VALUES (?%s)`, table, list, strings.Repeat(", ?", len(columns)-1)))
	batch := make([]cell, 0, insertBatch*len(columns))
	// A batch that is not full is the last: to step on would begin the query anew.
	for full := true; full; full = len(batch) == cap(batch) {
		if batch, err = readBatch(read, batch[:0], len(columns)); err != nil {
			return err
		}
		begin := time.Now()
		if err := c.write(insert, batch, len(columns)); err != nil {
			return err
		}
		c.result.Seconds += time.Since(begin).Seconds()
		c.result.Rows += int64(len(batch) / len(columns))
		c.result.Tables[table] += int64(len(batch) / len(columns))
	}
	return nil
}

// columns gives the quoted names of the columns that can be written.
func (c *copier) columns(table string) ([]string, error) {
	var names []string
	err := sqlitex.ExecuteTransient(c.from, `SELECT name FROM pragma_table_xinfo(?) WHERE hidden = 0 ORDER BY cid`,
		&sqlitex.ExecOptions{Args: []any{table}, ResultFunc: func(s *sqlite.Stmt) error {
			names = append(names, fmt.Sprintf("%q", s.ColumnText(0)))
			return nil
		}})
	return names, err
}

// readBatch takes the next rows of a running query.
func readBatch(s *sqlite.Stmt, batch []cell, columns int) ([]cell, error) {
	for len(batch) < insertBatch*columns {
		more, err := s.Step()
		if err != nil || !more {
			return batch, err
		}
		for i := range columns {
			v := cell{kind: s.ColumnType(i)}
			switch v.kind {
			case sqlite.TypeInteger:
				v.number = s.ColumnInt64(i)
			case sqlite.TypeFloat:
				v.float = s.ColumnFloat(i)
			case sqlite.TypeText:
				v.text = s.ColumnText(i)
			case sqlite.TypeBlob:
				blob := make([]byte, s.ColumnLen(i))
				v.text = string(blob[:s.ColumnBytes(i, blob)])
			}
			batch = append(batch, v)
		}
	}
	return batch, nil
}

// write inserts the rows in one transaction.
func (c *copier) write(insert *sqlite.Stmt, batch []cell, columns int) (err error) {
	end, err := sqlitex.ImmediateTransaction(c.to)
	if err != nil {
		return err
	}
	defer end(&err)
	for ; len(batch) > 0; batch = batch[columns:] {
		for i := range columns {
			bind(insert, i+1, &batch[i])
		}
		if _, err = insert.Step(); err != nil {
			return err
		}
		if err = insert.Reset(); err != nil {
			return err
		}
	}
	return nil
}

func bind(s *sqlite.Stmt, param int, v *cell) {
	switch v.kind {
	case sqlite.TypeInteger:
		s.BindInt64(param, v.number)
	case sqlite.TypeFloat:
		s.BindFloat(param, v.float)
	case sqlite.TypeText:
		s.BindText(param, v.text)
	case sqlite.TypeBlob:
		s.BindBytes(param, []byte(v.text))
	default:
		s.BindNull(param)
	}
}
