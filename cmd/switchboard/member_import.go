package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"strings"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/memberfile"
)

func memberImportCommand() *command {
	return &command{
		name: "import", args: "FILE", short: "Import members from a file",
		help: `FILE is CSV or NDJSON, - for standard input. The first line of CSV names the columns, in
any order; a line of NDJSON is an object of the same names. The first two are required:
  ` + strings.Join(memberfile.Columns(), ", ") + `
PINs are not imported: issue them after it with 'switchboard member issue-pin'.

Refused rows are printed with their line and reason. It can be run again after a stop or with
corrected rows: members who exist are skipped, whatever their row says, and never changed.

The exit code is 1 when rows were refused.`,
		examples: `# what would happen?
switchboard member import members.csv --dry-run

# do it, and keep the refused rows for a spreadsheet
switchboard member import members.csv --report refused.csv

zcat members.ndjson.gz | switchboard member import - --format ndjson`,
		operator: true, settings: operatorSettings(),
		setup: func(fs *flag.FlagSet, c *cli) runFunc {
			im := &importing{c: c, path: "switchboard member import", key: "msisdn", counts: writeMemberCounts}
			im.register(fs)
			im.send = func(ctx context.Context, op *switchboard.Operator, file io.Reader) (switchboard.ImportCounts, error) {
				return op.ImportMembers(ctx, file, switchboard.MemberImportOptions{Format: im.format, DryRun: im.dryRun}, im.told)
			}
			return func(ctx context.Context, args []string) error { return im.run(ctx, args[0]) }
		},
	}
}

func writeMemberCounts(w io.Writer, n switchboard.ImportCounts) {
	fmt.Fprintf(w, "  members added\t%d\n", n.Created)
	fmt.Fprintf(w, "  members who existed\t%d\n", n.Skipped)
	fmt.Fprintf(w, "  rows refused\t%d\n", n.Refused)
}
