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

// copyNeeds is the room on the disk, in bytes, that an agent takes in PostgreSQL with the log that its rows go through.
const copyNeeds = 4000

// canCopy reports whether a database over PostgreSQL can be made out of the embedded one of as many agents.
func (b *bench) canCopy(ctx context.Context, agents int) bool {
	if _, err := os.Stat(b.sqliteData(agents)); err != nil {
		return false
	}
	var disk unix.Statfs_t
	if err := unix.Statfs(b.out, &disk); err != nil || disk.Bavail*uint64(disk.Bsize) < uint64(agents)*copyNeeds {
		return false
	}
	// A server of before there was a copy does not know the command.
	return exec.CommandContext(ctx, b.options.server, "copy", "-help").Run() == nil
}

// sqliteData is the data directory of the embedded site of so many agents.
func (b *bench) sqliteData(agents int) string {
	return filepath.Join(b.sitesDir(), fmt.Sprintf("sqlite-%d", agents), "data")
}

// copyPopulation makes the database of a site out of the embedded one, whose master key it keeps.
func (b *bench) copyPopulation(ctx context.Context, at site) error {
	begin, from := time.Now(), b.sqliteData(at.agents)
	err := b.processes.run(ctx, command{
		name: "copy", core: anyCore,
		args: []string{b.options.server, "copy", "--from", "sqlite:" + from, "--to", at.database, "--no-verify"},
	})
	if err != nil {
		return err
	}
	b.progress("copied %d agents in %.1f s", at.agents, time.Since(begin).Seconds())
	key, err := os.ReadFile(filepath.Join(from, masterKey))
	if err != nil {
		return err
	}
	if err := os.MkdirAll(at.data, 0o700); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(at.data, masterKey), key, 0o600)
}
