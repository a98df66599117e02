package sqlite

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/store"
	"github.com/switchboard-platform/switchboard/internal/store/group"
	"github.com/switchboard-platform/switchboard/internal/store/tables"
)

// Source is a database that is read row by row, to be copied elsewhere. Nobody changes it meanwhile: either it is a
// file that nobody ever wrote to, such as a backup, or its lock is held.
type Source struct {
	path string
	lock io.Closer // none for a file without one
	c    *conn
}

// OpenSource opens a database to be copied, of this version's schema. Conflict with ErrLocked when another process has
// it open.
func OpenSource(ctx context.Context, path string) (*Source, error) {
	s := &Source{path: path}
	if err := s.open(ctx); err != nil {
		_ = s.Close()
		return nil, err
	}
	return s, nil
}

func (s *Source) open(ctx context.Context) (err error) {
	if _, err := os.Stat(s.path); err != nil {
		return fault.Wrap(err, fault.NotFound, "%s cannot be read.", s.path)
	}
	// A database that was ever opened has a lock beside it, and perhaps a log that is part of it.
	if _, err := os.Stat(LockPath(s.path)); !errors.Is(err, fs.ErrNotExist) {
		lock, err := Lock(s.path)
		if err != nil {
			return err
		}
		s.lock = lock
		if err := MergeWAL(s.path); err != nil {
			return err
		}
	}
	if s.c, err = openKnown(ctx, s.path); err != nil {
		return err
	}
	have, names, err := s.c.schema()
	if err == nil && have < int64(len(names)) {
		err = fault.New(fault.Conflict, "%s was written by an older Switchboard (schema %d, this one has %d): bring it up to date with 'switchboard doctor --data DIR' on its directory; restore a backup into one for that.", s.path, have, len(names))
	}
	return err
}

// Close closes the database and gives its lock back.
func (s *Source) Close() (err error) {
	if s.c != nil {
		err = s.c.Close()
	}
	if s.lock != nil {
		err = cmp.Or(err, s.lock.Close())
	}
	return err
}

// Print tells a database from others, and one state of it from later ones. Both are short texts.
type Print struct {
	Database string // of its first event: the same as long as it lives, in all its backups
	State    string // of the file and its last event
}

// Print gives the database's own. Not every change is an event; but each is a change of the file.
func (s *Source) Print() (p Print, err error) {
	fi, err := os.Stat(s.path)
	if err != nil {
		return p, fault.Wrap(err, fault.Unavailable, "%s cannot be read.", s.path)
	}
	first, err := s.event(`SELECT seq, hash FROM events ORDER BY seq LIMIT 1`)
	if err != nil {
		return p, err
	}
	last, err := s.event(`SELECT seq, hash FROM events ORDER BY seq DESC LIMIT 1`)
	if err != nil {
		return p, err
	}
	header := make([]byte, 100) // counts the changes that move pages
	f, err := os.Open(s.path)
	if err == nil {
		_, err = io.ReadFull(f, header)
		err = cmp.Or(err, f.Close())
	}
	if err != nil {
		return p, unreadable(err, s.path)
	}
	p.Database = first
	p.State = fmt.Sprintf("%s %d %d %x", last, fi.Size(), fi.ModTime().UnixMicro(), sha256.Sum256(header))
	return p, nil
}

// LastEvent names the last event by its number and its hash.
func (s *Source) LastEvent() (string, error) {
	return s.event(`SELECT seq, hash FROM events ORDER BY seq DESC LIMIT 1`)
}

func (s *Source) event(sql string) (string, error) {
	q := s.c.prepare(sql)
	if !q.Next() {
		return "", cmp.Or[error](q.Err, fault.New(fault.Invalid, "%s has no events: it was never initialized to the end.", s.path))
	}
	text := fmt.Sprintf("%d %x", q.Num(), column(q.Stmt, 1))
	return text, q.Done()
}

func column(s tables.Stmt, col int) []byte {
	b := make([]byte, s.ColumnLen(col))
	s.ColumnBytes(col, b)
	return b
}

// Tables gives the tables by name, without those that are made of others: another store finds agents by their mobile
// number in its own way. Without sessions, too: who is signed in here signs in anew at the other store.
func (s *Source) Tables() (names []string, err error) {
	q := s.c.prepare(`SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT IN ('mobiles', 'mobiles_new', 'sessions') ORDER BY name`)
	for q.Next() {
		names = append(names, q.Str())
	}
	return names, q.Err
}

// Columns gives the columns of a table by name, those of its key first among keys, in the key's order.
func (s *Source) Columns(table string) (all, key []string, err error) {
	q := s.c.prepare(`SELECT name, pk FROM pragma_table_info(?) ORDER BY cid`)
	places := map[int64]string{}
	for q.Text(table); q.Next(); {
		name, pk := q.Str(), q.Num()
		if all = append(all, name); pk > 0 {
			places[pk] = name
		}
	}
	for i := range len(places) {
		key = append(key, places[int64(i+1)])
	}
	return all, key, q.Err
}

// Count gives how many rows a table has.
func (s *Source) Count(table string) (int64, error) {
	return s.c.tables.Number(`SELECT count(*) FROM ` + table)
}

// Rows gives the rows of a statement to row, on a connection of its own. fill fills in the statement's parameters.
func (s *Source) Rows(ctx context.Context, sql string, fill func(*tables.Query), row func(tables.Stmt) error) error {
	c, err := openKnown(ctx, s.path)
	if err != nil {
		return err
	}
	defer c.Close()
	q := c.prepare(sql)
	for fill(&q); q.Next(); {
		if err := row(q.Stmt); err != nil {
			return cmp.Or(err, q.Done())
		}
	}
	if ctx.Err() != nil {
		return group.Ended(ctx.Err())
	}
	return q.Err
}

// View calls fn once with a transaction that reads the database.
func (s *Source) View(ctx context.Context, fn func(store.Tx) error) error {
	return ViewFile(ctx, s.path, fn)
}
