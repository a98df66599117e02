//go:build linux

package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// bank is a tiny server of members that keeps whose app is bound and checks what it is sent.
type bank struct {
	mu        sync.Mutex
	ids       map[string]bool // of requests, so far
	asked     map[string]int  // by member
	underWay  map[string]bool // members with a call under way
	unbound   map[string]bool // whose app was deactivated
	repeats   int             // changes that changed nothing
	doubled   int             // ids used again, and members with two calls at once
	awayEvery int             // tell every n-th call to come again
}

func newBank(t *testing.T) (*bank, string) {
	t.Helper()
	b := &bank{ids: map[string]bool{}, asked: map[string]int{}, underWay: map[string]bool{}, unbound: map[string]bool{}}
	s := httptest.NewServer(b)
	t.Cleanup(s.Close)
	return b, strings.TrimPrefix(s.URL, "http://")
}

func (b *bank) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var call struct {
		Action  string            `json:"action"`
		Payload map[string]string `json:"payload"`
	}
	_ = json.NewDecoder(r.Body).Decode(&call) // what cannot be read is nobody's call
	away := b.begin(call.Action, call.Payload["identifier"], call.Payload["api_request_id"])
	time.Sleep(time.Millisecond) // so that calls meet
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.underWay, call.Payload["identifier"])
	if away {
		w.WriteHeader(http.StatusServiceUnavailable)
		fmt.Fprint(w, `{"login_status":"ERROR"}`)
		return
	}
	fmt.Fprint(w, `{"status":"SUCCESS"}`)
}

// tellAway lets every n-th call come again. (The load is no client that the race detector sees.)
func (b *bank) tellAway(n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.awayEvery = n
}

// begin notes a call and says whether to tell it to come again.
func (b *bank) begin(action, member, id string) (away bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ids[id] || b.underWay[member] {
		b.doubled++
	}
	b.ids[id] = true
	b.underWay[member] = action != checkUser
	b.asked[member]++
	switch action {
	case activateApp, deactivateApp:
		if b.unbound[member] == (action == deactivateApp) {
			b.repeats++
		}
		b.unbound[member] = action == deactivateApp
	}
	return b.awayEvery > 0 && len(b.ids)%b.awayEvery == 0
}

func mobileSpec(addr string, actions ...string) *loadSpec {
	return &loadSpec{
		Addr: addr, Conns: 4, Duration: time.Minute, Requests: 200, Members: 100, Actions: actions, Want: `"SUCCESS"`, Seed: 3,
	}
}

func TestLoadChecks(t *testing.T) {
	t.Parallel()
	b, addr := newBank(t)
	s := mobileSpec(addr, checkUser)
	s.Hot, s.Every = 5, time.Millisecond
	r, err := runLoad(s)
	if err != nil {
		t.Fatal(err)
	}
	if r.Requests != 200 || r.Errors != 0 || b.doubled != 0 {
		t.Errorf("doubled %d; have %+v", b.doubled, r)
	}
	for k := range 5 {
		if b.asked[fmt.Sprint(msisdn(k*20))] == 0 {
			t.Errorf("hot member %d was not asked for", k)
		}
	}
	if len(b.asked) != 5 {
		t.Errorf("asked for %d members", len(b.asked))
	}
}

func TestLoadPINsGoRoundTheirMembers(t *testing.T) {
	t.Parallel()
	b, addr := newBank(t)
	s := mobileSpec(addr, deactivateApp, activateApp)
	s.PINs = 20
	r, err := runLoad(s)
	if err != nil {
		t.Fatal(err)
	}
	if r.Requests != 200 || r.Errors != 0 || b.doubled != 0 || b.repeats != 0 {
		t.Errorf("doubled %d, changed nothing %d; have %+v", b.doubled, b.repeats, r)
	}
	for k := range 20 {
		if b.asked[fmt.Sprint(msisdn(k*5))] == 0 {
			t.Errorf("the member %d, who has a PIN, was not asked for", k*5)
		}
	}
	if len(b.asked) != 20 {
		t.Errorf("asked for %d members", len(b.asked))
	}
}

func TestLoadThatIsToldToComeAgain(t *testing.T) {
	t.Parallel()
	b, addr := newBank(t)
	b.tellAway(4)
	s := mobileSpec(addr, login)
	s.PINs, s.Away = 100, comeAgain
	r, err := runLoad(s)
	if err != nil {
		t.Fatal(err)
	}
	if r.Away != 50 || r.Requests != 150 || r.Errors != 0 || r.AwayP99 <= 0 || r.AwayRate <= 0 {
		t.Errorf("have %+v", r)
	}
	s.Away = ""
	if r, err = runLoad(s); err != nil || r.Errors != 50 || r.Away != 0 {
		t.Errorf("where nobody may be told to come again: error %v, have %+v", err, r)
	}
}

func TestLoadPlansWhatIsDue(t *testing.T) {
	t.Parallel()
	const ms = time.Millisecond
	l := &loader{spec: &loadSpec{Every: 10 * ms}}
	for name, c := range map[string]struct {
		conn             loadConn
		now, since, next time.Duration
	}{
		"on time":        {loadConn{due: 20 * ms, woken: 20 * ms}, 20 * ms, 20 * ms, 30 * ms},
		"woken late":     {loadConn{due: 20 * ms, woken: 21 * ms}, 21 * ms, 21 * ms, 30 * ms},
		"answered late":  {loadConn{due: 20 * ms, woken: 10 * ms}, 37 * ms, 20 * ms, 30 * ms},
		"and still late": {loadConn{due: 30 * ms, woken: 10 * ms}, 40 * ms, 30 * ms, 40 * ms},
	} {
		conn := c.conn
		if since := l.plan(&conn, c.now); since != c.since || conn.due != c.next {
			t.Errorf("%s: since %s, due next %s", name, since, conn.due)
		}
	}
	if since := (&loader{spec: &loadSpec{}}).plan(&loadConn{}, 5*ms); since != 5*ms {
		t.Errorf("a load that sends when it is answered: since %s", since)
	}
}

func TestMobileSpecCheck(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*loadSpec){
		"members":          func(s *loadSpec) { s.Members = 0 },
		"members: there":   func(s *loadSpec) { s.Hot = 101 },
		"actions":          func(s *loadSpec) { s.Actions = append(s.Actions, checkUser) },
		"PINs":             func(s *loadSpec) { s.PINs = 3 },
		"PINs: want":       func(s *loadSpec) { s.PINs = 101 },
		"there is no load": func(s *loadSpec) { s.Actions[0] = "NONSENSE" },
	} {
		s := mobileSpec("127.0.0.1:1", login)
		s.PINs = 4
		spoil(s)
		if _, err := runLoad(s); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: have error %v", name, err)
		}
	}
}
