package postgres

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/store"
	"github.com/switchboard-platform/switchboard/internal/store/group"
)

// Target is a database that is filled with the rows of another store. While it is, it has a table "copying", and no
// node opens it: see unfinished. The table says what is copied, how far each table is, and which indexes are missing
// that will be made when all rows are there.
//
// Rows come in the order of the key; with each batch the key of its last row is noted. So a copy goes on where it was,
// however it ended.
type Target struct {
	pgx *pgx.ConnConfig
	c   *connection
}

// aside names the tables that are about this database alone, and are not copied. Of the rest sessions are left out: who
// is signed in at the old database signs in anew at this one.
const aside = `{directory_version,last_event,leases,schema_version,sessions,signature_uses,copying}`

// copyLock is the key of the advisory lock of who copies into a database.
const copyLock = 7_702_004

// lockAtMost is how long a copy that was killed is given to be gone from the database.
const lockAtMost = 30 * time.Second

// OpenTarget connects to a database to fill it, and makes its schema. Conflict when another copy into it is at work.
func OpenTarget(ctx context.Context, url string) (*Target, error) {
	parsed, err := settings(url)
	if err != nil {
		return nil, err
	}
	t := &Target{pgx: parsed}
	if t.c, err = t.connect(ctx); err != nil {
		return nil, err
	}
	if err = t.lock(ctx); err == nil {
		err = t.fresh(ctx)
	}
	if err == nil {
		err = migrate(ctx, t.c.Conn)
	}
	if err != nil {
		_ = t.Close()
		return nil, err
	}
	return t, nil
}

// fresh refuses a database of an older schema: nodes may use it, and could not start again if it was brought up to date.
func (t *Target) fresh(ctx context.Context) error {
	names, have, err := schema(ctx, t.c.Conn)
	if err != nil || have == 0 || have == len(names) {
		return err
	}
	used := false
	err = unreachable(t.c.QueryRow(ctx, `SELECT EXISTS (SELECT 1 FROM settings)`).Scan(&used)) // not where a copy was killed before it began
	if err == nil && used {
		err = fault.New(fault.Exists, "The database at --to was made by an older version, and is left as it is: name an empty one, or run 'switchboard migrate' on it first.")
	}
	return err
}

// connect makes a connection for filling. Commits wait for no disk: what a crash of the database takes back is taken
// back with the rows, and the last commit, which waits, makes all before it durable.
func (t *Target) connect(ctx context.Context) (*connection, error) {
	c, err := connect(ctx, t.pgx, leads)
	if err != nil {
		return nil, unreachable(err)
	}
	for _, set := range []string{
		`SET synchronous_commit = off`,
		`SET maintenance_work_mem = '256MB'`,
		`SET client_connection_check_interval = '1s'`, // so that who is killed while an index is made is noticed
	} {
		_, _ = c.Exec(ctx, set) // each only helps
	}
	return c, nil
}

