package transfer

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/store/postgres"
	"github.com/switchboard-platform/switchboard/internal/store/tables"
)

// copier is one run of a transfer.
type copier struct {
	t      *Transfer
	tables []postgres.Table
	counts map[string]int64 // rows of each table of the source

	mu     sync.Mutex // held while somebody is told
	total  Progress
	before int64
}

// workers is how many tables are copied at a time: while the database works on the rows of one, those of the other
// are read.
const workers = 2

// batchBytes is how large a batch is about: what is copied in one transaction, and lost when it is stopped.
const batchBytes = 4 << 20

// count counts the rows of the source, and puts the largest tables first.
func (c *copier) count() error {
	for i := range c.tables {
		n, err := c.t.From.Count(c.tables[i].Name)
		if err != nil {
			return err
		}
		c.counts[c.tables[i].Name] = n
		c.total.Total += n
	}
	slices.SortStableFunc(c.tables, func(a, b postgres.Table) int { return cmp.Compare(c.counts[b.Name], c.counts[a.Name]) })
	return nil
}

// rows copies the rows of all tables.
func (c *copier) rows(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	queue := make(chan *postgres.Table, len(c.tables))
	for i := range c.tables {
		queue <- &c.tables[i]
	}
	close(queue)
	var all sync.WaitGroup
	for range workers {
		all.Go(func() {
			if err := c.work(ctx, queue); err != nil {
				cancel(err)
			}
		})
	}
	all.Wait()
	return context.Cause(ctx)
}

// work copies tables of the queue until it is empty.
func (c *copier) work(ctx context.Context, queue <-chan *postgres.Table) error {
	l, err := c.t.To.Loader(ctx)
	if err != nil {
		return err
	}
	defer l.Close()
	for t := range queue {
		if err := c.table(ctx, l, t); err != nil {
			return err
		}
	}
	return nil
}

// batch is so many rows as they are sent.
type batch struct {
	data []byte
	rows int64
	last []json.RawMessage // the key of the last one, but at the end
	end  bool              // no more come behind it
}

// table copies the rows of a table behind the last one that is there. While a batch is sent the next is read.
func (c *copier) table(ctx context.Context, l *postgres.Loader, t *postgres.Table) error {
	have, err := l.Begin(ctx, t)
	if err != nil {
		return err
	}
	c.copied(t, have.Rows, true)
	if have.End {
		return nil
	}
	ctx, cancel := context.WithCancel(ctx)
	read, spare := make(chan batch), make(chan []byte, 2)
	var failed error
	var reading sync.WaitGroup
	reading.Go(func() {
		defer close(read)
		failed = c.read(ctx, t, have.Last, read, spare)
	})
	for b := range read {
		if err == nil {
			have = postgres.Progress{Rows: have.Rows + b.rows, Last: b.last, End: b.end}
			if err = l.Add(ctx, t, b.data, have); err != nil {
				cancel() // what is read from now on is of no use
				continue
			}
			c.copied(t, b.rows, false)
		}
		spare <- b.data[:0]
	}
	cancel()
	reading.Wait()
	return cmp.Or(err, failed)
}

// read gives the rows behind last to out, in batches.
func (c *copier) read(ctx context.Context, t *postgres.Table, last []json.RawMessage, out chan<- batch, spare <-chan []byte) error {
	b := batch{data: make([]byte, 0, batchBytes+batchBytes/4)}
	give := func() error {
		select {
		case out <- b:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		select {
		case data := <-spare:
			b = batch{data: data}
		default:
			b = batch{data: make([]byte, 0, batchBytes+batchBytes/4)}
		}
		return nil
	}
	err := c.t.From.Rows(ctx, selectBehind(t, last), func(q *tables.Query) { fill(q, last) }, func(row tables.Stmt) (err error) {
		if b.data, err = t.AppendRow(b.data, row); err != nil {
			return err
		}
		if b.rows++; len(b.data) < batchBytes {
			return nil
		}
		if b.last, err = t.KeyOf(row); err != nil {
			return err
		}
		return give()
	})
	if err == nil {
		b.end = true
		err = give()
	}
	return err
}

// selectBehind reads the rows of a table behind one, in the order of the key.
func selectBehind(t *postgres.Table, last []json.RawMessage) string {
	key, where := strings.Join(t.Key, ", "), ""
	if last != nil {
		where = fmt.Sprintf(" WHERE (%s) > (?%s)", key, strings.Repeat(", ?", len(last)-1))
	}
	return fmt.Sprintf("SELECT %s FROM %s%s ORDER BY %s", strings.Join(t.ColumnNames(), ", "), t.Name, where, key)
}

// fill fills a key in: its texts and numbers.
func fill(q *tables.Query, key []json.RawMessage) {
	for _, v := range key {
		var text string
		var number int64
		if json.Unmarshal(v, &text) == nil {
			q.Text(text)
		} else if json.Unmarshal(v, &number) == nil {
			q.Int(number)
		} else {
			q.Err = fault.New(fault.Internal, "How far the copy is cannot be read: begin anew with --restart.")
		}
	}
}

// copied notes that more rows of a table are there, or were before this run.
func (c *copier) copied(t *postgres.Table, rows int64, before bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.total.Done += rows
	if before {
		c.before += rows
	}
	if t.Name == eventTable {
		c.total.Events += rows
	}
	if c.t.Tell != nil {
		c.t.Tell(c.total)
	}
}

func (c *copier) tell(p Progress) {
	if c.t.Tell != nil {
		c.t.Tell(p)
	}
}

// compare makes sure that all rows are there, and that the last event is the same.
func (c *copier) compare(ctx context.Context, last string) error {
	for i, t := range c.tables {
		n, err := c.t.To.Count(ctx, t.Name)
		if err != nil {
			return err
		}
		if want := c.counts[t.Name]; n != want {
			return fault.New(fault.Internal, "Table %s has %d rows after the copy, and %d at --from: copy again with --restart.", t.Name, n, want)
		}
		c.tell(Progress{Stage: Counts, Done: int64(i + 1), Total: int64(len(c.tables))})
	}
	have, err := c.t.To.LastEvent(ctx)
	if err == nil && have != last {
		err = fault.New(fault.Internal, "The last event is another one after the copy: copy again with --restart.")
	}
	return err
}
