package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/switchboard-platform/switchboard"
)

func rehearseCommand() *command {
	return &command{
		name: "rehearse", args: "TIME", short: "Tell what will stop by a day if nobody does anything",
		help: `Looks through all agents for services that may be used now and may not at TIME, and says
why: an end or a due date that will have come, a block that will have begun, a service that
will not have been used for too long. Where an agent transacts and from which device is left
out of it. Nothing is changed.

TIME is a day, which begins at 00:00 UTC, or a time like 2027-01-31T18:30:00+05:30.`,
		examples: `# how will the new year begin?
switchboard rehearse 2027-01-01

# whom to tell in time
switchboard rehearse 2027-01-01 --service 45 --json | jq -r '.items[].user_code' | sort -u`,
		operator: true, settings: operatorSettings(),
		setup: func(fs *flag.FlagSet, c *cli) runFunc {
			q := switchboard.RehearsalQuery{Limit: wholePage}
			fs.StringVar(&q.Service, "service", "", "`CODE`: only this service")
			return func(ctx context.Context, args []string) error {
				at, err := parseWhen(args[0])
				if err != nil {
					return usageError("switchboard rehearse", "%q must be a day like 2027-01-31, or a time like 2027-01-31T18:30:00+05:30", args[0])
				}
				q.At = at
				return c.rehearse(ctx, q)
			}
		},
	}
}

// rehearse goes through all pages, and prints what it finds as it comes.
func (c *cli) rehearse(ctx context.Context, q switchboard.RehearsalQuery) error {
	bar := c.spinning("rehearsing")
	defer bar.end()
	out := &pageWriter[switchboard.RehearsedService]{c: c, text: c.rehearsedRows}
	sum := rehearsalSum{counts: map[[2]string]int{}}
	err := c.operate(ctx, func(op *switchboard.Operator) error {
		for {
			page, err := op.Rehearse(ctx, q)
			if err != nil {
				return err
			}
			sum.add(page)
			bar.clear()
			if len(page.Items) > 0 || c.json {
				if err := out.write(page.Items); err != nil {
					return err
				}
			}
			bar.counted(sum.agents, "agents")
			if q.After = page.Next; q.After == "" {
				return nil
			}
		}
	})
	if err != nil {
		return err
	}
	if c.json {
		return out.end("")
	}
	bar.end()
	return c.writeRehearsed(sum, q.At)
}

func (c *cli) rehearsedRows(w io.Writer, list []switchboard.RehearsedService, first bool) error {
	t := c.table("AGENT", "SERVICE", "SINCE", "OWNER", "REASON")
	for _, x := range list {
		for _, r := range x.Reasons {
			t.row(x.UserCode, x.ServiceCode, timeText(r.Since), r.Owner, r.Message)
		}
	}
	return t.writePart(w, first)
}

// rehearsalSum counts what a rehearsal finds.
type rehearsalSum struct {
	agents, services int
	counts           map[[2]string]int // by service and message
}

func (s *rehearsalSum) add(page switchboard.Rehearsal) {
	s.agents += page.Agents
	s.services += len(page.Items)
	for _, x := range page.Items {
		for _, r := range x.Reasons {
			s.counts[[2]string{x.ServiceCode, r.Message}]++
		}
	}
}

// writeRehearsed ends a rehearsal with its totals.
func (c *cli) writeRehearsed(s rehearsalSum, at time.Time) error {
	if s.services == 0 {
		_, err := fmt.Fprintf(c.Out, "Nothing stops by %s. Agents looked at: %d.\n", timeText(at), s.agents)
		return err
	}
	t := c.table("SERVICE", "REASON", "COUNT")
	for _, key := range slices.SortedFunc(maps.Keys(s.counts), func(a, b [2]string) int { return slices.Compare(a[:], b[:]) }) {
		t.row(key[0], key[1], strconv.Itoa(s.counts[key]))
	}
	if _, err := io.WriteString(c.Out, "\n"); err != nil {
		return err
	}
	if err := t.write(c.Out); err != nil {
		return err
	}
	_, err := fmt.Fprintf(c.Out, "\nServices of agents that stop by %s: %d. Agents looked at: %d.\n", timeText(at), s.services, s.agents)
	return err
}
