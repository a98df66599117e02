package mobileapi_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard/internal/apptest"
	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/member"
	"github.com/switchboard-platform/switchboard/internal/mobileapi"
	"github.com/switchboard-platform/switchboard/internal/registry"
	"github.com/switchboard-platform/switchboard/internal/sandbox"
	"github.com/switchboard-platform/switchboard/internal/secret"
	"github.com/switchboard-platform/switchboard/internal/secret/secrettest"
	"github.com/switchboard-platform/switchboard/internal/store/sqlite"
)

// dawn is when a world's clock stands still; in Nairobi it is 09:34:33.
func dawn() time.Time { return time.Date(2020, 12, 8, 6, 34, 33, 0, time.UTC) }

// clock is a clock that moves only when it is told to.
type clock struct{ millis atomic.Int64 }

func (c *clock) Now() time.Time { return time.UnixMilli(c.millis.Load()) }

func (c *clock) forward(d time.Duration) { c.millis.Add(d.Milliseconds()) }

// world is a handler over a sandbox of its own, with a clock, a log and a memory of what was observed.
type world struct {
	handler http.Handler
	reg     *registry.Registry
	store   *sqlite.Store
	path    string // of the database
	pins    *secret.PINs
	clock   *clock
	log     *apptest.Logbook
	ids     atomic.Int64

	mu       sync.Mutex
	observed []string // "ACTION outcome"
}

// newWorld makes a sandbox; the options may change how its handler and its registry are made.
func newWorld(t testing.TB, options ...any) *world {
	t.Helper()
	w := &world{clock: &clock{}, log: &apptest.Logbook{}}
	w.clock.millis.Store(dawn().UnixMilli())
	w.path = filepath.Join(t.TempDir(), "switchboard.db")
	var err error
	if w.store, err = sqlite.Open(t.Context(), sqlite.Config{Path: w.path}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.store.Close() })
	keys := secrettest.New(t)
	pinning := secret.PINConfig{MemoryKiB: 8, Passes: 1}
	serving := mobileapi.Config{Log: slog.New(slog.NewJSONHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug})), Observe: w.observe}
	keeping := registry.Config{Store: w.store, Sealer: keys.Sealer, Sandbox: true, Now: w.clock.Now}
	for _, o := range options {
		switch change := o.(type) {
		case func(*secret.PINConfig):
			change(&pinning)
		case func(*mobileapi.Config):
			change(&serving)
		case func(*registry.Config):
			change(&keeping)
		default:
			t.Fatalf("%T is no option", o)
		}
	}
	w.pins = keys.PINs(t, pinning)
	keeping.PINs = w.pins
	w.reg = registry.New(keeping)
	must(t, w.reg.Found(t.Context(), w.operator(), nil))
	serving.Registry = w.reg
	w.handler = mobileapi.New(serving)
	return w
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// mustChange is must for what says whether it changed anything, which it has to.
func mustChange(t testing.TB, changed bool, err error) {
	t.Helper()
	if err != nil || !changed {
		t.Fatalf("changed: %t, %v", changed, err)
	}
}

func (w *world) operator() registry.Caller {
	return registry.Caller{Cause: event.Cause{Actor: "operator:test", RequestID: "test", At: w.reg.Now()}}
}

func (w *world) observe(action, outcome string, took time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if took < 0 {
		outcome += " in no time"
	}
	w.observed = append(w.observed, action+" "+outcome)
}

// lastObserved gives what was observed of the latest request.
func (w *world) lastObserved() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.observed[len(w.observed)-1]
}

// member reads a member.
func (w *world) member(t testing.TB, msisdn string) *member.Member {
	t.Helper()
	m, _, err := w.reg.MemberHistory(t.Context(), msisdn, 0)
	must(t, err)
	return m
}

// events gives the kinds of a member's events, oldest first.
func (w *world) events(t testing.TB, msisdn string) (kinds []string) {
	t.Helper()
	_, events, err := w.reg.MemberHistory(t.Context(), msisdn, 0)
	must(t, err)
	for _, e := range slices.Backward(events) {
		kinds = append(kinds, string(e.Kind))
	}
	return kinds
}

