package main

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/switchboard-platform/switchboard"
)

func memberLadderCommand() *command {
	return &command{
		name: "ladder", short: "Show and set what wrong attempts lead to",
		help: `A ladder says what how many wrong attempts in a row lead to. There are two:
  PASSWORD  for PINs, which the server compares and counts
  OTP       for one-time passwords, which the channels compare and report
An action is WARN, which is only told; SUSPEND, which ends by itself after a duration; LOCK, which
an operator must lift with 'switchboard member unlock'; or NONE.

A ladder must end with SUSPEND or LOCK, or every PIN could be guessed in the end. A new one holds
from the next attempt on: where members stand now stays.`,
		subcommands: []*command{ladderShowCommand(), ladderSetCommand(), ladderImportCommand()},
	}
}

func ladderShowCommand() *command {
	const path = "switchboard member ladder show"
	return &command{
		name: "show", args: "[PASSWORD|OTP]", short: "Show the ladders in force, or one of them",
		help: `With --xml a ladder is printed as the XML that other systems of this kind take;
'switchboard member ladder import' reads it back.`,
		examples: `switchboard member ladder show
switchboard member ladder show PASSWORD --xml > password.xml`,
		operator: true, settings: operatorSettings(),
		setup: func(fs *flag.FlagSet, c *cli) runFunc {
			xml := fs.Bool("xml", false, "print XML")
			return func(ctx context.Context, args []string) error {
				which := strings.ToUpper(strings.Join(args, ""))
				switch {
				case which != "" && which != "PASSWORD" && which != "OTP":
					return usageError(path, "a ladder is PASSWORD or OTP, not %.40q", args[0])
				case *xml && c.json:
					return usageError(path, "choose one of --xml and --json")
				case *xml && which == "":
					return usageError(path, "--xml prints one ladder: say PASSWORD or OTP")
				case *xml:
					return c.ladderXML(ctx, which)
				}
				return c.showLadders(ctx, which)
			}
		},
	}
}

func (c *cli) ladderXML(ctx context.Context, which string) error {
	return c.operate(ctx, func(op *switchboard.Operator) error {
		b, err := op.LadderXML(ctx, which)
		if err == nil {
			_, err = c.Out.Write(b)
		}
		return err
	})
}

// showLadders shows both, or the one that is named.
func (c *cli) showLadders(ctx context.Context, which string) error {
	page := switchboard.Page[switchboard.Ladder]{}
	err := c.operate(ctx, func(op *switchboard.Operator) (err error) {
		page.Items, err = op.Ladders(ctx)
		return err
	})
	if err != nil {
		return err
	}
	page.Items = slices.DeleteFunc(page.Items, func(l switchboard.Ladder) bool { return which != "" && l.Security != which })
	return c.show(page, func(w io.Writer) error {
		for i, l := range page.Items {
			if err := c.writeLadder(w, l, i > 0); err != nil {
				return err
			}
		}
		return nil
	})
}

var ladderTitles = map[string]string{"PASSWORD": "wrong PINs", "OTP": "wrong one-time passwords"}

func (c *cli) writeLadder(w io.Writer, l switchboard.Ladder, apart bool) error {
	title := l.Security + ": " + ladderTitles[l.Security] + "\n"
	if apart {
		title = "\n" + title
	}
	if _, err := io.WriteString(w, title); err != nil {
		return err
	}
	t := c.table(rungHeader()...)
	for _, r := range rungs(l) {
		t.row(r.cells...)
	}
	return t.write(w)
}

// rung is a step of a ladder as a table shows it.
type rung struct {
	at    int
	cells []string
}

func rungHeader() []string { return []string{"AFTER", "STEP", "ACTION", "FOR"} }

// rungs are the steps of a ladder from the bottom; the last says what follows for ever.
func rungs(l switchboard.Ladder) (list []rung) {
	for _, s := range l.Steps {
		list = append(list, newRung(s.Attempts, strconv.Itoa(s.Attempts), s))
	}
	switch n := len(l.Steps); {
	case l.Every > 0:
		return append(list, newRung(math.MaxInt, fmt.Sprintf("every %d more", l.Every), l.Further))
	case n > 0:
		return append(list, newRung(math.MaxInt, "each one more", l.Steps[n-1]))
	}
	return list
}

func newRung(at int, after string, s switchboard.LadderStep) rung {
	return rung{at, []string{after, s.Flag, s.Action, daysText(s.Duration)}}
}

// daysText adds the days to a duration of several: 720h (30 days).
func daysText(duration string) string {
	const day = 24 * time.Hour
	if d, err := time.ParseDuration(duration); err == nil && d >= 2*day && d%day == 0 {
		return fmt.Sprintf("%s (%d days)", duration, d/day)
	}
	return duration
}

// writeLadderChange shows a ladder as it becomes, with what goes (-) and what comes (+).
func (c *cli) writeLadderChange(w io.Writer, ch switchboard.LadderChange) error {
	text := "is set"
	switch {
	case !ch.Changed && ch.DryRun:
		text = "would stay as it is"
	case !ch.Changed:
		text = "was so already"
	case ch.DryRun:
		text = "would be set; nothing was changed"
	}
	if _, err := fmt.Fprintf(w, "Ladder %s %s.\n", ch.After.Security, text); err != nil || !ch.Changed {
		return err
	}
	t := c.table(append([]string{" "}, rungHeader()...)...)
	addChanged(t, rungs(ch.Before), rungs(ch.After))
	return t.write(w)
}

// addChanged puts two ladders into one table, in order of attempts.
func addChanged(t *table, before, after []rung) {
	for len(before)+len(after) > 0 {
		switch order := compareRungs(before, after); {
		case order == 0 && slices.Equal(before[0].cells, after[0].cells):
			t.row(append([]string{" "}, after[0].cells...)...)
			before, after = before[1:], after[1:]
		case order <= 0:
			t.row(append([]string{"-"}, before[0].cells...)...)
			before = before[1:]
		default:
			t.row(append([]string{"+"}, after[0].cells...)...)
			after = after[1:]
		}
	}
}

// compareRungs says which of two ladders has the next rung.
func compareRungs(a, b []rung) int {
	if len(a) == 0 || len(b) == 0 {
		return cmp.Compare(len(b), len(a))
	}
	return cmp.Compare(a[0].at, b[0].at)
}
