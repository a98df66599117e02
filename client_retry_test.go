package switchboard_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/switchboard-platform/switchboard"
)

// TestReadsAreRetried where another try may help, three times at most.
func TestReadsAreRetried(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answers []scriptedAnswer
		asked   int
		status  int // of the error; 0 for none, -1 for one without a status
	}{
		"at once":               {[]scriptedAnswer{ok(servicesBody)}, 1, 0},
		"503, then good":        {[]scriptedAnswer{failing(503), ok(servicesBody)}, 2, 0},
		"502 of a gateway":      {[]scriptedAnswer{gateway(502), gateway(502), ok(servicesBody)}, 3, 0},
		"429, then good":        {[]scriptedAnswer{failing(429), ok(servicesBody)}, 2, 0},
		"cut off, then good":    {[]scriptedAnswer{cut(), cut(), ok(servicesBody)}, 3, 0},
		"500 for ever":          {[]scriptedAnswer{failing(500)}, 3, 500},
		"cut off for ever":      {[]scriptedAnswer{cut()}, 3, -1},
		"refused for good":      {[]scriptedAnswer{failing(403), ok(servicesBody)}, 1, 403},
		"malformed":             {[]scriptedAnswer{failing(400), ok(servicesBody)}, 1, 400},
		"a refusal under 200":   {[]scriptedAnswer{ok(failedBody), ok(servicesBody)}, 1, 200},
		"nothing of this API's": {[]scriptedAnswer{gateway(200), ok(servicesBody)}, 1, 200},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := script(t, c.answers...)
			list, err := switchboard.NewClient(s.URL, credentials()).Services(t.Context(), "20810200")
			if s.count() != c.asked {
				t.Errorf("asked %d times, want %d", s.count(), c.asked)
			}
			var e *switchboard.Error
			switch {
			case c.status == 0 && (err != nil || list.UserCode != "20810200"):
				t.Errorf("gives %+v, %v", list, err)
			case c.status == -1 && (err == nil || errors.As(err, &e)):
				t.Errorf("the error is %v", err)
			case c.status > 0 && (!errors.As(err, &e) || e.HTTPStatus != c.status):
				t.Errorf("the error is %v, want HTTP %d", err, c.status)
			}
		})
	}
}

// TestChangesAreSentOnce: only the caller knows whether they may be sent again.
func TestChangesAreSentOnce(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]scriptedAnswer{
		"500": failing(500), "503": failing(503), "429": {429, "Retry-After: 1", failedBody}, "502 of a gateway": gateway(502), "cut off": cut(),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := script(t, answer, ok(doneBody))
			c := switchboard.NewClient(s.URL, credentials())
			if _, err := c.ActivateService(t.Context(), "20810200", "45", switchboard.ActivateOptions{Reference: "A"}); err == nil {
				t.Error("the failure is not told")
			}
			if s.count() != 1 {
				t.Errorf("sent %d times", s.count())
			}
		})
	}
	t.Run("all of them", func(t *testing.T) {
		t.Parallel()
		s := script(t, failing(503))
		c := switchboard.NewClient(s.URL, credentials())
		for name, change := range map[string]func() error{
			"deactivate": func() error { _, err := c.DeactivateService(t.Context(), "1", "2", ""); return err },
			"BBPS":       func() error { _, err := c.ActivateBBPS(t.Context(), "1", "1,2", ""); return err },
			"older": func() error {
				_, err := c.ActivateUserService(t.Context(), "1", "2", switchboard.ActivateOptions{})
				return err
			},
			"onboard": func() error { _, err := c.OnboardAgent(t.Context(), switchboard.Profile{}, ""); return err },
		} {
			before := s.count()
			if err := change(); err == nil || s.count() != before+1 {
				t.Errorf("%s was sent %d times and gives %v", name, s.count()-before, err)
			}
		}
	})
}

// transport answers without a network, so that a test can live in a bubble with a clock of its own.
type transport func(*http.Request) *http.Response

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r), nil }

func response(a scriptedAnswer) *http.Response {
	h := http.Header{}
	if name, value, ok := strings.Cut(a.header, ": "); ok {
		h.Set(name, value)
	}
	return &http.Response{StatusCode: a.status, Status: fmt.Sprint(a.status), Header: h, Body: io.NopCloser(strings.NewReader(a.body))}
}

// TestRetryAfter is waited for, within reason; the clock is the bubble's.
func TestRetryAfter(t *testing.T) {
	t.Parallel()
	for header, bounds := range map[string]struct{ least, most time.Duration }{
		"":                      {50 * time.Millisecond, 150 * time.Millisecond},
		"Retry-After: 3":        {3 * time.Second, 3 * time.Second},
		"Retry-After: 86400":    {10 * time.Second, 10 * time.Second},
		"Retry-After: -5":       {50 * time.Millisecond, 150 * time.Millisecond},
		"Retry-After: nonsense": {50 * time.Millisecond, 150 * time.Millisecond},
	} {
		t.Run(header, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var asked []time.Time
				c := switchboard.NewClient("http://switchboard.example", credentials(), switchboard.WithHTTPClient(&http.Client{
					Transport: transport(func(*http.Request) *http.Response {
						if asked = append(asked, time.Now()); len(asked) == 1 {
							return response(scriptedAnswer{429, header, failedBody})
						}
						return response(ok(servicesBody))
					})}))
				if _, err := c.Services(t.Context(), "20810200"); err != nil || len(asked) != 2 {
					t.Fatalf("asked %d times: %v", len(asked), err)
				}
				if wait := asked[1].Sub(asked[0]); wait < bounds.least || wait > bounds.most {
					t.Errorf("waited %s, want %s to %s", wait, bounds.least, bounds.most)
				}
			})
		})
	}
}

// TestContextEndsTheWait before the next try, and the error says both.
func TestContextEndsTheWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		asked := 0
		c := switchboard.NewClient("http://switchboard.example", credentials(), switchboard.WithHTTPClient(&http.Client{
			Transport: transport(func(*http.Request) *http.Response {
				asked++
				return response(scriptedAnswer{503, "Retry-After: 5", failedBody})
			})}))
		_, err := c.Services(ctx, "20810200")
		var e *switchboard.Error
		if !errors.Is(err, context.DeadlineExceeded) || !errors.As(err, &e) || e.HTTPStatus != 503 || e.RetryAfter != 5*time.Second || asked != 1 {
			t.Errorf("asked %d times: %v", asked, err)
		}
	})
}

func TestCancelledContextSendsNothing(t *testing.T) {
	t.Parallel()
	s := script(t, ok(servicesBody))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	c := switchboard.NewClient(s.URL, credentials())
	if _, err := c.Services(ctx, "20810200"); !errors.Is(err, context.Canceled) {
		t.Errorf("a read gives %v", err)
	}
	if _, err := c.DeactivateService(ctx, "20810200", "45", ""); !errors.Is(err, context.Canceled) {
		t.Errorf("a change gives %v", err)
	}
	if s.count() != 0 {
		t.Errorf("asked %d times", s.count())
	}
}

// TestARetryIsSignedAnew: the first signature may have grown too old.
func TestARetryIsSignedAnew(t *testing.T) {
	t.Parallel()
	s := script(t, failing(503), ok(servicesBody))
	if _, err := switchboard.NewClient(s.URL, credentials()).Services(t.Context(), "20810200"); err != nil {
		t.Fatal(err)
	}
	if s.requests()[0].Header.Get("secret-key") == s.requests()[1].Header.Get("secret-key") {
		t.Error("both tries have the same signature")
	}
}
