package main

import (
	"context"
	"flag"
	"strings"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/fault"
)

func operatorCommand() *command {
	return &command{
		name: "operator", short: "Let people at the desk in, each by name and with roles of their own",
		help: `An operator is a person who works at the desk: in the browser, where they sign in with a
password, or with these commands from another machine, with a token of their own. What they
do stands under their name in the history, and their roles say what they may:
  viewer         sees everything, changes nothing
  support        serves agents and members: standing, services on and off, PINs, devices
  reviewer       approves, rejects and renews
  fraud          places and lifts the fraud desk's blocks
  compliance     places and lifts compliance's blocks
  administrator  everything, and lifts any block with a reason
Whoever can open the socket in the data directory is an administrator, under the name of
their account. The shared token in operator.token is one too, but nobody in particular: it
can be neither of two people where a service demands two.

A person uses the token with --server, as SWITCHBOARD_TOKEN or with --token-file.`,
		subcommands: []*command{
			operatorAddCommand(), operatorListCommand(), operatorRolesCommand(), operatorPasswordCommand(),
			operatorForgetPasskeysCommand(), operatorLinkCommand(), operatorUnlinkCommand(), operatorTokenCommand(), operatorRevokeCommand(),
		},
	}
}

func operatorAddCommand() *command {
	return &command{
		name: "add", args: "NAME", short: "Add an operator and print what they begin with",
		help: `NAME is small letters, digits, dashes, dots and underscores, a letter or digit first. Events
name the person by it for ever, so that it can never be another's.

They get a token, for these commands; with --password a password instead, for the desk in the
browser, where it must be replaced at the first sign-in; with --password --token both.

What they get is printed this once: the server keeps only digests. Hand it over on a safe way;
for what is lost make another with 'switchboard operator token' or 'operator password'.`,
		examples: `switchboard operator add asha --roles reviewer --password
switchboard operator add john --roles support,fraud

# how Asha then works from her own machine
SWITCHBOARD_TOKEN=sbo_... switchboard activation list --waiting --server https://desk.example`,
		operator: true, settings: operatorSettings(),
		setup: func(fs *flag.FlagSet, c *cli) runFunc {
			roles := fs.String("roles", "", "`ROLES`: what they may do, with commas between; required")
			password := fs.Bool("password", false, "give them a password to begin with, instead of a token")
			token := fs.Bool("token", false, "give them a token: what happens anyway, unless --password is given")
			return func(ctx context.Context, args []string) error {
				if *roles == "" {
					return usageError("switchboard operator add", "--roles is missing")
				}
				return c.addOperator(ctx, switchboard.NewDeskOperator{Name: args[0], Roles: splitList(*roles),
					Password: *password, NoToken: *password && !*token})
			}
		},
	}
}

// splitList takes a list with commas or blanks apart.
func splitList(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ' ' })
}

func operatorListCommand() *command {
	return &command{
		name: "list", short: "List the operators, their roles and tokens",
		help: `A token is live, expiring (a newer one has come), expired or revoked; a password is live, or
locked after wrong ones. Neither is ever printed.`,
		examples: `switchboard operator list

# who can do everything?
switchboard operator list --json |
  jq -r '.items[] | select(.state == "live" and (.roles | index("administrator"))) | .name'`,
		operator: true, settings: operatorSettings(),
		setup: func(_ *flag.FlagSet, c *cli) runFunc {
			return func(ctx context.Context, _ []string) error {
				page := switchboard.Page[switchboard.DeskOperator]{}
				err := c.operate(ctx, func(op *switchboard.Operator) (err error) {
					page.Items, err = op.Operators(ctx)
					return err
				})
				if err != nil {
					return err
				}
				return c.show(page, c.operatorTable(page.Items).write)
			}
		},
	}
}

