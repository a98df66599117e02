package main

import (
	"context"
	"flag"
	"fmt"
	"io"

	"github.com/switchboard-platform/switchboard"
)

func memberCommand() *command {
	return &command{
		name: "member", short: "Add members, issue their PINs, bind their devices, lift their blocks",
		help: `A member banks by phone and is known by the phone number (MSISDN) in international form,
digits alone: 254712345678. Channels call for members; these commands are for the people at
the institution's desk. What they do is recorded with their name and the reason they give.

A new member's way in: 'member add', then 'member issue-pin'. With the issued PIN the member
activates the mobile app, or dials in with the SIM that is bound, and chooses a PIN.`,
		subcommands: []*command{
			memberAddCommand(), memberListCommand(), memberShowCommand(), memberImportCommand(),
			memberIssuePINCommand(), memberBindCommand(), memberUnbindCommand(), memberUnlockCommand(), memberStatusCommand(),
			memberEraseCommand(), memberLadderCommand(),
		},
	}
}

func memberAddCommand() *command {
	return &command{
		name: "add", args: "MSISDN", short: "Add one member",
		help: `The member can be seen by channels from then on, and cannot log in before a PIN is issued.
The identity is what SET_PIN and an activation with KYC compare; without one they are refused.
Bind the SIM here only when you know that it is in the member's hands.`,
		examples: `switchboard member add 254712345678 --name "John Doe" --number 012939 \
  --identity-type NATIONAL_ID --identity 23994857 --imsi 639020000000001
switchboard member issue-pin 254712345678 --reason "new member"`,
		operator: true, settings: operatorSettings(),
		setup: func(fs *flag.FlagSet, c *cli) runFunc {
			var n switchboard.NewMember
			fs.StringVar(&n.FullName, "name", "", "`NAME`: full name; required")
			fs.StringVar(&n.MemberNumber, "number", "", "`NUMBER`: member number in the institution's books, each once")
			fs.StringVar(&n.IdentityType, "identity-type", "", "`TYPE`: NATIONAL_ID, PASSPORT_NO or DRIVING_LICENSE")
			fs.StringVar(&n.Identity, "identity", "", "`ID`: the number of that document")
			fs.StringVar(&n.IMSI, "imsi", "", "`IMSI`: of the SIM to bind, 6 to 15 digits")
			fs.StringVar(&n.AppID, "app-id", "", "`ID`: of the mobile app to bind; mostly the app does that itself")
			return func(ctx context.Context, args []string) error {
				if n.FullName == "" {
					return usageError("switchboard member add", "--name is missing")
				}
				n.MSISDN = args[0]
				m, err := ask(ctx, c, func(op *switchboard.Operator) (switchboard.Member, error) { return op.AddMember(ctx, n) })
				if err != nil {
					return err
				}
				return c.show(m, func(w io.Writer) error {
					_, err := fmt.Fprintf(w, "Member %s is added. Next: switchboard member issue-pin %s --reason WHY\n", m.MSISDN, m.MSISDN)
					return err
				})
			}
		},
	}
}

func memberListCommand() *command {
	return &command{
		name: "list", short: "List members by phone number",
		help: `PIN is none, issued (the member has still to choose one) or chosen. BLOCK is what wrong
attempts have led to; 'member show' tells the whole of it.`,
		examples: `switchboard member list --limit 20

# who is locked until an operator unlocks
switchboard member list --all --json |
  jq -r '.items[] | select(.password.state == "locked") | .msisdn'`,
		operator: true, settings: operatorSettings(),
		setup: func(fs *flag.FlagSet, c *cli) runFunc {
			var p paging
			p.register(fs)
			return func(ctx context.Context, _ []string) error {
				return c.operate(ctx, func(op *switchboard.Operator) error {
					return writePages(c, p, func(after string, limit int) (switchboard.Page[switchboard.Member], error) {
						return op.Members(ctx, switchboard.MemberQuery{After: after, Limit: limit})
					}, c.memberRows)
				})
			}
		},
	}
}

func (c *cli) memberRows(w io.Writer, list []switchboard.Member, first bool) error {
	t := c.table("MEMBER", "NUMBER", "NAME", "STANDING", "SIM", "APP", "PIN", "BLOCK", "SINCE")
	for _, m := range list {
		t.row(m.MSISDN, m.MemberNumber, m.FullName, m.Standing, boundText(m.IMSI), boundText(m.AppID), m.PIN, blockText(m), timeText(m.CreatedAt))
	}
	return t.writePart(w, first)
}

func boundText(device string) string {
	if device == "" {
		return ""
	}
	return "bound"
}

// blockText is the hardest block on a member in a word or two; empty when there is none. Elsewhere
// means: for devices that are not the member's.
func blockText(m switchboard.Member) string {
	for _, state := range []string{"locked", "suspended"} {
		if m.Password.State == state || m.OTP.State == state {
			return state
		}
	}
	if m.Foreign.State == "locked" || m.Foreign.State == "suspended" {
		return m.Foreign.State + " elsewhere"
	}
	return ""
}

// reasonFlag registers --reason.
func reasonFlag(fs *flag.FlagSet) *string {
	return fs.String("reason", "", "`WHY`: for the member's history; it goes when the member is erased; required")
}

// withReason runs a change of a member once there is a reason.
func withReason(path string, reason *string, run runFunc) runFunc {
	return func(ctx context.Context, args []string) error {
		if *reason == "" {
			return usageError(path, "--reason is missing: say why")
		}
		return run(ctx, args)
	}
}
