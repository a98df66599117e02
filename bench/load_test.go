//go:build linux

package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// network is a tiny server that keeps the state of one service and checks what it is sent.
type network struct {
	mu        sync.Mutex
	on        map[string]bool // absent: on, as after import
	asked     map[string]bool
	repeats   int // changes that changed nothing
	forgeries int
	failEvery int // answer every n-th request wrongly
	requests  int
}

func newNetwork(t *testing.T) (*network, string) {
	t.Helper()
	n := &network{on: map[string]bool{}, asked: map[string]bool{}}
	s := httptest.NewServer(n)
	t.Cleanup(s.Close)
	return n, strings.TrimPrefix(s.URL, "http://")
}

func (n *network) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.requests++
	signature := sign(newMAC(sandboxKeys().AccessKey), []byte(r.Header.Get("secret-key-timestamp")))
	if r.Header.Get("secret-key") != string(signature[:]) {
		n.forgeries++
	}
	code := r.URL.Query().Get("user_code")
	if r.Method == http.MethodPut {
		part := strings.Split(r.URL.Path, "/")
		code = part[len(part)-4]
		n.change(code, part[len(part)-1] == "activate")
	}
	n.asked[code] = true
	status := 0
	if n.failEvery > 0 && n.requests%n.failEvery == 0 {
		status = 1
	}
	fmt.Fprintf(w, `{"status":%d,"user_code":"%s"}`, status, code)
}

func (n *network) change(code string, on bool) {
	if was, known := n.on[code]; (was || !known) == on {
		n.repeats++
	}
	n.on[code] = on
}

func testSpec(addr string) *loadSpec {
	return &loadSpec{
		Addr: addr, Prefix: apiPrefix, Conns: 4, Duration: time.Minute, Requests: 500, Agents: 100,
		Want: `"status":0`, CheckCode: true, Keys: sandboxKeys(), ServerPID: os.Getpid(),
	}
}

func TestLoadEnquiries(t *testing.T) {
	t.Parallel()
	n, addr := newNetwork(t)
	s := testSpec(addr)
	s.Hot = 10
	r, err := runLoad(s)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.healthy(); err != nil {
		t.Fatal(err)
	}
	if r.Requests != 500 || n.requests != 500 || n.forgeries != 0 {
		t.Errorf("counted %d, served %d, wrongly signed %d", r.Requests, n.requests, n.forgeries)
	}
	for k := range 10 {
		if !n.asked[fmt.Sprint(userCode(k*10))] {
			t.Errorf("hot agent %d was not asked for", k)
		}
	}
	if len(n.asked) != 10 || r.P99 < r.P50 || r.P50 <= 0 || r.Rate <= 0 {
		t.Errorf("asked for %d agents; result %+v", len(n.asked), r)
	}
}

func TestLoadChangesAlwaysChange(t *testing.T) {
	t.Parallel()
	n, addr := newNetwork(t)
	s := testSpec(addr)
	s.Change, s.StateFile = true, filepath.Join(t.TempDir(), "state")
	if err := os.WriteFile(s.StateFile, newState(s.Agents), 0o600); err != nil {
		t.Fatal(err)
	}
	// The second load begins with the state that the first left.
	for seed := range uint64(2) {
		s.Seed = seed
		r, err := runLoad(s)
		if err != nil {
			t.Fatal(err)
		}
		if err := r.healthy(); err != nil {
			t.Fatal(err)
		}
	}
	if n.requests != 1000 || n.repeats != 0 || n.forgeries != 0 {
		t.Errorf("served %d, changed nothing %d, wrongly signed %d", n.requests, n.repeats, n.forgeries)
	}
	state, err := os.ReadFile(s.StateFile)
	if err != nil {
		t.Fatal(err)
	}
	for _, agent := range touched(state, s.Agents) {
		on := n.on[fmt.Sprint(userCode(agent))]
		if want := state[agent]&^stateTouched == stateOn; on != want {
			t.Errorf("agent %d: kept %t, served %t", agent, want, on)
		}
	}
}

