//go:build linux

package main

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// deliver sends a webhook as a server does.
func deliver(t *testing.T, url, id, body string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("webhook-id", id)
	resp, err := plainClient().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
}

func TestReceiver(t *testing.T) {
	t.Parallel()
	r, err := newReceiver()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.close)
	at := time.Now().Add(-time.Hour).UTC().Format(time.RFC3339Nano)
	for _, id := range []string{"a", "b", "a", "c"} { // one comes twice
		deliver(t, r.url, id, fmt.Sprintf(`{"type":"activation.changed","timestamp":%q,"data":{}}`, at))
	}
	if err := r.wait(t.Context(), 3); err != nil {
		t.Error(err)
	}
	if p50, p99 := r.latency(); p50 < 59*time.Minute || p99 > 62*time.Minute {
		t.Errorf("late by %s, p99 %s", p50, p99)
	}
	if err := r.wait(t.Context(), 2); err == nil {
		t.Error("more webhooks than changes were not noticed")
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := r.wait(ended, 4); err == nil {
		t.Error("a lost webhook was not noticed")
	}
	r.reset()
	deliver(t, r.url, "d", `{"type":"webhook"}`)
	if err := r.wait(t.Context(), 1); err == nil {
		t.Error("a webhook without a time was not noticed")
	}
}
