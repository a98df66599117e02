package partnerapi_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/sign"
)

func failed(t *testing.T, c *caller) []switchboard.LoggedRequest {
	t.Helper()
	return get[switchboard.Page[switchboard.LoggedRequest]](t, c, "/v1/requests?failed=true").Items
}

// TestRequestLog: both dialects' requests stand in it, each once, with how they ended.
func TestRequestLog(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	one, two := w.partner(t, "One", "9000000001"), w.partner(t, "Two", "9000000002")
	agent := one.onboard(t)
	if _, err := one.client.ActivateService(t.Context(), agent, "nope", switchboard.ActivateOptions{}); err == nil {
		t.Fatal("an unknown service was activated")
	}
	one.call(t, "GET", "/v1/requests?limit=x", "").fails(t, http.StatusBadRequest, "invalid", "limit")
	two.onboard(t)
	list := get[switchboard.Page[switchboard.LoggedRequest]](t, one, "/v1/requests").Items
	var got []string
	for i, r := range list {
		got = append(got, r.Operation+" "+strconv.Itoa(r.Status)+" "+r.Outcome)
		if want := uint64(len(list) - i); r.Seq != want || r.RequestID == "" || r.Key != one.key || r.Address != "127.0.0.1" || r.DurationMS <= 0 || r.At.IsZero() {
			t.Errorf("request %d is %+v", want, r)
		}
	}
	if want := "GET /v1/requests 400 invalid, activate_service 200 unknown_service, onboard_agent 200 ok"; strings.Join(got, ", ") != want {
		t.Errorf("the log is %q, want %q", strings.Join(got, ", "), want)
	}
}

// TestRequestLogPages gives every entry once.
func TestRequestLogPages(t *testing.T) {
	t.Parallel()
	one := newWorld(t).sandbox()
	for range 5 {
		one.call(t, "GET", "/v1/events", "")
	}
	first := get[switchboard.Page[switchboard.LoggedRequest]](t, one, "/v1/requests?limit=3")
	rest := get[switchboard.Page[switchboard.LoggedRequest]](t, one, "/v1/requests?limit=3&before="+first.Next)
	if len(first.Items) != 3 || first.Next != "3" || len(rest.Items) != 2 || rest.Next != "" || rest.Items[0].Seq != 2 {
		t.Errorf("the pages are %+v and %+v", first, rest)
	}
}

// TestRefusedRequests: the log tells precisely what the answer does not.
func TestRefusedRequests(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	now := strconv.FormatInt(time.Now().UnixMilli(), 10)
	for cause, change := range map[string]func(c *caller, h http.Header){
		"wrong_signature": func(_ *caller, h http.Header) { h.Set(sign.SignatureHeader, sign.EPS("another key", now)) },
		"skew": func(c *caller, h http.Header) {
			late := strconv.FormatInt(time.Now().Add(-time.Hour).UnixMilli(), 10)
			h.Set(sign.TimestampHeader, late)
			h.Set(sign.SignatureHeader, sign.EPS(c.mac, late))
		},
		"timestamp_in_seconds": func(c *caller, h http.Header) {
			seconds := strconv.FormatInt(time.Now().Unix(), 10)
			h.Set(sign.TimestampHeader, seconds)
			h.Set(sign.SignatureHeader, sign.EPS(c.mac, seconds))
		},
		"missing_header": func(_ *caller, h http.Header) { h.Del(sign.SignatureHeader) },
	} {
		t.Run(cause, func(t *testing.T) {
			t.Parallel()
			one := w.partner(t, cause, "9"+strconv.Itoa(100000000+len(cause)))
			req := one.request(t.Context(), t, "GET", "/v1/events", "")
			change(one, req.Header)
			a := do(t, req)
			a.fails(t, http.StatusUnauthorized, "unauthenticated", "")
			list := failed(t, one)
			if len(list) != 1 || list[0].Cause != cause || list[0].Detail == "" || list[0].RequestID != a.header.Get("X-Request-Id") ||
				list[0].Status != http.StatusUnauthorized {
				t.Errorf("the log has %+v", list)
			}
			for _, secret := range []string{one.mac, req.Header.Get(sign.SignatureHeader)} {
				if secret != "" && (strings.Contains(list[0].Detail, secret) || strings.Contains(string(a.body), secret)) {
					t.Errorf("%q is shown", secret)
				}
			}
		})
	}
}

// TestReplayedRequest stands in the log once.
func TestReplayedRequest(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	one := w.partner(t, "One", "9000000001")
	if _, err := w.Operator.SetReplay(t.Context(), one.key, "strict"); err != nil {
		t.Fatal(err)
	}
	req := one.request(t.Context(), t, "GET", "/v1/events", "")
	do(t, req)
	again := one.request(t.Context(), t, "GET", "/v1/requests", "")
	again.Header = req.Header
	do(t, again).fails(t, http.StatusUnauthorized, "unauthenticated", "")
	if list := failed(t, one); len(list) != 1 || list[0].Cause == "" {
		t.Errorf("the log has %+v", list)
	}
}

// TestDeadToken is known to have been the partner's.
func TestDeadToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	one := w.sandbox()
	bearer := one.bearer(t)
	tokens, err := w.Operator.PartnerTokens(t.Context(), one.id)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Operator.RevokeToken(t.Context(), tokens[0].ID); err != nil {
		t.Fatal(err)
	}
	bearer.call(t, "GET", "/v1/events", "").fails(t, http.StatusUnauthorized, "unauthenticated", "")
	if list := failed(t, one); len(list) != 1 || list[0].Cause != "dead_token" || list[0].Key != tokens[0].ID {
		t.Errorf("the log has %+v", list)
	}
}

// TestOperatorSeesRequests as the partner does.
func TestOperatorSeesRequests(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	one := w.sandbox()
	one.call(t, "GET", "/v1/events", "")
	one.call(t, "GET", "/v1/events?x=1", "")
	page, err := w.Operator.Requests(t.Context(), one.id, switchboard.RequestQuery{Failed: true})
	if err != nil || len(page.Items) != 1 || page.Items[0].Outcome != "invalid" {
		t.Errorf("%+v, %v", page, err)
	}
	if _, err := w.Operator.Requests(t.Context(), "nobody", switchboard.RequestQuery{}); err == nil {
		t.Error("a partner that does not exist has requests")
	}
}
