package mobileapi_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/switchboard-platform/switchboard/internal/sandbox"
)

// rewound is a request's body that can be read again.
type rewound struct{ strings.Reader }

func (*rewound) Close() error { return nil }

// discard is a ResponseWriter that keeps nothing but the status.
type discard struct {
	header http.Header
	status int
}

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) Write(p []byte) (int, error) { return len(p), nil }
func (d *discard) WriteHeader(status int)      { d.status = status }

// BenchmarkCheckUser is what the handler adds to net/http.
func BenchmarkCheckUser(b *testing.B) {
	w := newWorld(b, quiet)
	bench(b, w.handler, w.build(b, check().named("df3e7cf5-1e4b-41ef-a22f-e755be665432")))
}

// BenchmarkBare is a handler that reads the body and says always the same.
func BenchmarkBare(b *testing.B) {
	w := newWorld(b, quiet)
	bench(b, bare(), w.build(b, check()))
}

func bench(b *testing.B, h http.Handler, r *http.Request) {
	sent, err := io.ReadAll(r.Body)
	must(b, err)
	body := &rewound{}
	r.Body = body
	out := &discard{header: http.Header{}}
	b.ReportAllocs()
	for b.Loop() {
		body.Reset(string(sent))
		clear(out.header)
		if h.ServeHTTP(out, r); out.status != 200 {
			b.Fatalf("HTTP %d", out.status)
		}
	}
}

func bare() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header()["Content-Type"] = []string{"application/json"}
		w.WriteHeader(200)
		_, _ = io.WriteString(w, `{"user_status":"ACTIVE","auth_action_valid_date":""}`)
	})
}

// BenchmarkCheckUserOverHTTP and BenchmarkBareOverHTTP are the same two with a connection each.
func BenchmarkCheckUserOverHTTP(b *testing.B) {
	w := newWorld(b, quiet)
	benchHTTP(b, w.handler)
}

func BenchmarkBareOverHTTP(b *testing.B) { benchHTTP(b, bare()) }

func benchHTTP(b *testing.B, h http.Handler) {
	server := httptest.NewServer(h)
	defer server.Close()
	r := check().named("df3e7cf5-1e4b-41ef-a22f-e755be665432")
	body := `{"action":"CHECK_USER","payload":` + text(b, r.payload) + `}`
	b.ReportAllocs()
	for b.Loop() {
		req, err := http.NewRequest("POST", server.URL, strings.NewReader(body))
		must(b, err)
		req.SetBasicAuth(sandbox.ChannelID, sandbox.ChannelSecret)
		req.Header.Set("Content-Type", "application/json")
		resp, err := server.Client().Do(req)
		must(b, err)
		_, _ = io.Copy(io.Discard, resp.Body)
		_ = resp.Body.Close()
		if resp.StatusCode != 200 {
			b.Fatalf("HTTP %d", resp.StatusCode)
		}
	}
}
