package console

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/switchboard-platform/switchboard"
)

// How often a browser that nothing is told hears that the stream still lives, how long a stream lasts before the
// browser asks anew, how many events are looked at a time, and how long the stream rests when there were more: then a
// browser is told that all may have changed.
const (
	liveWait  = 2 * time.Second // the most that the API lets anybody wait
	liveBeat  = 15 * time.Second
	liveLasts = 10 * time.Minute
	liveBatch = 500
	liveRest  = time.Second
)

// live tells a browser what changes, as it changes, of what its page shows: what an event is about and its kind, no
// more. The browser asks anew for the page. The stream ends with the session, and does not keep one awake.
func (c *Console) live(w http.ResponseWriter, r *http.Request) {
	r.Header.Set(switchboard.IdleHeader, "1")
	session := c.kept(r, sessionCookie)
	v := c.visit(w, r, session)
	after, err := v.liveFrom()
	if err == nil && !c.listeners.join(session) {
		err = &switchboard.OperatorFault{Code: "too_many", Message: v.T("live.too_many", liveMost)}
	}
	if err != nil {
		v.refuse(err)
		return
	}
	defer c.listeners.leave(session)
	ctx, cancel := context.WithTimeout(r.Context(), liveLasts)
	defer cancel()
	s := stream{v, http.NewResponseController(w), topics(strings.Fields(v.query("topics"))), c.cfg.Now()}
	_ = s.rc.SetWriteDeadline(time.Time{}) // it lasts
	w.Header().Set("Content-Type", "text/event-stream")
	if s.send(after, []told{}) == nil {
		s.run(ctx, after)
	}
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

// liveMost is how many streams a session may have at a time.
const liveMost = 12

// listeners counts the streams of each session.
type listeners struct {
	mu sync.Mutex
	of map[[sha256.Size]byte]int
}

// join says whether a session may have one more.
func (l *listeners) join(session string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	k := sha256.Sum256([]byte(session))
	if l.of[k] >= liveMost {
		return false
	}
	if l.of == nil {
		l.of = map[[sha256.Size]byte]int{}
	}
	l.of[k]++
	return true
}

func (l *listeners) leave(session string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	k := sha256.Sum256([]byte(session))
	if l.of[k]--; l.of[k] == 0 {
		delete(l.of, k)
	}
}

// topics are what a page shows: subjects like "agent:20810200", kinds of subjects like "partner:", kinds of events like
// "=activation.", or "*" for everything.
type topics []string

func (t topics) has(e switchboard.RecordedEvent) bool {
	return slices.ContainsFunc(t, func(topic string) bool {
		switch {
		case topic == "*" || topic == e.Subject:
			return true
		case strings.HasPrefix(topic, "="):
			return strings.HasPrefix(e.Kind, topic[1:])
		}
		return strings.HasSuffix(topic, ":") && strings.HasPrefix(e.Subject, topic)
	})
}

// told is what a browser hears of one event.
type told struct {
	Subject string `json:"subject"` // "*": more than can be told
	Kind    string `json:"kind"`
	Actor   string `json:"actor"`
}

// stream is one browser that listens.
type stream struct {
	v      *visit
	rc     *http.ResponseController
	topics topics
	beat   time.Time // when it last heard anything
}

func (s *stream) run(ctx context.Context, after uint64) {
	for ctx.Err() == nil {
		select {
		case <-s.v.c.stopped:
			return
		default:
		}
		list, next, err := s.hear(ctx, after)
		if err != nil {
			return // the browser asks anew, and is told why it may not if so
		}
		after = next
		if now := s.v.c.cfg.Now(); len(list) > 0 || now.Sub(s.beat) >= liveBeat {
			if s.beat = now; s.send(after, list) != nil {
				return
			}
		}
	}
}

// hear waits for what comes after an event, and gives what of it the page shows.
func (s *stream) hear(ctx context.Context, after uint64) ([]told, uint64, error) {
	page, err := s.v.api.Events(ctx, after, liveBatch, liveWait)
	if err != nil {
		return nil, 0, err
	}
	if len(page.Events) == liveBatch {
		select {
		case <-time.After(liveRest):
		case <-ctx.Done():
		}
		next, err := s.v.api.LatestEvent(ctx)
		return []told{{Subject: "*"}}, next, err
	}
	list := []told{}
	for _, e := range page.Events {
		if s.topics.has(e) {
			list = append(list, told{e.Subject, e.Kind, e.Actor})
		}
	}
	return list, page.Next, nil
}

func (s *stream) send(after uint64, list []told) error {
	b, _ := json.Marshal(list) // texts always marshal
	if _, err := fmt.Fprintf(s.v.w, "retry: 1000\nid: %d\ndata: %s\n\n", after, b); err != nil {
		return err
	}
	return s.rc.Flush()
}
