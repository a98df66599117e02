package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"strings"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/agentfile"
)

func agentImportCommand() *command {
	return &command{
		name: "import", args: "FILE", short: "Import agents and the services to activate from a file",
		help: `FILE is CSV or NDJSON, - for standard input. The first line of CSV names the columns, in
any order; a line of NDJSON is an object of the same names. user_code is required:
  ` + importColumns() + `
services is a list of service codes, in CSV with blanks or semicolons between them.

A row is taken whole or refused whole; refused rows are printed with their line and reason.
It can be run again after a stop or with corrected rows: a row that is done is skipped, and
services that were switched off meanwhile stay off. Agents are never changed.

The exit code is 1 when rows were refused.`,
		examples: `# what would happen?
switchboard agent import agents.csv --partner p1 --dry-run

# do it, and keep the refused rows for a spreadsheet
switchboard agent import agents.csv --partner p1 --report refused.csv

zcat agents.ndjson.gz | switchboard agent import - --partner p1 --format ndjson`,
		operator: true, settings: operatorSettings(),
		setup: func(fs *flag.FlagSet, c *cli) runFunc {
			im := &importing{c: c, path: "switchboard agent import", key: "user_code", counts: writeAgentCounts}
			partner := fs.String("partner", "", "`PARTNER`: whose the agents are, as 'partner list' shows it; required")
			im.register(fs)
			im.send = func(ctx context.Context, op *switchboard.Operator, file io.Reader) (switchboard.ImportCounts, error) {
				return op.Import(ctx, file, switchboard.ImportOptions{Partner: *partner, Format: im.format, DryRun: im.dryRun}, im.told)
			}
			return func(ctx context.Context, args []string) error {
				if *partner == "" {
					return usageError(im.path, "--partner is missing")
				}
				return im.run(ctx, args[0])
			}
		},
	}
}

// importColumns lists the columns, in lines that help has room for.
func importColumns() string {
	names := agentfile.Columns()
	half := len(names) / 2
	return strings.Join(names[:half], ", ") + ",\n  " + strings.Join(names[half:], ", ")
}

func writeAgentCounts(w io.Writer, n switchboard.ImportCounts) {
	fmt.Fprintf(w, "  agents created\t%d\n", n.Created)
	fmt.Fprintf(w, "  services activated\t%d\n", n.Activated)
	fmt.Fprintf(w, "  rows done already\t%d\n", n.Skipped)
	fmt.Fprintf(w, "  rows refused\t%d\n", n.Refused)
}
