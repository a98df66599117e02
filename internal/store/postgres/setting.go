package postgres

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/switchboard-platform/switchboard/internal/fault"
)

// ReadSetting reads one setting of a database, "" when it was never set, without opening a store over it.
func ReadSetting(ctx context.Context, url, name string) (value string, err error) {
	cfg, err := settings(url)
	if err != nil {
		return "", err
	}
	c, err := connect(ctx, cfg, leads)
	if err != nil {
		return "", unreachable(err)
	}
	defer c.Close(ctx)
	if err := refuseUnfinished(ctx, c.Conn); err != nil {
		return "", err
	}
	err = c.QueryRow(ctx, `SELECT value FROM settings WHERE name = $1`, name).Scan(&value)
	var refused *pgconn.PgError
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return "", nil
	case errors.As(err, &refused) && refused.Code == "42P01": // undefined_table
		return "", fault.New(fault.NotFound, "The database is empty: run 'switchboard init' first.")
	}
	return value, unreachable(err)
}
