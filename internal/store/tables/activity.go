package tables

import (
	"time"

	"github.com/switchboard-platform/switchboard/internal/store"
)

// seconds is the length of a step as the tables have it.
func seconds(step time.Duration) int64 { return int64(step / time.Second) }

// AddCounts implements store.ActivityTx.
func (t *Tx) AddCounts(counts []store.Count) error {
	if err := t.write(""); err != nil {
		return err
	}
	for _, c := range counts {
		q := t.c.Prepare(`INSERT INTO activity (seconds, start, name, label, n) VALUES (?,?,?,?,?)
 ON CONFLICT (seconds, start, name, label) DO UPDATE SET n = activity.n + excluded.n`)
		if err := q.Int(seconds(c.Step), store.Micro(c.Start)).Text(c.Name, c.Label).Int(c.N).Run(); err != nil {
			return err
		}
	}
	return nil
}

// Counts implements store.ActivityTx.
func (t *Tx) Counts(step time.Duration, from time.Time) (list []store.Count, err error) {
	q := t.c.Prepare(`SELECT start, name, label, n FROM activity WHERE seconds = ? AND start >= ? ORDER BY start, name, label`)
	for q.Int(seconds(step), store.Micro(from)); q.Next(); {
		list = append(list, store.Count{Step: step, Start: q.Time(), Name: q.Str(), Label: q.Str(), N: q.Num()})
	}
	return list, q.Err
}

// ForgetCounts implements store.ActivityTx.
func (t *Tx) ForgetCounts(step time.Duration, before time.Time) error {
	if err := t.write(""); err != nil {
		return err
	}
	q := t.c.Prepare(`DELETE FROM activity WHERE seconds = ? AND start < ?`)
	return q.Int(seconds(step), store.Micro(before)).Run()
}

// CountEvents implements store.ActivityTx.
func (t *Tx) CountEvents(after uint64, limit int) (counts []store.Count, last uint64, err error) {
	q := t.c.Prepare(`SELECT at / 60000000, kind, count(*), max(seq) FROM events WHERE seq > ? AND seq <= ? GROUP BY 1, 2 ORDER BY 1, 2`)
	last = after
	for q.Int(int64(after), int64(after)+int64(limit)); q.Next(); {
		minute := time.Unix(60*q.Num(), 0).UTC()
		counts = append(counts, store.Count{Step: time.Minute, Start: minute, Label: q.Str(), N: q.Num()})
		last = max(last, uint64(q.Num()))
	}
	return counts, last, q.Err
}
