package app

import (
	"cmp"
	"context"
	"os"
	"strings"
	"time"

	"github.com/switchboard-platform/switchboard/internal/audit"
	"github.com/switchboard-platform/switchboard/internal/config"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/registry"
	"github.com/switchboard-platform/switchboard/internal/secret"
	"github.com/switchboard-platform/switchboard/internal/store"
	"github.com/switchboard-platform/switchboard/internal/store/postgres"
	"github.com/switchboard-platform/switchboard/internal/store/sqlite"
	"github.com/switchboard-platform/switchboard/internal/store/transfer"
)

// Copy says what to copy into a PostgreSQL database.
type Copy struct {
	From    string      // sqlite:PATH of a data directory or of a database file; empty for the data directory of the settings
	To      secret.Text // postgres://…; empty for the database of the settings
	Restart bool        // begin anew what was not finished
	Verify  bool        // verify the record on both sides, before any node may open the copy
	// Tell, when set, is told now and then how far it is, never twice at a time.
	Tell func(CopyProgress)
}

// CopyProgress is how far a copy is: so many of so many rows, indexes, tables or events, by the stage.
type CopyProgress = transfer.Progress

// The stages of a copy.
const (
	CopyingRows     = transfer.Rows
	MakingIndexes   = transfer.Indexes
	CountingRows    = transfer.Counts
	VerifyingSource = transfer.Stage("verifying the source")
	VerifyingCopy   = transfer.Stage("verifying the copy")
)

// Copied is what a copy did.
type Copied struct {
	From      string           `json:"from"`
	To        string           `json:"to"` // without the password
	Mode      Mode             `json:"mode"`
	Rows      int64            `json:"rows"`
	Events    int64            `json:"events"`
	Before    int64            `json:"rows_before"` // of the rows, those of earlier runs
	Tables    map[string]int64 `json:"tables"`
	LastEvent string           `json:"last_event"` // number and hash, the same on both sides
	Already   bool             `json:"already"`    // it was finished before
	Seconds   float64          `json:"seconds"`    // for the rows and the indexes
	Verified  bool             `json:"verified"`
	MasterKey string           `json:"master_key"` // "fits", or "missing"
}

// CopyDatabase copies an embedded database into a PostgreSQL one. Stopped at any moment, it goes on when it is run again.
// Nothing is changed at the source. Faults: Invalid when From or To is of another kind, Conflict when a process has the
// source open or the master key is another one's, and those of transfer.Transfer.Run.
func CopyDatabase(ctx context.Context, cfg config.Config, req Copy) (out Copied, err error) {
	path, cfg, err := copySource(cfg, req.From)
	if err != nil {
		return out, err
	}
	if req.To.IsZero() {
		req.To = cfg.DatabaseURL
	}
	if err := copyTarget(req.To.Reveal()); err != nil {
		return out, err
	}
	cfg.DatabaseURL = req.To
	out.From, out.To = path, DatabaseName(cfg)
	from, err := sqlite.OpenSource(ctx, path)
	if err != nil {
		return out, err
	}
	defer func() { err = cmp.Or(err, from.Close()) }()
	if out.Mode, err = modeOf(path); err != nil {
		return out, err
	}
	if out.MasterKey, err = fits(cfg, func(name string) (string, error) { return sqlite.ReadSetting(path, name) }); err != nil {
		return out, err
	}
	to, err := postgres.OpenTarget(ctx, req.To.Reveal())
	if err != nil {
		return out, err
	}
	defer func() { err = cmp.Or(err, to.Close()) }()
	t := transfer.Transfer{From: from, To: to, Restart: req.Restart, Tell: req.Tell}
	if req.Verify {
		t.Check = func(ctx context.Context) error { out.Verified = true; return verifyBoth(ctx, from, to, req.Tell) }
	}
	done, err := t.Run(ctx)
	out.Rows, out.Events, out.Before, out.Tables, out.Already = done.Rows, done.Events, done.Before, done.Tables, done.Already
	out.LastEvent, out.Seconds = done.LastEvent, done.Took.Round(time.Millisecond).Seconds()
	return out, err
}

// copySource gives the file to copy from, and the settings by which its master key is found: a data directory has its own,
// unless they name another.
func copySource(cfg config.Config, from string) (path string, _ config.Config, err error) {
	if from == "" {
		from = cfg.Data
	}
	if address(from) {
		return "", cfg, fault.New(fault.Invalid, "--from is a PostgreSQL database, and only an embedded one is copied: write it like sqlite:/var/lib/switchboard. PostgreSQL copies its own with pg_dump and pg_restore.")
	}
	path = strings.TrimPrefix(from, "sqlite:")
	if fi, err := os.Stat(path); err == nil && fi.IsDir() {
		cfg.Data, path = path, DatabasePath(path)
	}
	return path, cfg, nil
}

func copyTarget(to string) error {
	switch {
	case to == "":
		return fault.New(fault.Invalid, "It is not said where to: give --to postgres://user@host:5432/name, or the same as SWITCHBOARD_DATABASE_URL.")
	case !address(to):
		return fault.New(fault.Invalid, "--to must be a PostgreSQL database: write it like postgres://user@host:5432/name.")
	}
	return nil
}

// address says whether a text is the address of a PostgreSQL database.
func address(text string) bool {
	return strings.HasPrefix(text, "postgres:") || strings.HasPrefix(text, "postgresql:")
}

// verifyBoth verifies the record of the source and of the copy.
func verifyBoth(ctx context.Context, from *sqlite.Source, to *postgres.Target, tell func(CopyProgress)) error {
	for _, side := range []struct {
		name  string
		stage transfer.Stage
		view  func(context.Context, func(store.Tx) error) error
	}{{"--from", VerifyingSource, from.View}, {"--to", VerifyingCopy, to.View}} {
		var report *audit.Report
		err := side.view(ctx, func(tx store.Tx) (err error) {
			report, err = registry.Verify(ctx, tx, registry.Verification{Tell: func(events, total uint64) error {
				if tell != nil {
					tell(CopyProgress{Stage: side.stage, Done: int64(events), Total: int64(total)})
				}
				return nil
			}})
			return err
		})
		if err != nil {
			return err
		}
		if report.Count > 0 {
			return fault.New(fault.Conflict, "The record at %s does not verify; problems found: %d, the first at %s: %s. The copy is not finished. 'switchboard audit verify' lists them all; --no-verify copies them as they are.",
				side.name, report.Count, report.Problems[0].Where, report.Problems[0].What)
		}
	}
	return nil
}
