package decision_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/block"
	"github.com/switchboard-platform/switchboard/internal/sandbox"
)

// codeCase makes one thing stand against the use of service 45, and nothing else.
type codeCase struct {
	arrange func(*world)
	agent   string   // the sandbox's by default
	service string   // 45 by default
	more    []string // of the question
}

func onAgent() block.Target { return block.Target{Agent: sandbox.UserCode} }

func fence(f agent.Fence) func(*world) {
	return func(w *world) { w.service(vendors, func(s *agent.Service) { s.Fence = f }) }
}

func dates(d agent.Dates) func(*world) {
	return func(w *world) {
		w.command(vendors, agent.Command{Kind: agent.Deactivate})
		w.command(vendors, agent.Command{Kind: agent.Activate, Dates: d})
	}
}

func blocked(on block.Target, owner block.Owner, change ...func(*block.Block)) func(*world) {
	return func(w *world) { w.block("b1", on, owner, change...) }
}

func codeCases() map[agent.ReasonCode]codeCase {
	far := "19.0760,72.8777" // Mumbai
	registered := func(w *world) { w.agent(func(a *agent.Agent) { a.LatLong = "28.6139,77.2090" }) }
	return map[agent.ReasonCode]codeCase{
		agent.UnknownAgent:   {agent: "99999999"},
		agent.UnknownService: {service: "999"},
		agent.ServiceRemoved: {arrange: func(w *world) {
			w.service(vendors, func(s *agent.Service) { s.Removed, s.UpdatedAt = true, w.now() })
		}},
		agent.AgentSuspended: {arrange: standing(agent.Suspended)},
		agent.AgentClosed:    {arrange: standing(agent.Closed)},
		agent.NotActivated:   {service: "86"},
		agent.WasDeactivated: {arrange: func(w *world) { w.command(vendors, agent.Command{Kind: agent.Deactivate}) }},
		agent.AwaitsReview:   {service: "1", arrange: func(w *world) { w.activate("1") }},
		agent.WasRejected: {service: aeps, arrange: func(w *world) {
			w.activate(aeps)
			w.command(aeps, agent.Command{Kind: agent.Reject, Comment: "blurred photograph"})
		}},
		agent.NotYet:   {arrange: dates(agent.Dates{From: dawn().Add(48 * time.Hour)})},
		agent.NoLonger: {arrange: func(w *world) { dates(agent.Dates{Until: dawn().Add(time.Hour)})(w); w.pass(2 * time.Hour) }},
		agent.VerificationDue: {service: "1", arrange: func(w *world) {
			w.activate("1")
			w.command("1", agent.Command{Kind: agent.Approve, Dates: agent.Dates{VerifyBy: dawn().Add(time.Hour)}})
			w.pass(2 * time.Hour)
		}},
		agent.BlockedAgent: {arrange: blocked(onAgent(), block.Fraud)},
		agent.BlockedActivation: {arrange: blocked(block.Target{Agent: sandbox.UserCode, Service: vendors}, block.System,
			func(b *block.Block) { b.Rule = block.Dormant })},
		agent.BlockedService: {arrange: blocked(block.Target{Service: vendors}, block.Operator,
			func(b *block.Block) { b.Until = dawn().Add(24 * time.Hour) })},
		agent.BlockedPartner:    {arrange: blocked(block.Target{Partner: sandbox.PartnerID}, block.Compliance)},
		agent.DeviceRequired:    {arrange: func(w *world) { w.agent(func(a *agent.Agent) { a.Devices = "POS-1 POS-2" }) }},
		agent.DeviceUnknown:     {arrange: func(w *world) { w.agent(func(a *agent.Agent) { a.Devices = "POS-1 POS-2" }) }, more: []string{"device", "POS-3"}},
		agent.PlaceRequired:     {arrange: fence(agent.Fence{Country: "IN"})},
		agent.PlaceUnregistered: {arrange: fence(agent.Fence{Distance: 500}), more: []string{"place", far}},
		agent.PlaceTooFar:       {arrange: func(w *world) { registered(w); fence(agent.Fence{Distance: 500})(w) }, more: []string{"place", far}},
		agent.PlaceOutside:      {arrange: fence(agent.Fence{Country: "IN", Tolerance: 1000}), more: []string{"place", "51.5074,-0.1278"}},
	}
}

func standing(to agent.Standing) func(*world) {
	return func(w *world) {
		_, err := w.reg.SetStanding(w.t.Context(), w.operator(), sandbox.UserCode, to, "a secret suspicion")
		must(w.t, err)
	}
}

