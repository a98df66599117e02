package postgres

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/switchboard-platform/switchboard/internal/fault"
)

// Migration says what to do with a database that no node serves.
type Migration struct {
	URL        string // of the database; required
	Distribute bool   // bring the tables to where the distributed layout has them
	Shards     int    // parts that a table is cut into; 0: as many as the extension makes by itself
	DryRun     bool   // only say what would be done

	// Progress, when set, is told before each step: how many are done, of how many, and what comes.
	Progress func(done, total int, next string)
}

// Migrated is what a Migration did, or would do.
type Migrated struct {
	From, To   int      // versions of the schema
	Steps      []string // migrations and tables
	Statements []string // that bring the tables to their places
}

// Migrate brings the schema up to date and, if it is asked to, distributes the tables. When it is stopped, the next
// one goes on where it was.
func Migrate(ctx context.Context, m Migration) (done Migrated, err error) {
	parsed, err := settings(m.URL)
	if err != nil {
		return done, err
	}
	own, err := connect(ctx, parsed, leads)
	if err != nil {
		return done, unreachable(err)
	}
	defer own.drop()
	c := own.Conn
	if err := alone(ctx, c); err != nil {
		return done, err
	}
	names, have, err := schema(ctx, c)
	if err != nil {
		return done, err
	}
	done.From, done.To = have, len(names)
	done.Steps = append(done.Steps, names[have:]...)
	var places []place
	if m.Distribute {
		if places, err = m.places(ctx, c); err != nil {
			return done, err
		}
	}
	for _, p := range places {
		done.Steps = append(done.Steps, p.table)
		done.Statements = append(done.Statements, p.statements(m.Shards)...)
	}
	if m.DryRun {
		return done, nil
	}
	return done, m.run(ctx, c, done, places)
}

// run does what is to be done, table by table.
func (m Migration) run(ctx context.Context, c *pgx.Conn, d Migrated, places []place) error {
	tell := func(done int) {
		if m.Progress != nil && done < len(d.Steps) {
			m.Progress(done, len(d.Steps), d.Steps[done])
		}
	}
	tell(0)
	if err := migrate(ctx, c); err != nil {
		return err
	}
	first := len(d.Steps) - len(places)
	for i, p := range places {
		tell(first + i)
		if err := m.place(ctx, c, p); err != nil {
			return err
		}
	}
	if m.Distribute {
		return emptyLeftovers(ctx, c)
	}
	return nil
}

// alone makes sure that no node serves the database, and that none begins to meanwhile: it would wait for the locks.
func alone(ctx context.Context, c *pgx.Conn) error {
	for _, lock := range []int{schemaLock, changeLock} {
		if _, err := c.Exec(ctx, `SELECT pg_advisory_lock($1)`, lock); err != nil {
			return unreachable(err)
		}
	}
	var there, held bool
	if err := c.QueryRow(ctx, `SELECT to_regclass('leases') IS NOT NULL`).Scan(&there); err != nil || !there {
		return unreachable(err)
	}
	if err := c.QueryRow(ctx, `SELECT EXISTS (SELECT 1 FROM leases WHERE holder <> 'timeline' AND held_until > clock_timestamp())`).Scan(&held); err != nil {
		return unreachable(err)
	}
	there = false
	for began := time.Now(); !held && time.Since(began) < leaveAtMost; wait(ctx, retryPause) {
		if err := c.QueryRow(ctx, otherNodes).Scan(&there); err != nil {
			return unreachable(err)
		}
		if !there {
			break
		}
	}
	if held || there {
		return fault.New(fault.Conflict, "A node is serving this database. Stop it first; if it is gone, wait a quarter of a minute and try again.")
	}
	return nil
}

// leaveAtMost is how long a store that was just closed is given to be gone from the database.
const leaveAtMost = 3 * time.Second

// otherNodes says whether a store has the database open, served or not.
const otherNodes = `SELECT EXISTS (SELECT 1 FROM pg_stat_activity
 WHERE datname = current_database() AND application_name = 'switchboard' AND backend_type = 'client backend' AND pid <> pg_backend_pid())`

// sameLayout makes sure that the tables are where they were when the store was opened: somebody may have distributed them while
// this node was cut off.
func (s *Store) sameLayout(ctx context.Context, c *pgx.Conn) error {
	now := false
	has, err := hasExtension(ctx, c)
	if err == nil && has {
		var have []string
		have, err = placedTables(ctx, c)
		now = slices.Contains(have, layout()[0].table)
	}
	if err == nil && now != s.distributed {
		err = fault.New(fault.Unavailable, "The tables were distributed while this node had the database open: restart it.")
	}
	return err
}