// lock takes the lock of who copies.
func (t *Target) lock(ctx context.Context) error {
	for began := time.Now(); ; {
		var have bool
		if err := t.c.QueryRow(ctx, `SELECT pg_try_advisory_lock($1)`, copyLock).Scan(&have); err != nil || have {
			return unreachable(err)
		}
		if time.Since(began) > lockAtMost {
			return fault.New(fault.Conflict, "Another copy into this database is at work: let it end.")
		}
		select {
		case <-ctx.Done():
			return group.Ended(ctx.Err())
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// Close closes the connection.
func (t *Target) Close() error { return t.c.Close(context.Background()) }

// ErrFinished is the cause of a refusal to copy into a database that has all of the source already.
var ErrFinished = errors.New("the copy is finished")

// Begin begins to copy a source, or goes on with a copy of it. database tells it from others, state one state of it from
// later ones, last names its last event. With restart a copy that is not finished is begun anew, of whatever it was.
// Faults: Exists when the database is in use, with ErrFinished when it has just this; Conflict when it is an unfinished
// copy of another source or of another state.
func (t *Target) Begin(ctx context.Context, database, state, last string, restart bool) error {
	begun, err := unfinished(ctx, t.c.Conn)
	if err != nil {
		return err
	}
	if !begun {
		if err := t.empty(ctx, database, last); err != nil {
			return err
		}
		return t.inTx(ctx, func(tx pgx.Tx) error { return t.begin(ctx, tx, database, state) })
	}
	if restart {
		return t.inTx(ctx, func(tx pgx.Tx) error { return t.restart(ctx, tx, database, state) })
	}
	of, err := t.noted(ctx, "database")
	if err != nil {
		return err
	}
	if of != database {
		return fault.New(fault.Conflict, "The database at --to is an unfinished copy of another database: name that one with --from, or copy this one in its place with --restart.")
	}
	if of, err = t.noted(ctx, "state"); err == nil && of != state {
		err = fault.New(fault.Conflict, "The database at --from was changed since this copy was begun, so that the two halves would not fit: begin anew with --restart.")
	}
	return err
}

// begin notes what is copied, and takes the indexes away: to make them of all rows at once costs a quarter.
func (t *Target) begin(ctx context.Context, tx pgx.Tx, database, state string) error {
	_, err := tx.Exec(ctx, `CREATE TABLE copying (name TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL)`)
	if err == nil {
		_, err = tx.Exec(ctx, `INSERT INTO copying VALUES ('database', $1), ('state', $2)`, database, state)
	}
	if err != nil {
		return faultOf(err)
	}
	return t.dropIndexes(ctx, tx)
}

// dropIndexes takes away all indexes, and notes for each the statement that makes it. Those of constraints, such as
// primary keys, go and come with them.
func (t *Target) dropIndexes(ctx context.Context, tx pgx.Tx) error {
	rows, _ := tx.Query(ctx, `SELECT n.conname IS NOT NULL, c.relname::text, o.relname::text,
 CASE WHEN n.conname IS NULL THEN pg_get_indexdef(c.oid) ELSE format('ALTER TABLE %I ADD CONSTRAINT %I %s', o.relname, n.conname, pg_get_constraintdef(n.oid)) END
 FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class o ON o.oid = i.indrelid LEFT JOIN pg_constraint n ON n.conindid = c.oid
 WHERE c.relnamespace = current_schema()::regnamespace AND o.relname <> ALL ($1::text[])`, aside)
	type index struct {
		Constraint        bool
		Name, Table, Made string
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[index])
	for _, x := range list {
		drop := `DROP INDEX ` + names([]string{x.Name})
		if x.Constraint {
			drop = `ALTER TABLE ` + names([]string{x.Table}) + ` DROP CONSTRAINT ` + names([]string{x.Name})
		}
		if err == nil {
			_, err = tx.Exec(ctx, `INSERT INTO copying VALUES ($1, $2)`, indexNote+x.Name, x.Made)
		}
		if err == nil {
			_, err = tx.Exec(ctx, drop)
		}
	}
	return faultOf(err)
}

// restart empties what was copied, and notes another source.
func (t *Target) restart(ctx context.Context, tx pgx.Tx, database, state string) error {
	all, err := t.Tables(ctx)
	for i := range all {
		if err == nil {
			_, err = tx.Exec(ctx, `TRUNCATE `+names([]string{all[i].Name}))
		}
	}
	if err == nil {
		_, err = tx.Exec(ctx, `DELETE FROM copying WHERE name LIKE '`+rowsNote+`%'`)
	}
	if err == nil {
		_, err = tx.Exec(ctx, `UPDATE copying SET value = CASE name WHEN 'database' THEN $1 ELSE $2 END WHERE name IN ('database', 'state')`, database, state)
	}
	return faultOf(err)
}

// note is a row of the table "copying".
type note struct{ Name, Value string }

// What the names of notes begin with: of an index, whose note is how it is made; of a table, whose note is how far it is.
const (
	indexNote = "index "
	rowsNote  = "rows "
)

func (t *Target) noted(ctx context.Context, name string) (value string, err error) {
	err = t.c.QueryRow(ctx, `SELECT value FROM copying WHERE name = $1`, name).Scan(&value)
	return value, faultOf(err)
}

// empty makes sure that the database has no rows.
func (t *Target) empty(ctx context.Context, database, last string) error {
	all, err := t.Tables(ctx)
	if err != nil {
		return err
	}
	used := false
	for i := range all {
		var some bool
		if err := t.c.QueryRow(ctx, `SELECT EXISTS (SELECT 1 FROM `+names([]string{all[i].Name})+`)`).Scan(&some); err != nil {
			return faultOf(err)
		}
		used = used || some
	}
	if !used {
		return nil
	}
	if first, err := t.event(ctx, ""); err != nil || first != database {
		return cmp.Or[error](err, fault.New(fault.Exists, "The database at --to has data of its own, and is left as it is: name an empty one."))
	}
	now, err := t.LastEvent(ctx)
	if err == nil && now == last {
		return fault.Wrap(ErrFinished, fault.Exists, "The database at --to is a finished copy of this one already.")
	}
	return cmp.Or[error](err, fault.New(fault.Exists, "The database at --to is a finished copy of this one already, and one of the two was changed since: it is left as it is. Name an empty one to copy once more."))
}

// LastEvent names the last event by its number and its hash, "" when there is none.
func (t *Target) LastEvent(ctx context.Context) (string, error) { return t.event(ctx, "DESC") }

func (t *Target) event(ctx context.Context, order string) (string, error) {
	var seq int64
	var hash []byte
	err := t.c.QueryRow(ctx, `SELECT seq, hash FROM events ORDER BY seq `+order+` LIMIT 1`).Scan(&seq, &hash)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", nil
	}
	return fmt.Sprintf("%d %x", seq, hash), faultOf(err)
}

// Tables gives the tables that a copy fills, without their keys: while it does, they have none.
func (t *Target) Tables(ctx context.Context) (list []Table, err error) {
	rows, _ := t.c.Query(ctx, `SELECT c.relname::text, a.attname::text, y.typname::text
 FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid JOIN pg_type y ON y.oid = a.atttypid
 WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
 AND c.relname <> ALL ($1::text[]) ORDER BY c.relname, a.attnum`, aside)
	var table string
	var column Column
	_, err = pgx.ForEachRow(rows, []any{&table, &column.Name, &column.Type}, func() error {
		if len(list) == 0 || list[len(list)-1].Name != table {
			list = append(list, Table{Name: table})
		}
		list[len(list)-1].Columns = append(list[len(list)-1].Columns, column)
		return nil
	})
	return list, faultOf(err)
}

// Count gives how many rows a table has.
func (t *Target) Count(ctx context.Context, table string) (n int64, err error) {
	err = t.c.QueryRow(ctx, `SELECT count(*) FROM `+names([]string{table})).Scan(&n)
	return n, faultOf(err)
}

// inTx calls fn in a transaction.
func (t *Target) inTx(ctx context.Context, fn func(pgx.Tx) error) error {
	err := pgx.BeginFunc(ctx, t.c, fn)
	return faultOf(err)
}

// Indexes makes the indexes that were left out, brings the counters of identities behind the rows, and has the
// database look at what it has now. tell is told after each index how many of how many are done.
func (t *Target) Indexes(ctx context.Context, tell func(done, total int)) error {
	rows, _ := t.c.Query(ctx, `SELECT name, value FROM copying WHERE name LIKE '`+indexNote+`%' ORDER BY name`)
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[note])
	if err != nil {
		return faultOf(err)
	}
	tell(0, len(list))
	for i, x := range list {
		err := t.inTx(ctx, func(tx pgx.Tx) error {
			_, err := tx.Exec(ctx, x.Value)
			if err == nil {
				_, err = tx.Exec(ctx, `DELETE FROM copying WHERE name = $1`, x.Name)
			}
			return err
		})
		if err != nil {
			return err
		}
		tell(i+1, len(list))
	}
	if err := t.identities(ctx); err != nil {
		return err
	}
	_, err = t.c.Exec(ctx, `ANALYZE`)
	return faultOf(err)
}

// identities brings the counter of each identity column behind its rows.
func (t *Target) identities(ctx context.Context) error {
	rows, _ := t.c.Query(ctx, `SELECT c.relname::text, a.attname::text FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
 WHERE c.relnamespace = current_schema()::regnamespace AND a.attidentity <> ''`)
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[note])
	for _, x := range list {
		if err == nil {
			_, err = t.c.Exec(ctx, fmt.Sprintf(`SELECT setval(pg_get_serial_sequence($1, $2), coalesce(max(%[1]s), 1), max(%[1]s) IS NOT NULL) FROM %[2]s`,
				names([]string{x.Value}), names([]string{x.Name})), names([]string{x.Name}), x.Value)
		}
	}
	return faultOf(err)
}

