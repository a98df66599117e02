package store

import "github.com/switchboard-platform/switchboard/internal/event"

// EventTx appends to the record of changes and reads it.
type EventTx interface {
	// AppendEvent adds an event and gives it the next Seq: greater than that of every event
	// before, without a gap.
	AppendEvent(e *event.Event) error

	// Event gives an event by its Seq. NotFound when there is none.
	Event(seq uint64) (event.Event, error)

	// EventsFrom gives up to limit events in order of Seq, beginning after seq.
	EventsFrom(seq uint64, limit int) ([]event.Event, error)
}

// History gives the last events of a chain, newest first, following it back from its head.
// limit 0 gives all of them.
func History(tx EventTx, head event.Head, limit int) ([]event.Event, error) {
	var events []event.Event
	for seq := head.Seq; seq != 0 && (limit == 0 || len(events) < limit); {
		e, err := tx.Event(seq)
		if err != nil {
			return nil, err
		}
		events = append(events, e)
		seq = e.Prev
	}
	return events, nil
}
