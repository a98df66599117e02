package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/switchboard-platform/switchboard"
)

func memberShowCommand() *command {
	return &command{
		name: "show", args: "MSISDN", short: "Show a member: devices, PIN, wrong attempts and last events",
		help: `Wrong attempts are counted in three places, each on the ladder of its kind:
  bound devices       wrong PINs from the SIM or the app that is bound to the member
  elsewhere           wrong PINs from any other device; what they lead to holds for such devices
  one-time passwords  wrong ones, as the channels report them
A right PIN from a bound device clears the first count alone, one from elsewhere the second as
well; no PIN clears the third. Wrong identities count as wrong PINs, and besides until a right one
is shown, so that nobody who has the PIN can try one after another. 'switchboard member unlock'
clears everything.

In the events the devices are masked, and no event holds a phone number or a name.`,
		examples: `switchboard member show 254712345678

# when did the member have which device?
switchboard member show 254712345678 --events 10000 --json |
  jq '.events[] | select(.kind | test("device|app")) | {at, kind, data}'`,
		operator: true, settings: operatorSettings(),
		setup: func(fs *flag.FlagSet, c *cli) runFunc {
			events := fs.Int("events", 10, "`N`: how many of the last events to show, up to 10000")
			return func(ctx context.Context, args []string) error {
				var v memberView
				err := c.operate(ctx, func(op *switchboard.Operator) (err error) {
					v.Member, err = op.Member(ctx, args[0], *events)
					return err
				})
				if err != nil {
					return err
				}
				return c.show(v.Member, func(w io.Writer) error { return v.write(c, w) })
			}
		},
	}
}

// memberView is a member as people see it.
type memberView struct{ switchboard.Member }

func (v memberView) write(c *cli, w io.Writer) error {
	if _, err := fmt.Fprintf(w, "%s, %s\n\n%s\n\n", c.paint(w, bold, "Member "+v.MSISDN), v.Standing, v.profile()); err != nil {
		return err
	}
	if err := v.tallies(c).write(w); err != nil {
		return err
	}
	if len(v.Events) == 0 {
		return nil
	}
	t := c.table("AT", "EVENT", "BY", "WHAT")
	for _, e := range v.Events {
		t.row(timeText(e.At), e.Kind, e.Actor, dataText(e.Data))
	}
	if _, err := io.WriteString(w, "\n"); err != nil {
		return err
	}
	return t.write(w)
}

// profile lists what is known, a line each.
func (v memberView) profile() string {
	return columns(func(tw io.Writer) {
		for _, row := range [][2]string{
			{"name", v.FullName}, {"number", v.MemberNumber}, {"identity", strings.TrimSpace(v.IdentityType + " " + v.Identity)},
			{"SIM (IMSI)", orWord(v.IMSI, "none bound")}, {"app", orWord(v.AppID, "none bound")}, {"PIN", v.pin()},
			{"since", timeText(v.CreatedAt)}, {"changed", timeText(v.UpdatedAt)},
		} {
			if row[1] != "" {
				fmt.Fprintf(tw, "  %s\t%s\n", row[0], printable(row[1]))
			}
		}
	})
}

func orWord(s, word string) string {
	if s == "" {
		return word
	}
	return s
}

func (v memberView) pin() string {
	switch v.PIN {
	case "none":
		return "none issued"
	case "issued":
		return "issued " + timeText(v.PINSetAt) + ", still to be chosen"
	}
	return "chosen " + timeText(v.PINSetAt)
}

func (v memberView) tallies(c *cli) *table {
	t := c.table("WRONG ATTEMPTS", "COUNT", "STEP", "NOW")
	for _, row := range []struct {
		what string
		switchboard.Tally
	}{{"bound devices", v.Password}, {"elsewhere", v.Foreign}, {"one-time passwords", v.OTP}} {
		t.row(row.what, strconv.Itoa(row.Attempts), row.Flag, tallyText(row.Tally))
	}
	if v.WrongIdentities > 0 {
		t.row("identities", strconv.Itoa(v.WrongIdentities), "", "counted with the PINs")
	}
	return t
}

// tallyText says what a tally means now.
func tallyText(t switchboard.Tally) string {
	switch {
	case t.State == "suspended":
		return "suspended until " + timeText(t.Until)
	case t.State == "locked":
		return "locked until you unlock"
	case t.State == "warned":
		return "warned, may go on"
	case t.Action == "SUSPEND":
		return "free since " + timeText(t.Until)
	}
	return "free"
}