// TestCodes gets every reason there is over HTTP, alone, in the shape of its golden file; before anything
// stands against it the same question is allowed.
func TestCodes(t *testing.T) {
	t.Parallel()
	cases := codeCases()
	for _, code := range agent.ReasonCodes() {
		t.Run(string(code), func(t *testing.T) {
			t.Parallel()
			c, ok := cases[code]
			if !ok {
				t.Fatal("no case gives this code")
			}
			w := newWorld(t)
			if c.arrange != nil {
				c.arrange(w)
			}
			if c.agent == "" {
				c.agent = sandbox.UserCode
			}
			if c.service == "" {
				c.service = vendors
			}
			r := w.send(request{body: question(c.agent, c.service, c.more...)})
			if got := r.codes(t); got != string(code) {
				t.Errorf("the reasons are %s", got)
			}
			if strings.Contains(r.body, "suspicion") || strings.Contains(r.body, "blurred") {
				t.Errorf("an operator's words are told: %s", r.body)
			}
			golden(t, "code/"+string(code), r)
			readsBack(t, r.body)
		})
	}
}

// readsBack checks that the client's type takes all of an answer, and means the same by it.
func readsBack(t *testing.T, body string) {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(body))
	d.DisallowUnknownFields()
	var got switchboard.Decision
	must(t, d.Decode(&got))
	again, err := json.Marshal(got)
	must(t, err)
	if string(again) != body {
		t.Errorf("the answer reads back as\n%s\nnot\n%s", again, body)
	}
}

// TestAllReasons: every reason is given, not the first alone.
func TestAllReasons(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	standing(agent.Suspended)(w)
	w.agent(func(a *agent.Agent) { a.Devices = "POS-1" })
	w.block("b1", onAgent(), block.Fraud)
	w.block("b2", onAgent(), block.Compliance)
	w.block("b3", block.Target{Agent: sandbox.UserCode, Service: vendors}, block.Partner)
	w.block("b4", block.Target{Service: vendors}, block.Operator)
	w.block("b5", block.Target{Partner: sandbox.PartnerID}, block.Compliance)
	fence(agent.Fence{Country: "IN"})(w)
	w.command(vendors, agent.Command{Kind: agent.Deactivate})
	r := w.send(request{body: question(sandbox.UserCode, vendors)})
	if want := "agent_suspended blocked_agent blocked_agent blocked_activation blocked_service blocked_partner deactivated device_required place_required"; r.codes(t) != want {
		t.Errorf("the reasons are %s", r.codes(t))
	}
	r = w.send(request{body: question(sandbox.UserCode, "999")})
	if want := "unknown_service agent_suspended blocked_agent blocked_agent blocked_partner device_required"; r.codes(t) != want {
		t.Errorf("of an unknown service the reasons are %s", r.codes(t))
	}
	if got := w.send(request{body: question("nobody", "999")}).codes(t); got != "unknown_agent unknown_service" {
		t.Errorf("of nobody the reasons are %s", got)
	}
}

