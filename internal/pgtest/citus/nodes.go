package citus

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5"

	"github.com/switchboard-platform/switchboard/internal/store/postgres"
)

// nodes asks a coordinator for the machines of its cluster.
func nodes(ctx context.Context, coordinator string) (*Nodes, error) {
	first, err := url.Parse(coordinator)
	if err != nil {
		return nil, err
	}
	c, err := pgx.Connect(ctx, coordinator)
	if err != nil {
		return nil, err
	}
	defer c.Close(ctx)
	rows, _ := c.Query(ctx, `SELECT nodename, nodeport FROM pg_dist_node WHERE groupid <> 0 AND isactive ORDER BY nodeid`)
	n := &Nodes{urls: []*url.URL{first}}
	var host string
	var port int
	_, err = pgx.ForEachRow(rows, []any{&host, &port}, func() error {
		worker, query := *first, first.Query()
		worker.Host = ""
		query.Set("host", host)
		query.Set("port", strconv.Itoa(port))
		worker.RawQuery = query.Encode()
		n.urls = append(n.urls, &worker)
		return nil
	})
	if err == nil && len(n.urls) == 1 {
		err = errors.New(URLEnv + " names a database that knows no workers: run SELECT citus_add_node(…) there")
	}
	return n, err
}

// everywhere runs a statement outside of a transaction on every machine at once, in the database that the first
// address names.
func (n *Nodes) everywhere(ctx context.Context, sql string) error {
	return n.in(ctx, n.urls[0].Path[1:], sql)
}

// in is everywhere in another database.
func (n *Nodes) in(ctx context.Context, database string, statements ...string) error {
	errs := make([]error, len(n.urls))
	var wg sync.WaitGroup
	for i, u := range n.urls {
		wg.Go(func() { errs[i] = run(ctx, at(u, database), statements...) })
	}
	wg.Wait()
	return errors.Join(errs...)
}

func run(ctx context.Context, address string, statements ...string) error {
	c, err := pgx.Connect(ctx, address)
	if err != nil {
		return err
	}
	defer c.Close(context.WithoutCancel(ctx))
	for _, sql := range statements {
		if _, err := c.Exec(ctx, sql); err != nil {
			return fmt.Errorf("%s: %w", sql, err)
		}
	}
	return nil
}

// join makes one cluster of the databases of one name on all machines.
func (n *Nodes) join(ctx context.Context, database string) error {
	if err := n.in(ctx, database, "CREATE EXTENSION citus", "CREATE EXTENSION IF NOT EXISTS pg_stat_statements"); err != nil {
		return err
	}
	statements := []string{"SELECT citus_set_coordinator_host(" + hostPort(n.urls[0]) + ")"}
	for _, u := range n.urls[1:] {
		statements = append(statements, "SELECT citus_add_node("+hostPort(u)+")")
	}
	return run(ctx, at(n.urls[0], database), statements...)
}

// hostPort writes where a machine is as the extension wants it.
func hostPort(u *url.URL) string {
	c, err := pgx.ParseConfig(u.String())
	if err != nil {
		return "NULL"
	}
	return fmt.Sprintf("'%s', %d", c.Host, c.Port)
}

// drop drops a database everywhere.
func (n *Nodes) drop(ctx context.Context, database string) error {
	return n.everywhere(ctx, "DROP DATABASE IF EXISTS "+database+" WITH (FORCE)")
}

// layoutLock is the key of the lock under which the database that others are copied from is made.
const layoutLock = 7_702_900

// layout gives the name of a database that is distributed and that nobody can connect to, so that it can be copied.
// The first test that needs it makes it.
func (n *Nodes) layout(ctx context.Context) (name string, err error) {
	c, err := pgx.Connect(ctx, n.urls[0].String())
	if err != nil {
		return "", err
	}
	defer c.Close(context.WithoutCancel(ctx))
	if _, err := c.Exec(ctx, `SELECT pg_advisory_lock($1)`, layoutLock); err != nil {
		return "", err
	}
	want := postgres.Migration{URL: n.urls[0].String(), Distribute: true, Shards: 2, DryRun: true}
	would, err := postgres.Migrate(ctx, want)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256([]byte(strings.Join(append(would.Steps, would.Statements...), "\n")))
	name = "layout_" + hex.EncodeToString(sum[:8])
	var ready bool
	if err := c.QueryRow(ctx, `SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = $1 AND NOT datallowconn)`, name).Scan(&ready); err != nil || ready {
		return name, err
	}
	return name, n.makeLayout(ctx, name, want)
}

func (n *Nodes) makeLayout(ctx context.Context, name string, m postgres.Migration) error {
	if err := errors.Join(n.drop(ctx, name), n.everywhere(ctx, "CREATE DATABASE "+name+" TEMPLATE template0"), n.join(ctx, name)); err != nil {
		return err
	}
	m.URL, m.DryRun = at(n.urls[0], name), false
	if _, err := postgres.Migrate(ctx, m); err != nil {
		return errors.Join(err, errors.Unwrap(err))
	}
	const end = `SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = '%s' AND backend_type <> 'autovacuum worker'`
	for _, u := range n.urls[1:] { // the coordinator at last: there it is seen to be ready
		if err := run(ctx, u.String(), "ALTER DATABASE "+name+" ALLOW_CONNECTIONS false"); err != nil {
			return err
		}
	}
	if err := run(ctx, n.urls[0].String(), "ALTER DATABASE "+name+" ALLOW_CONNECTIONS false"); err != nil {
		return err
	}
	return n.everywhere(ctx, fmt.Sprintf(end, name))
}
