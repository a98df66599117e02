package postgres

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/jackc/pgx/v5"
)

// Loader fills tables, one at a time.
type Loader struct{ c *pgx.Conn }

// Loader gives a new one, with a connection of its own.
func (t *Target) Loader(ctx context.Context) (*Loader, error) {
	c, err := t.connect(ctx)
	return &Loader{c}, err
}

// Close closes the connection.
func (l *Loader) Close() { _ = l.c.Close(context.Background()) }

// own begins a transaction that alone writes to the table. Another loader's, which was killed, is waited for.
func (l *Loader) own(ctx context.Context, t *Table, fn func(pgx.Tx) error) error {
	return faultOf(pgx.BeginFunc(ctx, l.c, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `LOCK TABLE `+names([]string{t.Name})+` IN SHARE ROW EXCLUSIVE MODE`); err != nil {
			return err
		}
		return fn(tx)
	}))
}

// Begin gives how many rows a table has, and the key of the last of them: a text, a number or bytes each. It is nil
// when there is none.
func (l *Loader) Begin(ctx context.Context, t *Table) (rows int64, last []any, err error) {
	err = l.own(ctx, t, func(tx pgx.Tx) error {
		err := tx.QueryRow(ctx, `SELECT value::bigint FROM copying WHERE name = $1`, rowsNote+t.Name).Scan(&rows)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		key := names(t.Key)
		found, _ := tx.Query(ctx, `SELECT `+key+` FROM `+names([]string{t.Name})+` ORDER BY `+strings.ReplaceAll(key, ",", " DESC,")+` DESC LIMIT 1`)
		last, err = pgx.CollectOneRow(found, func(r pgx.CollectableRow) ([]any, error) { return r.Values() })
		return err
	})
	return rows, last, err
}

// Add adds rows that AppendRow wrote, all or none. total is how many there are then.
func (l *Loader) Add(ctx context.Context, t *Table, rows []byte, total int64) error {
	return l.own(ctx, t, func(tx pgx.Tx) error {
		in := io.MultiReader(strings.NewReader(copyHeader), bytes.NewReader(rows), strings.NewReader(copyTrailer))
		if _, err := l.c.PgConn().CopyFrom(ctx, in, t.copySQL()); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `INSERT INTO copying VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value`, rowsNote+t.Name, fmt.Sprint(total))
		return err
	})
}
