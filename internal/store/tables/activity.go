package tables

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// seconds is the length of a step as the tables have it.
func seconds(step time.Duration) int64 { return int64(step / time.Second) }

// AddCounts implements store.ActivityTx.
func (t *Tx) AddCounts(counts []store.Count) error {
	if err := t.write(""); err != nil {
		return err
	}
	steps := map[[2]int64][]store.Count{} // by the keys of their rows
	for _, c := range counts {
		if strings.ContainsAny(c.Name+c.Label, "\t\n") {
			return fault.New(fault.Invalid, "What is counted must have no tab and no line feed in its name.")
		}
		key := [2]int64{seconds(c.Step), store.Micro(c.Start)}
		steps[key] = append(steps[key], c)
	}
	for _, list := range steps {
		if err := t.addToStep(list); err != nil {
			return err
		}
	}
	return nil
}

// addToStep adds counts of one step to what it has.
func (t *Tx) addToStep(list []store.Count) error {
	step, start := list[0].Step, list[0].Start
	q := t.c.Prepare(`SELECT start, counts FROM activity WHERE seconds = ? AND start = ?`)
	if err := q.Int(seconds(step), store.Micro(start)).counts(step, func(c store.Count) { list = append(list, c) }); err != nil {
		return err
	}
	slices.SortFunc(list, func(a, b store.Count) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Label, b.Label)) })
	var text strings.Builder
	for i := 0; i < len(list); {
		c, sum := list[i], int64(0)
		for ; i < len(list) && list[i].Name == c.Name && list[i].Label == c.Label; i++ {
			sum += list[i].N
		}
		text.WriteString(c.Name + "\t" + c.Label + "\t" + strconv.FormatInt(sum, 10) + "\n")
	}
	save := t.c.Prepare(`INSERT INTO activity (seconds, start, counts) VALUES (?,?,?)
 ON CONFLICT (seconds, start) DO UPDATE SET counts = excluded.counts`)
	return save.Int(seconds(step), store.Micro(start)).Text(text.String()).Run()
}

// Counts implements store.ActivityTx.
func (t *Tx) Counts(step time.Duration, from time.Time, tell func(store.Count)) error {
	q := t.c.Prepare(`SELECT start, counts FROM activity WHERE seconds = ? AND start >= ? ORDER BY start`)
	return q.Int(seconds(step), store.Micro(from)).counts(step, tell)
}

// counts reads the rows of steps of a length.
func (q *Query) counts(step time.Duration, tell func(store.Count)) error {
	for q.Next() {
		start, text := q.Time(), q.Str()
		for line := range strings.Lines(text) {
			name, rest, _ := strings.Cut(line, "\t")
			label, number, _ := strings.Cut(rest, "\t")
			n, err := strconv.ParseInt(strings.TrimSuffix(number, "\n"), 10, 64)
			if err != nil {
				return fault.Wrap(err, fault.Internal, "What went on was not kept as it is read.")
			}
			tell(store.Count{Step: step, Start: start, Name: name, Label: label, N: n})
		}
	}
	return q.Err
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