// Finish makes the copy one that nodes open.
func (t *Target) Finish(ctx context.Context) error {
	return t.inTx(ctx, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `SET LOCAL synchronous_commit = on`)
		if err == nil {
			_, err = tx.Exec(ctx, `UPDATE last_event SET seq = (SELECT coalesce(max(seq), 0) FROM events)`)
		}
		if err == nil {
			_, err = tx.Exec(ctx, `DROP TABLE copying`)
		}
		return err
	})
}

// View calls fn once with a transaction that reads the database.
func (t *Target) View(ctx context.Context, fn func(store.Tx) error) error {
	e := newEngine(t.c)
	e.ctx = ctx
	return view(e, fn)
}

// unfinished says whether a database is the target of a copy that is not finished.
func unfinished(ctx context.Context, c *pgx.Conn) (begun bool, err error) {
	err = c.QueryRow(ctx, `SELECT to_regclass('copying') IS NOT NULL`).Scan(&begun)
	return begun, unreachable(err)
}

// refuseUnfinished refuses to open such a database.
func refuseUnfinished(ctx context.Context, c *pgx.Conn) error {
	begun, err := unfinished(ctx, c)
	if err == nil && begun {
		err = fault.New(fault.Conflict, "The database is a copy that is not finished: run the 'switchboard copy' that began it again, and it goes on where it was.")
	}
	return err
}
