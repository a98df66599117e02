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
	"github.com/switchboard-platform/switchboard/internal/fault"
)

// importing is one run of an import: of agents, or of members.
type importing struct {
	c      *cli
	path   string // of the command
	key    string // what a row is known by
	send   func(context.Context, *switchboard.Operator, io.Reader) (switchboard.ImportCounts, error)
	counts func(io.Writer, switchboard.ImportCounts) // writes them, a line each with a tab

	format     string
	dryRun     bool
	reportPath string

	report refusedRows
	bar    *progress
	failed error // the first refused row that could not be reported
}

func (im *importing) register(fs *flag.FlagSet) {
	fs.StringVar(&im.format, "format", "", "`FORMAT`: csv or ndjson; told by the file's name when left out")
	fs.BoolVar(&im.dryRun, "dry-run", false, "say what would happen and change nothing")
	fs.StringVar(&im.reportPath, "report", "", "`FILE`: for the refused rows as CSV (line, "+im.key+", reason), instead of printing them")
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
	if im.report, err = im.refusedRows(path); err != nil {
		return err
	}
	im.bar = im.c.progress(size, "importing")
	var counts switchboard.ImportCounts
	err = im.c.operate(ctx, func(op *switchboard.Operator) (err error) {
		counts, err = im.send(ctx, op, file)
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
	if im.format == "" {
		switch strings.ToLower(filepath.Ext(path)) {
		case ".csv":
			im.format = "csv"
		case ".ndjson", ".jsonl":
			im.format = "ndjson"
		default:
			return usageError(im.path, "%s does not say what format it is: add --format csv or --format ndjson", path)
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
	if im.dryRun || !began {
		return err
	}
	return withRemedy(err, "%d rows were reported done. When the cause is gone run it again to go on: rows that are done are skipped.", counts.Rows)
}

// outcome prints the counts. Rows that were refused make the command fail.
func (im *importing) outcome(counts switchboard.ImportCounts) error {
	if err := im.c.show(counts, func(w io.Writer) error { return im.writeCounts(w, counts) }); err != nil {
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

func (im *importing) writeCounts(w io.Writer, n switchboard.ImportCounts) error {
	head := "Imported"
	if n.DryRun {
		head = "Nothing was changed; an import would find"
	}
	_, err := fmt.Fprintf(w, "%s %d rows:\n%s\n", head, n.Rows, columns(func(tw io.Writer) { im.counts(tw, n) }))
	return err
}
