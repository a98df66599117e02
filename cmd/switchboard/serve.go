package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"runtime/debug"

	"github.com/switchboard-platform/switchboard/internal/app"
	"github.com/switchboard-platform/switchboard/internal/config"
)

func serveCommand() *command {
	return &command{
		name: "serve", short: "Serve partners from a data directory, in production",
		help: `Serves the agent service API to partners on --listen, and the operator's API, health
checks and metrics on --operator-listen and on a Unix socket in the data directory.

The directory must have been made by 'switchboard init'. It belongs to this process while
it runs: other commands find it through the socket. A sandbox's directory is refused.

SIGTERM or SIGINT stop it: requests in flight are answered first. Everything that was
answered is on disk; after a crash, just start it again.

Put a proxy that speaks TLS before --listen, let it keep the header developer_key (nginx:
underscores_in_headers on) and name its network in --trusted-proxies.`,
		examples: `# serve on all addresses, for a proxy in 10.0.0.0/24
switchboard serve --data /var/lib/switchboard --listen :8080 --trusted-proxies 10.0.0.0/24`,
		settings: config.Names(),
		setup: func(_ *flag.FlagSet, c *cli) runFunc {
			return func(ctx context.Context, _ []string) error {
				r, err := c.config()
				if err != nil {
					return err
				}
				return c.serve(ctx, r.Config, app.Production, func(at app.Addresses) error {
					return c.show(serving{at, app.Production, r.Config.Data}, func(w io.Writer) error {
						_, err := fmt.Fprintf(w, "Switchboard serves partners on %s and operators on %s.\n", at.Partners, orNone(at.Operator))
						return err
					})
				})
			}
		},
	}
}

// serving is what a server says once it listens.
type serving struct {
	app.Addresses
	Mode app.Mode `json:"mode"`
	Data string   `json:"data"`
}

// serve opens the directory and serves until ctx ends. started is called once it listens.
func (c *cli) serve(ctx context.Context, cfg config.Config, mode app.Mode, started func(app.Addresses) error) error {
	log := app.NewLogger(cfg, c.Err, isTerminal(c.Err))
	slog.SetDefault(log) // what logs below the wiring goes the same way
	spareMemory(cfg.Shared())
	a, err := app.Open(ctx, cfg, app.Options{Mode: mode, Version: version, Log: log})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	err = a.Serve(ctx, func(at app.Addresses) {
		if err := started(at); err != nil {
			cancel(err)
		}
	})
	if cerr := a.Close(); err == nil {
		err = cerr
	}
	return err
}

// garbage is how much of what a server uses it keeps again for garbage, in per cent: less than Go's 100, since most
// of its memory is not garbage's at all.
const garbage = 75

// garbageElsewhere is the same of a server whose database is elsewhere: it keeps some MB, and with so little the collector
// would run all the time.
const garbageElsewhere = 300

// spareMemory tells the collector so, unless the environment says otherwise.
func spareMemory(elsewhere bool) {
	if os.Getenv("GOGC") != "" {
		return
	}
	if elsewhere {
		debug.SetGCPercent(garbageElsewhere)
	} else {
		debug.SetGCPercent(garbage)
	}
}

func orNone(s string) string {
	if s == "" {
		return "the socket alone"
	}
	return s
}
