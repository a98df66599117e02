package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"time"

	"github.com/switchboard-platform/switchboard/internal/app"
	"github.com/switchboard-platform/switchboard/internal/secret"
)

func copyCommand() *command {
	return &command{
		name: "copy", short: "Copy the embedded database into a PostgreSQL one, with all that is in it",
		help: `For when one machine is not enough any more. Every row goes over: agents, members, keys, tokens,
events with their chains, signed heads, answers that are remembered for client_ref_ids, plans,
deliveries under way. The source is only read, and no server may run on it meanwhile; to copy
while one runs, name a backup: what is changed after that is not in the copy.

The target must be empty. Stopped at any moment, the same command goes on where it was; until it is
finished no server opens the target. Before it finishes, rows are counted and the record is
verified on both sides.

The master key is not copied: the same one is needed for the copy. Best give the address of
the target as SWITCHBOARD_DATABASE_URL: command lines can be seen by others.`,
		examples: `# the server is stopped; its directory is used for the copy as well, as it has the master key
switchboard copy --from sqlite:/var/lib/switchboard --to postgres://switchboard@db.example/switchboard
switchboard serve --data /var/lib/switchboard --database-url postgres://switchboard@db.example/switchboard

# from a backup, to see how long it takes
switchboard copy --from sqlite:switchboard-2026-01-31.db --to postgres://switchboard@db.example/rehearsal`,
		settings: []string{"data", "database-url", "master-key-file"},
		setup: func(fs *flag.FlagSet, c *cli) runFunc {
			var req app.Copy
			var to string
			var noVerify bool
			fs.StringVar(&req.From, "from", "", "`SOURCE`: sqlite:PATH of a data directory or of a backup; default the data directory")
			fs.StringVar(&to, "to", "", "`TARGET`: postgres://… of an empty database; default that of database-url")
			fs.BoolVar(&noVerify, "no-verify", false, "do not verify the record on both sides; rows are counted all the same")
			fs.BoolVar(&req.Restart, "restart", false, "begin anew a copy that is not finished; what it copied is dropped")
			return func(ctx context.Context, _ []string) error {
				req.To, req.Verify = secret.NewText(to), !noVerify
				return c.copy(ctx, req)
			}
		},
	}
}

func (c *cli) copy(ctx context.Context, req app.Copy) error {
	r, err := c.config()
	if err != nil {
		return err
	}
	w := &copyWatch{c: c}
	req.Tell = w.tell
	out, err := app.CopyDatabase(ctx, r.Config, req)
	w.bar.end()
	switch {
	case app.InUse(err):
		return withRemedy(err, "No server may run while its database is copied. Or copy a backup, which 'switchboard backup FILE' makes: --from sqlite:FILE.")
	case err != nil && w.begun:
		return withRemedy(err, "Nothing that was copied is lost: run the same command again, and it goes on where it was.")
	case err != nil:
		return err
	}
	v := copied(out)
	return c.show(v, v.print)
}

// copyWatch shows how far a copy is: a bar on a terminal, else a line now and then.
type copyWatch struct {
	c     *cli
	stage app.CopyProgress // of the last stage, when it began
	bar   *progress
	began time.Time // of the stage
	said  time.Time // of the last line
	begun bool
}

// lineEvery is how often a line is written where there is no terminal.
const lineEvery = 5 * time.Second

func (w *copyWatch) tell(p app.CopyProgress) {
	now := time.Now()
	if w.begun = true; p.Stage != w.stage.Stage {
		w.bar.end()
		w.stage, w.began, w.said = p, now, now
		w.bar = w.c.counting(p.Total, string(p.Stage), copyThings(p))
	}
	if w.bar != nil {
		if p.Stage == app.CopyingRows {
			w.bar.bar.Describe(fmt.Sprintf("%s, %.0f events/s", p.Stage, w.rate(now, p.Events-w.stage.Events)))
		}
		w.bar.at(p.Done)
	}
	if w.bar == nil && !w.c.json && now.Sub(w.said) >= lineEvery {
		w.said = now
		_, _ = io.WriteString(w.c.Err, w.line(now, p)) // nobody is left to tell
	}
}

func copyThings(p app.CopyProgress) string {
	switch p.Stage {
	case app.CopyingRows:
		return "rows"
	case app.MakingIndexes:
		return "indexes"
	case app.CountingRows:
		return "tables"
	}
	return "events"
}

// rate is so many things a second since the stage began.
func (w *copyWatch) rate(now time.Time, things int64) float64 {
	return float64(things) / max(now.Sub(w.began).Seconds(), 0.001)
}

func (w *copyWatch) line(now time.Time, p app.CopyProgress) string {
	rate := w.rate(now, p.Done-w.stage.Done)
	text := fmt.Sprintf("%s: %d of %d %s, %.0f/s", p.Stage, p.Done, p.Total, copyThings(p), rate)
	if p.Stage == app.CopyingRows {
		text += fmt.Sprintf(", %.0f events/s", w.rate(now, p.Events-w.stage.Events))
	}
	if rate > 0 {
		text += fmt.Sprintf(", about %s to go", (time.Duration(float64(p.Total-p.Done)/rate) * time.Second).Round(time.Second))
	}
	return text + "\n"
}

// copied is what a copy did.
type copied app.Copied

func (v copied) print(w io.Writer) error {
	did := fmt.Sprintf("Copied %s, a %s database, in %.1f s", v.From, v.Mode, v.Seconds)
	if v.Already {
		did = fmt.Sprintf("%s, a %s database, was copied before; nothing was to do", v.From, v.Mode)
	}
	before, verified, key := "", "not verified: run 'switchboard audit verify' on the copy", "it fits"
	if v.Before > 0 && !v.Already {
		before = fmt.Sprintf(", %d of them by earlier runs", v.Before)
	}
	if v.Verified {
		verified = "verified on both sides"
	}
	if v.MasterKey == "missing" {
		key = "none was found to compare: the one of the source is needed"
	}
	_, err := fmt.Fprintf(w, `%s
  to          %s
  rows        %d%s
  events      %d, %s
  last event  %s on both sides
  master key  %s; it is not copied

Next: start a node on the copy, with the same master key.
  switchboard serve --data DIR --database-url URL
The old database is as it was. Keep it as a backup, and serve from it no more: the two would part.
`, did, v.To, v.Rows, before, v.Events, verified, v.LastEvent, key)
	return err
}
