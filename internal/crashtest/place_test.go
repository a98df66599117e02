package crashtest

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/switchboard-platform/switchboard/internal/app"
	"github.com/switchboard-platform/switchboard/internal/apptest"
	"github.com/switchboard-platform/switchboard/internal/store"
	"github.com/switchboard-platform/switchboard/internal/store/postgres"
	"github.com/switchboard-platform/switchboard/internal/store/sqlite"
)

// place is a data directory with its database, in it or, where the tests run over PostgreSQL, on a server.
type place struct {
	bin, data string
	database  string // address; "" for the embedded one
}

func newPlace(t *testing.T, bin string) place {
	p := place{bin: bin, data: filepath.Join(t.TempDir(), "data")}
	if flags := apptest.SharedFlags(t); flags != nil {
		p.database = flags[1]
	}
	return p
}

// another gives the place of another node over the same database.
func (p place) another(t *testing.T) place {
	p.data = filepath.Join(t.TempDir(), "data")
	return p
}

// flags let a server checkpoint after few pages: so there are many checkpoints, and kills fall into them.
func (p place) flags(more []string) []string {
	flags := append([]string{"--checkpoint-pages", "200"}, more...)
	if p.database != "" {
		flags = append(flags, "--database-url", p.database)
	}
	return flags
}

// launch starts a sandbox and returns at once.
func (p place) launch(flags ...string) (*apptest.Process, error) {
	return apptest.Spawn(p.bin, p.data, p.flags(flags)...)
}

// start starts a sandbox and waits until it listens.
func (p place) start(flags ...string) (*apptest.Process, error) {
	return apptest.Launch(p.bin, p.data, p.flags(flags)...)
}

// open opens the database that no server has open any more, as it is after all that the last one began.
func (p place) open(ctx context.Context) (store.Store, error) {
	if p.database == "" {
		return sqlite.Open(ctx, sqlite.Config{Path: app.DatabasePath(p.data)})
	}
	s, err := postgres.Open(ctx, postgres.Config{URL: p.database})
	if err != nil {
		return nil, err
	}
	// What a server sent to its end may still be committed; an Update follows it.
	return s, s.Update(ctx, func(store.Tx) error { return nil })
}

// verify looks at the file of the embedded database.
func (p place) verify(ctx context.Context) error {
	if p.database != "" {
		return nil
	}
	return sqlite.VerifyQuick(ctx, app.DatabasePath(p.data))
}
