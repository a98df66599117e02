package main

import (
	"context"
	"flag"
	"fmt"
	"io"

	"github.com/switchboard-platform/switchboard/internal/app"
	"github.com/switchboard-platform/switchboard/internal/fault"
)

func restoreCommand() *command {
	return &command{
		name: "restore", args: "FILE", short: "Put a backup in the place of the database, with no server running",
		help: `Before anything is touched the file is read whole: it must be a sound database of a version
this program knows, and the master key that is there must be the one it was made with. A
database in the directory is kept unless --force moves it aside. Stopped at any moment,
it leaves the old database or the new one.

It takes the lock of the database, and so does not run while a server has it. Everything
that was changed after the backup is not in it: partners' keys revoked since are live
again, and services switched off since are on.`,
		examples: `# on a new machine: the backup, and the copy of the master key
switchboard restore switchboard-2026-01-31.db --data /var/lib/switchboard
install -m 600 master.key /var/lib/switchboard/master.key
switchboard doctor --data /var/lib/switchboard

# in the place of a damaged database, which is moved aside
switchboard restore switchboard-2026-01-31.db --data /var/lib/switchboard --force`,
		settings: []string{"data", "master-key-file"},
		setup: func(fs *flag.FlagSet, c *cli) runFunc {
			force := fs.Bool("force", false, "move a database that is there aside, to switchboard.db.before-restore-TIME")
			return func(ctx context.Context, args []string) error { return c.restore(ctx, args[0], *force) }
		},
	}
}

func (c *cli) restore(ctx context.Context, file string, force bool) error {
	r, err := c.config()
	if err != nil {
		return err
	}
	var bar *progress
	out, err := app.RestoreBackup(ctx, r.Config, app.Restore{File: file, Force: force, At: c.Now(), Progress: func(done, total int64) {
		if done == 0 || bar == nil {
			bar = c.progress(total, "copying")
		}
		bar.at(done)
	}})
	bar.end()
	if fault.Is(err, fault.Exists) {
		return withRemedy(err, "Name another directory with --data, or add --force to move that database aside.")
	}
	if err != nil {
		return err
	}
	v := restored{Restored: out, keyPath: r.Config.MasterKeyPath(), data: r.Config.Data}
	return c.show(v, v.print)
}

// restored is what a restore did.
type restored struct {
	app.Restored
	keyPath, data string
}

func (v restored) print(w io.Writer) error {
	moved := ""
	if v.MovedTo != "" {
		moved = "\n  the old one is  " + v.MovedTo
	}
	key := "it fits this database."
	if v.MasterKey == "missing" {
		key = "there is none yet. Put the copy of it at\n  " + v.keyPath + " (mode 0600) before you serve."
	}
	_, err := fmt.Fprintf(w, `Restored %s, a %s database
  size            %s (%d bytes)
  sha256          %s%s

The master key is not part of a backup: %s

Next: look it over, then serve.
  switchboard doctor --data %s
  switchboard serve --data %s
`, v.Database, v.Mode, app.SizeText(v.SizeBytes), v.SizeBytes, v.SHA256, moved, key, v.data, v.data)
	return err
}