// places gives what is to be brought to its place, after a look at the cluster.
func (m Migration) places(ctx context.Context, c *pgx.Conn) ([]place, error) {
	if err := checkCluster(ctx, c); err != nil {
		return nil, err
	}
	have, err := placedTables(ctx, c)
	if err != nil {
		return nil, err
	}
	return unplaced(have), nil
}

// checkCluster refuses what is no coordinator of a cluster that is ready, and says which statement helps.
func checkCluster(ctx context.Context, c *pgx.Conn) error {
	has, err := hasExtension(ctx, c)
	if err != nil {
		return err
	}
	if !has {
		return fault.New(fault.Invalid, "The database has no extension citus: install Citus 12 or later on every machine, set shared_preload_libraries = 'citus', restart, and run CREATE EXTENSION citus in this database on each.")
	}
	var self, coordinator, workers int
	const look = `SELECT (SELECT groupid FROM pg_dist_local_group), (SELECT count(*) FROM pg_dist_node WHERE groupid = 0 AND isactive),
 (SELECT count(*) FROM pg_dist_node WHERE shouldhaveshards AND isactive)`
	if err := c.QueryRow(ctx, look).Scan(&self, &coordinator, &workers); err != nil {
		return unreachable(err)
	}
	switch {
	case self != 0:
		return fault.New(fault.Invalid, "This machine is a worker of the cluster: name the coordinator with --database-url.")
	case coordinator == 0:
		return fault.New(fault.Invalid, "The coordinator has no address yet: run SELECT citus_set_coordinator_host('HOST', 5432) in this database.")
	case workers == 0:
		return fault.New(fault.Invalid, "The cluster has no workers yet: run SELECT citus_add_node('HOST', 5432) in this database, for each.")
	}
	return nil
}

// hasExtension says whether the database has the extension.
func hasExtension(ctx context.Context, c *pgx.Conn) (has bool, err error) {
	err = c.QueryRow(ctx, `SELECT EXISTS (SELECT 1 FROM pg_extension WHERE extname = 'citus')`).Scan(&has)
	return has, unreachable(err)
}

// placedTables gives the tables that the extension knows.
func placedTables(ctx context.Context, c *pgx.Conn) ([]string, error) {
	rows, _ := c.Query(ctx, `SELECT c.relname::text FROM pg_dist_partition p JOIN pg_class c ON c.oid = p.logicalrelid`)
	have, err := pgx.CollectRows(rows, pgx.RowTo[string])
	return have, unreachable(err)
}

// place brings one table to its place.
func (m Migration) place(ctx context.Context, c *pgx.Conn, p place) error {
	err := pgx.BeginFunc(ctx, c, func(tx pgx.Tx) error {
		for _, sql := range p.statements(m.Shards) {
			if _, err := tx.Exec(ctx, sql); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fault.Wrap(err, fault.Unavailable, "Table %s cannot be distributed; the tables before it are. Run it again once every machine of the cluster answers.", p.table)
	}
	return nil
}

// emptyLeftovers removes the rows that stayed behind on the coordinator when they were copied to their places.
func emptyLeftovers(ctx context.Context, c *pgx.Conn) error {
	for _, p := range layout() {
		if p.local {
			continue
		}
		var size int64
		if err := c.QueryRow(ctx, `SELECT pg_relation_size($1::text::regclass)`, p.table).Scan(&size); err != nil {
			return unreachable(err)
		}
		if size == 0 {
			continue
		}
		if _, err := c.Exec(ctx, `SELECT truncate_local_data_after_distributing_table($1::text::regclass)`, p.table); err != nil {
			return fault.Wrap(err, fault.Unavailable, "Table %s is distributed, but its rows on the coordinator could not be removed: run it again.", p.table)
		}
	}
	return nil
}

// lookAtLayout finds out whether the tables are distributed. Those that are so in part are refused.
func (s *Store) lookAtLayout(ctx context.Context, c *pgx.Conn) error {
	has, err := hasExtension(ctx, c)
	if err != nil || !has {
		return err
	}
	have, err := placedTables(ctx, c)
	if err != nil {
		return err
	}
	missing := unplaced(have)
	if s.distributed = slices.Contains(have, layout()[0].table); !s.distributed {
		return nil
	}
	if len(missing) > 0 {
		return fault.New(fault.Conflict, "Table %s is not distributed yet, as others are: run 'switchboard migrate --distribute'.", missing[0].table)
	}
	s.pgx.RuntimeParams[onePerMachine] = "1"
	s.pgx.RuntimeParams["idle_session_timeout"] = "15s" // a frozen node may have the lock of commits
	_, err = c.Exec(ctx, fmt.Sprintf("SET %s = 1", onePerMachine))
	return unreachable(err)
}
