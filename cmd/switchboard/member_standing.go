package main

import (
	"context"
	"flag"

	"github.com/switchboard-platform/switchboard"
)

func memberUnlockCommand() *command {
	return &command{
		name: "unlock", args: "MSISDN", short: "Lift what wrong attempts have led to, at once",
		help: `Clears all counts of wrong attempts, with whatever they led to: a warning, a suspension, a lock.
A suspension ends by itself at its date; a lock ends only here or, when PINs led to it, with a
new PIN.

Make sure first who asks for it: a block is what stands between a thief and the PIN. A member
who has forgotten the PIN needs a new one, not this: 'switchboard member issue-pin'.`,
		examples: `switchboard member show 254712345678
switchboard member unlock 254712345678 --reason "identity seen at the desk, ticket 4711"`,
		operator: true, settings: operatorSettings(),
		setup: func(fs *flag.FlagSet, c *cli) runFunc {
			reason := reasonFlag(fs)
			return withReason("switchboard member unlock", reason, func(ctx context.Context, args []string) error {
				return c.change(ctx, func(op *switchboard.Operator) (switchboard.Changed, error) {
					return op.UnlockMember(ctx, args[0], switchboard.Because{Reason: *reason})
				},
					"Member "+args[0]+" is free of blocks now.", "Nothing was counted against member "+args[0]+".")
			})
		},
	}
}

func memberStatusCommand() *command {
	return &command{
		name: "status", args: "MSISDN open|closed", short: "Open or close a member",
		help: `For every channel a closed member is as one who does not exist. Nothing else changes: the
devices, the PIN and what was counted are there again when the member is opened.`,
		examples: `switchboard member status 254712345678 closed --reason "left the institution"
switchboard member status 254712345678 open --reason "came back"`,
		operator: true, settings: operatorSettings(),
		setup: func(fs *flag.FlagSet, c *cli) runFunc {
			reason := reasonFlag(fs)
			return withReason("switchboard member status", reason, func(ctx context.Context, args []string) error {
				return c.change(ctx, func(op *switchboard.Operator) (switchboard.Changed, error) {
					return op.SetMemberStanding(ctx, args[0], switchboard.MemberStanding{Standing: args[1], Reason: *reason})
				},
					"Member "+args[0]+" is "+args[1]+" now.", "Member "+args[0]+" was "+args[1]+" already.")
			})
		},
	}
}
