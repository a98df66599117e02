package partnerapi_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/apptest"
	"github.com/switchboard-platform/switchboard/internal/config"
)

// TestWhoIsLetIn: partners everywhere, switches to the feed, operators nowhere.
func TestWhoIsLetIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	k, err := w.Operator.AddOperator(t.Context(), switchboard.NewDeskOperator{Name: "asha", Roles: []string{"administrator"}})
	if err != nil {
		t.Fatal(err)
	}
	one := w.sandbox()
	callers := map[string]*caller{"partner": one, "bearer": one.bearer(t), "switch": w.sandboxSwitch(),
		"operator": {w: w, token: k.Token}, "stranger": {w: w, token: "stranger"}, "nobody": {w: w}}
	want := map[string]map[string]int{
		"/v1/events":   {"partner": 200, "bearer": 200, "switch": 200, "operator": 403, "stranger": 401, "nobody": 401},
		"/v1/requests": {"partner": 200, "bearer": 200, "switch": 403, "operator": 403, "stranger": 401, "nobody": 401},
		"/v1/blocks":   {"partner": 200, "bearer": 200, "switch": 403, "operator": 403, "stranger": 401, "nobody": 401},
		"/v1/nothing":  {"partner": 404, "bearer": 404, "switch": 404, "operator": 404, "stranger": 404, "nobody": 404},
	}
	for path, statuses := range want {
		for who, status := range statuses {
			a := callers[who].call(t, "GET", path, "")
			if a.status != status {
				t.Errorf("%s of %s is answered %d, want %d", path, who, a.status, status)
			}
			if status == http.StatusUnauthorized && !strings.HasPrefix(a.header.Get("WWW-Authenticate"), "Bearer ") {
				t.Errorf("%s of %s is not told how to authenticate", path, who)
			}
		}
	}
}

// TestBodies: what is no JSON object of ours is refused, by name where there is one.
func TestBodies(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	one := w.sandbox()
	for body, want := range map[string]struct {
		status      int
		code, field string
	}{
		`{"agnet":"1"}`:     {400, "invalid", "agnet"},
		`{"agent":1}`:       {400, "invalid", "agent"},
		`{"agent":"1"} {}`:  {400, "invalid", ""},
		`[]`:                {400, "invalid", ""},
		`{`:                 {400, "invalid", ""},
		``:                  {400, "invalid", ""},
		`{"owner":"x"}`:     {400, "invalid", "owner"},
		`{"from":"monday"}`: {400, "invalid", ""},
		`{"reason":"` + strings.Repeat("x", 64<<10) + `"}`: {413, "too_large", ""},
	} {
		one.call(t, "POST", "/v1/blocks", body).fails(t, want.status, want.code, want.field)
	}
	req := one.request(t.Context(), t, "POST", "/v1/blocks", `{}`)
	req.Header.Set("Content-Type", "text/plain")
	do(t, req).fails(t, http.StatusUnsupportedMediaType, "unsupported_media", "")
}

// TestLimits are those of the agent service API: a partner has one allowance for both.
func TestLimits(t *testing.T) {
	t.Parallel()
	w := &world{App: apptest.New(t, apptest.Options{Config: func(c *config.Config) { c.PartnerRate, c.PartnerBurst = 0.001, 2 }})}
	one := w.sandbox()
	if _, err := one.client.Catalogue(t.Context()); err != nil {
		t.Fatal(err)
	}
	get[switchboard.FeedPage](t, one, "/v1/events")
	a := one.call(t, "GET", "/v1/events", "")
	a.fails(t, http.StatusTooManyRequests, "too_many", "")
	if a.header.Get("Retry-After") == "" {
		t.Error("nobody says when to come again")
	}
}

// TestReaders: one caller cannot hold every place for those who wait.
func TestReaders(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.sandboxSwitch()
	for range maxReaders {
		_, cancel := s.stream(t, "/v1/events?after=latest", "")
		defer cancel()
	}
	s.call(t, "GET", "/v1/events?wait=1s", "").fails(t, http.StatusTooManyRequests, "too_many", "")
	get[switchboard.FeedPage](t, s, "/v1/events")
	_, cancel := w.sandbox().stream(t, "/v1/events?after=latest", "")
	cancel()
}
