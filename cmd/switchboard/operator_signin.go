package main

import (
	"context"
	"flag"

	"github.com/switchboard-platform/switchboard"
)

func operatorForgetPasskeysCommand() *command {
	return &command{
		name: "forget-passkeys", args: "NAME", short: "Take the passkeys of an operator who lost them",
		help: `The operator then signs in with the password alone, and makes new ones. All sessions of theirs
end. Make sure that it is the operator who asks: a passkey is what stops whoever has found
out a password.

With the last administrator's passkeys lost this works over the socket in the data directory.`,
		examples: "switchboard operator forget-passkeys asha",
		operator: true, settings: operatorSettings(),
		setup: func(_ *flag.FlagSet, c *cli) runFunc {
			return func(ctx context.Context, args []string) error {
				return c.change(ctx, func(op *switchboard.Operator) (switchboard.Changed, error) { return op.ForgetPasskeys(ctx, args[0]) },
					"Operator "+args[0]+" has no passkeys any more.", "Operator "+args[0]+" had no passkeys.")
			}
		},
	}
}

func operatorLinkCommand() *command {
	return &command{
		name: "link", args: "NAME PERSON", short: "Let an operator sign in at the OpenID provider",
		help: `PERSON is what the provider of the setting openid-issuer knows the operator as: the subject
(sub), or the email address where openid-claim says so. Whoever signs in there and is linked with
nobody is told their own, so that they can tell you. Ask them in person: whoever is linked has
the operator's roles.

It takes the place of an earlier link; the sessions that were opened with that one end.`,
		examples: `switchboard operator link asha 248289761001
switchboard operator link asha asha@example.com      # with openid-claim = "email"`,
		operator: true, settings: operatorSettings(),
		setup: func(_ *flag.FlagSet, c *cli) runFunc {
			return func(ctx context.Context, args []string) error {
				return c.change(ctx, func(op *switchboard.Operator) (switchboard.Changed, error) {
					return op.LinkOperator(ctx, args[0], args[1])
				},
					"Operator "+args[0]+" signs in at the OpenID provider from now on.", "Operator "+args[0]+" was linked so already.")
			}
		},
	}
}

func operatorUnlinkCommand() *command {
	return &command{
		name: "unlink", args: "NAME", short: "Let an operator sign in at the OpenID provider no more",
		help:     "The sessions that were opened so end. A password stays good.",
		examples: "switchboard operator unlink asha",
		operator: true, settings: operatorSettings(),
		setup: func(_ *flag.FlagSet, c *cli) runFunc {
			return func(ctx context.Context, args []string) error {
				return c.change(ctx, func(op *switchboard.Operator) (switchboard.Changed, error) { return op.UnlinkOperator(ctx, args[0]) },
					"Operator "+args[0]+" signs in at the OpenID provider no more.", "Operator "+args[0]+" was not linked.")
			}
		},
	}
}
