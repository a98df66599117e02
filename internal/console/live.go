package console

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// How often a browser that nothing is told hears that the stream still lives, how long a stream lasts before the
// browser asks anew, and how many events are told at a time.
const (
	liveWait  = 2 * time.Second // the most that the API lets anybody wait
	liveBeat  = 15 * time.Second
	liveLasts = 10 * time.Minute
	liveBatch = 200
)

// live tells a browser what changes, as it changes: of each event what it is about and its kind, no more. The browser
// asks anew for the page that shows it. It ends with the session, and does not keep one awake.
func (c *Console) live(w http.ResponseWriter, r *http.Request) {
	r.Header.Set(idleHeader, "1")
	v := c.visit(w, r, c.kept(r, sessionCookie))
	after, err := v.liveFrom()
	if err != nil {
		http.Error(w, err.Error(), statusOf(err))
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), liveLasts)
	defer cancel()
	rc := http.NewResponseController(w)
	_ = rc.SetWriteDeadline(time.Time{}) // it lasts
	w.Header().Set("Content-Type", "text/event-stream")
	fmt.Fprintf(w, "retry: 1000\nid: %d\ndata: []\n\n", after)
	_ = rc.Flush()
	v.stream(ctx, rc, after)
}

// liveFrom is the event after which to begin: the last one that this browser heard of, or the last there is.
func (v *visit) liveFrom() (uint64, error) {
	if _, err := v.api.Me(v.r.Context()); err != nil {
		return 0, err
	}
	if after, err := strconv.ParseUint(v.r.Header.Get("Last-Event-ID"), 10, 63); err == nil {
		return after, nil
	}
	return v.api.LatestEvent(v.r.Context())
}

// told is what a browser hears of one event.
type told struct {
	Subject string `json:"subject"`
	Kind    string `json:"kind"`
	Service string `json:"service,omitempty"`
	Actor   string `json:"actor"`
}

func (v *visit) stream(ctx context.Context, rc *http.ResponseController, after uint64) {
	beat := v.c.cfg.Now()
	for ctx.Err() == nil {
		select {
		case <-v.c.stopped:
			return
		default:
		}
		page, err := v.api.Events(ctx, after, liveBatch, liveWait)
		if err != nil {
			return // the browser asks anew, and is told why it may not if so
		}
		list := make([]told, 0, len(page.Events))
		for _, e := range page.Events {
			list = append(list, told{e.Subject, e.Kind, e.Service, e.Actor})
		}
		after = page.Next
		if now := v.c.cfg.Now(); len(list) > 0 || now.Sub(beat) >= liveBeat {
			b, _ := json.Marshal(list) // texts always marshal
			fmt.Fprintf(v.w, "id: %d\ndata: %s\n\n", after, b)
			if rc.Flush() != nil {
				return
			}
			beat = now
		}
	}
}
