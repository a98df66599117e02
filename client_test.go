package switchboard_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/apptest"
)

// credentials of nobody; the key and the secret are easy to find where they must not stand.
func credentials() switchboard.Credentials {
	return switchboard.Credentials{DeveloperKey: "developer-key", AccessKey: "hidden-access-key", InitiatorID: "9962981729"}
}

// scripted is a server that gives one answer after the other, the last one for ever, and keeps
// what was asked.
type scripted struct {
	URL   string
	mu    sync.Mutex
	asked []*http.Request
	body  []string
}

type scriptedAnswer struct {
	status int
	header string // "Name: value"
	body   string
}

func script(t *testing.T, answers ...scriptedAnswer) *scripted {
	t.Helper()
	s := &scripted{}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a := answers[min(s.keep(r), len(answers)-1)]
		if a.status == 0 {
			panic(http.ErrAbortHandler) // cuts the connection
		}
		if name, value, ok := strings.Cut(a.header, ": "); ok {
			w.Header().Set(name, value)
		}
		w.WriteHeader(a.status)
		_, _ = io.WriteString(w, a.body)
	}))
	t.Cleanup(srv.Close)
	s.URL = srv.URL
	return s
}

// keep keeps a request and gives the number of those before it.
func (s *scripted) keep(r *http.Request) int {
	b, _ := io.ReadAll(r.Body)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked, s.body = append(s.asked, r), append(s.body, string(b))
	return len(s.asked) - 1
}

func (s *scripted) count() int { return len(s.requests()) }

// requests gives what was asked so far.
func (s *scripted) requests() []*http.Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.asked)
}

func (s *scripted) bodies() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.body)
}

const (
	servicesBody = `{"status":0,"response_status_id":-1,"message":"ok","response_type_id":1299,"data":{"user_code":"20810200","initiator_id":"9962981729","service_status_list":[]}}`
	doneBody     = `{"status":0,"response_status_id":0,"message":"Service activated successfully.","response_type_id":0,"data":{}}`
	failedBody   = `{"status":1,"response_status_id":1,"message":"not now","response_type_id":1297,"data":{}}`
)

func cut() scriptedAnswer               { return scriptedAnswer{} }
func ok(body string) scriptedAnswer     { return scriptedAnswer{status: 200, body: body} }
func failing(status int) scriptedAnswer { return scriptedAnswer{status: status, body: failedBody} }
func gateway(status int) scriptedAnswer {
	return scriptedAnswer{status: status, body: "<html>Bad Gateway</html>"}
}

// TestTimestampsAreUnique, also when the clock stands still or falls back: two requests that share
// one share a signature.
func TestTimestampsAreUnique(t *testing.T) {
	t.Parallel()
	s := script(t, ok(servicesBody))
	start := time.UnixMilli(1_700_000_000_000)
	var mu sync.Mutex
	ticks := 0
	c := switchboard.NewClient(s.URL, credentials(), switchboard.WithClock(func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		ticks++
		return start.Add(-time.Duration(ticks/20) * time.Hour) // still, then an hour back, and so on
	}))
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 10 {
				if _, err := c.Services(t.Context(), "20810200"); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	var seen []string
	for _, r := range s.requests() {
		seen = append(seen, r.Header.Get("secret-key-timestamp"))
	}
	slices.Sort(seen)
	if n := len(slices.Compact(seen)); n != 80 {
		t.Errorf("80 requests have %d timestamps", n)
	}
}

