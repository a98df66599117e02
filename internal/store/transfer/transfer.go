package transfer

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/store/postgres"
	"github.com/switchboard-platform/switchboard/internal/store/sqlite"
)

// Transfer says what to copy where.
type Transfer struct {
	From    *sqlite.Source
	To      *postgres.Target
	Restart bool // begin anew what was not finished, of whatever it was

	// Check, when set, is called when all rows are there, before any node may open the database: an error leaves the
	// copy unfinished.
	Check func(context.Context) error
	// Tell, when set, is told now and then how far it is, never twice at a time.
	Tell func(Progress)
}

// Stage is a part of the work.
type Stage string

// The stages of a transfer.
const (
	Rows    Stage = "copying"
	Indexes Stage = "indexing"
	Counts  Stage = "counting"
)

// Progress is how far a transfer is.
type Progress struct {
	Stage       Stage
	Done, Total int64 // rows, indexes or tables, by the stage
	Events      int64 // of the rows, those of the record
}

// Done is what a transfer has done.
type Done struct {
	Rows, Events int64
	Before       int64            // of the rows, those an earlier run had copied
	Tables       map[string]int64 // rows of each
	LastEvent    string           // its number and its hash
	Already      bool             // it was finished before
	Took         time.Duration    // for the rows and the indexes
}

// Run copies what is not copied yet. Whatever stops it, the next one goes on where it was. Faults: those of
// postgres.Target.Begin, but for a copy that is finished already.
func (t *Transfer) Run(ctx context.Context) (d Done, err error) {
	began := time.Now()
	c := &copier{t: t, total: Progress{Stage: Rows}, counts: map[string]int64{}}
	if c.tables, err = pair(ctx, t.From, t.To); err != nil {
		return d, err
	}
	if err := c.count(); err != nil {
		return d, err
	}
	if d.LastEvent, err = t.From.LastEvent(); err != nil {
		return d, err
	}
	d.Rows, d.Events, d.Tables = c.total.Total, c.counts[eventTable], c.counts
	err = t.begin(ctx, d.LastEvent)
	if errors.Is(err, postgres.ErrFinished) {
		d.Already = true
		return d, c.compare(ctx, d.LastEvent)
	}
	if err == nil {
		err = c.rows(ctx)
	}
	if err == nil {
		err = t.To.Indexes(ctx, func(done, total int) { c.tell(Progress{Stage: Indexes, Done: int64(done), Total: int64(total)}) })
	}
	d.Before, d.Took = c.before, time.Since(began)
	if err == nil {
		err = t.finish(ctx, c, d.LastEvent)
	}
	return d, err
}

func (t *Transfer) begin(ctx context.Context, last string) error {
	print, err := t.From.Print()
	if err != nil {
		return err
	}
	return t.To.Begin(ctx, print.Database, print.State, last, t.Restart)
}

// finish makes sure that all is there, and lets nodes open the copy.
func (t *Transfer) finish(ctx context.Context, c *copier, last string) error {
	err := c.compare(ctx, last)
	if err == nil && t.Check != nil {
		err = t.Check(ctx)
	}
	if err != nil {
		return err
	}
	return t.To.Finish(ctx)
}

// eventTable is the table of the record, whose rows are told of apart.
const eventTable = "events"

// pair gives the tables that both databases have. Each must be there on both sides, with the same columns: a
// schema that grew on one side only is not copied in part.
func pair(ctx context.Context, from *sqlite.Source, to *postgres.Target) ([]postgres.Table, error) {
	tables, err := to.Tables(ctx)
	if err != nil {
		return nil, err
	}
	names, err := from.Tables()
	if err != nil {
		return nil, err
	}
	for i := range tables {
		t := &tables[i]
		columns, key, err := from.Columns(t.Name)
		if err != nil {
			return nil, err
		}
		if !slices.Equal(slices.Sorted(slices.Values(columns)), slices.Sorted(slices.Values(t.ColumnNames()))) {
			return nil, fault.New(fault.Internal, "Table %s is not the same in both databases: it has the columns %s in one and %s in the other.",
				t.Name, strings.Join(columns, ","), strings.Join(t.ColumnNames(), ","))
		}
		t.Key = key
		names = slices.DeleteFunc(names, func(name string) bool { return name == t.Name })
	}
	if len(names) > 0 {
		return nil, fault.New(fault.Internal, "The database at --to has no table for %s.", strings.Join(names, ", "))
	}
	return tables, nil
}