func (c *cli) operatorTable(operators []switchboard.DeskOperator) *table {
	t := c.table("OPERATOR", "ROLES", "TOKEN", "STATE", "SINCE", "UNTIL")
	for _, o := range operators {
		if o.HasPassword {
			t.row(o.Name, strings.Join(o.Roles, ","), "(password)", passwordState(o), "", timeText(o.LockedUntil))
		}
		for _, k := range o.Tokens {
			t.row(append([]string{o.Name, strings.Join(o.Roles, ",")}, tokenCells(k)...)...)
		}
	}
	return t
}

// passwordState says in a word whether a password lets its owner in.
func passwordState(o switchboard.DeskOperator) string {
	if o.LockedUntil.IsZero() {
		return o.State
	}
	return "locked"
}

func operatorRolesCommand() *command {
	return &command{
		name: "roles", args: "NAME ROLES", short: "Say what an operator may do from now on",
		help:     "ROLES replace all that the operator had. They hold from the next request on.",
		examples: "switchboard operator roles john support,reviewer",
		operator: true, settings: operatorSettings(),
		setup: func(_ *flag.FlagSet, c *cli) runFunc {
			return func(ctx context.Context, args []string) error {
				return c.change(ctx, func(op *switchboard.Operator) (switchboard.Changed, error) {
					return op.SetRoles(ctx, args[0], splitList(args[1]))
				},
					"Operator "+args[0]+" has the roles "+args[1]+" now.", "Operator "+args[0]+" had these roles already.")
			}
		},
	}
}

func operatorTokenCommand() *command {
	return &command{
		name: "token", args: "NAME", short: "Give an operator a new token; the older ones end after a while",
		help: `The older tokens stay good for the overlap and end by themselves. A token that leaked ends at
once with 'switchboard operator revoke'.

The token is printed this once: nothing prints it again.`,
		examples: `switchboard operator token asha

# the old one is lost, or another has it: it ends at once
switchboard operator token asha --overlap 0s`,
		operator: true, settings: operatorSettings(),
		setup: func(fs *flag.FlagSet, c *cli) runFunc {
			var f tokenFlags
			f.register(fs)
			return func(ctx context.Context, args []string) error {
				n, err := f.asked("switchboard operator token")
				if err != nil {
					return err
				}
				return c.issueToken(ctx, func(op *switchboard.Operator) (switchboard.IssuedToken, error) {
					return op.AddOperatorToken(ctx, args[0], n)
				})
			}
		},
	}
}

func operatorRevokeCommand() *command {
	return &command{
		name: "revoke", args: "NAME [TOKEN]", short: "End a token of an operator, or let the operator in no more",
		help: `With TOKEN, as 'switchboard operator list' shows it, only that token ends. Without it the
operator is let in no more: nothing brings them back, and the name can not be used again.

From the moment this command returns no request is accepted. It asks nothing back.`,
		examples: `# a laptop was stolen
switchboard operator token john
switchboard operator revoke john operator-john-1

# John has left
switchboard operator revoke john`,
		operator: true, settings: operatorSettings(),
		setup: func(_ *flag.FlagSet, c *cli) runFunc {
			return func(ctx context.Context, args []string) error {
				if len(args) == 2 {
					return c.revokeTokenOf(ctx, "operator", args[0], args[1])
				}
				return c.change(ctx, func(op *switchboard.Operator) (switchboard.Changed, error) { return op.RevokeOperator(ctx, args[0]) },
					"Operator "+args[0]+" is revoked, for good.", "Operator "+args[0]+" was revoked already.")
			}
		},
	}
}

// revokeTokenOf is revokeToken of a holder that was named with it: a slip must not end another's.
func (c *cli) revokeTokenOf(ctx context.Context, kind, id, token string) error {
	if i := strings.LastIndexByte(token, '-'); i < 0 || token[:i] != kind+"-"+id {
		return fault.New(fault.NotFound, "The %s %.50s has no token %.80q; `switchboard %s list` shows them.", kind, id, token, kind)
	}
	return c.revokeToken(ctx, token)
}
