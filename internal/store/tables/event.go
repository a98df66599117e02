package tables

import (
	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/store"
)

const eventColumns = `seq, prev, subject_kind, subject_id, version, kind, service_code, actor, key, address, request_id, at, data, hash`

// AppendEvent implements store.EventTx. The writer counts, so that no number is looked up.
func (t *Tx) AppendEvent(e *event.Event) error {
	if err := t.write(""); err != nil {
		return err
	}
	e.Seq = *t.own.Seq() + 1
	q := t.c.Prepare(`INSERT INTO events (` + eventColumns + `) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)`)
	q.Int(int64(e.Seq), int64(e.Prev)).Text(string(e.Subject.Kind), e.Subject.ID).Int(int64(e.Version))
	q.Text(string(e.Kind), e.Service, e.Cause.Actor, e.Cause.Key, e.Cause.Address, e.Cause.RequestID)
	if err := q.Int(store.Micro(e.Cause.At)).Text(e.Data).Blob(e.Hash[:]).Run(); err != nil {
		return fault.Wrap(err, fault.Internal, "The change cannot be recorded.")
	}
	*t.own.Seq() = e.Seq
	return nil
}

func (q *Query) readEvent() (e event.Event) {
	e.Seq, e.Prev = uint64(q.Num()), uint64(q.Num())
	e.Subject = event.Subject{Kind: event.SubjectKind(q.Str()), ID: q.Str()}
	e.Version, e.Kind, e.Service = uint64(q.Num()), event.Kind(q.Str()), q.Str()
	e.Cause = event.Cause{Actor: q.Str(), Key: q.Str(), Address: q.Str(), RequestID: q.Str(), At: q.Time()}
	e.Data = q.Str()
	q.bytes(e.Hash[:])
	return e
}

// Event implements store.EventTx.
func (t *Tx) Event(seq uint64) (event.Event, error) {
	q := t.c.Prepare(`SELECT ` + eventColumns + ` FROM events WHERE seq = ?`)
	if q.Int(int64(seq)); !q.Next() {
		if q.Err != nil {
			return event.Event{}, q.Err
		}
		return event.Event{}, fault.New(fault.NotFound, "There is no event %d.", seq)
	}
	e := q.readEvent()
	return e, q.Done()
}

// EventsFrom implements store.EventTx.
func (t *Tx) EventsFrom(seq uint64, limit int) (list []event.Event, err error) {
	q := t.c.Prepare(`SELECT ` + eventColumns + ` FROM events WHERE seq > ? ORDER BY seq LIMIT ?`)
	for q.Int(int64(seq), int64(limit)); q.Next(); {
		list = append(list, q.readEvent())
	}
	return list, q.Err
}
