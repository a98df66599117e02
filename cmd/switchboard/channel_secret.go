package main

import (
	"context"
	"flag"
	"fmt"
	"io"

	"github.com/switchboard-platform/switchboard"
)

func channelRotateCommand() *command {
	return &command{
		name: "rotate", args: "ID", short: "Give a channel a new secret; the older one ends after a while",
		help: `The older secret stays good for the overlap, so that the channel changes over without a
pause, and ends by itself. A secret that leaked ends at once with 'switchboard channel revoke'.
While two are live there is no third: revoke the older one first.

The secret is printed this once: nothing prints it again.`,
		examples: `switchboard channel rotate ussd

# the older secret ends in an hour
switchboard channel rotate ussd --overlap 1h`,
		operator: true, settings: operatorSettings(),
		setup: func(fs *flag.FlagSet, c *cli) runFunc {
			overlap := fs.String("overlap", "168h", "`DURATION`: how long the older secret stays good; 0s ends it at once")
			return func(ctx context.Context, args []string) error {
				return c.issueSecret(ctx, func(op *switchboard.Operator) (switchboard.IssuedSecret, error) {
					return op.RotateSecret(ctx, args[0], switchboard.NewSecret{Overlap: *overlap})
				})
			}
		},
	}
}

// issueSecret makes a secret and prints it, the only time that anybody sees it.
func (c *cli) issueSecret(ctx context.Context, do func(*switchboard.Operator) (switchboard.IssuedSecret, error)) error {
	s, err := ask(ctx, c, do)
	if s.Secret == "" {
		return err
	}
	// Printed even when something failed after it was made: it cannot be had again.
	shown := c.show(s, func(w io.Writer) error {
		_, err := fmt.Fprintf(w, `Channel %s has a new secret.
  secret_id  %s
  user       %s
  password   %s

%s It is not shown again.
`, s.Channel, s.SecretID, s.Channel, s.Secret, c.paint(w, bold, "Store the password now."))
		return err
	})
	if err == nil {
		err = shown
	}
	return err
}

func channelRevokeCommand() *command {
	return &command{
		name: "revoke", args: "ID [SECRET]", short: "End a secret of a channel, or the whole channel, at once",
		help: `With SECRET, as 'switchboard channel list' shows it, only that secret ends. Without it the
channel ends for good: nothing brings it back, and its id can not be used again.

From the moment this command returns no request is accepted. It asks nothing back.`,
		examples: `# a secret leaked: the channel goes on with a new one
switchboard channel rotate ussd
switchboard channel revoke ussd ussd-1

# the contract with the gateway ended
switchboard channel revoke ussd`,
		operator: true, settings: operatorSettings(),
		setup: func(_ *flag.FlagSet, c *cli) runFunc {
			return func(ctx context.Context, args []string) error {
				if len(args) == 1 {
					return c.change(ctx, func(op *switchboard.Operator) (switchboard.Changed, error) { return op.RevokeChannel(ctx, args[0]) },
						"Channel "+args[0]+" is revoked, for good.", "Channel "+args[0]+" was revoked already.")
				}
				return c.change(ctx, func(op *switchboard.Operator) (switchboard.Changed, error) {
					return op.RevokeSecret(ctx, args[0], args[1])
				},
					"Secret "+args[1]+" of channel "+args[0]+" is revoked.", "Secret "+args[1]+" of channel "+args[0]+" was revoked already.")
			}
		},
	}
}
