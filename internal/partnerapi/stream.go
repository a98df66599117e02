package partnerapi

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/feed"
	"github.com/switchboard-platform/switchboard/internal/registry"
)

const mediaStream = "text/event-stream"

// How often a stream without news shows that it lives, and how long its reader waits before it connects
// anew after an end.
const (
	heartbeat  = 15 * time.Second
	retryAfter = 2 * time.Second
)

// stream answers with server-sent events until the reader leaves, its credentials end or the server stops.
// The first page is read before the answer begins, so that what is wrong with a request can still be said.
func (h *Handler) stream(w http.ResponseWriter, r *request, f registry.Feed, l line) error {
	page, err := h.reg.Feed(r.Context(), f)
	if err != nil {
		return err
	}
	head := w.Header()
	head["Content-Type"], head["X-Request-Id"] = []string{mediaStream}, []string{r.id}
	head["Cache-Control"], head["X-Accel-Buffering"] = []string{"no-store"}, []string{"no"}
	l.extend()
	b := strconv.AppendInt([]byte("retry: "), retryAfter.Milliseconds(), 10)
	for _, err = w.Write(append(b, "\n\n"...)); err == nil; page, err = h.more(r, f) {
		if err = send(w, l, &f, page); err != nil {
			break
		}
	}
	h.log.Debug("stream ended", "request_id", r.id, "after", f.After, "error", err)
	return nil
}

// more waits for the next page. At a heartbeat it is empty. The error says why the stream ends.
func (h *Handler) more(r *request, f registry.Feed) (page registry.FeedPage, err error) {
	for until := time.Now().Add(heartbeat); ; {
		if page, err = h.reg.Feed(r.Context(), f); err != nil {
			return page, err
		}
		if len(page.Events) > 0 || !page.End {
			return page, h.reg.StillIn(r.Context(), r.by)
		}
		quiet := f.After != page.Next
		f.After = page.Next
		if h.await(r, f.After, time.Until(until), quiet) {
			continue
		}
		if h.readers.stopping() {
			return page, http.ErrServerClosed
		}
		return page, h.reg.StillIn(r.Context(), r.by)
	}
}

// send writes the events of a page, and where it ends: a reader that is cut off resumes there, even when
// nothing was for it. It moves f there.
func send(w http.ResponseWriter, l line, f *registry.Feed, page registry.FeedPage) error {
	var b []byte
	for _, e := range page.Events {
		b = appendEvent(b, e)
		f.After = e.Seq
	}
	if page.Next > f.After || len(b) == 0 {
		b = append(strconv.AppendUint(append(b, ":\nid: "...), page.Next, 10), "\n\n"...)
	}
	f.After = page.Next
	l.extend()
	if _, err := w.Write(b); err != nil {
		return err
	}
	return l.flush()
}

// appendEvent appends one event as a message of the stream.
func appendEvent(b []byte, e event.Public) []byte {
	data, _ := json.Marshal(feed.Wire(e)) // particulars are JSON, or they would not be in an event
	b = strconv.AppendUint(append(b, "id: "...), e.Seq, 10)
	b = append(append(b, "\nevent: "...), e.Kind...)
	return append(append(append(b, "\ndata: "...), data...), "\n\n"...)
}
