package decision_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"

	"github.com/switchboard-platform/switchboard/internal/decision"
	"github.com/switchboard-platform/switchboard/internal/sandbox"
	"github.com/switchboard-platform/switchboard/internal/sign"
)

// discard is an answer nobody reads.
type discard struct{ header http.Header }

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) Write(b []byte) (int, error) { return len(b), nil }
func (d *discard) WriteHeader(int)             {}

// reuse is a body that is read again and again.
type reuse struct{ bytes.Reader }

func (*reuse) Close() error { return nil }

// decider asks the same signed question over and over; each call is one request without net/http.
func decider(b testing.TB, w *world) func() {
	r := httptest.NewRequest(http.MethodPost, "/v1/decisions", nil)
	r.RemoteAddr = "192.0.2.1:1234"
	r.Header.Set("Content-Type", "application/json")
	r.Header["Developer_key"] = []string{sandbox.DeveloperKey}
	stamp := strconv.FormatInt(dawn().UnixMilli(), 10)
	r.Header["Secret-Key"], r.Header["Secret-Key-Timestamp"] = []string{sign.EPS(sandbox.AccessKey, stamp)}, []string{stamp}
	body := []byte(question(sandbox.UserCode, vendors))
	r.ContentLength = int64(len(body))
	var reader reuse
	r.Body = io.NopCloser(&reader)
	answer := &discard{header: http.Header{}}
	return func() {
		reader.Reset(body)
		clear(answer.header)
		w.handler.ServeHTTP(answer, r)
	}
}

func quiet(c *decision.Config) { c.Log = nil }

func BenchmarkDecide(b *testing.B) {
	w := newWorld(b, quiet)
	ask := decider(b, w)
	b.ReportAllocs()
	for b.Loop() {
		ask()
	}
}
