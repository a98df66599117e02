package sqlite

import (
	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
)

const eventColumns = `seq, prev, subject_kind, subject_id, version, kind, service_code, actor, key, address, request_id, at, data, hash`

// AppendEvent implements store.EventTx. The writer alone counts, so that no number is looked up.
func (t *tx) AppendEvent(e *event.Event) error {
	if err := t.write(""); err != nil {
		return err
	}
	e.Seq = t.s.w.lastSeq + 1
	q := t.c.prepare(`INSERT INTO events (` + eventColumns + `) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)`)
	q.int(int64(e.Seq), int64(e.Prev)).text(string(e.Subject.Kind), e.Subject.ID).int(int64(e.Version))
	q.text(string(e.Kind), e.Service, e.Cause.Actor, e.Cause.Key, e.Cause.Address, e.Cause.RequestID)
	if err := q.int(micro(e.Cause.At)).text(e.Data).blob(e.Hash[:]).run(); err != nil {
		return fault.Wrap(err, fault.Internal, "The change cannot be recorded.")
	}
	t.s.w.lastSeq = e.Seq
	return nil
}

func (q *query) readEvent() (e event.Event) {
	e.Seq, e.Prev = uint64(q.num()), uint64(q.num())
	e.Subject = event.Subject{Kind: event.SubjectKind(q.str()), ID: q.str()}
	e.Version, e.Kind, e.Service = uint64(q.num()), event.Kind(q.str()), q.str()
	e.Cause = event.Cause{Actor: q.str(), Key: q.str(), Address: q.str(), RequestID: q.str(), At: q.time()}
	e.Data = q.str()
	q.bytes(e.Hash[:])
	return e
}

// Event implements store.EventTx.
func (t *tx) Event(seq uint64) (event.Event, error) {
	q := t.c.prepare(`SELECT ` + eventColumns + ` FROM events WHERE seq = ?`)
	if q.int(int64(seq)); !q.next() {
		if q.err != nil {
			return event.Event{}, wrap(q.err)
		}
		return event.Event{}, fault.New(fault.NotFound, "There is no event %d.", seq)
	}
	e := q.readEvent()
	return e, q.done()
}

// EventsFrom implements store.EventTx.
func (t *tx) EventsFrom(seq uint64, limit int) (list []event.Event, err error) {
	q := t.c.prepare(`SELECT ` + eventColumns + ` FROM events WHERE seq > ? ORDER BY seq LIMIT ?`)
	for q.int(int64(seq), int64(limit)); q.next(); {
		list = append(list, q.readEvent())
	}
	return list, wrap(q.err)
}
