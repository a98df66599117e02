//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/switchboard-platform/switchboard/internal/pgtest"
)

// cluster is the PostgreSQL server whose databases the nodes share.
type cluster struct {
	*pgtest.Server
}

// durable are its settings: whatever is answered is on the disk, and what a careful operator would set for so much memory.
func durable() []string {
	return []string{
		"fsync=on", "full_page_writes=on", "synchronous_commit=on",
		"shared_buffers=2GB", "max_wal_size=8GB", "wal_buffers=64MB", "checkpoint_completion_target=0.9",
	}
}

// startCluster starts the server, or gives the one that runs. It is nil, with a note, where PostgreSQL is not installed.
func (b *bench) startCluster(ctx context.Context) (*cluster, error) {
	if b.cluster != nil {
		return b.cluster, nil
	}
	server, err := pgtest.StartIn(filepath.Join(b.out, "postgres"), durable()...)
	if errors.Is(err, pgtest.ErrMissing) {
		b.report.note("Nothing was measured over PostgreSQL: %s.", err)
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("start PostgreSQL, whose user needs a way to its data (chmod o+x of the directories above it): %w", err)
	}
	b.cluster = &cluster{server}
	var version string
	if err := b.cluster.query(ctx, b.cluster.URL(), "SELECT current_setting('server_version')", &version); err != nil {
		return nil, err
	}
	b.report.note("PostgreSQL %s on the same machine, over a Unix socket: %s.", version, strings.Join(durable(), ", "))
	return b.cluster, nil
}

// sharedSite starts PostgreSQL where it is installed, and gives it with the database of the agents over it.
func (b *bench) sharedSite(ctx context.Context) (c *cluster, at site, err error) {
	if c, err = b.startCluster(ctx); c == nil || err != nil {
		return nil, at, err
	}
	at, err = b.populated(ctx, c, b.agents)
	return c, at, err
}

// stopCluster ends it in order, so that the next run finds nothing to repair.
func (b *bench) stopCluster() {
	if b.cluster != nil {
		b.cluster.Stop()
		b.cluster = nil
	}
}

// exec runs a statement in one of the databases.
func (c *cluster) exec(ctx context.Context, database, sql string) error {
	return c.on(ctx, database, func(conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, sql)
		return err
	})
}

// query reads one value of one of the databases.
func (c *cluster) query(ctx context.Context, database, sql string, to any) error {
	return c.on(ctx, database, func(conn *pgx.Conn) error { return conn.QueryRow(ctx, sql).Scan(to) })
}

func (c *cluster) on(ctx context.Context, database string, do func(*pgx.Conn) error) error {
	conn, err := pgx.Connect(ctx, database)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	return do(conn)
}

// newDatabase makes a database, anew if there is one of that name.
func (c *cluster) newDatabase(ctx context.Context, name string) error {
	if err := c.exec(ctx, c.URL(), "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)"); err != nil {
		return err
	}
	return c.exec(ctx, c.URL(), "CREATE DATABASE "+name+" TEMPLATE template0")
}

// twinOf gives another database with the same rows, in which may be done what would break the record of changes. It
// is made now unless an earlier run left it.
func (c *cluster) twinOf(ctx context.Context, name string) (address string, err error) {
	twin, there := name+"_twin", false
	if err := c.query(ctx, c.URL(), "SELECT EXISTS (SELECT FROM pg_database WHERE datname = '"+twin+"')", &there); err != nil {
		return "", err
	}
	if !there {
		err = c.exec(ctx, c.URL(), "CREATE DATABASE "+twin+" TEMPLATE "+name+" STRATEGY file_copy")
	}
	return c.DatabaseURL(twin), err
}
