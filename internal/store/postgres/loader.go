package postgres

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"strings"

	"github.com/jackc/pgx/v5"
)

// Loader fills tables, one at a time.
type Loader struct{ c *connection }

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

// Progress is how far a table is filled.
type Progress struct {
	Rows int64             `json:"rows"`           // that are there
	Last []json.RawMessage `json:"last,omitempty"` // the key of the last of them, nil when there is none: a text or a number each
	End  bool              `json:"end,omitempty"`  // that is all
}

// Begin gives how far a table is filled.
func (l *Loader) Begin(ctx context.Context, t *Table) (p Progress, err error) {
	err = l.own(ctx, t, func(tx pgx.Tx) error {
		var text string
		err := tx.QueryRow(ctx, `SELECT value FROM copying WHERE name = $1`, rowsNote+t.Name).Scan(&text)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		return cmp.Or(err, json.Unmarshal([]byte(text), &p))
	})
	return p, err
}

// Add adds rows that AppendRow wrote, and notes how far the table is then: all or nothing.
func (l *Loader) Add(ctx context.Context, t *Table, rows []byte, p Progress) error {
	text, err := json.Marshal(p)
	if err != nil {
		return err
	}
	return l.own(ctx, t, func(tx pgx.Tx) error {
		in := io.MultiReader(strings.NewReader(copyHeader), bytes.NewReader(rows), strings.NewReader(copyTrailer))
		if _, err := l.c.PgConn().CopyFrom(ctx, in, t.copySQL()); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `INSERT INTO copying VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value`, rowsNote+t.Name, string(text))
		return err
	})
}