// TestAllowed asks what is allowed, in all the ways there are to ask.
func TestAllowed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	golden(t, "allowed", w.send(request{body: question(sandbox.UserCode, vendors)}))
	w.agent(func(a *agent.Agent) { a.LatLong, a.Devices = "28.6139,77.2090", "POS-1" })
	fence(agent.Fence{Distance: 500, Country: "IN"})(w)
	for name, body := range map[string]string{
		"in full":    question(sandbox.UserCode, vendors, "place", "28.6140,77.2091", "device", "POS-1", "at", "2026-03-01T09:00:01Z"),
		"other zone": question(sandbox.UserCode, vendors, "place", "28.6140, 77.2091", "device", "POS-1", "at", "2026-03-01T14:30:00.5+05:30"),
		"a little behind": question(sandbox.UserCode, vendors, "place", "28.6140,77.2091", "device", "POS-1",
			"at", "2026-03-01T08:55:30Z"),
		"escaped":  `{"\u0061gent":"2081020\u0030","service":"45","place":"28.6140,77.2091","device":"POS-1"}`,
		"nulls":    `{"agent":"20810200","service":"45","place":"28.6140,77.2091","device":"POS-1","at":null}`,
		"spacious": " { \"agent\" : \"20810200\" ,\n\"service\":\"45\", \"place\":\"28.6140,77.2091\",\"device\":\"POS-1\"\t}\r\n",
	} {
		if got := w.send(request{body: body}).codes(t); got != "allowed" {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// TestDates: what begins or ends is answered for the time that is asked about.
func TestDates(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	dates(agent.Dates{From: dawn().Add(24 * time.Hour), Until: dawn().Add(72 * time.Hour)})(w)
	w.block("b1", onAgent(), block.Fraud, func(b *block.Block) { b.From, b.Until = dawn().Add(48*time.Hour), dawn().Add(60*time.Hour) })
	for after, want := range map[time.Duration]string{
		0: "not_yet", 24*time.Hour - time.Microsecond: "not_yet", 24 * time.Hour: "allowed", 48 * time.Hour: "blocked_agent",
		60 * time.Hour: "allowed", 72 * time.Hour: "no_longer", 1000 * time.Hour: "no_longer",
	} {
		at := dawn().Add(after).Format(time.RFC3339Nano)
		if got := w.send(request{body: question(sandbox.UserCode, vendors, "at", at)}).codes(t); got != want {
			t.Errorf("after %s: %s, want %s", after, got, want)
		}
	}
}

// TestPast: what was stopped a moment ago is stopped, whatever time is asked about.
func TestPast(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.pass(time.Hour)
	w.block("b1", onAgent(), block.Fraud, func(b *block.Block) { b.From = w.now() })
	at := w.now().Add(-4 * time.Minute).Format(time.RFC3339)
	if got := w.send(request{body: question(sandbox.UserCode, vendors, "at", at)}).codes(t); got != "blocked_agent" {
		t.Errorf("a little earlier: %s", got)
	}
}

// TestCells asks every state an activation can be in under every review rule: of the twelve combinations of
// status and verification these are all that occur, and three may transact.
func TestCells(t *testing.T) {
	t.Parallel()
	activate, approve, reject := agent.Command{Kind: agent.Activate}, agent.Command{Kind: agent.Approve}, agent.Command{Kind: agent.Reject, Comment: "no"}
	off := agent.Command{Kind: agent.Deactivate}
	for name, c := range map[string]struct {
		review agent.Review
		cmds   []agent.Command
		want   string
	}{
		"absent":               {agent.ReviewNone, nil, "not_activated"},
		"activated(0)":         {agent.ReviewNone, []agent.Command{activate}, "allowed"},
		"activated(1), before": {agent.ReviewBefore, []agent.Command{activate, approve}, "allowed"},
		"activated(1), after":  {agent.ReviewAfter, []agent.Command{activate, approve}, "allowed"},
		"activated(3), after":  {agent.ReviewAfter, []agent.Command{activate}, "allowed"},
		"pending(3)":           {agent.ReviewBefore, []agent.Command{activate}, "awaits_review"},
		"deactivated(2)":       {agent.ReviewAfter, []agent.Command{activate, reject}, "rejected"},
		"deactivated(0)":       {agent.ReviewNone, []agent.Command{activate, off}, "deactivated"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.service("86", func(s *agent.Service) { s.Review = c.review })
			for _, cmd := range c.cmds {
				w.command("86", cmd)
			}
			if got := w.send(request{body: question(sandbox.UserCode, "86")}).codes(t); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
	t.Run("activated(3), where the review comes before by now", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.activate(aeps)
		w.service(aeps, func(s *agent.Service) { s.Review = agent.ReviewBefore })
		if got := w.send(request{body: question(sandbox.UserCode, aeps)}).codes(t); got != "awaits_review" {
			t.Error(got)
		}
	})
}

// TestBadQuestions refuses what is wrong, naming each field.
func TestBadQuestions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	long := strings.Repeat("x", 65)
	for body, fields := range map[string]string{
		`{}`:                                     "agent service",
		`{"agent":"20810200"}`:                   "service",
		`{"agent":"","service":null}`:            "agent service",
		`{"agent":20810200,"service":["45"]}`:    "agent service",
		`{"agent":"1","agent":"2"}`:              "agent",
		`{"agent":"1","agent":null}`:             "agent",
		`{"agent":"1","service":"2","plaice":1}`: "plaice",
		`{"Agent":"1","service":"2"}`:            "Agent agent",
		question(long, long):                     "agent service",
		question("1", "2", "place", "somewhere", "device", "a b", "at", "today"): "at",
		question("1", "2", "place", "somewhere", "device", "a b"):                "place device",
		question("1", "2", "place", "91,0"):                                      "place",
		question("1", "2", "place", "1,2"+strings.Repeat(" ", 70)):               "place",
		question("1", "2", "at", "2026-03-01"):                                   "at",
		question("1", "2", "at", "2026-03-01T08:54:59Z"):                         "at",
		question("1", "2", "at", "9999-12-31T23:59:59-12:00"):                    "at",
		`[]`: "", `"x"`: "", ``: "", `{"agent":"1"`: "", `{"agent":"1","service":"2"} x`: "", `{"agent":"1","service":"2"}{}`: "", `null`: "",
		`{"agent":"1","service":"2",}`: "", "{\"agent\":\"1\x00\",\"service\":\"2\"}": "",
	} {
		r := w.send(request{body: body})
		var got struct {
			Error struct {
				Code   string
				Fields []struct{ Field string }
			}
		}
		must(t, json.Unmarshal([]byte(r.body), &got))
		var names []string
		for _, f := range got.Error.Fields {
			names = append(names, f.Field)
		}
		if r.status != http.StatusBadRequest || got.Error.Code != "invalid" || strings.Join(names, " ") != fields {
			t.Errorf("%s: %d %s, want the fields %q", body, r.status, r.body, fields)
		}
	}
	golden(t, "bad", reply{status: 400, body: maskID(w.send(request{body: `{"agent":1,"plaice":"28.6,77.2","service":"45"}`}))})
}

func maskID(r reply) string {
	return strings.Replace(r.body, r.header.Get("X-Request-Id"), "…", 1)
}

// TestBatch answers in order, and refuses all for one that is wrong.
func TestBatch(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	many := func(questions ...string) reply {
		return w.send(request{path: "/v1/decisions:batch", body: `{"decisions":[` + strings.Join(questions, ",") + `]}`})
	}
	ok := question(sandbox.UserCode, vendors)
	golden(t, "batch", many(ok, question("nobody", vendors), ok))
	thousand := slices.Repeat([]string{ok}, 1000)
	r := many(thousand...)
	if r.status != http.StatusOK || strings.Count(r.body, `"allowed":true`) != 1000 {
		t.Errorf("a thousand: %d %.200s", r.status, r.body)
	}
	for name, c := range map[string]struct{ body, want string }{
		"too many":    {`{"decisions":[` + strings.Join(append(thousand, ok), ",") + `]}`, `"field":"decisions"`},
		"none":        {`{"decisions":[]}`, `"field":"decisions"`},
		"no list":     {`{"decisions":{}}`, `"field":"decisions"`},
		"absent":      {`{}`, `"field":"decisions"`},
		"twice":       {`{"decisions":[` + ok + `],"decisions":[` + ok + `]}`, `"field":"decisions"`},
		"another":     {`{"decisions":[` + ok + `],"semantic":"x"}`, `"field":"semantic"`},
		"no object":   {`{"decisions":[` + ok + `,7]}`, `"field":"decisions[1]"`},
		"bad field":   {`{"decisions":[` + ok + `,{"service":"45"}]}`, `"field":"decisions[1].agent"`},
		"misspelt":    {`{"decisions":[{"agent":"1","service":"2","x":1}]}`, `"field":"decisions[0].x"`},
		"bad place":   {`{"decisions":[` + question("1", "2", "place", "?") + `]}`, `"field":"decisions[0].place"`},
		"cut":         {`{"decisions":[` + ok, `not the JSON object`},
		"cut inside":  {`{"decisions":[{"agent"`, `not the JSON object`},
		"bad at 1000": {`{"decisions":[` + strings.Join(thousand[:999], ",") + `,{}]}`, `"field":"decisions[999].agent"`},
	} {
		if r := w.send(request{path: "/v1/decisions:batch", body: c.body}); r.status != http.StatusBadRequest || !strings.Contains(r.body, c.want) {
			t.Errorf("%s: %d %.300s", name, r.status, r.body)
		}
	}
	bad := slices.Repeat([]string{`{"a":1,"b":2,"c":3}`}, 900)
	if r := many(bad...); strings.Count(r.body, `"field"`) > 30 {
		t.Errorf("%d problems are told", strings.Count(r.body, `"field"`))
	}
}

// TestFailClosed: a store that cannot be read allows nothing.
func TestFailClosed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	must(t, w.store.Close())
	for path, body := range map[string]string{
		"/v1/decisions": question(sandbox.UserCode, vendors), "/v1/decisions:batch": fmt.Sprintf(`{"decisions":[%s]}`, question(sandbox.UserCode, vendors)),
		"/access/v1/evaluation": evaluation(sandbox.UserCode, vendors),
	} {
		r := w.send(request{path: path, body: body})
		if r.status != http.StatusServiceUnavailable || strings.Contains(r.body, "true") || r.header.Get("Retry-After") == "" {
			t.Errorf("%s: %d %s", path, r.status, r.body)
		}
	}
}
