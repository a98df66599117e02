package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/agentfile"
	"github.com/switchboard-platform/switchboard/internal/fault"
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
			im := &importing{c: c}
			fs.StringVar(&im.opt.Partner, "partner", "", "`PARTNER`: whose the agents are, as 'partner list' shows it; required")
			fs.StringVar(&im.opt.Format, "format", "", "`FORMAT`: csv or ndjson; told by the file's name when left out")
			fs.BoolVar(&im.opt.DryRun, "dry-run", false, "say what would happen and change nothing")
			fs.StringVar(&im.reportPath, "report", "", "`FILE`: for the refused rows as CSV (line, user_code, reason), instead of printing them")
			return func(ctx context.Context, args []string) error { return im.run(ctx, args[0]) }
		},
	}
}

// importColumns lists the columns, in lines that help has room for.
func importColumns() string {
	names := agentfile.Columns()
	half := len(names) / 2
	return strings.Join(names[:half], ", ") + ",\n  " + strings.Join(names[half:], ", ")
}

// importing is one run of an import.
type importing struct {
	c          *cli
	opt        switchboard.ImportOptions
	reportPath string

	report refusedRows
	bar    *progress
	failed error // the first refused row that could not be reported
}

func (im *importing) run(ctx context.Context, path string) (err error) {
	if err := im.check(path); err != nil {
		return err
	}
	file, size, err := im.open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	if im.report, err = im.c.refusedRows(im.reportPath, path); err != nil {
		return err
	}
	im.bar = im.c.progress(size, "importing")
	var counts switchboard.ImportCounts
	err = im.c.operate(ctx, func(op *switchboard.Operator) (err error) {
		counts, err = op.Import(ctx, file, im.opt, im.told)
		return err
	})
	im.bar.end()
	if cerr := im.report.close(); im.failed == nil {
		im.failed = cerr
	}
	if err != nil {
		return im.cutOff(err, counts)
	}
	return im.outcome(counts)
}

// check completes the command line.
func (im *importing) check(path string) error {
	const command = "switchboard agent import"
	if im.opt.Partner == "" {
		return usageError(command, "--partner is missing")
	}
	if im.opt.Format == "" {
		switch strings.ToLower(filepath.Ext(path)) {
		case ".csv":
			im.opt.Format = "csv"
		case ".ndjson", ".jsonl":
			im.opt.Format = "ndjson"
		default:
			return usageError(command, "%s does not say what format it is: add --format csv or --format ndjson", path)
		}
	}
	return nil
}

// open opens the file; its size is -1 when it is not known.
func (im *importing) open(path string) (io.ReadCloser, int64, error) {
	if path == "-" {
		return io.NopCloser(im.c.In), -1, nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, 0, fault.Wrap(err, fault.NotFound, "%s cannot be read.", path)
	}
	fi, err := f.Stat()
	if err != nil || fi.IsDir() {
		_ = f.Close()
		return nil, 0, fault.New(fault.Invalid, "%s is not a file.", path)
	}
	if !fi.Mode().IsRegular() {
		return f, -1, nil
	}
	return f, fi.Size(), nil
}

// told takes one line of the server's answer.
func (im *importing) told(line switchboard.ImportLine) {
	if p := line.Progress; p != nil {
		im.bar.at(p.Bytes)
		im.bar.rows(p.Rows, p.Refused)
	}
	if r := line.Refused; r != nil {
		im.bar.clear()
		if err := im.report.row(*r); im.failed == nil {
			im.failed = err
		}
	}
}

// cutOff is the error of an import that did not come to its end.
func (im *importing) cutOff(err error, counts switchboard.ImportCounts) error {
	began := counts.Rows > 0 || !fault.Is(err, fault.NotFound) && !fault.Is(err, fault.Invalid)
	if im.opt.DryRun || !began {
		return err
	}
	return withRemedy(err, "%d rows were reported done. When the cause is gone run it again to go on: rows that are done are skipped.", counts.Rows)
}

// outcome prints the counts. Rows that were refused make the command fail.
func (im *importing) outcome(counts switchboard.ImportCounts) error {
	if err := im.c.show(counts, func(w io.Writer) error { return writeCounts(w, counts) }); err != nil {
		return err
	}
	if im.failed != nil {
		return fault.Wrap(im.failed, fault.Unavailable, "Not every refused row could be reported.")
	}
	if counts.Refused == 0 {
		return nil
	}
	where := ""
	if im.reportPath != "" {
		where = "; they are in " + im.reportPath
	}
	return withRemedy(fault.New("rows_refused", "%d of %d rows were refused%s.", counts.Refused, counts.Rows, where),
		"Correct them and import the file again: rows that are done are skipped.")
}

func writeCounts(w io.Writer, n switchboard.ImportCounts) error {
	head := "Imported"
	if n.DryRun {
		head = "Nothing was changed; an import would find"
	}
	_, err := fmt.Fprintf(w, "%s %d rows:\n%s\n", head, n.Rows, columns(func(tw io.Writer) {
		fmt.Fprintf(tw, "  agents created\t%d\n", n.Created)
		fmt.Fprintf(tw, "  services activated\t%d\n", n.Activated)
		fmt.Fprintf(tw, "  rows done already\t%d\n", n.Skipped)
		fmt.Fprintf(tw, "  rows refused\t%d\n", n.Refused)
	}))
	return err
}
