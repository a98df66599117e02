package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"strings"

	"github.com/switchboard-platform/switchboard"
)

func findCommand() *command {
	return &command{
		name: "find", args: "TEXT", short: "Find anything by what is known of it",
		help: `TEXT is what you have: a user_code, a name of a person or a shop, a mobile number, a PAN, a phone or
member number, a client_ref_id, a request id; or the id or name of a partner, key, service,
channel, operator, block, plan or webhook. Beginnings do, in capitals or not; several words narrow
a name. The best come first.

Somebody who is new is found by name a moment later, and after a large import once it has been
gone through. A request that was refused is found while this server remembers it.`,
		examples: `switchboard find "ravi kum"
switchboard find 9000000001
switchboard find csqd1kbbutvc73ftfnh0 --json`,
		operator: true, settings: operatorSettings(),
		setup: func(fs *flag.FlagSet, c *cli) runFunc {
			limit := fs.Int("limit", 20, "`N`: show at most so many, up to 100")
			return func(ctx context.Context, args []string) error {
				page, err := ask(ctx, c, func(op *switchboard.Operator) (switchboard.Page[switchboard.Found], error) {
					return op.Find(ctx, args[0], *limit)
				})
				if err != nil {
					return err
				}
				return c.show(page, func(w io.Writer) error { return c.foundRows(w, args[0], page.Items) })
			}
		},
	}
}

func (c *cli) foundRows(w io.Writer, text string, list []switchboard.Found) error {
	if len(list) == 0 {
		_, err := fmt.Fprintf(w, "Nothing is known that fits %q.\n", text)
		return err
	}
	t := c.table("KIND", "ID", "WHAT", "FOUND BY", "MORE")
	for _, f := range list {
		t.row(f.Kind, f.ID, f.Title, strings.ReplaceAll(f.Match, "_", " "), f.Detail)
	}
	return t.writePart(w, true)
}
