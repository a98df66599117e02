package app

import (
	"context"

	"github.com/switchboard-platform/switchboard/internal/config"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/store/postgres"
)

// Migrate says how to bring the database of the settings up to date.
type Migrate struct {
	Distribute bool // over the machines of its cluster
	Shards     int  // parts that a table is cut into; 0: as many as the cluster is set to
	DryRun     bool // only say what would be done

	// Progress is told before each step: how many are done, of how many, and what comes; nil tells nobody.
	Progress func(done, total int, next string)
}

// Migrated is what was done, or would be.
type Migrated struct {
	Database   string   `json:"database"`
	From       int      `json:"from"` // versions of the schema
	To         int      `json:"to"`
	Steps      []string `json:"steps"`
	Statements []string `json:"statements"` // those by which tables are distributed
	DryRun     bool     `json:"dry_run"`
}

// MigrateDatabase brings the shared database of the settings up to date while no node serves it. The embedded one is
// brought up to date whenever it is opened.
func MigrateDatabase(ctx context.Context, cfg config.Config, m Migrate) (Migrated, error) {
	if !cfg.Shared() {
		return Migrated{}, fault.New(fault.Invalid, "Name a PostgreSQL database with --database-url: the embedded one is brought up to date whenever it is opened.")
	}
	done, err := postgres.Migrate(ctx, postgres.Migration{
		URL: cfg.DatabaseURL.Reveal(), Distribute: m.Distribute, Shards: m.Shards, DryRun: m.DryRun, Progress: m.Progress,
	})
	return Migrated{
		Database: DatabaseName(cfg), From: done.From, To: done.To, Steps: append([]string{}, done.Steps...),
		Statements: append([]string{}, done.Statements...), DryRun: m.DryRun,
	}, err
}
