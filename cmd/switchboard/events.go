package main

import (
	"context"
	"encoding/json"
	"flag"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/switchboard-platform/switchboard"
)

func eventsCommand() *command {
	return &command{
		name: "events", short: "Show what was changed, by whom, and follow what comes",
		help: `Lists recorded changes of all agents, partners, services, members and channels, oldest first:
the last ones, or those after --after. With --follow it stays and shows what comes. With --json
each event is one line.

What happened to one agent is shown by 'switchboard agent show', to one member by
'switchboard member show'.`,
		examples: `# the last fifty
switchboard events --limit 50

# stay and watch activations and blocks
switchboard events --follow --kinds 'activation.*,block.*'

# everything from the beginning, for a program
switchboard events --after 0 --all --json > events.ndjson`,
		operator: true, settings: operatorSettings(),
		setup: func(fs *flag.FlagSet, c *cli) runFunc {
			f := eventFlags{fs: fs}
			fs.Uint64Var(&f.after, "after", 0, "`SEQ`: events after this one; 0 from the beginning (default the last ones)")
			fs.IntVar(&f.limit, "limit", 20, "`N`: look at so many, up to 1000")
			fs.BoolVar(&f.all, "all", false, "look at all, page by page")
			fs.BoolVar(&f.follow, "follow", false, "stay and show what comes")
			fs.StringVar(&f.kinds, "kinds", "", "`LIST`: only these kinds of event, or families like block.*")
			return func(ctx context.Context, _ []string) error {
				if f.limit < 1 || f.limit > wholePage {
					return usageError("switchboard events", "--limit must be a number from 1 to %d", wholePage)
				}
				return c.operate(ctx, func(op *switchboard.Operator) error { return f.show(ctx, c, op) })
			}
		},
	}
}

// eventFlags are what events was given.
type eventFlags struct {
	fs          *flag.FlagSet
	after       uint64
	limit       int
	all, follow bool
	kinds       string
}

// followWait is how long one request waits for news.
const followWait = 2 * time.Second

// show prints the events asked for, and with follow those that come until ctx ends.
func (f *eventFlags) show(ctx context.Context, c *cli, op *switchboard.Operator) error {
	if !isGiven(f.fs, "after") && !f.all {
		latest, err := op.LatestEvent(ctx)
		if err != nil {
			return err
		}
		f.after = latest - min(latest, uint64(f.limit))
	}
	limit, wait := f.limit, time.Duration(0)
	if f.all {
		limit = wholePage
	}
	for first := true; ; first = false {
		page, err := op.Events(ctx, f.after, limit, wait)
		switch {
		case err != nil && f.follow && ctx.Err() != nil: // whoever watched has seen enough
			return nil
		case err != nil:
			return err
		}
		if err := c.writeEvents(f.wanted(page.Events), first); err != nil {
			return err
		}
		f.after = page.Next
		if len(page.Events) == 0 || !f.all && !f.follow {
			if !f.follow {
				return nil
			}
			wait = followWait
		}
	}
}

// wanted gives the events of the kinds asked for.
func (f *eventFlags) wanted(events []switchboard.RecordedEvent) (list []switchboard.RecordedEvent) {
	for _, e := range events {
		if f.kinds == "" || wantedKind(strings.Split(f.kinds, ","), e.Kind) {
			list = append(list, e)
		}
	}
	return list
}

func wantedKind(wanted []string, kind string) bool {
	for _, w := range wanted {
		if family, all := strings.CutSuffix(w, "*"); w == kind || all && strings.HasPrefix(kind, family) {
			return true
		}
	}
	return false
}

func (c *cli) writeEvents(events []switchboard.RecordedEvent, first bool) error {
	if c.json {
		lines := json.NewEncoder(c.Out)
		lines.SetEscapeHTML(false)
		for _, e := range events {
			if err := lines.Encode(e); err != nil {
				return err
			}
		}
		return nil
	}
	return c.eventRows(c.Out, events, first)
}

func (c *cli) eventRows(w io.Writer, events []switchboard.RecordedEvent, first bool) error {
	if len(events) == 0 && !first {
		return nil
	}
	t := c.table("SEQ", "AT", "EVENT", "ABOUT", "SERVICE", "BY", "WHAT")
	for _, e := range events {
		t.row(strconv.FormatUint(e.Seq, 10), timeText(e.At), e.Kind, e.Subject, e.Service, e.Actor, dataText(e.Data))
	}
	return t.writePart(w, first)
}
