//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// site is where a server has its agents.
type site struct {
	data     string // its data directory
	database string // the address of the database, unless it is in the directory
	state    string // the file that tells what is on and off
	agents   int
}

// stateName is the file of a site's state.
const stateName = "state"

// ownSite is that of the parts which measure the embedded store.
func (b *bench) ownSite() site {
	return site{data: b.dataDir(), state: b.stateFile(), agents: b.agents}
}

// databaseEnv tells a server which database it shares. An address may hold a password, which would show among arguments.
func databaseEnv(address string) []string {
	if address == "" {
		return nil
	}
	return []string{"SWITCHBOARD_DATABASE_URL=" + address}
}

// startAt starts a server and waits until it has read its agents into memory, if it does.
func (b *bench) startAt(ctx context.Context, at site, s serverSettings) (*server, error) {
	s.database = at.database
	srv, err := b.startServer(ctx, at.data, s)
	if err != nil {
		return nil, err
	}
	if err := srv.waitReadAhead(ctx); err != nil {
		srv.kill()
		return nil, err
	}
	return srv, nil
}

// populated gives a site of so many agents, in a PostgreSQL server or embedded when that is nil. It is made now
// unless an earlier part or run left it.
func (b *bench) populated(ctx context.Context, c *cluster, agents int) (site, error) {
	name := fmt.Sprintf("sqlite-%d", agents)
	if c != nil {
		name = fmt.Sprintf("postgres-%d", agents)
	}
	dir := filepath.Join(b.sitesDir(), name)
	at := site{data: filepath.Join(dir, "data"), state: filepath.Join(dir, stateName), agents: agents}
	if c != nil {
		at.database = c.DatabaseURL(databaseOf(agents))
	}
	// The state is written last: where it is, the rest is whole.
	if _, err := os.Stat(at.state); !errors.Is(err, fs.ErrNotExist) {
		return at, err
	}
	if err := os.RemoveAll(dir); err != nil {
		return at, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return at, err
	}
	state, err := b.populate(ctx, c, at)
	if err != nil {
		return at, fmt.Errorf("make %d agents: %w", agents, err)
	}
	return at, os.WriteFile(at.state, state, 0o600)
}

// databaseOf names the database of a site.
func databaseOf(agents int) string { return fmt.Sprintf("agents_%d", agents) }

// populate fills a new site and gives its state: over PostgreSQL by a copy of the embedded one of as many agents, where
// there is that and room for both, and by an import otherwise.
func (b *bench) populate(ctx context.Context, c *cluster, at site) (state []byte, err error) {
	if c == nil {
		if err := b.checkRoom(at.agents * embeddedNeeds); err != nil {
			return nil, err
		}
		return b.importPopulation(ctx, at)
	}
	if err := c.newDatabase(ctx, databaseOf(at.agents)); err != nil {
		return nil, err
	}
	if b.canCopy(ctx, at.agents) {
		state, err = b.copyPopulation(ctx, at)
	} else if err = b.makeRoom(at.agents); err == nil {
		state, err = b.importPopulation(ctx, at)
	}
	if err != nil {
		return nil, err
	}
	b.progress("look the new rows over, as the database does after a while")
	return state, errors.Join(c.exec(ctx, at.database, "VACUUM (ANALYZE)"), c.exec(ctx, at.database, "CHECKPOINT"))
}

// importPopulation makes a database of so many agents, in whose state everything is on.
func (b *bench) importPopulation(ctx context.Context, at site) (state []byte, err error) {
	file := filepath.Join(b.out, "population.csv")
	defer os.Remove(file)
	if err := os.RemoveAll(at.data); err != nil {
		return nil, err
	}
	if err := writeFile(file, func(w io.Writer) error { return writePopulation(w, at.agents) }); err != nil {
		return nil, err
	}
	imported, err := b.importAgents(ctx, at, file)
	b.progress("imported %d agents in %.1f s", at.agents, imported.seconds)
	return newState(at.agents), err
}
