package postgres

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/store/tables"
)

// engine is a connection as the tables use it. What it can it does not send at once: a statement that changes rows
// waits for the next one that reads, or for the end, so that a transaction takes few trips to the database.
type engine struct {
	c      *connection
	ctx    context.Context // of what runs now
	atMost time.Duration   // a trip may take; 0: as long as it takes
	used   time.Time       // the last time, by a reader
	stmts  map[string]*stmt

	waiting []write
	mode    mode
	broken  error // what was hoped in vain: nothing more is sent in this transaction
	changes int   // rows that the last write wrote; while it waits, unknown
	sent    bool  // it does not wait any more
	sends   int   // times that writes were sent
	cursors int

	distributed bool   // the tables are, over the machines of a cluster: each row is read and written by a statement of its own
	name        string // of the connection, where they are
}

// mode says what becomes of a write.
type mode uint8

const (
	hopeful mode = iota // it waits, and is hoped to do what is expected of it
	careful             // it is sent at once, in a savepoint of its own: it may fail, and the transaction go on
)

// write is a statement that waits.
type write struct {
	sql    string
	args   []any
	must   bool    // it must write a row
	plural *plural // nil for one that is sent alone
}

// errHope says that something was hoped of a write in vain. What was built on it must be run again.
var errHope = errors.New("a write did not do what was hoped of it")

// commit is sent with what waits, unless something of that must be looked at before.
const commit = "COMMIT"

func newEngine(c *connection) *engine {
	return &engine{c: c, ctx: context.Background(), stmts: map[string]*stmt{}}
}

// restedFor is after how long a connection is tried before it is used again, which takes a trip.
const restedFor = time.Second

// lost says that the connection is gone.
func (e *engine) lost(ctx context.Context) bool {
	return e.c.IsClosed() || time.Since(e.used) > restedFor && e.c.Ping(ctx) != nil
}

// Prepare implements tables.Engine.
func (e *engine) Prepare(sql string) (tables.Stmt, error) {
	s := e.stmts[sql]
	if s == nil {
		numbered := numbered(strings.Replace(e.keyed(sql), tables.ByOperators, "", 1))
		s = &stmt{e: e, sql: numbered, writes: onlyWrites(numbered)}
		if s.writes && !e.distributed {
			s.plural = pluralOf(numbered)
		}
		e.stmts[sql] = s
	}
	return s, nil
}

// Scan implements tables.Engine, by a cursor: a transaction must be open.
func (e *engine) Scan(sql string) (tables.Stmt, error) {
	e.cursors++
	return &scan{stmt: stmt{e: e, sql: numbered(sql)}, name: "scan_" + strconv.Itoa(e.cursors)}, nil
}

// numbered writes parameters as PostgreSQL has them: ? becomes $1 and so on, and ?2 becomes $2. No statement has a
// question mark elsewhere.
func numbered(sql string) string {
	var b strings.Builder
	for n := 0; ; {
		before, rest, found := strings.Cut(sql, "?")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		b.WriteByte('$')
		if n++; rest == "" || rest[0] < '0' || rest[0] > '9' {
			b.WriteString(strconv.Itoa(n))
		}
		sql = rest
	}
}

// onlyWrites says whether a statement changes rows and gives none.
func onlyWrites(sql string) bool {
	for _, word := range []string{"INSERT", "UPDATE", "DELETE"} {
		if strings.HasPrefix(sql, word) {
			return !strings.Contains(sql, "RETURNING")
		}
	}
	return false
}

// Changes implements tables.Engine.
func (e *engine) Changes() int {
	if !e.sent {
		last := e.waiting[len(e.waiting)-1]
		_ = e.flush() // what went wrong comes out of the next statement, or of the end
		if last.joins() {
			return 1 // or hope was in vain
		}
	}
	return e.changes
}

// Changed implements tables.Engine.
func (e *engine) Changed() bool {
	if e.sent {
		return e.changes > 0
	}
	e.waiting[len(e.waiting)-1].must = true
	return true
}

// queue lets a statement wait that gives no rows.
func (e *engine) queue(sql string, args ...any) {
	e.waiting = append(e.waiting, write{sql: sql, args: args})
}

// flush sends what waits.
func (e *engine) flush() error {
	if len(e.waiting) == 0 {
		return nil
	}
	return e.send("", nil, nil)
}

