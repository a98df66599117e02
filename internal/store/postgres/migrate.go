package postgres

import (
	"context"
	"embed"
	"io/fs"
	"path"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/switchboard-platform/switchboard/internal/fault"
)

//go:embed migrations/*.sql
var migrations embed.FS

// The keys of the advisory locks: of who brings the schema up to date, of who changes anything, and of who commits on
// several machines.
const (
	schemaLock = 7_702_001
	changeLock = 7_702_002
	commitLock = 7_702_003
)

// migrate applies the migrations the database does not have yet, each in a transaction of its own. Of several
// nodes that begin at once one does it, and the others wait.
func migrate(ctx context.Context, c *pgx.Conn) error {
	names, err := scripts()
	if err != nil {
		return err
	}
	for {
		more, err := migrateNext(ctx, c, names)
		if err != nil || !more {
			return err
		}
	}
}

// scripts gives the names of the migrations in order.
func scripts() ([]string, error) { return fs.Glob(migrations, "migrations/*.sql") }

// schema gives the names of all migrations, and how many of them the database has.
func schema(ctx context.Context, c *pgx.Conn) (names []string, have int, err error) {
	if names, err = scripts(); err != nil {
		return nil, 0, err
	}
	for i := range names {
		names[i] = strings.TrimSuffix(path.Base(names[i]), ".sql")
	}
	var there bool
	if err := c.QueryRow(ctx, `SELECT to_regclass('schema_version') IS NOT NULL`).Scan(&there); err != nil || !there {
		return names, 0, unreachable(err)
	}
	err = c.QueryRow(ctx, selectSchema).Scan(&have)
	if err == nil && have > len(names) {
		return names, have, newerSchema(have, len(names))
	}
	return names, have, unreachable(err)
}

func newerSchema(have, known int) error {
	return fault.New(fault.Conflict, "The database was written by a newer Switchboard (schema %d, this one knows %d): use that or a later version.", have, known)
}

const selectSchema = `SELECT coalesce(max(version), 0) FROM schema_version`

// migrateNext applies the next migration, if there is one.
func migrateNext(ctx context.Context, c *pgx.Conn, names []string) (more bool, err error) {
	tx, err := c.Begin(ctx)
	if err != nil {
		return false, unreachable(err)
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }()
	if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock($1)`, schemaLock); err != nil {
		return false, unreachable(err)
	}
	if _, err := tx.Exec(ctx, `CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL)`); err != nil {
		return false, fault.Wrap(err, fault.Unavailable, "The schema cannot be made: give the user of --database-url the right to create tables.")
	}
	var have int
	if err := tx.QueryRow(ctx, selectSchema).Scan(&have); err != nil {
		return false, unreachable(err)
	}
	if have > len(names) {
		return false, newerSchema(have, len(names))
	}
	if have == len(names) {
		return false, nil
	}
	script, err := migrations.ReadFile(names[have])
	if err != nil {
		return false, err
	}
	if _, err := tx.Exec(ctx, string(script)); err != nil {
		return false, fault.Wrap(err, fault.Internal, "The schema cannot be brought up to date.")
	}
	if _, err := tx.Exec(ctx, `INSERT INTO schema_version VALUES ($1)`, have+1); err != nil {
		return false, unreachable(err)
	}
	return true, unreachable(tx.Commit(ctx))
}

// unreachable says that the database cannot be had.
func unreachable(err error) error {
	if err == nil {
		return nil
	}
	return fault.Wrap(err, fault.Unavailable, "The database cannot be reached: check --database-url, and that it runs.")
}
