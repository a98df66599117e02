package sqlite

import (
	"cmp"
	"context"
	"errors"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"

	"zombiezen.com/go/sqlite"

	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/store"
	"github.com/switchboard-platform/switchboard/internal/store/group"
)

// Lock takes the lock of the database at path without opening it, until it is closed. Conflict
// when another process has the database open.
func Lock(path string) (io.Closer, error) { return takeLock(path) }

// Verify reads a whole database file that nobody writes to. Invalid when it is no Switchboard
// database or is damaged, Conflict when a newer version wrote it.
func Verify(ctx context.Context, path string) error {
	return verify(ctx, path, `PRAGMA integrity_check(5)`)
}

// VerifyQuick is Verify without the comparison of every index with its table.
func VerifyQuick(ctx context.Context, path string) error {
	return verify(ctx, path, `PRAGMA quick_check(5)`)
}

func verify(ctx context.Context, path, check string) error {
	c, err := openKnown(ctx, path)
	if err != nil {
		return err
	}
	defer c.Close()
	q := c.prepare(check)
	for q.Next() {
		if line := q.Str(); line != "ok" {
			return cmp.Or[error](q.Done(), fault.New(fault.Invalid, "%s is damaged (%s): use another backup.", path, line))
		}
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return unreadable(q.Err, path)
}

// unreadable says of a file that it cannot be read as a database.
func unreadable(err error, path string) error {
	if err == nil {
		return nil
	}
	return fault.Wrap(err, fault.Invalid, "%s is not a sound Switchboard database: name a file that 'switchboard backup' wrote.", path)
}

// openKnown opens a whole database file that nobody writes to, if its schema is ours. Reading it ends with ctx.
func openKnown(ctx context.Context, path string) (*conn, error) {
	c, err := openFile(path, true)
	if err != nil {
		return nil, err
	}
	c.SetInterrupt(ctx.Done())
	if err := c.known(path); err != nil {
		_ = c.Close()
		return nil, err
	}
	return c, nil
}

// known makes sure that the schema is ours and of a version we know.
func (c *conn) known(path string) error {
	found, err := c.tables.Number(`SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name IN ('settings', 'partners', 'agents', 'events')`)
	if err != nil {
		return unreadable(err, path)
	}
	have, names, err := c.schema()
	if err != nil {
		return unreadable(err, path)
	}
	if found != 4 || have < 1 {
		return fault.New(fault.Invalid, "%s is a database, but not Switchboard's: name a file that 'switchboard backup' wrote.", path)
	}
	if have > int64(len(names)) {
		return fault.New(fault.Conflict, "%s was written by a newer Switchboard (schema %d, this one knows %d): use that or a later version.", path, have, len(names))
	}
	return nil
}

// ReadSetting reads one setting of a database file, "" when it was never set. A process that has
// the database open is not disturbed.
func ReadSetting(path, name string) (string, error) {
	_, err := os.Stat(path + "-wal") // whoever has it open has a log
	c, err := openFile(path, errors.Is(err, fs.ErrNotExist))
	if err != nil {
		return "", err
	}
	defer c.Close()
	value, err := newTx(c, nil, false).Setting(name)
	return value, unreadable(err, path)
}

// ViewFile calls fn once with a transaction that reads a whole database file that nobody writes to, such
// as a backup. Faults: those of Verify, and Conflict when an older version wrote it.
func ViewFile(ctx context.Context, path string, fn func(store.Tx) error) error {
	c, err := openKnown(ctx, path)
	if err != nil {
		return err
	}
	defer c.Close()
	have, names, err := c.schema()
	if err != nil {
		return unreadable(err, path)
	}
	if have < int64(len(names)) {
		return fault.New(fault.Conflict, "%s was written by an older Switchboard (schema %d, this one has %d): restore it into a directory of its own, which brings it up to date, and name that with --data.", path, have, len(names))
	}
	if err := c.transient("PRAGMA cell_size_check = ON"); err != nil {
		return unreadable(err, path)
	}
	return group.Call(fn, newTx(c, nil, false))
}

// openFile opens a database file to read. One at rest is opened as immutable, so that neither a
// WAL nor an index of one is made beside it.
func openFile(path string, atRest bool) (*conn, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, unreadable(err, path)
	}
	if _, err := os.Stat(abs); err != nil {
		return nil, fault.Wrap(err, fault.NotFound, "%s cannot be read.", path)
	}
	if wal := size(abs + "-wal"); atRest && wal > 0 {
		return nil, fault.New(fault.Invalid, "%s has a write-ahead log beside it, so it is not whole by itself: name a file that 'switchboard backup' wrote.", path)
	}
	u := url.URL{Scheme: "file", Path: abs}
	if atRest {
		u.RawQuery = "immutable=1"
	}
	c, err := sqlite.OpenConn(u.String(), sqlite.OpenReadOnly|sqlite.OpenURI)
	if err != nil {
		return nil, unreadable(err, path)
	}
	k := wrapConn(c)
	if err := k.transient("PRAGMA trusted_schema = OFF"); err != nil {
		_ = c.Close()
		return nil, unreadable(err, path)
	}
	return k, nil
}

// MergeWAL moves the write-ahead log of a database into it and takes the log away, so that the
// file is whole by itself. The caller must hold its Lock.
func MergeWAL(path string) error {
	c, err := openConn(path, readerCacheKiB, false)
	if err != nil {
		return err
	}
	// The pragma answers with a row, whose first column says that somebody was in the way.
	busy, err := c.tables.Number("PRAGMA wal_checkpoint(TRUNCATE)")
	if err == nil && busy != 0 {
		err = fault.New(fault.Conflict, "Another process has %s open. Stop it first.", path)
	}
	return cmp.Or(err, wrap(c.Close()))
}
