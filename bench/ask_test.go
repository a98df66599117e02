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

func TestAskTemplates(t *testing.T) {
	t.Parallel()
	keys := partnerKeys{InitiatorID: "9000000000", DeveloperKey: "dev", AccessKey: "TEST_ACCESS_KEY_DO_NOT_USE"}
	s := newSignaturePool(keys.AccessKey, 1, time.UnixMilli(1_700_000_000_000)).pick(0)
	twice := &ask{Path: "/check", Body: `{"user":"{agent.}","object":"53/{agent.}"}`, Nobody: true}
	for _, c := range []struct {
		name                     string
		ask                      *ask
		path, body, bearer, from string
	}{
		{"signed", decisionAsk(""), decisionsPath, `{"agent":"20810200","service":"53"}`, "", "dev"},
		{"bearer", decisionAsk("token"), decisionsPath, `{"agent":"20810200","service":"53"}`, "Bearer token", ""},
		{"nobody", twice, "/check", `{"user":"20810200","object":"53/20810200"}`, "", ""},
	} {
		template := c.ask.template("h:1", keys)
		r, body := parse(t, template.fill([]byte("left over from before"), 20810200, s, 0))
		if r.Method != http.MethodPost || r.RequestURI != c.path || body != c.body || body != c.ask.about(20810200) {
			t.Errorf("%s: have %s %s %s", c.name, r.Method, r.RequestURI, body)
		}
		if r.Header.Get("Authorization") != c.bearer || r.Header.Get("developer_key") != c.from || r.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s: have headers %v", c.name, r.Header)
		}
	}
}

// judge is a tiny server that knows who may: those it was told.
type judge struct {
	mu    sync.Mutex
	may   map[string]bool // by user code
	asked map[string]int
	model string
}

func newJudge(t *testing.T) (*judge, string) {
	t.Helper()
	j := &judge{may: map[string]bool{}, asked: map[string]int{}}
	s := httptest.NewServer(j)
	t.Cleanup(s.Close)
	return j, strings.TrimPrefix(s.URL, "http://")
}

func (j *judge) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	j.mu.Lock()
	defer j.mu.Unlock()
	var in struct {
		Agent  string
		Key    fgaTuple `json:"tuple_key"`
		Model  string   `json:"authorization_model_id"`
		Writes struct {
			Keys []fgaTuple `json:"tuple_keys"`
		}
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	switch r.URL.Path {
	case "/stores":
		fmt.Fprint(w, `{"id":"S"}`)
	case "/stores/S/authorization-models":
		j.model = "M"
		fmt.Fprint(w, `{"authorization_model_id":"M"}`)
	case "/stores/S/write":
		for _, key := range in.Writes.Keys {
			j.may[strings.TrimPrefix(key.User, "agent:")] = true
		}
		fmt.Fprint(w, `{}`)
	case "/stores/S/check":
		code := strings.TrimPrefix(in.Key.User, "agent:")
		j.asked[code]++
		fmt.Fprintf(w, `{"allowed":%t}`, in.Model == j.model && in.Key == newTuple(code) && j.may[code])
	case decisionsPath:
		j.asked[in.Agent]++
		fmt.Fprintf(w, `{"allowed":%t}`, r.Header.Get("Authorization") == "Bearer "+sandboxSwitch && j.may[in.Agent])
	default:
		http.NotFound(w, r)
	}
}

func TestAskKnows(t *testing.T) {
	t.Parallel()
	j, addr := newJudge(t)
	j.may["30000001"] = true
	a := decisionAsk(sandboxSwitch)
	if yes, err := a.knows(t.Context(), addr, 30000001, 30000002); err != nil || string(yes.Body) != `{"allowed":true}` {
		t.Errorf("have %s, %v", yes.Body, err)
	}
	if _, err := a.knows(t.Context(), addr, 30000002, 30000003); err == nil {
		t.Error("a no for who may was taken")
	}
	if _, err := a.knows(t.Context(), addr, 30000001, 30000001); err == nil {
		t.Error("a yes for who may not was taken")
	}
	if _, err := decisionAsk("another").knows(t.Context(), addr, 30000001, 30000002); err == nil {
		t.Error("a wrong token was taken")
	}
}

func TestOpenFGAIsTaughtAndAsked(t *testing.T) {
	t.Parallel()
	j, addr := newJudge(t)
	codes := hotCodes(hotAgents)
	question, err := teachOpenFGA(t.Context(), addr, codes)
	if err != nil {
		t.Fatal(err)
	}
	if len(j.may) != hotAgents {
		t.Fatalf("%d agents may, want %d", len(j.may), hotAgents)
	}
	if _, err := question.knows(t.Context(), addr, codes[7], userCode(hotAgents)); err != nil {
		t.Error(err)
	}
	s := testSpec(addr)
	s.Agents, s.Hot, s.Ask, s.Want, s.CheckCode = 2*hotAgents, 0, question, allowed, false
	if r, err := runLoad(s); err != nil || r.healthy() == nil {
		t.Errorf("a load about agents who may not is healthy: %+v, %v", r, err)
	}
	s.Agents, s.Hot = hotAgents, hotAgents
	r, err := runLoad(s)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.healthy(); err != nil || r.Requests != 500 || r.Answered != 500 {
		t.Errorf("have %+v, %v", r, err)
	}
	if len(j.asked) < 400 {
		t.Errorf("only %d different agents were asked about", len(j.asked))
	}
}

func TestAskCheck(t *testing.T) {
	t.Parallel()
	for _, a := range []ask{{}, {Path: "/p", Body: "{}"}, {Path: "p", Body: agentHole}, {Path: "/p", Body: agentHole, Bearer: "t", Nobody: true}} {
		s := testSpec("127.0.0.1:1")
		s.Ask = &a
		if _, err := runLoad(s); err == nil || !strings.Contains(err.Error(), "question") {
			t.Errorf("%+v: have error %v", a, err)
		}
	}
}