// TestErrors are rebuilt from the body, whatever the status.
func TestErrors(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answer scriptedAnswer
		want   switchboard.Error
	}{
		"under 200": {scriptedAnswer{200, "X-Request-Id: r1", `{"status":1,"response_status_id":463,"message":"No such agent.","response_type_id":1297,"data":{}}`},
			switchboard.Error{HTTPStatus: 200, Status: 1, ResponseStatusID: 463, ResponseTypeID: 1297, Message: "No such agent.", RequestID: "r1"}},
		"bad fields": {scriptedAnswer{400, "X-Request-Id: r2", `{"status":1,"response_status_id":1,"message":"Please.","response_type_id":1297,"data":{"errors":[{"field":"dob","problem":"is required"}]}}`},
			switchboard.Error{HTTPStatus: 400, Status: 1, ResponseStatusID: 1, ResponseTypeID: 1297, Message: "Please.", RequestID: "r2",
				Fields: []switchboard.FieldFault{{Field: "dob", Problem: "is required"}}}},
		"exists": {scriptedAnswer{200, "", `{"status":1,"response_status_id":17,"message":"Exists.","response_type_id":1297,"data":{"user_code":"20810200"}}`},
			switchboard.Error{HTTPStatus: 200, Status: 1, ResponseStatusID: 17, ResponseTypeID: 1297, Message: "Exists.", UserCode: "20810200"}},
		"too many": {scriptedAnswer{429, "Retry-After: 7", failedBody},
			switchboard.Error{HTTPStatus: 429, Status: 1, ResponseStatusID: 1, ResponseTypeID: 1297, Message: "not now", RetryAfter: 7 * time.Second}},
		"a gateway": {scriptedAnswer{502, "", "<html>"},
			switchboard.Error{HTTPStatus: 502, Status: 1, ResponseStatusID: 1, Message: "the server answered 502 Bad Gateway without the envelope of this API"}},
		"a portal": {scriptedAnswer{200, "", "<html>welcome"},
			switchboard.Error{HTTPStatus: 200, Status: 1, ResponseStatusID: 1, Message: "the server answered 200 OK without the envelope of this API"}},
		"JSON of another": {scriptedAnswer{200, "", `{"result":"welcome"}`},
			switchboard.Error{HTTPStatus: 200, Status: 1, ResponseStatusID: 1, Message: "the server answered 200 OK without the envelope of this API"}},
		"nothing": {scriptedAnswer{200, "", ``},
			switchboard.Error{HTTPStatus: 200, Status: 1, ResponseStatusID: 1, Message: "the server answered 200 OK without the envelope of this API"}},
		"a good envelope under 500": {scriptedAnswer{500, "", doneBody},
			switchboard.Error{HTTPStatus: 500, Status: 1, ResponseStatusID: 1, Message: "the server answered 500 Internal Server Error without the envelope of this API"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := script(t, c.answer)
			_, err := switchboard.NewClient(s.URL, credentials()).ActivateService(t.Context(), "20810200", "45", switchboard.ActivateOptions{})
			var e *switchboard.Error
			if !errors.As(err, &e) {
				t.Fatalf("the error is %v", err)
			}
			if got, want := fmt.Sprintf("%+v", *e), fmt.Sprintf("%+v", c.want); got != want {
				t.Errorf("the error is\n%s, want\n%s", got, want)
			}
			if !strings.Contains(e.Error(), e.Message) || !strings.Contains(e.Error(), fmt.Sprint(e.HTTPStatus)) || !strings.Contains(e.Error(), e.RequestID) {
				t.Errorf("the text is %s", e)
			}
		})
	}
}

// TestSecretPrintsRedacted, whatever prints it.
func TestSecretPrintsRedacted(t *testing.T) {
	t.Parallel()
	c := credentials()
	var texts []string
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%T%v"} {
		texts = append(texts, fmt.Sprintf(verb, c.AccessKey), fmt.Sprintf(verb, c), fmt.Sprintf(verb, &c), fmt.Sprintf(verb, []any{c}))
	}
	for _, v := range []any{c, &c, c.AccessKey, []switchboard.Secret{c.AccessKey}} {
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, string(b))
	}
	var log bytes.Buffer
	for _, h := range []slog.Handler{slog.NewTextHandler(&log, nil), slog.NewJSONHandler(&log, nil)} {
		slog.New(h).Info("x", "secret", c.AccessKey, "all", c)
	}
	texts = append(texts, log.String(), fmt.Sprint(c.AccessKey), fmt.Errorf("%w: %v", io.EOF, c.AccessKey).Error())
	for _, text := range texts {
		if strings.Contains(text, string(c.AccessKey)) || strings.Contains(text, fmt.Sprintf("%x", string(c.AccessKey))) {
			t.Errorf("the secret is told: %s", text)
		}
	}
	if got := fmt.Sprint(c.AccessKey); got != "[redacted]" {
		t.Errorf("it prints as %s", got)
	}
}

// TestErrorsTellNoSecret: those of the network name the address, not what was sent.
func TestErrorsTellNoSecret(t *testing.T) {
	t.Parallel()
	s := script(t, cut())
	_, err := switchboard.NewClient(s.URL, credentials()).Services(t.Context(), "20810200")
	if text := fmt.Sprintf("%v %+v %#v", err, err, err); strings.Contains(text, "hidden-access-key") || strings.Contains(text, s.requests()[0].Header.Get("secret-key")) {
		t.Errorf("the error tells a secret: %s", text)
	}
}

// TestRequests: what goes out, under the default prefix or the path of the base URL.
func TestRequests(t *testing.T) {
	t.Parallel()
	for base, prefix := range map[string]string{"": "/ekoapi/v3", "/": "/ekoapi/v3", "/ekoicici/v2": "/ekoicici/v2", "/ekoicici/v1/": "/ekoicici/v1"} {
		s := script(t, ok(doneBody))
		c := switchboard.NewClient(s.URL+base, credentials())
		if _, err := c.ActivateService(t.Context(), "a/b?", "4 5", switchboard.ActivateOptions{Reference: "R", LatLong: "1,2"}); err != nil {
			t.Fatal(err)
		}
		if _, err := c.ActivateBBPS(t.Context(), "20810200", "1,2", ""); err != nil {
			t.Fatal(err)
		}
		want := []string{
			"PUT " + prefix + `/admin/network/agent/a%2Fb%3F/service/4%205/activate {"initiator_id":"9962981729","client_ref_id":"R","latlong":"1,2"}`,
			"PUT " + prefix + `/user/service/activate {"initiator_id":"9962981729","latlong":"1,2","user_code":"20810200","service_code":53}`,
		}
		for i, r := range s.requests() {
			if got := r.Method + " " + r.RequestURI + " " + s.bodies()[i]; got != want[i] {
				t.Errorf("sent %s, want %s", got, want[i])
			}
			if r.Header.Get("developer_key") != "developer-key" || r.Header.Get("Content-Type") != "application/json" || strings.Contains(fmt.Sprint(r.Header), "hidden") {
				t.Errorf("the headers are %v", r.Header)
			}
		}
	}
}

