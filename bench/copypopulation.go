//go:build linux

package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// The room on the disk that an agent takes in bytes, with the logs that its rows go through.
const (
	embeddedNeeds = 2200
	sharedNeeds   = 3600
)

// canCopy reports whether a database over PostgreSQL can be made out of the embedded one of as many agents.
func (b *bench) canCopy(ctx context.Context, agents int) bool {
	if _, err := os.Stat(b.sqliteData(agents)); err != nil {
		return false
	}
	if b.checkRoom(agents*sharedNeeds) != nil {
		return false
	}
	// A server of before there was a copy does not know the command.
	return exec.CommandContext(ctx, b.options.server, "copy", "-help").Run() == nil
}

// checkRoom makes sure that there is so much room on the disk.
func (b *bench) checkRoom(need int) error {
	var disk unix.Statfs_t
	if err := unix.Statfs(b.out, &disk); err != nil {
		return err
	}
	if have := int(disk.Bavail) * int(disk.Bsize); have < need {
		return fmt.Errorf("%s: want %.1f GB free, there are %.1f", b.out, float64(need)/1e9, float64(have)/1e9)
	}
	return nil
}

// makeRoom makes sure that an import over PostgreSQL finds room: without -keep the embedded database of as many agents has
// done its part, and goes if it has to.
func (b *bench) makeRoom(agents int) error {
	err := b.checkRoom(agents * sharedNeeds)
	if err == nil || b.keep || b.reuse {
		return err
	}
	if err := os.RemoveAll(filepath.Dir(b.sqliteData(agents))); err != nil {
		return err
	}
	return b.checkRoom(agents * sharedNeeds)
}

// sqliteData is the data directory of the embedded site of so many agents.
func (b *bench) sqliteData(agents int) string {
	return filepath.Join(b.sitesDir(), fmt.Sprintf("sqlite-%d", agents), "data")
}

// copyPopulation makes the database of a site out of the embedded one, whose master key and state it keeps.
func (b *bench) copyPopulation(ctx context.Context, at site) (state []byte, err error) {
	begin, from := time.Now(), b.sqliteData(at.agents)
	if err := giveMasterKey(from, at.data); err != nil {
		return nil, err
	}
	err = b.processes.run(ctx, command{
		name: "copy", core: anyCore, env: databaseEnv(at.database),
		args: []string{b.options.server, "copy", "--from", "sqlite:" + from, "--data", at.data, "--no-verify"},
	})
	if err != nil {
		return nil, err
	}
	b.progress("copied %d agents in %.1f s", at.agents, time.Since(begin).Seconds())
	return os.ReadFile(filepath.Join(filepath.Dir(from), stateName))
}

// masterKey is the file of the key that the nodes of a database have in common.
const masterKey = "master.key"

// giveMasterKey makes a data directory with the key of another.
func giveMasterKey(from, to string) error {
	key, err := os.ReadFile(filepath.Join(from, masterKey))
	if err != nil {
		return err
	}
	if err := os.MkdirAll(to, 0o700); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(to, masterKey), key, 0o600)
}