// fields are a payload's.
type fields map[string]any

// request is one request: an action with its payload, or a body as it is.
type request struct {
	action  string
	payload fields
	body    string      // instead of both
	method  string      // POST by default
	media   string      // application/json by default; "-" for none
	user    string      // the sandbox's channel by default; "-" for no credentials
	pass    string      // with user
	from    string      // the address; 192.0.2.1 by default
	header  http.Header // more of them
}

// appID gives the fields of an app as the device.
func appID(id string) fields {
	return fields{"device_identifier_type": "APP_ID", "device_identifier": id}
}

// base are the fields of every action.
func base(msisdn string) fields {
	return fields{"identifier_type": "MSISDN", "identifier": msisdn}
}

func merge(list ...fields) fields {
	all := fields{}
	for _, f := range list {
		maps.Copy(all, f)
	}
	return all
}

// complete are good payloads of the sandbox's member, without ids, which send adds.
func complete() map[string]fields {
	known := merge(base(sandbox.MSISDN), fields{"pin": sandbox.PIN})
	app := merge(known, appID(sandbox.AppID))
	kyc := fields{"identity_type": "NATIONAL_ID", "identity": sandbox.NationalID}
	return map[string]fields{
		"DEACTIVATE_MOBILE_APP":        app,
		"ACTIVATE_MOBILE_APP":          merge(known, fields{"app_id": sandbox.AppID, "activate_with_kyc": "YES"}, kyc),
		"CHECK_USER":                   merge(base(sandbox.MSISDN), appID(sandbox.AppID)),
		"MO_CHECK_USER":                base(sandbox.MSISDN),
		"LOGIN":                        app,
		"SET_PIN":                      merge(app, kyc, fields{"new_pin": "2580"}),
		"CHANGE_PIN":                   merge(app, fields{"new_pin": "2580"}),
		"GET_AUTH_SECURITY_PARAMETERS": merge(app, fields{"auth_security_type": "PASSWORD"}),
		"SET_AUTH_SECURITY_PARAMETERS": merge(app, fields{"auth_security_type": "OTP", "auth_action": "SUSPEND",
			"auth_action_valid_date": "2020-12-09 09:34:33", "auth_flag": "FIRST_SUSPENSION", "auth_attempts": 4, "date_time": "2020-12-08 09:34:33"}),
		"GET_USER_DETAILS": merge(app, fields{"user_identifier_type": "MSISDN", "user_identifier": sandbox.NewMSISDN}),
	}
}

// good gives a complete request.
func good(action string) request { return request{action: action, payload: complete()[action]} }

// with gives the request with other fields; nil takes one away.
func (r request) with(f fields) request {
	r.payload = merge(r.payload, f)
	for name, v := range f {
		if v == nil {
			delete(r.payload, name)
		}
	}
	return r
}

// of gives the request for another member.
func (r request) of(msisdn string) request { return r.with(fields{"identifier": msisdn}) }

// named gives the request an api_request_id.
func (r request) named(id string) request { return r.with(fields{"api_request_id": id}) }

// statusFields is the contract's table.
var statusFields = map[string]string{
	"DEACTIVATE_MOBILE_APP":        "mobile_app_activation_status",
	"ACTIVATE_MOBILE_APP":          "mobile_app_activation_status",
	"CHECK_USER":                   "user_status",
	"MO_CHECK_USER":                "user_status",
	"LOGIN":                        "login_status",
	"SET_PIN":                      "set_pin_status",
	"CHANGE_PIN":                   "change_pin_status",
	"GET_AUTH_SECURITY_PARAMETERS": "request_status",
	"SET_AUTH_SECURITY_PARAMETERS": "set_auth_security_parameters_status",
	"GET_USER_DETAILS":             "request_status",
}

// names gives the actions in order.
func names() []string { return slices.Sorted(maps.Keys(statusFields)) }

// reply is an answer.
type reply struct {
	http   int
	header http.Header
	body   string
	fields map[string]any
	field  string // the one that has the status
}

// send sends a request and checks what holds for every answer there is.
func (w *world) send(t testing.TB, r request) reply {
	t.Helper()
	recorder := httptest.NewRecorder()
	w.handler.ServeHTTP(recorder, w.build(t, r))
	return readReply(t, recorder, statusFields[r.action])
}

