package sqlite

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"os"

	"zombiezen.com/go/sqlite"

	"github.com/switchboard-platform/switchboard/internal/fault"
)

// Backup implements store.Store. It reads one snapshot.
func (s *Store) Backup(ctx context.Context, path string) error {
	return s.alone(ctx, false, func(c *conn) error { return c.copyTo(path) })
}

func (c *conn) copyTo(path string) error {
	// The file is made before it is filled, so that nobody else can ever read it.
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return fault.New(fault.Exists, "%s exists already: name a new file.", path)
	}
	if err != nil {
		return fault.Wrap(err, fault.Unavailable, "The copy %s cannot be made.", path)
	}
	if err := f.Close(); err != nil {
		return wrap(err)
	}
	q := c.prepare(`VACUUM INTO ?`)
	if err := cmp.Or(q.Text(path).Run(), dropSessions(path)); err != nil {
		_ = os.Remove(path)
		return err
	}
	return syncFile(path)
}

// dropSessions takes the sessions out of a copy: one that is restored must not let in whoever has signed out since.
func dropSessions(path string) error {
	raw, err := sqlite.OpenConn(path, sqlite.OpenReadWrite)
	if err != nil {
		return wrap(err)
	}
	c := wrapConn(raw)
	return cmp.Or(c.transient(`PRAGMA secure_delete = ON`), c.transient(`DELETE FROM sessions`), wrap(c.Close()))
}

// syncFile makes a finished file durable and private.
func syncFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return wrap(err)
	}
	defer f.Close()
	return wrap(cmp.Or(f.Chmod(0o600), f.Sync()))
}

// Check implements store.Store.
func (s *Store) Check(ctx context.Context) error {
	return s.alone(ctx, true, func(c *conn) error {
		q := c.prepare(`PRAGMA integrity_check(5)`)
		for q.Next() {
			if line := q.Str(); line != "ok" {
				return cmp.Or[error](q.Done(), fault.New(fault.Internal, "The database is damaged (%s): restore a backup.", line))
			}
		}
		return q.Err
	})
}
