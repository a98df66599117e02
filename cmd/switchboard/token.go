package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"time"

	"github.com/switchboard-platform/switchboard"
)

// tokenFlags are what becomes of a holder's older tokens when a new one is made.
type tokenFlags struct {
	fs      *flag.FlagSet
	overlap string
	keep    bool
}

func (f *tokenFlags) register(fs *flag.FlagSet) {
	f.fs = fs
	fs.StringVar(&f.overlap, "overlap", "168h", "`DURATION`: how long the older tokens stay good; 0s ends them at once")
	fs.BoolVar(&f.keep, "keep", false, "leave the older tokens as they are")
}

// asked makes the request; it has no overlap where the older tokens are left alone.
func (f *tokenFlags) asked(path string) (switchboard.NewBearerToken, error) {
	if !f.keep {
		return switchboard.NewBearerToken{Overlap: f.overlap}, nil
	}
	if isGiven(f.fs, "overlap") {
		return switchboard.NewBearerToken{}, usageError(path, "--keep and --overlap exclude each other")
	}
	return switchboard.NewBearerToken{Keep: true}, nil
}

// issueToken makes a token and prints it, the only time that anybody sees it.
func (c *cli) issueToken(ctx context.Context, do func(*switchboard.Operator) (switchboard.IssuedToken, error)) error {
	t, err := ask(ctx, c, do)
	if t.Token == "" {
		return err
	}
	return firstOf(err, c.show(t, func(w io.Writer) error { return c.writeToken(w, t) }))
}

func (c *cli) writeToken(w io.Writer, t switchboard.IssuedToken) error {
	_, err := fmt.Fprintf(w, `The %s %s has a new token.
  token_id  %s
  token     %s

%s It is not shown again.
`, t.Holder, printable(t.HolderID), t.TokenID, t.Token, c.paint(w, bold, "Store the token now."))
	return err
}

// tokenCells are the cells of a token in a list: its id, state, and the dates of its life.
func tokenCells(t switchboard.BearerToken) []string {
	return []string{t.ID, t.State, timeText(t.CreatedAt), timeText(ended(t.ExpiresAt, t.RevokedAt))}
}

// ended is when something ends or was ended.
func ended(expires, revoked time.Time) time.Time {
	if !revoked.IsZero() {
		return revoked
	}
	return expires
}

// revokeToken ends one token of a holder at once.
func (c *cli) revokeToken(ctx context.Context, id string) error {
	return c.change(ctx, func(op *switchboard.Operator) (switchboard.Changed, error) { return op.RevokeToken(ctx, id) },
		"Token "+id+" is revoked.", "Token "+id+" was revoked already.")
}

func partnerTokenCommand() *command {
	return &command{
		name: "token", short: "Give a partner bearer tokens, for calls that are not signed",
		help: `Decisions, the change feed and the other calls in JSON take either a partner's signature or
a bearer token. Switching services on and off always takes the signature.`,
		subcommands: []*command{partnerTokenAddCommand(), partnerTokenListCommand(), partnerTokenRevokeCommand()},
	}
}

func partnerTokenAddCommand() *command {
	return &command{
		name: "add", args: "PARTNER", short: "Give a partner a new token",
		help: `The older tokens stay good for the overlap, so that the partner changes over without a
pause, and end by themselves. Up to four tokens are live at a time.

The token is printed this once: the server keeps only a digest of it.`,
		examples: `switchboard partner token add p1

# one more, for another program of the partner's
switchboard partner token add p1 --keep`,
		operator: true, settings: operatorSettings(),
		setup: func(fs *flag.FlagSet, c *cli) runFunc {
			var f tokenFlags
			f.register(fs)
			return func(ctx context.Context, args []string) error {
				n, err := f.asked("switchboard partner token add")
				if err != nil {
					return err
				}
				return c.issueToken(ctx, func(op *switchboard.Operator) (switchboard.IssuedToken, error) {
					return op.AddPartnerToken(ctx, args[0], n)
				})
			}
		},
	}
}

func partnerTokenListCommand() *command {
	return &command{
		name: "list", args: "PARTNER", short: "List a partner's tokens",
		help:     "A token is live, expiring, expired or revoked. The tokens themselves are never printed.",
		examples: "switchboard partner token list p1",
		operator: true, settings: operatorSettings(),
		setup: func(_ *flag.FlagSet, c *cli) runFunc {
			return func(ctx context.Context, args []string) error {
				page := switchboard.Page[switchboard.BearerToken]{}
				err := c.operate(ctx, func(op *switchboard.Operator) (err error) {
					page.Items, err = op.PartnerTokens(ctx, args[0])
					return err
				})
				if err != nil {
					return err
				}
				t := c.table("TOKEN", "STATE", "SINCE", "UNTIL")
				for _, x := range page.Items {
					t.row(tokenCells(x)...)
				}
				return c.show(page, t.write)
			}
		},
	}
}

func partnerTokenRevokeCommand() *command {
	return &command{
		name: "revoke", args: "TOKEN", short: "End a token at once",
		help:     "TOKEN is its id, as 'switchboard partner token list' shows it. From the moment this command\nreturns no request with it is accepted. It asks nothing back.",
		examples: "switchboard partner token revoke partner-p1-1",
		operator: true, settings: operatorSettings(),
		setup: func(_ *flag.FlagSet, c *cli) runFunc {
			return func(ctx context.Context, args []string) error { return c.revokeToken(ctx, args[0]) }
		},
	}
}
