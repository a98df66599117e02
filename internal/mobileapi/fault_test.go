package mobileapi_test

import (
	"io"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"

	"github.com/switchboard-platform/switchboard/internal/channel"
	"github.com/switchboard-platform/switchboard/internal/limit"
	"github.com/switchboard-platform/switchboard/internal/registry"
	"github.com/switchboard-platform/switchboard/internal/sandbox"
	"github.com/switchboard-platform/switchboard/internal/secret"
)

// withPIN are the actions that show one.
func withPIN() (list []string) {
	for _, action := range names() {
		if complete()[action]["pin"] != nil {
			list = append(list, action)
		}
	}
	return list
}

// leak is what no answer may show: SQL, Go, paths.
var leak = regexp.MustCompile(`(?i)\b(select|insert|update|delete) .*\b(from|into|set|where)\b|sql|\.go\b|goroutine|panic|runtime|/tmp/|/home/|switchboard\.db|json: |strconv|net/http|\bEOF\b|0x[0-9a-f]{6,}|\*[a-z]+\.[A-Z]|no such table`)

// tells checks that an answer shows nothing of our inside, nor of what was sent in confidence.
func (r reply) tells(t testing.TB, secrets ...string) reply {
	t.Helper()
	if found := leak.FindString(r.body); found != "" {
		t.Errorf("the answer tells %q: %s", found, r.body)
	}
	for _, s := range secrets {
		if strings.Contains(r.body, s) {
			t.Errorf("the answer tells a secret: %s", r.body)
		}
	}
	return r
}

// TestBusy: when all places for PINs are taken, a call is told to come again, and is not counted.
func TestBusy(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *secret.PINConfig) { c.Hashers, c.Queue = 1, 1 })
	var turns []*secret.Turn
	for range 2 {
		turn, err := w.pins.Enter("")
		must(t, err)
		turns = append(turns, turn)
	}
	for _, action := range withPIN() {
		got := w.send(t, good(action).named("id "+action).with(fields{"pin": "9753"})).want(t, 503, action, "ERROR").tells(t, "9753")
		if s := got.header.Get("Retry-After"); s != "1" {
			t.Errorf("Retry-After is %q", s)
		}
		if s := w.lastObserved(); s != action+" unavailable" {
			t.Errorf("observed: %s", s)
		}
	}
	w.do(t, check(), "ACTIVE")
	turns[0].Leave()
	turns[1].Leave()
	if got := w.member(t, sandbox.MSISDN).Password.Attempts; got != 0 {
		t.Errorf("%d attempts were counted", got)
	}
	w.do(t, good("LOGIN").named("id LOGIN"), "SUCCESS")
}

// TestTooManyGuesses: the registry's own limit looks like every other.
func TestTooManyGuesses(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *registry.Config) { c.DeviceGuesses = limit.NewBudgets(1.0/60, 1) })
	guess := good("ACTIVATE_MOBILE_APP").with(fields{"pin": "9753", "app_id": "a thief's"})
	w.do(t, guess, "INCORRECT_PIN")
	got := w.send(t, guess).want(t, 429, guess.action, "ERROR").says(t, "Too many wrong guesses").tells(t, "9753")
	if s := got.header.Get("Retry-After"); s != "60" {
		t.Errorf("Retry-After is %q", s)
	}
}

// TestClosedStore: without a store nothing is served, and the caller is told to come again.
func TestClosedStore(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	must(t, w.store.Close())
	for _, action := range names() {
		got := w.send(t, good(action).with(fields{"pin": "97531357"}))
		if got.http != 503 || got.header.Get("Retry-After") == "" {
			t.Errorf("%s: HTTP %d: %s", action, got.http, got.body)
		}
		got.tells(t, "97531357")
	}
}

// TestOurFault: the answer shows nothing of what failed but the request id; the log has the cause.
func TestOurFault(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, err := sqlite.OpenConn(w.path, sqlite.OpenReadWrite)
	must(t, err)
	defer c.Close()
	must(t, sqlitex.ExecuteScript(c, "DROP TABLE members; DROP TABLE events;", nil))
	for _, action := range withPIN() {
		got := w.send(t, good(action).with(fields{"pin": "97531357"})).want(t, 500, action, "ERROR").tells(t, "97531357")
		id := got.header.Get("X-Request-Id")
		got.says(t, "please tell us this request id: "+id)
		if e := w.log.Entry(t, id); !strings.Contains(e["error"].(string), "no such table") || e["action"] != action {
			t.Errorf("the log says %v", e)
		}
	}
	if strings.Contains(w.log.String(), "97531357") {
		t.Error("the log has a PIN")
	}
}

type panickingReader struct{}

func (panickingReader) Read([]byte) (int, error) { panic("/home/somebody/reader.go") }

// TestPanic: ours too, with an answer like every other.
func TestPanic(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	req := w.build(t, check())
	req.Body = io.NopCloser(panickingReader{})
	rec := httptest.NewRecorder()
	w.handler.ServeHTTP(rec, req)
	got := readReply(t, rec, "request_status").want(t, 500, "", "ERROR").tells(t)
	if e := w.log.Entry(t, got.header.Get("X-Request-Id")); !strings.Contains(e["error"].(string), "reader.go") {
		t.Errorf("the log says %v", e)
	}
	w.do(t, check(), "ACTIVE")
}

// TestRevokedMeanwhile: a channel that ended between being let in and its change is refused like any other.
func TestRevokedMeanwhile(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	pass := w.channel(t, channel.Channel{ID: "ussd"})
	req := w.build(t, good("LOGIN").with(fields{"pin": "97531357"}).as("ussd", pass))
	req.Body = io.NopCloser(io.MultiReader(during(func() { // the body is read after the channel was let in
		changed, err := w.reg.RevokeChannel(t.Context(), w.operator(), "ussd")
		mustChange(t, changed, err)
	}), req.Body))
	rec := httptest.NewRecorder()
	w.handler.ServeHTTP(rec, req)
	got := readReply(t, rec, "login_status").want(t, 401, "LOGIN", "ERROR").says(t, "Access denied").tells(t, "97531357")
	if got.header.Get("WWW-Authenticate") == "" {
		t.Error("there is no challenge")
	}
	if e := w.log.Entry(t, got.header.Get("X-Request-Id")); e["cause"] != "ended_meanwhile" || e["channel"] != "ussd" {
		t.Errorf("the log says %v", e)
	}
}

// during does something when it is read, and gives nothing.
type during func()

func (d during) Read([]byte) (int, error) {
	d()
	return 0, io.EOF
}

// TestNoRefusalTellsAnything goes through every kind of refusal of every action.
func TestNoRefusalTellsAnything(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const pin, next = "86421357", "97538642"
	for _, action := range names() {
		for name := range complete()[action] {
			r := good(action).with(fields{"pin": pin, "new_pin": next})
			for _, bad := range []any{"", true, strings.Repeat("x", 200), "\x00"} {
				if name != "pin" && name != "new_pin" {
					w.send(t, r.with(fields{name: bad})).tells(t, pin, next)
				}
			}
		}
		long := strings.Repeat(pin, 10)
		w.send(t, good(action).with(fields{"pin": long, "new_pin": long})).tells(t, pin)
		w.send(t, good(action).with(fields{"pin": fields{"value": pin}, "new_pin": []any{next}})).tells(t, pin, next)
	}
	for _, s := range []string{pin, next} {
		if strings.Contains(w.log.String(), s) {
			t.Errorf("the log has a PIN")
		}
	}
}
