package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/switchboard-platform/switchboard"
)

func activationRenewCommand() *command {
	return &command{
		name: "renew", args: "AGENT SERVICE", short: "Verify anew a service that is active",
		help: `Its due date moves as far as the service's rule says, or to --verify-by; what the system has
blocked because it was not used for too long is free again.`,
		examples: "switchboard activation renew 20810200 45\nswitchboard activation renew 20810200 45 --verify-by 2028-01-31",
		operator: true, settings: operatorSettings(),
		setup: func(fs *flag.FlagSet, c *cli) runFunc {
			return c.verifyService(fs, "renew")
		},
	}
}

// verifyService makes the run of a command that says that all is well with an activation, perhaps until a time.
func (c *cli) verifyService(fs *flag.FlagSet, command string) runFunc {
	verifyBy := fs.String("verify-by", "", "`TIME`: until when it is good; as the service's rule says when left out")
	return func(ctx context.Context, args []string) error {
		t, err := whenFlag("switchboard activation "+command, "verify-by", *verifyBy)
		if err != nil {
			return err
		}
		return c.changeService(command, func() switchboard.ServiceCommand { return switchboard.ServiceCommand{VerifyBy: t} })(ctx, args)
	}
}

func activationDatesCommand() *command {
	return &command{
		name: "dates", args: "AGENT SERVICE", short: "Set from when and until when an activation may be used",
		help: `What is not given stays as it is; "none" takes a date away. A day begins at 00:00 UTC; a time
like 2027-01-31T18:30:00+05:30 is exact.

Where a service takes two people to switch on, dates can be narrowed here and not widened.`,
		examples: `# for the season
switchboard activation dates 20810200 45 --from 2027-03-01 --until 2027-06-01

# to be verified anew by the end of the year; and without an end
switchboard activation dates 20810200 45 --verify-by 2028-01-01 --until none`,
		operator: true, settings: operatorSettings(),
		setup: func(fs *flag.FlagSet, c *cli) runFunc {
			const path = "switchboard activation dates"
			from := fs.String("from", "", "`TIME`: not before")
			until := fs.String("until", "", "`TIME`: not from then on")
			verifyBy := fs.String("verify-by", "", "`TIME`: from then on only when it was verified anew")
			return func(ctx context.Context, args []string) (err error) {
				var d switchboard.ServiceDates
				for _, x := range []struct {
					name, text string
					into       **string
				}{{"from", *from, &d.From}, {"until", *until, &d.Until}, {"verify-by", *verifyBy, &d.VerifyBy}} {
					if *x.into, err = dateFlag(fs, path, x.name, x.text); err != nil {
						return err
					}
				}
				if d == (switchboard.ServiceDates{}) {
					return usageError(path, "say what to change: --from, --until or --verify-by")
				}
				return c.showServiceChange(ctx, args, func(op *switchboard.Operator) (switchboard.ServiceChange, error) {
					return op.SetDates(ctx, args[0], args[1], d)
				})
			}
		},
	}
}

// dateFlag reads a date as the wire has it: nil when the flag is not given, "" for none.
func dateFlag(fs *flag.FlagSet, path, name, text string) (*string, error) {
	if !isGiven(fs, name) {
		return nil, nil
	}
	none := ""
	if text == "none" {
		return &none, nil
	}
	t, err := whenFlag(path, name, text)
	if err != nil || t.IsZero() {
		return &none, err
	}
	date := t.Format(time.RFC3339Nano)
	return &date, nil
}

// showServiceChange makes a change of an activation and says what it is then.
func (c *cli) showServiceChange(ctx context.Context, args []string, do func(*switchboard.Operator) (switchboard.ServiceChange, error)) error {
	v, err := ask(ctx, c, do)
	if err != nil {
		return err
	}
	return c.show(v, func(w io.Writer) error {
		is := "is now"
		if !v.Changed {
			is = "was already"
		}
		_, err := fmt.Fprintf(w, "Service %s of agent %s %s: %s.\n", printable(args[1]), printable(args[0]), is, stateText(v.Activation)+datesText(v.Activation))
		return err
	})
}

// datesText is what bounds an activation, and who has approved it so far, behind its state; empty for most.
func datesText(a switchboard.Activation) string {
	parts := []string{"from " + timeText(a.From), "until " + timeText(a.Until), "to be verified by " + timeText(a.VerifyBy)}
	parts = slices.DeleteFunc(parts, func(s string) bool { return strings.HasSuffix(s, " ") })
	if a.EndorsedBy != "" {
		parts = append(parts, "approved by "+a.EndorsedBy+" and by one more to come")
	}
	if len(parts) == 0 {
		return ""
	}
	return ", " + printable(strings.Join(parts, ", "))
}
