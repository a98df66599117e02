package main

import (
	"context"
	"flag"

	"github.com/switchboard-platform/switchboard"
)

func agentEraseCommand() *command {
	return &command{
		name: "erase", args: "CODE", short: "Erase the personal data of a closed agent, for good",
		help: `Erased are the profile, the places, the devices, the comments and reasons that people wrote, and the
key of the personal texts in the agent's history, which can then be read by nobody. What remains
is the user code and what happened to it when: 'audit verify' verifies it as before.

Backups that were made before still hold what was erased. There is no way back, so that the code
is given twice.`,
		examples: `switchboard agent set 20810200 --standing closed --reason "asked to be forgotten"
switchboard agent erase 20810200 --confirm 20810200`,
		operator: true, settings: operatorSettings(),
		setup: func(fs *flag.FlagSet, c *cli) runFunc {
			confirm := confirmFlag(fs, "CODE")
			return confirmed("switchboard agent erase", confirm, func(ctx context.Context, args []string) error {
				return c.change(ctx, func(op *switchboard.Operator) (switchboard.Changed, error) { return op.EraseAgent(ctx, args[0]) },
					"The personal data of agent "+args[0]+" is erased.", "The personal data of agent "+args[0]+" was erased already.")
			})
		},
	}
}

func memberEraseCommand() *command {
	return &command{
		name: "erase", args: "MSISDN", short: "Erase the personal data of a closed member, for good",
		help: `Erased are name, identity, member number, devices, PIN and the phone number, which is free from then
on; and the key of the reasons in the member's history. What remains is an id, which begins with
m-, and what happened to it when.

Backups that were made before still hold what was erased, and answers to calls of the last days
are remembered for as long as the setting call-retention says. There is no way back, so that
the number is given twice.`,
		examples: `switchboard member status 254712345678 closed --reason "left the institution"
switchboard member erase 254712345678 --confirm 254712345678`,
		operator: true, settings: operatorSettings(),
		setup: func(fs *flag.FlagSet, c *cli) runFunc {
			confirm := confirmFlag(fs, "MSISDN")
			return confirmed("switchboard member erase", confirm, func(ctx context.Context, args []string) error {
				return c.change(ctx, func(op *switchboard.Operator) (switchboard.Changed, error) { return op.EraseMember(ctx, args[0]) },
					"The member's personal data is erased.", "The member's personal data was erased already.")
			})
		},
	}
}

func confirmFlag(fs *flag.FlagSet, what string) *string {
	return fs.String("confirm", "", "`"+what+"` once more: there is no way back; required")
}

// confirmed runs what can not be undone once its argument was given twice.
func confirmed(path string, again *string, run runFunc) runFunc {
	return func(ctx context.Context, args []string) error {
		if *again != args[0] {
			return usageError(path, "--confirm must be %s once more: what is erased does not come back", args[0])
		}
		return run(ctx, args)
	}
}
