package feed

import (
	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/event"
)

// Wire makes the wire form of an event.
func Wire(p event.Public) switchboard.FeedEvent {
	w := switchboard.FeedEvent{Seq: p.Seq, Kind: string(p.Kind), At: p.At, By: p.By, Service: p.Service, RequestID: p.Request,
		Data: switchboard.RawJSON(p.Data)}
	switch p.Subject.Kind {
	case event.Agent:
		w.Agent = p.Subject.ID
	case event.Partner:
		w.Partner = p.Subject.ID
	}
	return w
}
