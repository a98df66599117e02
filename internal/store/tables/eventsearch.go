package tables

import (
	"cmp"
	"math"
	"strings"
	"time"

	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// ByOperators makes SQLite, which counts nothing beforehand, look for events of operators in their own index. Other
// databases leave it out.
const ByOperators = ` INDEXED BY events_by_operator`

// operators is the condition of that index, which must be repeated by who is to use it.
const operators = `actor >= 'operator:' AND actor < 'operator;'`

// operatorKind is the actor of all operators.
const operatorKind = "operator"

// FindEvents implements store.EventSearchTx. What is not asked for is not compared: very many rows may be looked at.
func (t *Tx) FindEvents(f store.EventFilter) (list []event.Event, err error) {
	var where strings.Builder
	var texts []string
	and := func(column, exact, family string) {
		switch {
		case family != "":
			where.WriteString(` AND ` + column + ` >= ? AND ` + column + ` < ?`)
			texts = append(texts, family, beyond(family))
		case exact != "":
			where.WriteString(` AND ` + column + ` = ?`)
			texts = append(texts, exact)
		}
	}
	and("subject_kind", string(f.SubjectKind), "")
	family, all := strings.CutSuffix(f.Kind, "*")
	if f.Kind != "*" {
		and("kind", f.Kind, onlyIf(all, family))
	}
	and("actor", f.Actor, onlyIf(f.Actor != "" && !strings.Contains(f.Actor, ":"), f.Actor+":"))
	and("service_code", f.Service, "")
	and("request_id", f.RequestID, "")
	from := ` FROM events`
	if f.Actor == operatorKind || strings.HasPrefix(f.Actor, operatorKind+":") {
		from += ByOperators
		where.WriteString(` AND ` + operators)
	}
	q := t.c.Prepare(`SELECT ` + eventColumns + from + ` WHERE seq >= ? AND seq < ? AND at >= ? AND at < ?` + where.String() + ` ORDER BY seq DESC LIMIT ?`)
	q.Int(int64(f.From), int64(f.Before), sinceMicro(f.Since), cmp.Or(store.Micro(f.Until), math.MaxInt64))
	for q.Text(texts...).Int(int64(f.Limit)); q.Next(); {
		list = append(list, q.readEvent())
	}
	return list, q.Err
}

func onlyIf(condition bool, text string) string {
	if condition {
		return text
	}
	return ""
}

// sinceMicro is a time from which on; no time at all does not bound.
func sinceMicro(t time.Time) int64 {
	if t.IsZero() {
		return math.MinInt64
	}
	return store.Micro(t)
}

// Chain implements store.EventSearchTx: with one statement, which goes where the subject's events are.
func (t *Tx) Chain(s event.Subject, seq uint64, limit int) (list []event.Event, err error) {
	q := t.c.Prepare(`WITH RECURSIVE chain AS (
 SELECT ` + eventColumns + ` FROM events WHERE seq = ?1 AND subject_id = ?2
 UNION ALL SELECT ` + prefixed("e.", eventColumns) + ` FROM chain c JOIN events e ON e.seq = c.prev AND e.subject_id = ?2 WHERE c.prev > 0)
 SELECT ` + eventColumns + ` FROM chain LIMIT ?3`)
	for q.Int(int64(seq)).Text(s.ID).Int(int64(limit)); q.Next(); {
		if e := q.readEvent(); e.Subject == s {
			list = append(list, e)
		}
	}
	return list, q.Err
}

// prefixed writes a prefix before each of some columns.
func prefixed(prefix, columns string) string {
	return prefix + strings.ReplaceAll(columns, ", ", ", "+prefix)
}

// OperatorsEvent implements store.EventSearchTx.
func (t *Tx) OperatorsEvent(before uint64, n int) (uint64, error) {
	q := t.c.Prepare(`SELECT seq FROM events` + ByOperators + ` WHERE seq < ? AND ` + operators + ` ORDER BY seq DESC LIMIT 1 OFFSET ?`)
	if q.Int(int64(before), int64(n)); !q.Next() {
		return 0, q.Err
	}
	seq := uint64(q.Num())
	return seq, q.Done()
}

// SelectEventTimes reads Seq and time of events, for an array of the former.
const SelectEventTimes = `SELECT seq, at FROM events WHERE seq = ANY(?)`

// EventTimes implements store.EventSearchTx, one by one.
func (t *Tx) EventTimes(seqs []uint64) (map[uint64]time.Time, error) {
	times := make(map[uint64]time.Time, len(seqs))
	for _, seq := range seqs {
		q := t.c.Prepare(`SELECT at FROM events WHERE seq = ?`)
		if q.Int(int64(seq)); q.Next() {
			times[seq] = q.Time()
		}
		if err := q.Done(); err != nil {
			return nil, err
		}
	}
	return times, nil
}
