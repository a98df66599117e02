package main

import (
	"context"
	"flag"
	"fmt"

	"github.com/switchboard-platform/switchboard"
)

func auditSearchCommand() *command {
	return &command{
		name: "search", short: "Search what was recorded, the youngest first",
		help: `All that is given must fit. A search looks at some thousands of events at a time and goes on
until it has found --limit of them, or has come to --since or to the beginning. The history of
one subject and what operators did are found quickly however long the record is.

A date counts from its beginning in UTC for --since, to its end for --until. With --json each event
is one line.`,
		examples: `# who did what to an agent
switchboard audit search --subject agent:20810200

# what asha blocked in March
switchboard audit search --by operator:asha --kind 'block.*' --since 2026-03-01 --until 2026-03-31`,
		operator: true, settings: operatorSettings(),
		setup: func(fs *flag.FlagSet, c *cli) runFunc {
			s := eventSearch{c: c}
			fs.StringVar(&s.query.Subject, "subject", "", "`KIND[:ID]`: only about this, like agent:20810200, or all of a kind, like service")
			fs.StringVar(&s.query.Kind, "kind", "", "`KIND` of event, or a family like block.*")
			fs.StringVar(&s.query.Actor, "by", "", "`WHO`: only by them, like operator:asha, or all of a kind, like partner")
			fs.StringVar(&s.query.Service, "service", "", "`CODE`: only about this service")
			since := fs.String("since", "", "`TIME`: only what was caused from this date or time on")
			until := fs.String("until", "", "`TIME`: only what was caused before the end of this date, or before this time")
			fs.Uint64Var(&s.query.Before, "before", 0, "`SEQ`: only events before this one")
			fs.IntVar(&s.limit, "limit", 50, "`N`: show at most so many")
			return func(ctx context.Context, _ []string) (err error) {
				const path = "switchboard audit search"
				if s.limit < 1 {
					return usageError(path, "--limit must be a number from 1")
				}
				if s.query.Since, _, err = dayOrTime(path, "since", *since); err != nil {
					return err
				}
				if _, s.query.Until, err = dayOrTime(path, "until", *until); err != nil {
					return err
				}
				return c.operate(ctx, func(op *switchboard.Operator) error { return s.run(ctx, op) })
			}
		},
	}
}

// eventSearch is one search.
type eventSearch struct {
	c     *cli
	query switchboard.EventQuery
	limit int
}

// run prints what it finds as it comes.
func (s *eventSearch) run(ctx context.Context, op *switchboard.Operator) error {
	shown := 0
	for first := true; ; {
		s.query.Limit = min(s.limit-shown, wholePage)
		page, err := op.SearchEvents(ctx, s.query)
		if err != nil {
			return err
		}
		if len(page.Events) > 0 {
			if err := s.c.writeEvents(page.Events, first); err != nil {
				return err
			}
			first = false
		}
		shown += len(page.Events)
		if s.query.Before = page.Next; page.Next == 0 {
			return nil
		}
		if shown >= s.limit {
			_, err := fmt.Fprintf(s.c.Err, "There may be more: add --before %d.\n", page.Next)
			return err
		}
	}
}
