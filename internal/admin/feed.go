package admin

import (
	"context"
	"strconv"
	"time"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/event"
)

// maxEventWait is how long a request for events may wait for one: a server that stops waits for it, too, and it
// costs little to ask again.
const maxEventWait = 2 * time.Second

// events lists what was recorded, of all subjects, and may wait for what comes.
func (h *Handler) events(r request) (any, error) {
	limit, err := limitOf(r)
	if err != nil {
		return nil, err
	}
	wait := time.Duration(0)
	if text := r.FormValue("wait"); text != "" {
		if wait, err = time.ParseDuration(text); err != nil || wait < 0 || wait > maxEventWait {
			return nil, badField("wait", "must be a duration of at most "+maxEventWait.String())
		}
	}
	after, err := h.seqOf(r, "after")
	if err != nil {
		return nil, err
	}
	events, err := h.reg.Events(r.Context(), after, limit)
	if err == nil && len(events) == 0 && wait > 0 {
		ctx, cancel := context.WithTimeout(r.Context(), wait)
		defer cancel()
		_ = h.reg.Await(ctx, after) // that the time is up shows below: nothing came
		events, err = h.reg.Events(r.Context(), after, limit)
	}
	if err != nil {
		return nil, err
	}
	p := switchboard.RecordPage{Events: recorded(events), Next: after}
	if n := len(events); n > 0 {
		p.Next = events[n-1].Seq
	}
	return p, nil
}

// recorded are events as operators see them.
func recorded(events []event.Event) []switchboard.RecordedEvent {
	list := make([]switchboard.RecordedEvent, 0, len(events))
	for _, e := range events {
		list = append(list, switchboard.RecordedEvent{Subject: e.Subject.String(), Event: wireEvent(e)})
	}
	return list
}

// seqOf reads the seq of an event; 0 when it is missing. "latest" is that of the last.
func (h *Handler) seqOf(r request, name string) (uint64, error) {
	switch text := r.FormValue(name); text {
	case "":
		return 0, nil
	case "latest":
		return h.reg.LastEvent(r.Context())
	default:
		seq, err := strconv.ParseInt(text, 10, 64)
		if err != nil || seq < 0 {
			return 0, badField(name, "must be the seq of an event, or latest")
		}
		return uint64(seq), nil
	}
}
