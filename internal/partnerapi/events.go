package partnerapi

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/answer"
	"github.com/switchboard-platform/switchboard/internal/feed"
	"github.com/switchboard-platform/switchboard/internal/registry"
)

// maxWait is how long a request for events may wait for one, at most.
const maxWait = 60 * time.Second

// events answers with a page of the record, or with the record as a stream.
func (h *Handler) events(w http.ResponseWriter, r *request) error {
	f, wait, err := h.feedOf(r)
	if err != nil {
		return err
	}
	streams := r.Method == http.MethodGet && strings.Contains(r.Header.Get("Accept"), mediaStream)
	if !streams && wait == 0 {
		page, err := h.reg.Feed(r.Context(), f)
		if err != nil {
			return err
		}
		return answer.Value(w, r.id, http.StatusOK, wirePage(page))
	}
	leave, err := h.readers.enter(r.by.Cause.Actor)
	if err != nil {
		return err
	}
	defer leave()
	line := newLine(w)
	if streams {
		return h.stream(w, r, f, line)
	}
	page, err := h.poll(r, f, wait)
	if err != nil {
		return err
	}
	line.extend()
	return answer.Value(w, r.id, http.StatusOK, wirePage(page))
}

// feedOf reads what a request for events asks for.
func (h *Handler) feedOf(r *request) (f registry.Feed, wait time.Duration, err error) {
	if err = r.takes("after", "limit", "wait", "kinds"); err != nil {
		return f, 0, err
	}
	f.PartnerID = r.partner.ID
	if f.Limit, err = r.limit(); err != nil {
		return f, 0, err
	}
	if text := r.param("kinds"); text != "" {
		f.Kinds = strings.Split(text, ",")
	}
	if unknown, found := f.Kinds.Unknown(); found {
		return f, 0, badField("kinds", "has "+strconv.Quote(unknown)+": name kinds of event or families like activation.*, separated by commas")
	}
	if f.After, err = h.afterOf(r); err != nil {
		return f, 0, err
	}
	wait, err = waitOf(r.param("wait"))
	return f, wait, err
}

// latest is the word for the end of the record.
const latest = "latest"

// afterOf reads where the reader has got to. A stream that was cut off says so by itself.
func (h *Handler) afterOf(r *request) (uint64, error) {
	text, name := r.Header.Get("Last-Event-ID"), "Last-Event-ID"
	if text == "" {
		text, name = r.param("after"), "after"
	}
	switch text {
	case "":
		return 0, nil
	case latest:
		return h.reg.LastEvent(r.Context())
	}
	seq, err := strconv.ParseInt(text, 10, 64) // as many as a store can count
	if err != nil || seq < 0 {
		return 0, badField(name, "must be the seq of an event, or latest")
	}
	return uint64(seq), nil
}

func waitOf(text string) (time.Duration, error) {
	if text == "" {
		return 0, nil
	}
	wait, err := time.ParseDuration(text)
	if err != nil || wait < 0 || wait > maxWait {
		return 0, badField("wait", "must be a duration like 30s, at most "+maxWait.String())
	}
	return wait, nil
}

func wirePage(p registry.FeedPage) switchboard.FeedPage {
	w := switchboard.FeedPage{Events: make([]switchboard.FeedEvent, 0, len(p.Events)), Next: p.Next}
	for _, e := range p.Events {
		w.Events = append(w.Events, feed.Wire(e))
	}
	return w
}

// poll reads the feed until there is something for the reader or its time is up. A page that looked at as
// much as one may is given even when it is empty, so that the reader's position moves.
func (h *Handler) poll(r *request, f registry.Feed, wait time.Duration) (registry.FeedPage, error) {
	for until, waited := time.Now().Add(wait), false; ; waited = true {
		page, err := h.reg.Feed(r.Context(), f)
		if err == nil && waited { // the key may have ended meanwhile
			err = h.reg.StillIn(r.Context(), r.by)
		}
		if err != nil || len(page.Events) > 0 || !page.End {
			return page, err
		}
		quiet := f.After != page.Next // there was news, though none for this reader
		f.After = page.Next
		if !h.await(r, f.After, time.Until(until), quiet) {
			return page, h.reg.StillIn(r.Context(), r.by)
		}
	}
}

// feedPause is how long a reader is left alone after news that was not for it: where many changes
// are made, they are looked at together.
const feedPause = 20 * time.Millisecond

// await waits for events after one. It says whether to look again: not when the time is up, the caller has
// left or the server stops.
func (h *Handler) await(r *request, after uint64, most time.Duration, quiet bool) bool {
	start := time.Now()
	defer func() { r.waited += time.Since(start) }()
	ctx, cancel := context.WithTimeout(r.Context(), most)
	defer cancel()
	defer context.AfterFunc(h.readers.ended, cancel)()
	if quiet {
		pause := time.NewTimer(feedPause)
		defer pause.Stop()
		select {
		case <-pause.C:
		case <-ctx.Done():
		}
	}
	return h.reg.Await(ctx, after) == nil && ctx.Err() == nil
}

// line is a connection over which an answer takes long.
type line struct{ c *http.ResponseController }

// newLine lifts the limit on how long a request may take to arrive, which it has: net/http would take the
// connection for dead.
func newLine(w http.ResponseWriter) line {
	l := line{http.NewResponseController(w)}
	_ = l.c.SetReadDeadline(time.Time{}) // every connection of a server has deadlines
	return l
}

// writeTime is how long one write may take.
const writeTime = 20 * time.Second

// extend gives the next write its time.
func (l line) extend() { _ = l.c.SetWriteDeadline(time.Now().Add(writeTime)) }

// flush sends what was written.
func (l line) flush() error { return l.c.Flush() }
