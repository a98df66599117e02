package main

import (
	"cmp"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"strconv"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/fault"
)

// refusedRows is where an import's refused rows go.
type refusedRows interface {
	row(switchboard.RefusedRow) error
	close() error
}

// refusedRows opens the report file, or without one prints the rows on Err as they come. imported
// is the file that is being read.
func (im *importing) refusedRows(imported string) (refusedRows, error) {
	path := im.reportPath
	if path == "" {
		return printedRows{im.c}, nil
	}
	if a, err := os.Stat(path); err == nil {
		if b, err := os.Stat(imported); err == nil && os.SameFile(a, b) {
			return nil, usageError(im.path, "--report names the very file that is imported")
		}
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "The report %s cannot be written.", path)
	}
	r := &reportedRows{f: f, w: csv.NewWriter(f)}
	return r, r.w.Write([]string{"line", im.key, "reason"})
}

// rowKey is what a row is known by: of the two, a file has one.
func rowKey(r switchboard.RefusedRow) string { return cmp.Or(r.UserCode, r.MSISDN) }

// printedRows prints rows for a person, or as NDJSON.
type printedRows struct{ c *cli }

func (p printedRows) row(r switchboard.RefusedRow) error {
	if p.c.json {
		e := json.NewEncoder(p.c.Err)
		e.SetEscapeHTML(false)
		return e.Encode(r)
	}
	who := printable(rowKey(r))
	if who != "" {
		who += ": "
	}
	_, err := fmt.Fprintf(p.c.Err, "line %d: %s%s\n", r.Line, who, printable(r.Reason))
	return err
}

func (printedRows) close() error { return nil }

// reportedRows writes rows to a CSV file.
type reportedRows struct {
	f *os.File
	w *csv.Writer
}

func (r *reportedRows) row(x switchboard.RefusedRow) error {
	return r.w.Write([]string{strconv.Itoa(x.Line), rowKey(x), x.Reason})
}

func (r *reportedRows) close() error {
	r.w.Flush()
	err := r.w.Error()
	if cerr := r.f.Close(); err == nil {
		err = cerr
	}
	return err
}
