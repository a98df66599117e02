package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"strconv"

	"github.com/switchboard-platform/switchboard"
)

func partnerRequestsCommand() *command {
	return &command{
		name: "requests", args: "PARTNER", short: "Show a partner's last requests, and why some were refused",
		help: `Lists what the partner last asked of this server, the youngest first. Of a request whose signature
or token was refused it says precisely why, which the answer never does: a clock that is wrong, a
timestamp in seconds, a key that was decoded before its use.

The log is kept in memory: it begins when the server starts. A request without a known
developer_key is nobody's and stands in the server's log alone. Partners see their own with
GET /v1/requests.`,
		examples: `# why are they refused?
switchboard partner requests p1 --failed

# all, for a program
switchboard partner requests p1 --all --json | jq '.items[] | select(.status == 403) | .detail'`,
		operator: true, settings: operatorSettings(),
		setup: func(fs *flag.FlagSet, c *cli) runFunc {
			var p paging
			p.register(fs)
			failed := fs.Bool("failed", false, "only requests that did not end well")
			return func(ctx context.Context, args []string) error {
				return c.operate(ctx, func(op *switchboard.Operator) error {
					fetch := func(after string, limit int) (switchboard.Page[switchboard.LoggedRequest], error) {
						return op.Requests(ctx, args[0], switchboard.RequestQuery{Failed: *failed, Before: after, Limit: limit})
					}
					return writePages(c, p, fetch, c.requestRows)
				})
			}
		},
	}
}

func (c *cli) requestRows(w io.Writer, list []switchboard.LoggedRequest, first bool) error {
	t := c.table("AT", "REQUEST", "STATUS", "OUTCOME", "MS", "REQUEST ID", "FROM", "WHY")
	for _, r := range list {
		t.row(timeText(r.At), r.Method+" "+r.Path, strconv.Itoa(r.Status), r.Outcome, fmt.Sprintf("%.1f", r.DurationMS), r.RequestID, r.Address, r.Detail)
	}
	return t.writePart(w, first)
}
