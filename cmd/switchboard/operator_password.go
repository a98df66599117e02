package main

import (
	"context"
	"flag"
	"fmt"
	"io"

	"github.com/switchboard-platform/switchboard"
)

func operatorPasswordCommand() *command {
	return &command{
		name: "password", args: "NAME", short: "Give an operator a new password to begin with",
		help: `For somebody who has none yet, who forgot theirs, or who is locked out after wrong ones. The
old one ends at once, and so does every session of theirs. At the next sign-in they choose one
of their own, and can do nothing else before.

The password is printed this once: the server keeps only a digest of it.`,
		examples: "switchboard operator password asha",
		operator: true, settings: operatorSettings(),
		setup: func(_ *flag.FlagSet, c *cli) runFunc {
			return func(ctx context.Context, args []string) error {
				p, err := ask(ctx, c, func(op *switchboard.Operator) (switchboard.IssuedPassword, error) {
					return op.IssuePassword(ctx, args[0])
				})
				if p.Password == "" {
					return err
				}
				return firstOf(err, c.show(p, func(w io.Writer) error { return c.writePassword(w, p.Operator, p.Password) }))
			}
		},
	}
}

// firstOf is what went wrong first: what was made is shown even if something failed after it, because it cannot be
// had again.
func firstOf(made, shown error) error {
	if made != nil {
		return made
	}
	return shown
}

func (c *cli) writePassword(w io.Writer, operator, password string) error {
	_, err := fmt.Fprintf(w, `The operator %s has a password to begin with.
  password  %s

%s It is not shown again, and must be replaced at the first sign-in.
`, printable(operator), password, c.paint(w, bold, "Hand it over now."))
	return err
}

// addOperator adds an operator and prints what they begin with, the only time that anybody sees it.
func (c *cli) addOperator(ctx context.Context, n switchboard.NewDeskOperator) error {
	added, err := ask(ctx, c, func(op *switchboard.Operator) (switchboard.AddedOperator, error) { return op.AddOperator(ctx, n) })
	if added.Token == "" && added.Password == "" {
		return err
	}
	return firstOf(err, c.show(added, func(w io.Writer) error {
		if added.Token != "" {
			if err := c.writeToken(w, added.IssuedToken); err != nil || added.Password == "" {
				return err
			}
		}
		return c.writePassword(w, added.HolderID, added.Password)
	}))
}
