package switchboard

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// FeedQuery says which events to read; zero fields do not restrict.
type FeedQuery struct {
	After uint64   // events after this one: FeedPage.Next, or the Seq of the last one that was taken in
	Kinds []string // exact kinds, or families like "activation.*"
	Limit int      // of a page: 100 by default, 1,000 at most
}

func (q FeedQuery) path() string {
	v := url.Values{"after": {strconv.FormatUint(q.After, 10)}}
	if len(q.Kinds) > 0 {
		v.Set("kinds", strings.Join(q.Kinds, ","))
	}
	if q.Limit != 0 {
		v.Set("limit", strconv.Itoa(q.Limit))
	}
	return "/v1/events?" + v.Encode()
}

// Events gives a page of the feed as it is now, oldest events first: of this partner's agents, of the
// partner itself and of services.
func (c *Client) Events(ctx context.Context, q FeedQuery) (page FeedPage, err error) {
	return page, c.callAPI(ctx, http.MethodGet, q.path(), true, nil, &page)
}

// LatestEvent gives the end of the record: After for whoever wants only what comes.
func (c *Client) LatestEvent(ctx context.Context) (uint64, error) {
	var page FeedPage
	err := c.callAPI(ctx, http.MethodGet, "/v1/events?after=latest", true, nil, &page)
	return page.Next, err
}

// Follow gives every event after q.After, and goes on with those that come, for as long as it is ranged over
// and ctx lasts. It holds one stream, and when that breaks it resumes after the last event it gave. It
// tells no faults that pass: it waits, longer each time, and goes on. What does not pass (the
// credentials are refused, the record was cut) is its last value. To go on another time, keep the Seq
// of the last event together with what was made of it.
func (c *Client) Follow(ctx context.Context, q FeedQuery) iter.Seq2[FeedEvent, error] {
	return func(yield func(FeedEvent, error) bool) {
		f := follower{c: c, q: q, yield: yield}
		for !f.done {
			if err := f.read(ctx); !f.done && !f.rest(ctx, err) {
				yield(FeedEvent{}, err)
				return
			}
		}
	}
}

// Events gives a page of the feed as it is now, oldest events first: of all agents, services and partners.
func (s *Switch) Events(ctx context.Context, q FeedQuery) (FeedPage, error) {
	return s.c.Events(ctx, q)
}

// LatestEvent gives the end of the record: After for whoever wants only what comes.
func (s *Switch) LatestEvent(ctx context.Context) (uint64, error) { return s.c.LatestEvent(ctx) }

// Follow gives every event after q.After and those that come: see Client.Follow.
func (s *Switch) Follow(ctx context.Context, q FeedQuery) iter.Seq2[FeedEvent, error] {
	return s.c.Follow(ctx, q)
}

// follower reads one stream after another.
type follower struct {
	c      *Client
	q      FeedQuery
	yield  func(FeedEvent, error) bool
	done   bool // whoever ranges has had enough
	faults int  // in a row
}

// read reads one stream to its end. The server ends one when it stops.
func (f *follower) read(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	resp, err := f.c.streamAPI(ctx, f.q.path())
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	quiet := time.AfterFunc(streamSilence, cancel)
	defer quiet.Stop()
	messages := streamReader{lines: bufio.NewScanner(resp.Body)}
	messages.lines.Buffer(nil, maxStreamLine)
	for messages.next() {
		f.faults = 0
		quiet.Reset(streamSilence)
		if err := f.take(messages.id, messages.data); err != nil || f.done {
			return err
		}
	}
	return errors.Join(io.ErrUnexpectedEOF, messages.lines.Err())
}

// streamSilence is after which silence a stream is taken for dead; a live one shows itself more often.
const streamSilence = 45 * time.Second

// maxStreamLine is the longest line of a stream, in bytes.
const maxStreamLine = 1 << 20

// take gives a message on, and notes where the stream is. One without data says only that.
func (f *follower) take(id string, data []byte) error {
	if len(data) > 0 {
		var e FeedEvent
		if err := json.Unmarshal(data, &e); err != nil {
			return fmt.Errorf("%w: %w", errUnreadable, err)
		}
		f.done = !f.yield(e, nil)
	}
	if seq, err := strconv.ParseUint(id, 10, 64); err == nil && !f.done {
		f.q.After = seq
	}
	return nil
}

var errUnreadable = errors.New("an event cannot be read")

// maxRest is the longest time between two tries.
const maxRest = 30 * time.Second

// rest waits before the next try; it says whether there is to be one.
func (f *follower) rest(ctx context.Context, err error) bool {
	var answered *APIError
	if errors.As(err, &answered) && !worthTrying(err) || errors.Is(err, errUnreadable) || ctx.Err() != nil {
		return false
	}
	f.faults++
	wait := min(100*time.Millisecond<<min(f.faults, 10), maxRest)
	if answered != nil {
		wait = max(wait, answered.RetryAfter)
	}
	t := time.NewTimer(wait/2 + rand.N(wait/2))
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

// streamReader takes a stream of server-sent events apart.
type streamReader struct {
	lines *bufio.Scanner
	id    string
	data  []byte
}

// next reads the next message; false at the end of the stream.
func (s *streamReader) next() bool {
	s.id, s.data = "", nil
	for s.lines.Scan() {
		line := s.lines.Bytes()
		if len(line) == 0 && s.id != "" {
			return true
		}
		name, value, _ := bytes.Cut(line, []byte(":"))
		value = bytes.TrimPrefix(value, []byte(" "))
		switch string(name) {
		case "id":
			s.id = string(value)
		case "data":
			s.data = append(s.data, value...)
		}
	}
	return false
}

// Events gives a page of the record of all changes, oldest first, beginning after an event. When there is
// none it waits for one, at most so long (two seconds at most).
func (o *Operator) Events(ctx context.Context, after uint64, limit int, wait time.Duration) (page RecordPage, err error) {
	v := url.Values{"after": {strconv.FormatUint(after, 10)}, "limit": {strconv.Itoa(limit)}, "wait": {wait.String()}}
	return page, o.call(ctx, http.MethodGet, "/events?"+v.Encode(), nil, &page)
}

// LatestEvent gives the end of the record.
func (o *Operator) LatestEvent(ctx context.Context) (uint64, error) {
	var page RecordPage
	err := o.call(ctx, http.MethodGet, "/events?after=latest", nil, &page)
	return page.Next, err
}