// TestLoadsShareAState: two loads at the same time change agents of their own, and each leaves the other's state.
func TestLoadsShareAState(t *testing.T) {
	t.Parallel()
	n, addr := newNetwork(t)
	file := filepath.Join(t.TempDir(), "state")
	if err := os.WriteFile(file, newState(100), 0o600); err != nil {
		t.Fatal(err)
	}
	var loads []func() (*loadResult, error)
	for half := range 2 {
		s := testSpec(addr)
		s.Change, s.StateFile, s.First, s.Span, s.Seed = true, file, half*50, 50, uint64(half)
		loads = append(loads, func() (*loadResult, error) { return runLoad(s) })
	}
	if _, err := together(loads); err != nil {
		t.Fatal(err)
	}
	if n.requests != 1000 || n.repeats != 0 {
		t.Errorf("served %d, changed nothing %d", n.requests, n.repeats)
	}
	state, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	known := touched(state, 100)
	if len(known) != len(n.asked) || known[0] >= 50 || known[len(known)-1] < 50 {
		t.Errorf("%d agents were changed, the state knows of %d", len(n.asked), len(known))
	}
	for _, agent := range known {
		if on := n.on[fmt.Sprint(userCode(agent))]; on != (state[agent]&^stateTouched == stateOn) {
			t.Errorf("agent %d: kept %t", agent, !on)
		}
	}
	for _, wrong := range []loadSpec{{First: -1}, {First: 90, Span: 20}, {Span: 3}} {
		s := testSpec(addr)
		s.Change, s.StateFile, s.First, s.Span = true, file, wrong.First, wrong.Span
		if err := s.check(); err == nil {
			t.Errorf("%+v is taken", wrong)
		}
	}
}

func TestLoadCountsFailures(t *testing.T) {
	t.Parallel()
	n, addr := newNetwork(t)
	n.failEvery = 5
	s := testSpec(addr)
	s.Change, s.StateFile = true, filepath.Join(t.TempDir(), "state")
	if err := os.WriteFile(s.StateFile, newState(s.Agents), 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := runLoad(s)
	if err != nil {
		t.Fatal(err)
	}
	if r.Errors != 100 || r.Requests != 400 || !strings.Contains(r.FirstError, `\"status\":1`) {
		t.Errorf("have %+v", r)
	}
	if r.healthy() == nil {
		t.Error("a load with failures counts as healthy")
	}
}

func TestLoadNoticesTheWrongAgent(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(floorHandler(answer{Header: http.Header{}, Body: []byte(`{"status":0}`)}))
	t.Cleanup(s.Close)
	r, err := runLoad(testSpec(strings.TrimPrefix(s.URL, "http://")))
	if err != nil {
		t.Fatal(err)
	}
	if r.healthy() == nil || !strings.Contains(r.FirstError, "not about agent") {
		t.Errorf("have %+v", r)
	}
}

func TestLoadSurvivesALostServer(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		panic(http.ErrAbortHandler)
	}))
	t.Cleanup(s.Close)
	r, err := runLoad(testSpec(strings.TrimPrefix(s.URL, "http://")))
	if err != nil {
		t.Fatal(err)
	}
	if r.Errors != 4 || r.Requests != 0 {
		t.Errorf("want one failure for each connection, have %+v", r)
	}
}

func TestLoadSpecCheck(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*loadSpec){
		"connections":   func(s *loadSpec) { s.Conns = 0 },
		"duration":      func(s *loadSpec) { s.Duration = 0 },
		"agents":        func(s *loadSpec) { s.Agents = 3 },
		"hot agents":    func(s *loadSpec) { s.Hot = 101 },
		"state file":    func(s *loadSpec) { s.Change = true },
		"address: want": func(s *loadSpec) { s.Addr = "localhost:http" },
	} {
		s := testSpec("127.0.0.1:1")
		spoil(s)
		if _, err := runLoad(s); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: have error %v", name, err)
		}
	}
}