// send sends what waits and, unless sql is "", one statement more, whose rows it gives to row.
func (e *engine) send(sql string, args []any, row func([][]byte)) error {
	if e.broken != nil {
		return e.broken
	}
	list, err := e.together(sql == commit)
	if err != nil {
		e.broken = errors.Join(errHope, err)
		return e.broken
	}
	if len(list) > 0 {
		e.sends++
	}
	e.waiting, e.sent = nil, true
	if sql == commit && slices.ContainsFunc(list, func(s *sending) bool { return s.must }) {
		if err := e.exchange(list, "", nil, nil); err != nil {
			return errors.Join(errHope, err)
		}
		list = nil
	}
	return e.exchange(list, sql, args, row)
}

// exchange is a trip to the database.
func (e *engine) exchange(list []*sending, sql string, args []any, row func([][]byte)) (err error) {
	batch := &pgx.Batch{}
	for _, s := range list {
		batch.Queue(s.sql, s.args...)
	}
	if sql != "" {
		batch.Queue(sql, args...)
	}
	ctx, cancel := e.trip()
	defer cancel()
	results := e.c.SendBatch(ctx, batch)
	for _, s := range list {
		if err = e.done(s, results); err != nil {
			break
		}
	}
	if err == nil && sql != "" {
		err = e.readAll(results, row, sql == commit)
	}
	if closed := results.Close(); err == nil {
		err = closed
	}
	if errors.Is(err, errHope) {
		e.broken = err
	}
	return err
}

// done takes what became of writes that were sent. The database refused them, or could not be heard.
func (e *engine) done(s *sending, results pgx.BatchResults) error {
	tag, err := results.Exec()
	e.changes = int(tag.RowsAffected())
	var refused *pgconn.PgError
	if errors.As(err, &refused) || err == nil && e.changes == 0 && s.must {
		return errors.Join(errHope, err)
	}
	return err
}

// trip gives the context of a trip to the database.
func (e *engine) trip() (context.Context, context.CancelFunc) {
	if e.atMost == 0 {
		return e.ctx, func() {}
	}
	return context.WithTimeout(e.ctx, e.atMost)
}

func (e *engine) readAll(results pgx.BatchResults, row func([][]byte), commits bool) error {
	rows, err := results.Query()
	if err != nil {
		return err
	}
	for rows.Next() {
		if row != nil {
			row(rows.RawValues())
		}
	}
	rows.Close()
	tag := rows.CommandTag()
	e.changes = int(tag.RowsAffected())
	if rows.Err() == nil && commits && tag.String() != commit {
		return errHope // a transaction that had failed is rolled back instead
	}
	return rows.Err()
}

// exec sends a statement that has no parameters, with what waits.
func (e *engine) exec(sql string) error { return e.Fault(e.send(sql, nil, nil)) }

// stmt is a statement with its parameters and the rows it gave.
type stmt struct {
	e      *engine
	sql    string
	writes bool // and gives no rows
	plural *plural
	args   []any
	odd    bool // a text among them is none that can be stored
	ran    bool
	rows   [][][]byte
	row    [][]byte // the current one
}

func (s *stmt) bind(param int, v any) {
	for len(s.args) < param {
		s.args = append(s.args, nil)
	}
	s.args[param-1] = v
}

// BindText implements tables.Stmt.
func (s *stmt) BindText(param int, v string) {
	s.bind(param, text(v))
	s.odd = s.odd || !storable(v)
}

// storable says whether a text can be kept: PostgreSQL knows no character with the code 0, nor bytes that are no
// UTF-8. Nothing that is stored is equal to one that cannot be.
func storable(v string) bool { return strings.IndexByte(v, 0) < 0 && utf8.ValidString(v) }

func (s *stmt) BindInt64(param int, v int64)   { s.bind(param, v) }
func (s *stmt) BindFloat(param int, v float64) { s.bind(param, v) }

// text is a text that stands in a column of texts, or in one of bytes where it may be any.
type text string

// TextValue implements pgtype.TextValuer.
func (t text) TextValue() (pgtype.Text, error) {
	return pgtype.Text{String: string(t), Valid: true}, nil
}

// BytesValue implements pgtype.BytesValuer.
func (t text) BytesValue() ([]byte, error) { return []byte(t), nil }

// BindBytes copies: the statement may wait, and what it was filled in with be used for something else.
func (s *stmt) BindBytes(param int, v []byte) { s.bind(param, append(make([]byte, 0, len(v)), v...)) }

// Step implements tables.Stmt.
func (s *stmt) Step() (bool, error) {
	if !s.ran {
		s.ran = true
		if err := s.run(); err != nil {
			_ = s.Reset()
			return false, err
		}
	}
	return s.next(), nil
}

// next moves to the next of the rows that are here.
func (s *stmt) next() bool {
	if len(s.rows) == 0 {
		return false
	}
	s.row, s.rows = s.rows[0], s.rows[1:]
	return true
}

