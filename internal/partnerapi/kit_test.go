package partnerapi_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/apptest"
	"github.com/switchboard-platform/switchboard/internal/sandbox"
	"github.com/switchboard-platform/switchboard/internal/sign"
)

// world is a running sandbox.
type world struct {
	*apptest.App
	mobiles atomic.Int64
}

func newWorld(t *testing.T) *world {
	t.Helper()
	return &world{App: apptest.New(t, apptest.Options{})}
}

// caller is somebody who calls: a partner that signs, or whoever has a token.
type caller struct {
	w        *world
	id       string
	key, mac string
	token    string
	client   *switchboard.Client // of a partner that signs
}

func (w *world) sandbox() *caller {
	return &caller{w: w, id: sandbox.PartnerID, key: sandbox.DeveloperKey, mac: sandbox.AccessKey, client: w.Sandbox()}
}

func (w *world) sandboxSwitch() *caller { return &caller{w: w, token: sandbox.SwitchToken} }

// partner adds a partner.
func (w *world) partner(t *testing.T, name, initiator string) *caller {
	t.Helper()
	client, k := w.Partner(t, name, initiator)
	return &caller{w: w, id: k.Partner, key: k.DeveloperKey, mac: k.AccessKey, client: client}
}

// bearer is a partner with a token instead of a signature.
func (c *caller) bearer(t *testing.T) *caller {
	t.Helper()
	k, err := c.w.Operator.AddPartnerToken(t.Context(), c.id, switchboard.NewBearerToken{})
	if err != nil {
		t.Fatal(err)
	}
	return &caller{w: c.w, id: c.id, token: k.Token}
}

// onboard makes an agent of a partner that signs.
func (c *caller) onboard(t *testing.T) string {
	t.Helper()
	o, err := c.client.OnboardAgent(t.Context(), switchboard.Profile{PAN: "ABCDE1234F", Mobile: "90000" + strconv.FormatInt(10000+c.w.mobiles.Add(1), 10),
		FirstName: "Asha", LastName: "Rao", Email: "asha@example.com", DOB: "1990-01-31", ShopName: "Rao Stores",
		Address: switchboard.Address{Line: "1 Main Road", City: "Pune"}}, "")
	if err != nil {
		t.Fatal(err)
	}
	return o.UserCode
}

// activate switches a service on for an agent of a partner that signs.
func (c *caller) activate(t *testing.T, agent, service string) {
	t.Helper()
	if _, err := c.client.ActivateService(t.Context(), agent, service, switchboard.ActivateOptions{}); err != nil {
		t.Fatal(err)
	}
}

// lastStamp is the last time that was signed.
var lastStamp atomic.Int64

// stamp gives the time in milliseconds, a new one for every request.
func stamp() string {
	for {
		last := lastStamp.Load()
		if next := max(time.Now().UnixMilli(), last+1); lastStamp.CompareAndSwap(last, next) {
			return strconv.FormatInt(next, 10)
		}
	}
}

// request makes a request with the caller's credentials.
func (c *caller) request(ctx context.Context, t *testing.T, method, path, body string) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, method, c.w.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	switch {
	case c.token != "":
		req.Header.Set("Authorization", "Bearer "+c.token)
	case c.key != "":
		millis := stamp()
		req.Header.Set(sign.DeveloperKeyHeader, c.key)
		req.Header.Set(sign.SignatureHeader, sign.EPS(c.mac, millis))
		req.Header.Set(sign.TimestampHeader, millis)
	}
	return req
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   []byte
}

func do(t *testing.T, req *http.Request) answer {
	t.Helper()
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{resp.StatusCode, resp.Header, b}
}

func (c *caller) call(t *testing.T, method, path, body string) answer {
	t.Helper()
	return do(t, c.request(t.Context(), t, method, path, body))
}

// get reads a JSON value that must be there.
func get[T any](t *testing.T, c *caller, path string) (v T) {
	t.Helper()
	return read[T](t, c.call(t, "GET", path, ""))
}

func read[T any](t *testing.T, a answer) (v T) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(a.body))
	d.DisallowUnknownFields()
	if err := d.Decode(&v); err != nil || a.status != http.StatusOK {
		t.Fatalf("%d %s (%v)", a.status, a.body, err)
	}
	return v
}

// fails checks that an answer is an error with a code, and names a field where one is given.
func (a answer) fails(t *testing.T, status int, code, field string) {
	t.Helper()
	var v struct {
		Error struct {
			Code, Message string
			RequestID     string `json:"request_id"`
			Fields        []switchboard.FieldFault
		}
	}
	if err := json.Unmarshal(a.body, &v); err != nil || a.status != status || v.Error.Code != code {
		t.Fatalf("%d %s, want %d %s", a.status, a.body, status, code)
	}
	if v.Error.Message == "" || v.Error.RequestID == "" || v.Error.RequestID != a.header.Get("X-Request-Id") {
		t.Errorf("the error lacks its message or the id of its request: %s", a.body)
	}
	if field != "" && (len(v.Error.Fields) == 0 || v.Error.Fields[0].Field != field) {
		t.Errorf("%s does not name the field %s", a.body, field)
	}
}

// kinds gives the kinds of events with their agent and service.
func kinds(events []switchboard.FeedEvent) (list []string) {
	for _, e := range events {
		list = append(list, strings.Join(strings.Fields(e.Kind+" "+e.Agent+" "+e.Service+" "+e.Partner), " "))
	}
	return list
}

// message is one of a stream.
type message struct {
	id, event string
	data      switchboard.FeedEvent
}

// stream reads a stream until the test ends or cancel is called.
func (c *caller) stream(t *testing.T, path, last string) (messages <-chan message, cancel func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	req := c.request(ctx, t, "GET", path, "")
	req.Header.Set("Accept", "text/event-stream")
	if last != "" {
		req.Header.Set("Last-Event-ID", last)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	if got := resp.Header.Get("Content-Type"); resp.StatusCode != http.StatusOK || got != "text/event-stream" {
		t.Fatalf("%s of %s", resp.Status, got)
	}
	out := make(chan message, 100)
	go func() {
		defer close(out)
		defer resp.Body.Close()
		var m message
		for lines := bufio.NewScanner(resp.Body); lines.Scan(); {
			name, value, _ := strings.Cut(lines.Text(), ": ")
			switch {
			case name == "id":
				m.id = value
			case name == "event":
				m.event = value
			case name == "data":
				if err := json.Unmarshal([]byte(value), &m.data); err != nil {
					t.Error(err)
				}
			case lines.Text() == "" && m.id != "":
				out <- m
				m = message{}
			}
		}
	}()
	return out, cancel
}

// next gives the next message of a stream that is an event.
func next(t *testing.T, messages <-chan message) message {
	t.Helper()
	for m := range messages {
		if m.event != "" {
			return m
		}
	}
	t.Fatal("the stream ended")
	return message{}
}
