package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/fault"
)

func ladderSetCommand() *command {
	return &command{
		name: "set", args: "PASSWORD|OTP", short: "Replace a ladder",
		help: `The steps given replace all there are. A step is NAME=ATTEMPTS:ACTION, with :DURATION behind it
when it suspends. --every says what happens after the last step, each time so many more attempts
were wrong; without it every further one leads to the last step again.

The names are told to the channels (auth_flag): they may show a text for each. Those of the
published ladder are FIRST_WARNING, FIRST_SUSPENSION, SECOND_WARNING and so on.`,
		examples: `# the ladder that a new directory has, in short
switchboard member ladder set PASSWORD \
  --step FIRST_WARNING=2:WARN --step FIRST_SUSPENSION=4:SUSPEND:60m \
  --step SECOND_WARNING=5:WARN --step SECOND_SUSPENSION=6:SUSPEND:24h \
  --step THIRD_WARNING=7:WARN --every 2:DEFAULT_SUSPEND:SUSPEND:720h

# three wrong one-time passwords lock; what would change?
switchboard member ladder set OTP --step THIRD_WRONG=3:LOCK --dry-run`,
		operator: true, settings: operatorSettings(),
		setup: func(fs *flag.FlagSet, c *cli) runFunc {
			var l switchboard.Ladder
			fs.Func("step", "`STEP`: NAME=ATTEMPTS:ACTION[:DURATION]; once for each step", func(text string) error { return addStep(&l, text) })
			fs.Func("every", "`STEP`: ATTEMPTS:NAME:ACTION[:DURATION]; what every so many more lead to", func(text string) error { return setFurther(&l, text) })
			dryRun := fs.Bool("dry-run", false, "say what would change and change nothing")
			return func(ctx context.Context, args []string) error {
				if len(l.Steps) == 0 && l.Every == 0 {
					return usageError("switchboard member ladder set", "--step is missing: give at least one")
				}
				l.Security = strings.ToUpper(args[0])
				slices.SortStableFunc(l.Steps, func(a, b switchboard.LadderStep) int { return cmp.Compare(a.Attempts, b.Attempts) })
				ch, err := ask(ctx, c, func(op *switchboard.Operator) (switchboard.LadderChange, error) { return op.SetLadder(ctx, l, *dryRun) })
				if err != nil {
					return err
				}
				return c.show(ch, func(w io.Writer) error { return c.writeLadderChange(w, ch) })
			}
		},
	}
}

// addStep reads NAME=ATTEMPTS:ACTION[:DURATION].
func addStep(l *switchboard.Ladder, text string) error {
	name, rest, named := strings.Cut(text, "=")
	attempts, rest, more := strings.Cut(rest, ":")
	n, err := strconv.Atoi(attempts)
	if !named || !more || err != nil {
		return errors.New("write it like FIRST_SUSPENSION=4:SUSPEND:60m")
	}
	s := action(rest)
	s.Attempts, s.Flag = n, name
	l.Steps = append(l.Steps, s)
	return nil
}

// setFurther reads ATTEMPTS:NAME:ACTION[:DURATION].
func setFurther(l *switchboard.Ladder, text string) error {
	attempts, rest, some := strings.Cut(text, ":")
	name, rest, more := strings.Cut(rest, ":")
	n, err := strconv.Atoi(attempts)
	if !some || !more || err != nil || n < 1 {
		return errors.New("write it like 2:DEFAULT_SUSPEND:SUSPEND:720h")
	}
	l.Every, l.Further = n, action(rest)
	l.Further.Flag = name
	return nil
}

// action reads ACTION[:DURATION]; what they may be, the server says.
func action(text string) (s switchboard.LadderStep) {
	s.Action, s.Duration, _ = strings.Cut(text, ":")
	s.Action = strings.ToUpper(s.Action)
	return s
}

func ladderImportCommand() *command {
	return &command{
		name: "import", args: "FILE", short: "Replace ladders with those of an XML document",
		help: `FILE is XML, - for standard input: the ATTEMPTS element of a ladder with its ATTEMPT elements,
alone or in a larger document, below PASSWORD_ATTEMPT_PARAMETERS or OTP_ATTEMPT_PARAMETERS. A
document that has both replaces both; --type takes one of them, or says what one that stands
alone is for.

It prints each ladder with what goes (-) and what comes (+). Look at it with --dry-run first.`,
		examples: `switchboard member ladder import parameters.xml --dry-run
switchboard member ladder import parameters.xml

# for PINs and one-time passwords alike
switchboard member ladder import attempts.xml --type PASSWORD
switchboard member ladder import attempts.xml --type OTP`,
		operator: true, settings: operatorSettings(),
		setup: func(fs *flag.FlagSet, c *cli) runFunc {
			var opt switchboard.LadderImport
			fs.StringVar(&opt.Security, "type", "", "`TYPE`: PASSWORD or OTP; what is there when left out")
			fs.BoolVar(&opt.DryRun, "dry-run", false, "say what would change and change nothing")
			return func(ctx context.Context, args []string) error {
				opt.Security = strings.ToUpper(opt.Security)
				return c.importLadders(ctx, args[0], opt)
			}
		},
	}
}

func (c *cli) importLadders(ctx context.Context, path string, opt switchboard.LadderImport) error {
	in := c.In
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return fault.Wrap(err, fault.NotFound, "%s cannot be read.", path)
		}
		defer f.Close()
		in = f
	}
	var page switchboard.Page[switchboard.LadderChange]
	err := c.operate(ctx, func(op *switchboard.Operator) (err error) {
		page.Items, err = op.ImportLadders(ctx, in, opt)
		return err
	})
	if err != nil {
		return err
	}
	return c.show(page, func(w io.Writer) error {
		for i, ch := range page.Items {
			if i > 0 {
				if _, err := io.WriteString(w, "\n"); err != nil {
					return err
				}
			}
			if err := c.writeLadderChange(w, ch); err != nil {
				return err
			}
		}
		return nil
	})
}