func (s *stmt) run() error {
	e := s.e
	switch {
	case s.odd && !s.writes:
		return nil // there is no such row
	case s.writes && e.mode == hopeful:
		e.waiting = append(e.waiting, write{sql: s.sql, args: slices.Clone(s.args), plural: s.plural})
		e.sent = false
		return nil
	case e.mode == careful:
		return e.alone(s)
	}
	return e.send(s.sql, s.args, s.keep)
}

// alone runs a statement in a savepoint.
func (e *engine) alone(s *stmt) error {
	e.queue("SAVEPOINT alone")
	if err := e.send(s.sql, s.args, s.keep); err != nil {
		return errors.Join(err, e.send("ROLLBACK TO SAVEPOINT alone", nil, nil))
	}
	e.queue("RELEASE SAVEPOINT alone")
	return nil
}

// keep copies a row.
func (s *stmt) keep(values [][]byte) {
	row := make([][]byte, len(values))
	for i, v := range values {
		row[i] = bytes.Clone(v)
	}
	s.rows = append(s.rows, row)
}

// Reset implements tables.Stmt.
func (s *stmt) Reset() error {
	s.ran, s.rows, s.row, s.args, s.odd = false, nil, nil, s.args[:0], false
	return nil
}

func (s *stmt) ColumnText(col int) string            { return string(s.row[col]) }
func (s *stmt) ColumnLen(col int) int                { return len(s.row[col]) }
func (s *stmt) ColumnBytes(col int, into []byte) int { return copy(into, s.row[col]) }
func (s *stmt) ColumnFloat(col int) float64          { return math.Float64frombits(uint64(s.ColumnInt64(col))) }

// ColumnInt64 implements tables.Stmt: the database sends numbers of several lengths, and truth values as one byte.
func (s *stmt) ColumnInt64(col int) int64 {
	switch b := s.row[col]; len(b) {
	case 1:
		return int64(b[0])
	case 2:
		return int64(int16(binary.BigEndian.Uint16(b)))
	case 4:
		return int64(int32(binary.BigEndian.Uint32(b)))
	case 8:
		return int64(binary.BigEndian.Uint64(b))
	}
	return 0
}

// fetched is how many rows of a scan are read at a time.
const fetched = 2000

// scan is a statement whose rows are read by and by. Its parameters are numbers, which a cursor must have written
// out.
type scan struct {
	stmt
	name string
	open bool
	last bool // no more rows are to be fetched
}

// Step implements tables.Stmt.
func (s *scan) Step() (bool, error) {
	if !s.open {
		sql := s.sql
		for i := len(s.args); i > 0; i-- {
			sql = strings.ReplaceAll(sql, "$"+strconv.Itoa(i), fmt.Sprint(s.args[i-1]))
		}
		if err := s.e.exec("DECLARE " + s.name + " NO SCROLL CURSOR FOR " + sql); err != nil {
			return false, err
		}
		s.open = true
	}
	if len(s.rows) == 0 && !s.last {
		if err := s.e.send(fmt.Sprintf("FETCH %d FROM %s", fetched, s.name), nil, s.keep); err != nil {
			return false, err
		}
		s.last = len(s.rows) < fetched
	}
	return s.next(), nil
}

// Reset implements tables.Stmt.
func (s *scan) Reset() error {
	if !s.open {
		return nil
	}
	s.open, s.rows = false, nil
	return s.e.exec("CLOSE " + s.name)
}

// Fault implements tables.Engine.
func (e *engine) Fault(err error) error { return faultOf(e.machineLost(err)) }

// faultOf makes an error of the database ours: by its code, never by its text.
func faultOf(err error) error {
	if err == nil {
		return nil
	}
	var own *fault.Error
	if errors.As(err, &own) {
		return err
	}
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		return fault.Wrap(err, fault.Unavailable, "The database cannot be reached.")
	}
	switch {
	case pg.Code == "23505": // unique_violation
		return fault.Wrap(err, fault.Exists, "It is there already.")
	case pg.Code == "22021": // character_not_in_repertoire
		return fault.Wrap(err, fault.Invalid, "A text has a character that cannot be kept: leave out the one with the code 0.")
	case strings.HasPrefix(pg.Code, "53"), strings.HasPrefix(pg.Code, "57"), strings.HasPrefix(pg.Code, "08"): // resources, operator, connection
		return fault.Wrap(err, fault.Unavailable, "The database is not available.")
	case strings.HasPrefix(pg.Code, "40"), pg.Code == "55P03": // rolled back for another, lock not available
		return fault.Wrap(err, fault.Unavailable, "The database is busy.")
	}
	return fault.Wrap(err, fault.Internal, "The database failed.")
}
