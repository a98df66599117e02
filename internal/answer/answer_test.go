package answer_test

import (
	"bytes"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard/internal/answer"
	"github.com/switchboard-platform/switchboard/internal/fault"
)

// TestFault: each fault has its status and headers; of what is ours nothing is told but the request id.
func TestFault(t *testing.T) {
	t.Parallel()
	fields := fault.New(fault.Invalid, "Please \"correct\".")
	fields.Fields = fault.Fields{{Name: "agent", Problem: "is required"}, {Name: "at", Problem: "is late"}}
	slow := fault.New(fault.TooMany, "Slow down.")
	slow.RetryAfter = 1500 * time.Millisecond
	for name, c := range map[string]struct {
		err    error
		status int
		header string // one that must be there
		body   string
	}{
		"fields": {fields, 400, "", `{"error":{"code":"invalid","message":"Please \"correct\".","fields":[{"field":"agent","problem":"is required"},` +
			`{"field":"at","problem":"is late"}],"request_id":"id1"}}`},
		"stranger":    {fault.New(fault.Unauthenticated, "No."), 401, `Www-Authenticate: Bearer realm="switchboard"`, `{"error":{"code":"unauthenticated","message":"No.","request_id":"id1"}}`},
		"forbidden":   {fault.New(fault.Forbidden, "Not you."), 403, "", `{"error":{"code":"forbidden","message":"Not you.","request_id":"id1"}}`},
		"too many":    {slow, 429, "Retry-After: 2", `{"error":{"code":"too_many","message":"Slow down.","request_id":"id1"}}`},
		"unavailable": {fault.Wrap(errors.New("disk"), fault.Unavailable, "Later."), 503, "Retry-After: 1", `{"error":{"code":"unavailable","message":"Later.","request_id":"id1"}}`},
		"not ours": {errors.New("SELECT secret"), 500, "",
			`{"error":{"code":"internal","message":"Something went wrong on our side; please tell us this request id: id1","request_id":"id1"}}`},
		"unlisted": {fault.New("odd", "Odd."), 500, "",
			`{"error":{"code":"internal","message":"Something went wrong on our side; please tell us this request id: id1","request_id":"id1"}}`},
	} {
		var log bytes.Buffer
		w := httptest.NewRecorder()
		status := answer.Fault(w, slog.New(slog.NewTextHandler(&log, nil)), "id1", "decide", c.err)
		if status != c.status || w.Code != c.status || w.Body.String() != c.body || w.Header().Get("X-Request-Id") != "id1" || w.Header().Get("Content-Type") != "application/json" {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
		if field, value, ok := strings.Cut(c.header, ": "); ok && w.Header().Get(field) != value {
			t.Errorf("%s: %s is %q", name, field, w.Header().Get(field))
		}
		if logged := log.Len() > 0; logged != (status >= 500) {
			t.Errorf("%s: logged: %t", name, logged)
		}
	}
}

// TestValue: what cannot be made into JSON is an error before anything is written.
func TestValue(t *testing.T) {
	t.Parallel()
	w := httptest.NewRecorder()
	if err := answer.Value(w, "id1", http.StatusOK, func() {}); !fault.Is(err, fault.Internal) || w.Body.Len() > 0 {
		t.Errorf("%v, %q", err, w.Body)
	}
	long := strings.Repeat("x", 5000)
	if err := answer.Value(w, "id1", http.StatusCreated, long); err != nil || w.Code != http.StatusCreated || w.Header().Get("Content-Length") != "5002" {
		t.Errorf("%v, %d, %q", err, w.Code, w.Header().Get("Content-Length"))
	}
}
