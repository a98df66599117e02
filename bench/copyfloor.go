//go:build linux

package main

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"
)

// bareCopied is what the bare driver needed to send the rows.
type bareCopied struct {
	Rows, Events          int64
	Seconds, EventSeconds float64
}

// inDatabase gives the address of another database of a server.
func inDatabase(address, name string) (string, error) {
	u, err := url.Parse(address)
	if err != nil {
		return "", err
	}
	u.Path = "/" + name
	return u.String(), nil
}

// bareCopyRows is how many rows are held in memory between reading and sending, and sent by one COPY.
const bareCopyRows = 100_000

// bareCopy sends every row of the copied tables once more, by the driver's CopyFrom, into a table of the same columns
// without keys or indexes. Reading the rows is not counted.
func bareCopy(ctx context.Context, file, address string) (r bareCopied, err error) {
	from, err := sqlite.OpenConn(file, sqlite.OpenReadOnly)
	if err != nil {
		return r, err
	}
	defer from.Close()
	to, err := pgx.Connect(ctx, address)
	if err != nil {
		return r, err
	}
	defer to.Close(ctx)
	rows, _ := to.Query(ctx, `SELECT table_name::text, string_agg(column_name, ',' ORDER BY ordinal_position) FROM information_schema.columns
 WHERE table_schema = 'public' AND table_name NOT IN ('directory_version', 'last_event', 'leases', 'schema_version', 'sessions', 'signature_uses') GROUP BY 1 ORDER BY 1`)
	var table, columns string
	tables := map[string][]string{}
	if _, err := pgx.ForEachRow(rows, []any{&table, &columns}, func() error { tables[table] = strings.Split(columns, ","); return nil }); err != nil {
		return r, err
	}
	for table, columns := range tables {
		n, took, err := bareCopyTable(ctx, from, to, table, columns)
		if err != nil {
			return r, fmt.Errorf("table %s: %w", table, err)
		}
		r.Rows, r.Seconds = r.Rows+n, r.Seconds+took.Seconds()
		if table == "events" {
			r.Events, r.EventSeconds = n, took.Seconds()
		}
	}
	return r, nil
}

func bareCopyTable(ctx context.Context, from *sqlite.Conn, to *pgx.Conn, table string, columns []string) (n int64, took time.Duration, err error) {
	plain := "floor_" + table
	if _, err := to.Exec(ctx, fmt.Sprintf(`CREATE TABLE %s (LIKE %s)`, plain, table)); err != nil {
		return 0, 0, err
	}
	var batch [][]any
	send := func() error {
		began := time.Now()
		sent, err := to.CopyFrom(ctx, pgx.Identifier{plain}, columns, pgx.CopyFromRows(batch))
		took += time.Since(began)
		n, batch = n+sent, batch[:0]
		return err
	}
	kinds, err := columnTypes(ctx, to, table)
	if err != nil {
		return 0, 0, err
	}
	err = sqlitex.Execute(from, fmt.Sprintf(`SELECT %s FROM %s`, strings.Join(columns, ", "), table), &sqlitex.ExecOptions{ResultFunc: func(s *sqlite.Stmt) error {
		row := make([]any, len(columns))
		for i := range row {
			row[i] = bareValue(s, i, kinds[columns[i]])
		}
		if batch = append(batch, row); len(batch) == bareCopyRows {
			return send()
		}
		return nil
	}})
	if err == nil {
		err = send()
	}
	return n, took, err
}

func columnTypes(ctx context.Context, c *pgx.Conn, table string) (map[string]string, error) {
	rows, _ := c.Query(ctx, `SELECT column_name::text, udt_name::text FROM information_schema.columns WHERE table_schema = 'public' AND table_name = $1`, table)
	var column, kind string
	kinds := map[string]string{}
	_, err := pgx.ForEachRow(rows, []any{&column, &kind}, func() error { kinds[column] = kind; return nil })
	return kinds, err
}

// bareValue reads a value as the driver takes it for a column of that type.
func bareValue(s *sqlite.Stmt, col int, kind string) any {
	switch kind {
	case "text":
		return s.ColumnText(col)
	case "bytea":
		b := make([]byte, s.ColumnLen(col))
		s.ColumnBytes(col, b)
		return b
	case "float8":
		return s.ColumnFloat(col)
	}
	return s.ColumnInt64(col)
}
