package console

import (
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"sync"

	"github.com/switchboard-platform/switchboard"
)

// way takes the requests of the API's client to the API's handler in the same process. Answers stream: who reads
// slowly is written to slowly.
type way struct {
	api     http.Handler
	address string // of the browser
	agent   string // likewise
	log     *slog.Logger
	rest    bool // nobody at the desk did anything: the browser asks by itself
}

// RoundTrip answers as http.RoundTripper says.
func (y way) RoundTrip(r *http.Request) (*http.Response, error) {
	in := r.Clone(r.Context())
	in.RemoteAddr, in.RequestURI = net.JoinHostPort(y.address, "0"), r.URL.RequestURI()
	in.Header.Set("User-Agent", y.agent)
	if y.rest {
		in.Header.Set(switchboard.IdleHeader, "1")
	}
	if in.Body == nil {
		in.Body = http.NoBody
	}
	out := newReply()
	go func() {
		defer func() { out.end(y.broken(in, recover())) }()
		y.api.ServeHTTP(out, in)
	}()
	select {
	case <-out.begun:
		return out.response(r), nil
	case <-r.Context().Done():
		_ = out.read.CloseWithError(r.Context().Err())
		return nil, r.Context().Err()
	}
}

// broken logs where the API broke down, if it did and meant nothing by it.
func (y way) broken(r *http.Request, what any) any {
	if what != nil && what != http.ErrAbortHandler {
		y.log.Error("the API broke down", "operation", r.Pattern, "panic", what, "stack", string(debug.Stack()))
	}
	return what
}

// reply is an answer on its way from the handler to who asked.
type reply struct {
	header http.Header
	status int
	begun  chan struct{}
	once   sync.Once
	read   *io.PipeReader
	write  *io.PipeWriter
}

func newReply() *reply {
	a := &reply{header: http.Header{}, begun: make(chan struct{})}
	a.read, a.write = io.Pipe()
	return a
}

// Header, WriteHeader, Write and Flush are those of http.ResponseWriter and http.Flusher.
func (a *reply) Header() http.Header { return a.header }

// WriteHeader begins the answer.
func (a *reply) WriteHeader(status int) {
	a.once.Do(func() {
		a.status = status
		close(a.begun)
	})
}

// Write passes a part of the answer on.
func (a *reply) Write(b []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	return a.write.Write(b)
}

// Flush does nothing: what is written has been read.
func (a *reply) Flush() {}

// end ends the answer when the handler has, or has broken down.
func (a *reply) end(broken any) {
	if broken != nil {
		a.WriteHeader(http.StatusInternalServerError)
		_ = a.write.CloseWithError(fmt.Errorf("the API broke down: %v", broken))
		return
	}
	a.WriteHeader(http.StatusOK)
	_ = a.write.Close()
}

func (a *reply) response(r *http.Request) *http.Response {
	return &http.Response{Status: http.StatusText(a.status), StatusCode: a.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: a.header, Body: a.read, ContentLength: -1, Request: r}
}