// TestClient goes through every operation of a real server.
func TestClient(t *testing.T) {
	t.Parallel()
	a := apptest.New(t, apptest.Options{})
	c, ctx := a.Sandbox(), t.Context()
	catalogue, err := c.Catalogue(ctx)
	if err != nil || len(catalogue) != 10 || catalogue[1] != (switchboard.CatalogueEntry{Name: "PAN Verification", Code: "4", Provider: "NSDL"}) {
		t.Errorf("the catalogue is %+v, %v", catalogue, err)
	}
	o, err := c.OnboardAgent(ctx, switchboard.Profile{PAN: "ABCDE1234F", Mobile: "9000000001", FirstName: "A", LastName: "B", Email: "a@b.c",
		DOB: "1990-01-31", ShopName: "S", Address: switchboard.Address{City: "Pune"}}, "ONBOARD-1")
	if err != nil || o.InitiatorID != "9962981729" {
		t.Fatalf("onboarding gives %+v, %v", o, err)
	}
	for name, step := range map[string]struct {
		got  func() (switchboard.Result, error)
		want switchboard.Result
	}{
		"activate": {func() (switchboard.Result, error) {
			return c.ActivateService(ctx, o.UserCode, "45", switchboard.ActivateOptions{})
		}, switchboard.Result{Message: "Service activated successfully."}},
		"deactivate": {func() (switchboard.Result, error) { return c.DeactivateService(ctx, o.UserCode, "4", "") }, switchboard.Result{Message: "Service deactivated successfully."}},
		"wait": {func() (switchboard.Result, error) {
			return c.ActivateService(ctx, o.UserCode, "1", switchboard.ActivateOptions{})
		},
			switchboard.Result{Message: "Service activation requested; verification is pending.", ResponseStatusID: switchboard.StatusVerifying, ServiceCode: "1", ServiceStatus: "2", ServiceStatusDesc: "Pending"}},
		"BBPS": {func() (switchboard.Result, error) { return c.ActivateBBPS(ctx, o.UserCode, "28.6,77.2", "B-1") },
			switchboard.Result{Message: "BBPS service activated successfully", ResponseTypeID: 1388, ServiceCode: "53", ServiceStatus: "activated"}},
		"older": {func() (switchboard.Result, error) {
			return c.ActivateUserService(ctx, o.UserCode, "59", switchboard.ActivateOptions{})
		},
			switchboard.Result{Message: "Service activated successfully.", ServiceCode: "59", ServiceStatus: "1", ServiceStatusDesc: "Activated"}},
	} {
		got, err := step.got()
		if got.RequestID == "" {
			t.Errorf("%s has no request id", name)
		}
		if got.RequestID = ""; err != nil || got != step.want || got.Verifying() != (name == "wait") {
			t.Errorf("%s gives %+v, %v", name, got, err)
		}
	}
	for name, list := range map[string]func(context.Context, string) (switchboard.AgentServices, error){"services": c.Services, "enquiry": c.EnquireServices} {
		got, err := list(ctx, o.UserCode)
		if err != nil || got.UserCode != o.UserCode || len(got.Services) != 4 || got.Services[0].StatusDesc != "PENDING" {
			t.Errorf("%s gives %+v, %v", name, got, err)
		}
	}
}

// TestClientPrintsNoSecret whatever prints it.
func TestClientPrintsNoSecret(t *testing.T) {
	t.Parallel()
	c := switchboard.NewClient("http://127.0.0.1:1", switchboard.Credentials{DeveloperKey: "dk", AccessKey: "top-secret", InitiatorID: "9962981729"})
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		if text := fmt.Sprintf(verb, c); strings.Contains(text, "top-secret") || !strings.Contains(text, "127.0.0.1") {
			t.Errorf("%s prints %s", verb, text)
		}
	}
}

// TestClientFollowsNoRedirect even with an http.Client that does.
func TestClientFollowsNoRedirect(t *testing.T) {
	t.Parallel()
	var followed atomic.Bool
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		followed.Store(followed.Load() || r.URL.Path == "/elsewhere")
		http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
	}))
	t.Cleanup(s.Close)
	c := switchboard.NewClient(s.URL, switchboard.Credentials{}, switchboard.WithHTTPClient(&http.Client{}))
	if _, err := c.DeactivateService(t.Context(), "1", "45", ""); err == nil || followed.Load() {
		t.Errorf("followed: %t, %v", followed.Load(), err)
	}
}
