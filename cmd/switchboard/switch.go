package main

import (
	"context"
	"flag"

	"github.com/switchboard-platform/switchboard"
)

func switchCommand() *command {
	return &command{
		name: "switch", short: "Let transaction switches in, which ask for decisions about every agent",
		help: `A transaction switch asks, before it lets a transaction through, whether the agent may run
the service now. It bears a token, may ask about every partner's agents, and changes nothing.`,
		subcommands: []*command{switchAddCommand(), switchListCommand(), switchTokenCommand(), switchRevokeCommand()},
	}
}

func switchAddCommand() *command {
	return &command{
		name: "add", args: "ID", short: "Add a switch and print its first token",
		help: `ID is small letters, digits, dashes, dots and underscores, a letter or digit first. It can
never be used for another switch.

The token is printed this once: the server keeps only a digest of it. Hand it over on a safe
way; for a lost one make another with 'switchboard switch token'.`,
		examples: `switchboard switch add core --name "Core switch, Mumbai"

# keep the token in a file that is yours alone
(umask 077; switchboard switch add core --json | jq -r .token > core.token)`,
		operator: true, settings: operatorSettings(),
		setup: func(fs *flag.FlagSet, c *cli) runFunc {
			name := fs.String("name", "", "`NAME`: what it is, for you")
			return func(ctx context.Context, args []string) error {
				return c.issueToken(ctx, func(op *switchboard.Operator) (switchboard.IssuedToken, error) {
					return op.AddSwitch(ctx, switchboard.NewTransactionSwitch{ID: args[0], Name: *name})
				})
			}
		},
	}
}

func switchListCommand() *command {
	return &command{
		name: "list", short: "List the switches and their tokens",
		help:     "A token is live, expiring (a newer one has come), expired or revoked. The tokens themselves\nare never printed.",
		examples: "switchboard switch list",
		operator: true, settings: operatorSettings(),
		setup: func(_ *flag.FlagSet, c *cli) runFunc {
			return func(ctx context.Context, _ []string) error {
				page := switchboard.Page[switchboard.TransactionSwitch]{}
				err := c.operate(ctx, func(op *switchboard.Operator) (err error) {
					page.Items, err = op.Switches(ctx)
					return err
				})
				if err != nil {
					return err
				}
				return c.show(page, c.switchTable(page.Items).write)
			}
		},
	}
}

func (c *cli) switchTable(switches []switchboard.TransactionSwitch) *table {
	t := c.table("SWITCH", "NAME", "TOKEN", "STATE", "SINCE", "UNTIL")
	for _, s := range switches {
		for _, k := range s.Tokens {
			t.row(append([]string{s.ID, s.Name}, tokenCells(k)...)...)
		}
	}
	return t
}

func switchTokenCommand() *command {
	return &command{
		name: "token", args: "ID", short: "Give a switch a new token; the older ones end after a while",
		help: `The older tokens stay good for the overlap, so that the switch changes over without a pause,
and end by themselves. A token that leaked ends at once with 'switchboard switch revoke'.

The token is printed this once: nothing prints it again.`,
		examples: `switchboard switch token core

# the older tokens end in an hour
switchboard switch token core --overlap 1h`,
		operator: true, settings: operatorSettings(),
		setup: func(fs *flag.FlagSet, c *cli) runFunc {
			var f tokenFlags
			f.register(fs)
			return func(ctx context.Context, args []string) error {
				n, err := f.asked("switchboard switch token")
				if err != nil {
					return err
				}
				return c.issueToken(ctx, func(op *switchboard.Operator) (switchboard.IssuedToken, error) {
					return op.AddSwitchToken(ctx, args[0], n)
				})
			}
		},
	}
}

func switchRevokeCommand() *command {
	return &command{
		name: "revoke", args: "ID [TOKEN]", short: "End a token of a switch, or the whole switch, at once",
		help: `With TOKEN, as 'switchboard switch list' shows it, only that token ends. Without it the switch
ends for good: nothing brings it back, and its id can not be used again.

From the moment this command returns no request is accepted. It asks nothing back.`,
		examples: `# a token leaked: the switch goes on with a new one
switchboard switch token core
switchboard switch revoke core switch-core-1

# the switch is out of service
switchboard switch revoke core`,
		operator: true, settings: operatorSettings(),
		setup: func(_ *flag.FlagSet, c *cli) runFunc {
			return func(ctx context.Context, args []string) error {
				if len(args) == 2 {
					return c.revokeTokenOf(ctx, "switch", args[0], args[1])
				}
				return c.change(ctx, func(op *switchboard.Operator) (switchboard.Changed, error) { return op.RevokeSwitch(ctx, args[0]) },
					"Switch "+args[0]+" is revoked, for good.", "Switch "+args[0]+" was revoked already.")
			}
		},
	}
}
