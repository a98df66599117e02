package registry

import (
	"context"
	"math"
	"time"

	"github.com/switchboard-platform/switchboard/internal/audit"
	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// Verification says how to verify a store.
type Verification struct {
	Keys   []string // the log's public keys; none: those that the store itself names
	Heads  []string // notes of heads that were kept elsewhere
	Replay bool     // play every agent's history again and compare
	// Tell is told now and then how many events of how many are done; an error ends the verification.
	Tell func(events, total uint64) error
}

// tellEvery is after how many events Tell is told.
const tellEvery = 1 << 15

// lookAgain is when whoever found the place of readAll taken may ask again.
const lookAgain = 10 * time.Second

// readAll does what reads the whole store. One does at a time, because it takes what it can get of the disk and of a
// core: TooMany meets the others, who do not wait.
func (r *Registry) readAll(fn func() error) error {
	if !r.readingAll.TryLock() {
		return fault.Later(lookAgain, "The whole store is being read already, to verify or to check it, and this server does that once at a time: try again when it is through.")
	}
	defer r.readingAll.Unlock()
	return fn()
}

// Check reads the whole store and reports damage of its files.
func (r *Registry) Check(ctx context.Context) error {
	return r.readAll(func() error { return r.store.Check(ctx) })
}

// VerifyLog signs what was recorded last and verifies the store; see Verify. Where the log refuses to be signed,
// the report says so: what it holds in memory finds what the store alone cannot show. It ends with ctx.
func (r *Registry) VerifyLog(ctx context.Context, v Verification) (report *audit.Report, err error) {
	err = r.readAll(func() error {
		report, err = r.verifyLog(ctx, v)
		return err
	})
	return report, err
}

func (r *Registry) verifyLog(ctx context.Context, v Verification) (report *audit.Report, err error) {
	_, refused := r.SignLog(ctx)
	err = r.store.LongView(ctx, func(tx store.Tx) (err error) {
		report, err = Verify(ctx, tx, v)
		return err
	})
	if err == nil && fault.Is(refused, fault.Conflict) {
		report.Problem("the log", "%s", fault.As(refused).Message)
	}
	return report, err
}

// Verify reads all events of a store and all rows that they led to, and reports what does not fit. The
// error is of the reading itself.
func Verify(ctx context.Context, tx store.Tx, v Verification) (*audit.Report, error) {
	c := audit.NewChecker(true)
	if err := storedLog(tx, c, v); err != nil {
		return nil, err
	}
	total, err := tx.LastSeq()
	if err != nil {
		return nil, err
	}
	err = tx.ScanEvents(0, func(e *event.Raw) error {
		if c.Event(e); c.Events%tellEvery != 0 {
			return nil
		}
		if v.Tell != nil {
			if err := v.Tell(c.Events, total); err != nil {
				return err
			}
		}
		return ctx.Err()
	})
	if err != nil {
		return nil, err
	}
	c.EndEvents()
	if err := tx.ScanRows(func(r *audit.Row) error { c.Row(r); return ctx.Err() }); err != nil {
		return nil, err
	}
	c.EndRows()
	if v.Replay {
		err = replayAll(ctx, tx, &c.Report)
	}
	return &c.Report, err
}

// headPage is how many heads are read at a time.
const headPage = 1000

// storedLog gives the checker what the store keeps of its log.
func storedLog(tx store.Tx, c *audit.Checker, v Verification) error {
	texts := v.Keys
	if len(texts) == 0 {
		var err error
		if texts, err = logKeys(tx); err != nil {
			return err
		}
	}
	keys, err := audit.ParseKeys(texts)
	if err != nil {
		return err
	}
	blocks, err := tx.LogBlocks(0)
	if fault.Is(err, fault.Invalid) {
		c.Problem("the log", "%s", fault.As(err).Message)
	} else if err != nil {
		return err
	}
	heads, err := allHeads(tx)
	if err != nil {
		return err
	}
	c.Stored(blocks, heads, keys)
	c.ExternalHeads(v.Heads, keys)
	c.Begin()
	return nil
}

func allHeads(tx store.Tx) (heads []audit.SignedHead, err error) {
	for last := uint64(0); ; last = heads[len(heads)-1].ID {
		page, err := tx.LogHeads(last, headPage)
		heads = append(heads, page...)
		if err != nil || len(page) < headPage {
			return heads, err
		}
	}
}

// replayAll plays the history of every agent again and compares what comes out with its rows.
func replayAll(ctx context.Context, tx store.Tx, report *audit.Report) error {
	for after := ""; ; {
		page, err := tx.Agents(store.AgentFilter{After: after, Limit: headPage})
		if err != nil || len(page) == 0 {
			return err
		}
		for i := range page {
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := replayOne(tx, page[i].UserCode, report); err != nil {
				return err
			}
		}
		after = page[len(page)-1].UserCode
	}
}

// endOfTime is later than every event: what a database can hold ends there.
func endOfTime() time.Time { return time.UnixMicro(math.MaxInt64).UTC() }

func replayOne(tx store.Tx, userCode string, report *audit.Report) error {
	report.Replayed++
	rec, err := tx.Agent(userCode)
	if err != nil {
		return err
	}
	where := "agent " + userCode
	then, _, err := replay(tx, rec, endOfTime())
	if err != nil {
		report.Problem(where, "its history cannot be played again: %s", fault.As(err).Message)
		return nil
	}
	for _, d := range then.Differences(rec) {
		report.Problem(where, "its history says that %s", d)
	}
	return nil
}
