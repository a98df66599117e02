package apptest

import (
	"bytes"
	"encoding/json"
	"strings"
	"sync"
	"testing"
)

// Logbook keeps what is logged, and can be read meanwhile.
type Logbook struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *Logbook) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *Logbook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// Take gives what was logged since the last time.
func (l *Logbook) Take() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	defer l.text.Reset()
	return l.text.String()
}

// Entry finds the line about a request, of a log in JSON.
func (l *Logbook) Entry(t testing.TB, requestID string) map[string]any {
	t.Helper()
	for line := range strings.Lines(l.String()) {
		var e map[string]any
		if json.Unmarshal([]byte(line), &e) == nil && e["request_id"] == requestID {
			return e
		}
	}
	t.Fatalf("the log says nothing of request %s", requestID)
	return nil
}