func (w *world) build(t testing.TB, r request) *http.Request {
	t.Helper()
	if r.payload != nil && r.payload["api_request_id"] == nil && r.body == "" {
		r = r.named("request-" + strconv.FormatInt(w.ids.Add(1), 10))
	}
	if r.body == "" {
		b, err := json.Marshal(map[string]any{"action": r.action, "payload": r.payload})
		must(t, err)
		r.body = string(b)
	}
	set := func(p *string, value string) {
		if *p == "" {
			*p = value
		}
	}
	set(&r.method, "POST")
	set(&r.media, "application/json")
	set(&r.from, "192.0.2.1")
	set(&r.user, sandbox.ChannelID)
	set(&r.pass, sandbox.ChannelSecret)
	req := httptest.NewRequestWithContext(context.WithoutCancel(t.Context()), r.method, "/mobile-banking/v1", strings.NewReader(r.body))
	req.RemoteAddr = r.from + ":4711"
	if strings.Contains(r.from, ":") {
		req.RemoteAddr = "[" + r.from + "]:4711"
	}
	if r.media != "-" {
		req.Header.Set("Content-Type", r.media)
	}
	if r.user != "-" {
		req.SetBasicAuth(r.user, r.pass)
	}
	maps.Copy(req.Header, r.header)
	return req
}

// readReply reads an answer whose status stands in a field, request_status when that is "".
func readReply(t testing.TB, rec *httptest.ResponseRecorder, field string) reply {
	t.Helper()
	got := reply{http: rec.Code, header: rec.Header(), body: rec.Body.String(), field: field}
	if got.header.Get("Content-Type") != "application/json" || got.header.Get("X-Request-Id") == "" {
		t.Errorf("the headers are %v", got.header)
	}
	if err := json.Unmarshal([]byte(got.body), &got.fields); err != nil {
		t.Fatalf("not JSON (%v): %s", err, got.body)
	}
	if _, ok := got.fields[field]; !ok {
		got.field = "request_status"
	}
	if status, ok := got.fields[got.field].(string); !ok || status == "" {
		t.Fatalf("there is no status: %s", got.body)
	}
	if n := len([]rune(got.description())); n > 200 {
		t.Errorf("the description has %d characters: %s", n, got.body)
	}
	return got
}

func (r reply) status() string { return r.fields[r.field].(string) }

// description gives the description, "" when there is none.
func (r reply) description() string {
	s, _ := r.fields[r.field+"_description"].(string)
	return s
}

// want checks the HTTP status, the field and the status.
func (r reply) want(t testing.TB, http int, action, status string) reply {
	t.Helper()
	field := statusFields[action]
	if action == "" {
		field = "request_status"
	}
	if r.http != http || r.field != field || r.status() != status {
		t.Errorf("HTTP %d, %s %s, want %d, %s %s: %s", r.http, r.field, r.status(), http, field, status, r.body)
	}
	return r
}

// says checks that the description has each text.
func (r reply) says(t testing.TB, texts ...string) reply {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(r.description(), text) {
			t.Errorf("the description does not say %q: %s", text, r.body)
		}
	}
	return r
}

// do sends a complete request and checks its status.
func (w *world) do(t testing.TB, r request, status string) reply {
	t.Helper()
	return w.send(t, r).want(t, 200, r.action, status)
}

// wrongPINs sends so many wrong PINs from the bound device.
func (w *world) wrongPINs(t testing.TB, n int) {
	t.Helper()
	for range n {
		w.do(t, good("LOGIN").with(fields{"pin": "9753"}), "INCORRECT_PIN")
	}
}

// rawNull is written as null; nil takes a field away.
type rawNull struct{}

// MarshalJSON gives null.
func (rawNull) MarshalJSON() ([]byte, error) { return []byte("null"), nil }

// text writes JSON.
func text(t testing.TB, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	must(t, err)
	return string(b)
}

// quiet logs and observes nothing, for measurements.
func quiet(c *mobileapi.Config) {
	c.Log, c.Observe = slog.New(slog.DiscardHandler), nil
}
