package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"strconv"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/app"
	"github.com/switchboard-platform/switchboard/internal/config"
	"github.com/switchboard-platform/switchboard/internal/fault"
)

func doctorCommand() *command {
	return &command{
		name: "doctor", short: "Look over a data directory, its settings and its server",
		help: `Looks at the directory and its files, the master key, the disk, the clock, the settings and
the server, and says what to do about each thing that is not well:
  ✓ well   ! should be looked after   ✗ does not work or is not safe

It changes no data and can run beside the server. It judges the settings it is given:
give it the flags of 'switchboard serve'. The exit code is 1 when anything is ✗.`,
		examples: `switchboard doctor --data /var/lib/switchboard

# read the whole database too; it takes a while on a large one
switchboard doctor --data /var/lib/switchboard --deep`,
		settings: config.Names(),
		setup: func(fs *flag.FlagSet, c *cli) runFunc {
			deep := fs.Bool("deep", false, "read the whole database and check that it is sound")
			return func(ctx context.Context, _ []string) error {
				r, err := c.config()
				if err != nil {
					return err
				}
				return c.doctor(ctx, r.Config, *deep)
			}
		},
	}
}

func (c *cli) doctor(ctx context.Context, cfg config.Config, deep bool) error {
	found := app.Diagnose(cfg, c.Now())
	if app.Initialized(cfg) {
		found = append(found, c.serverFindings(ctx, cfg, deep)...)
	}
	err := c.show(found, func(w io.Writer) error { return c.writeFindings(w, found) })
	if err != nil {
		return err
	}
	bad := 0
	for _, f := range found {
		if f.Health == app.Bad {
			bad++
		}
	}
	if bad > 0 {
		return fault.New("unwell", "%d of %d checks failed.", bad, len(found))
	}
	return nil
}

func (c *cli) writeFindings(w io.Writer, found []app.Finding) error {
	mark := map[app.Health]string{app.Good: "✓", app.Warn: c.paint(w, bold, "!"), app.Bad: c.paint(w, red, "✗")}
	wide := 0
	for _, f := range found {
		wide = max(wide, len(f.Check))
	}
	for _, f := range found {
		text := fmt.Sprintf("%s %-*s  %s\n", mark[f.Health], wide, f.Check, printable(f.Found))
		if f.Remedy != "" {
			text += fmt.Sprintf("  %-*s  %s\n", wide, "", printable(f.Remedy))
		}
		if _, err := io.WriteString(w, text); err != nil {
			return err
		}
	}
	return nil
}

// serverFindings asks the server of the directory; when none runs, this process opens it.
func (c *cli) serverFindings(ctx context.Context, cfg config.Config, deep bool) []app.Finding {
	var found []app.Finding
	err := c.operateHere(ctx, cfg, func(op *switchboard.Operator) error {
		s, err := op.Status(ctx)
		if err != nil {
			return err
		}
		found = append(found, serverFinding(s), keysFinding(s))
		if !deep {
			return nil
		}
		check, err := op.Check(ctx)
		if fault.Is(plainFault(err), fault.TooMany) {
			found = append(found, app.Finding{Check: "soundness", Health: app.Warn, Found: "the server reads the whole database for somebody else",
				Remedy: "Ask again when it is through."})
			return nil
		}
		if err == nil {
			found = append(found, soundFinding(check))
		}
		return err
	})
	if err != nil {
		found = append(found, app.Finding{Check: "server", Health: app.Bad, Found: fault.As(err).Message,
			Remedy: "If a process hangs with the database open, stop it and start the server again."})
	}
	return found
}

func serverFinding(s switchboard.ServerStatus) app.Finding {
	f := app.Finding{Check: "server", Health: app.Good, Found: "version " + orDevelopment(s.Version) + " serves partners on " + s.Listen}
	if s.Listen == "" {
		f.Health, f.Found = app.Warn, "none runs here; the database opens"
		f.Remedy = "Start it with 'switchboard serve'."
	}
	return f
}

func orDevelopment(version string) string {
	if version == "" {
		return "development"
	}
	return version
}

func keysFinding(s switchboard.ServerStatus) app.Finding {
	f := app.Finding{Check: "developer keys", Health: app.Good, Found: "the master key opens all of them"}
	if s.UnusableKeys > 0 {
		f.Health, f.Found = app.Bad, strconv.Itoa(s.UnusableKeys)+" cannot be opened and let nobody in"
		f.Remedy = "Add the key that sealed them to the master key; or revoke them and rotate."
	}
	return f
}

func soundFinding(check switchboard.Check) app.Finding {
	f := app.Finding{Check: "soundness", Health: app.Good, Found: "the whole database was read and is sound"}
	if !check.OK {
		f.Health, f.Found, f.Remedy = app.Bad, check.Problem, "Stop the server and restore a backup with 'switchboard restore'."
	}
	return f
}
