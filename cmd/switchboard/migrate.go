package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"strings"

	"github.com/switchboard-platform/switchboard/internal/app"
	"github.com/switchboard-platform/switchboard/internal/fault"
)

func migrateCommand() *command {
	return &command{
		name: "migrate", short: "Bring a PostgreSQL database up to date, or distribute it over a cluster",
		help: `Brings the schema up to that of this version, as the first node that opens the database
would, while no node serves it.

With --distribute it also spreads the tables over the machines of a Citus cluster (version 12
or later): what there is of an agent, of a member and of a call is on one machine each, the
catalogue and all that is small on every one. The extension must be in the database, and the
coordinator must know itself and the workers; what is missing is said with the statement that
helps. Rows that are there already are moved. Stopped at any moment, it goes on where it was
when it is run again.

It talks to the database directly and needs no data directory; it does not run while a node
has the database.`,
		examples: `switchboard migrate --database-url postgres://switchboard@db.example/switchboard

# what would be done, as SQL
switchboard migrate --distribute --dry-run --database-url postgres://switchboard@db.example/switchboard

switchboard migrate --distribute --shards 64 --database-url postgres://switchboard@db.example/switchboard`,
		settings: []string{"data", "database-url"},
		setup: func(fs *flag.FlagSet, c *cli) runFunc {
			m := app.Migrate{}
			fs.BoolVar(&m.Distribute, "distribute", false, "spread the tables over the machines of the Citus cluster")
			fs.BoolVar(&m.DryRun, "dry-run", false, "only print what would be done")
			fs.IntVar(&m.Shards, "shards", 0, "cut each table into `N` parts; 0: as the cluster is set, which is 32 by itself")
			return func(ctx context.Context, _ []string) error { return c.migrate(ctx, m) }
		},
	}
}

func (c *cli) migrate(ctx context.Context, m app.Migrate) error {
	if m.Shards < 0 || m.Shards > 0 && !m.Distribute {
		return fault.New(fault.Invalid, "--shards says into how many parts --distribute cuts a table: give both, with a number above 0.")
	}
	r, err := c.config()
	if err != nil {
		return err
	}
	if !c.json {
		m.Progress = func(done, total int, next string) { fmt.Fprintf(c.Err, "%d/%d %s\n", done+1, total, next) }
	}
	done, err := app.MigrateDatabase(ctx, r.Config, m)
	if err != nil {
		return err
	}
	return c.show(migrated(done), migrated(done).print)
}

// migrated is what migrate did.
type migrated app.Migrated

func (v migrated) print(w io.Writer) error {
	if v.DryRun {
		return v.printPlan(w)
	}
	done := fmt.Sprintf("Brought %s from schema %d to %d", v.Database, v.From, v.To)
	if v.From == v.To {
		done = fmt.Sprintf("%s has schema %d already", v.Database, v.To)
	}
	if n := len(v.Steps) - (v.To - v.From); n > 0 {
		done += fmt.Sprintf(", and %d tables to their places", n)
	}
	_, err := fmt.Fprintln(w, done+".")
	return err
}

// printPlan prints SQL, with what is none in comments.
func (v migrated) printPlan(w io.Writer) error {
	lines := []string{fmt.Sprintf("-- %s: schema %d to %d", v.Database, v.From, v.To)}
	for _, step := range v.Steps[:v.To-v.From] {
		lines = append(lines, "-- migration "+step)
	}
	for _, sql := range v.Statements {
		lines = append(lines, sql+";")
	}
	_, err := fmt.Fprintln(w, strings.Join(lines, "\n"))
	return err
}
