package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/switchboard-platform/switchboard"
)

func activityCommand() *command {
	return &command{
		name: "activity", short: "Show what went on in the last hour, day or week",
		help: `Counts the partners' requests and those that were refused, the channels' actions by outcome,
decisions with the reasons of those that were denied, changes by kind and deliveries of
webhooks by outcome. Each line has the whole number and how it came about, the present on the
right; its highest bar is its own highest count.

Several nodes are counted as one; of what other nodes did the last minute may be missing.`,
		examples: `switchboard activity --period day

# how many requests were refused in each minute, for a program
switchboard activity --json | jq -c '.series[] | select(.name == "refusals") | [.label, .counts]'`,
		operator: true, settings: operatorSettings(),
		setup: func(fs *flag.FlagSet, c *cli) runFunc {
			period := fs.String("period", "hour", "`PERIOD`: hour, day or week")
			return func(ctx context.Context, _ []string) error {
				return c.operate(ctx, func(op *switchboard.Operator) error {
					a, err := op.Activity(ctx, *period)
					if err != nil {
						return err
					}
					return c.show(a, func(w io.Writer) error { return c.writeActivity(w, a, *period) })
				})
			}
		},
	}
}

func (c *cli) writeActivity(w io.Writer, a switchboard.Activity, period string) error {
	if len(a.Series) == 0 {
		_, err := fmt.Fprintf(w, "Nothing happened in the last %s.\n", period)
		return err
	}
	t := c.table("WHAT", "KIND", "COUNT", "SINCE "+timeText(a.From))
	for _, s := range a.Series {
		sum := int64(0)
		for _, n := range s.Counts {
			sum += n
		}
		t.row(s.Name, s.Label, strconv.FormatInt(sum, 10), bars(s.Counts))
	}
	return t.write(w)
}

// maxBars is how many bars stand side by side.
const maxBars = 60

// bars draws counts, several in a bar when they are too many. None is a dot, and any at all is more than that.
func bars(counts []int64) string {
	var sums []int64
	for part := range slices.Chunk(counts, max(1, (len(counts)+maxBars-1)/maxBars)) {
		sum := int64(0)
		for _, n := range part {
			sum += n
		}
		sums = append(sums, sum)
	}
	heights := []rune("▁▂▃▄▅▆▇█")
	var b strings.Builder
	for _, sum := range sums {
		if sum == 0 {
			b.WriteRune('·')
			continue
		}
		b.WriteRune(heights[(sum*int64(len(heights))-1)/slices.Max(sums)])
	}
	return b.String()
}
