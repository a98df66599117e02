package main

import (
	"context"
	"flag"
	"fmt"
	"io"

	"github.com/switchboard-platform/switchboard/internal/app"
)

func initCommand() *command {
	return &command{
		name: "init", short: "Make a data directory for production",
		help: `Makes the data directory: the database with the starting catalogue, the master key that
encrypts the partners' access keys, and the token of the operator's API.

Keep a copy of the master key apart from the backups of the database: without it the
partners' keys in a backup are of no use to anybody, you included. With
SWITCHBOARD_MASTER_KEY in the environment no key file is made.

With --database-url it makes the directory of a node, and the database if no node before it
has; a node that joins needs the master key of the first.

It takes the lock of the database, and so does not run while a server has it.`,
		examples: `switchboard init --data /var/lib/switchboard
switchboard partner add "Acme Payments" --initiator-id 9876543210 --data /var/lib/switchboard
switchboard serve --data /var/lib/switchboard`,
		settings: []string{"data", "database-url", "master-key-file"},
		setup: func(fs *flag.FlagSet, c *cli) runFunc {
			ifNeeded := fs.Bool("if-needed", false, "succeed, and change nothing, where the directory was made before")
			return func(ctx context.Context, _ []string) error {
				r, err := c.config()
				if err != nil {
					return err
				}
				cfg := r.Config
				v := made{Before: *ifNeeded && app.Initialized(cfg), Data: cfg.Data, Database: app.DatabaseName(cfg), TokenFile: app.TokenPath(cfg.Data)}
				if !v.Before {
					if err := app.Init(ctx, cfg, app.Production); err != nil {
						return err
					}
				}
				if cfg.MasterKey.IsZero() {
					v.MasterKeyFile = cfg.MasterKeyPath()
				}
				return c.show(v, v.print)
			}
		},
	}
}

// made is what init made.
type made struct {
	Before        bool   `json:"before,omitempty"` // it was there, and nothing was changed
	Data          string `json:"data"`
	Database      string `json:"database"`
	MasterKeyFile string `json:"master_key_file,omitempty"` // empty when the environment has the key
	TokenFile     string `json:"token_file"`
}

func (v made) print(w io.Writer) error {
	if v.Before {
		_, err := fmt.Fprintf(w, "%s was made before; nothing was changed.\n", v.Data)
		return err
	}
	key := v.MasterKeyFile
	if key == "" {
		key = "in SWITCHBOARD_MASTER_KEY"
	}
	_, err := fmt.Fprintf(w, `Made %s
  database          %s
  master key        %s  (keep a copy elsewhere)
  operator's token  %s

Next: add a partner, then serve.
  switchboard partner add NAME --initiator-id MOBILE --data %s
  switchboard serve --data %s
`, v.Data, v.Database, key, v.TokenFile, v.Data, v.Data)
	return err
}
