package decision_test

import (
	"encoding/json"
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/origin"
	"github.com/switchboard-platform/switchboard/internal/sandbox"
)

// evaluation is a question in the words of AuthZEN; more are members of its object.
func evaluation(agent, service string, more ...string) string {
	return `{"subject":{"type":"agent","id":"` + agent + `"},"action":{"name":"transact"},"resource":{"type":"service","id":"` + service + `"}` +
		strings.Join(append([]string{""}, more...), ",") + `}`
}

func yes(more ...string) string { return evaluation(sandbox.UserCode, vendors, more...) }

func no() string { return evaluation(sandbox.UserCode, "86") }

// decisions gives what was decided: "+" for each yes and "-" for each no; with many, in brackets.
func (r reply) decisions(t *testing.T) string {
	t.Helper()
	type one struct {
		Decision *bool
		Context  map[string]any
	}
	var got struct {
		one
		Evaluations []one
	}
	must(t, json.Unmarshal([]byte(r.body), &got))
	sign := func(o one) string {
		if o.Decision == nil || o.Context == nil {
			t.Fatalf("no decision in %s", r.body)
		}
		return map[bool]string{true: "+", false: "-"}[*o.Decision]
	}
	if got.Evaluations == nil {
		return sign(got.one)
	}
	text := "["
	for _, e := range got.Evaluations {
		text += sign(e)
	}
	return text + "]"
}

// TestEvaluation goes through what AuthZEN 1.0 asks of an access evaluation.
func TestEvaluation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.activate(aeps)
	w.service(aeps, func(s *agent.Service) { s.Fence = agent.Fence{Country: "IN"} })
	const place = `"place":"28.6139,77.2090"`
	rest := `"action":{"name":"transact"},"resource":{"type":"service","id":"45"}`
	for name, c := range map[string]struct{ body, want string }{
		"yes":                     {yes(), "+"},
		"no":                      {no(), "-"},
		"unknown agent":           {evaluation("nobody", vendors), "-"},
		"with a context":          {yes(`"context":{"time":"2025-06-27T18:03-07:00","ip":"192.168.1.1"}`), "+"},
		"unknown fields":          {yes(`"foo":"bar"`, `"futureField":{"nested":[true]}`), "+"},
		"null context":            {yes(`"context":null`), "+"},
		"other properties":        {`{"subject":{"type":"agent","id":"20810200","properties":{"role":"x"}},` + rest + `}`, "+"},
		"place in the context":    {evaluation(sandbox.UserCode, aeps, `"context":{`+place+`}`), "+"},
		"no place":                {evaluation(sandbox.UserCode, aeps), "-"},
		"place of the subject":    {`{"subject":{"type":"agent","id":"20810200","properties":{` + place + `}},"action":{"name":"transact"},"resource":{"type":"service","id":"43"}}`, "+"},
		"place of the resource":   {`{"subject":{"type":"agent","id":"20810200"},"action":{"name":"transact"},"resource":{"type":"service","id":"43","properties":{` + place + `}}}`, "+"},
		"the context goes first":  {`{"context":{"place":"51.5,-0.1"},"subject":{"type":"agent","id":"20810200","properties":{` + place + `}},"action":{"name":"transact"},"resource":{"type":"service","id":"43"}}`, "-"},
		"another kind of subject": {`{"subject":{"type":"user","id":"20810200"},` + rest + `}`, "-"},
		"another action":          {strings.Replace(yes(), `"transact"`, `"read"`, 1), "-"},
		"another resource":        {strings.Replace(yes(), `"service"`, `"record"`, 1), "-"},
	} {
		r := w.send(request{path: "/access/v1/evaluation", body: c.body})
		if r.status != http.StatusOK || r.decisions(t) != c.want || r.header.Get("Content-Type") != "application/json" {
			t.Errorf("%s: %d %s, want %s", name, r.status, r.body, c.want)
		}
	}
	golden(t, "evaluation-yes", w.send(request{path: "/access/v1/evaluation", body: yes()}))
	golden(t, "evaluation-no", w.send(request{path: "/access/v1/evaluation", body: no()}))
	golden(t, "evaluation-stranger", w.send(request{path: "/access/v1/evaluation", body: strings.Replace(yes(), `"agent"`, `"user"`, 1)}))
}

// TestBadEvaluation: whatever is wrong with the request itself is answered 400, at both addresses.
func TestBadEvaluation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	without := func(member string) string {
		var m map[string]json.RawMessage
		must(t, json.Unmarshal([]byte(yes()), &m))
		delete(m, member)
		b, err := json.Marshal(m)
		must(t, err)
		return string(b)
	}
	for body, field := range map[string]string{
		without("subject"): "subject.type", without("action"): "action.name", without("resource"): "resource.type",
		strings.Replace(yes(), `"type":"agent",`, "", 1):               "subject.type",
		strings.Replace(yes(), `,"id":"20810200"`, "", 1):              "subject.id",
		strings.Replace(yes(), `"name":"transact"`, "", 1):             "action.name",
		strings.Replace(yes(), `"type":"service",`, "", 1):             "resource.type",
		strings.Replace(yes(), `,"id":"45"`, "", 1):                    "resource.id",
		strings.Replace(yes(), `"transact"`, "123", 1):                 "action.name",
		strings.Replace(yes(), `{"name":"transact"}`, `"transact"`, 1): "action",
		strings.Replace(yes(), `"20810200"`, `""`, 1):                  "subject.id",
		strings.Replace(yes(), `"id":"45"`, `"id":"45","id":1`, 1):     "resource.id",
		yes(`"context":"x"`):                                           "context",
		yes(`"context":{},"context":{"place":"1,2"}`):                  "context",
		yes(`"context":{"place":7}`):                                   "context.place",
		yes(`"context":{"place":"x"}`):                                 "context.place",
		yes(`"context":{"at":"x"}`):                                    "context.at",
		yes(`"context":{"device":"a b"}`):                              "context.device",
		`{"subject":{"type":"agent","id":"1","properties":[]},"action":{"name":"transact"},"resource":{"type":"service","id":"45"}}`: "subject.properties",
		"": "", "{": "", "[]": "", "null": "", yes() + "x": "",
	} {
		for _, path := range []string{"/access/v1/evaluation", "/access/v1/evaluations"} {
			r := w.send(request{path: path, body: body})
			if r.status != http.StatusBadRequest || !strings.Contains(r.body, `"field":"`+field+`"`) && field != "" {
				t.Errorf("%s %s: %d %s, want %s", path, body, r.status, r.body, field)
			}
		}
	}
	if r := w.send(request{path: "/access/v1/evaluation", body: yes(), header: map[string]string{"Content-Type": "text/plain"}}); r.status != http.StatusBadRequest {
		t.Errorf("another content type: %d", r.status)
	}
}

// TestEvaluations goes through what AuthZEN 1.0 asks of access evaluations.
func TestEvaluations(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	defaults := `"subject":{"type":"agent","id":"20810200"},"action":{"name":"transact"}`
	list := func(items ...string) string { return `"evaluations":[` + strings.Join(items, ",") + `]` }
	on := func(code string) string { return `{"resource":{"type":"service","id":"` + code + `"}}` }
	semantic := func(s string) string { return `"options":{"evaluations_semantic":"` + s + `","more":1}` }
	for name, c := range map[string]struct{ body, want string }{
		"defaults":              {`{` + defaults + `,` + list(on("45"), on("86"), on("45")) + `}`, "[+-+]"},
		"defaults behind":       {`{` + list(on("45"), on("86")) + `,` + defaults + `}`, "[+-]"},
		"none":                  {`{` + list(yes(), no()) + `}`, "[+-]"},
		"own goes before":       {`{` + defaults + `,` + list(on("45"), evaluation("nobody", "45")) + `}`, "[+-]"},
		"parts of an object":    {`{` + defaults + `,"resource":{"type":"service"},` + list(`{"resource":{"id":"45"}}`, `{"resource":{"id":"86"}}`) + `}`, "[+-]"},
		"context of all":        {`{` + defaults + `,"context":{"at":"x"},` + list(on("45"), `{"context":{},"resource":{"type":"service","id":"45"}}`) + `}`, "[-+]"},
		"one is wrong":          {`{` + defaults + `,` + list(on("45"), `{}`, on("45")) + `}`, "[+-+]"},
		"one is no object":      {`{` + defaults + `,` + list(`7`, on("45"), `[{}]`) + `}`, "[-+-]"},
		"execute all":           {`{` + defaults + `,` + semantic("execute_all") + `,` + list(on("86"), on("45")) + `}`, "[-+]"},
		"deny on first deny":    {`{` + defaults + `,` + semantic("deny_on_first_deny") + `,` + list(on("45"), on("86"), on("45")) + `}`, "[+-]"},
		"permit on first":       {`{` + defaults + `,` + semantic("permit_on_first_permit") + `,` + list(on("86"), on("45"), on("86")) + `}`, "[-+]"},
		"absent":                {yes(), "+"},
		"empty":                 {yes(`"evaluations":[]`), "+"},
		"null":                  {yes(`"evaluations":null`), "+"},
		"unknown members":       {`{` + defaults + `,"x":[1],` + list(`{"y":2,"resource":{"type":"service","id":"45","z":null}}`) + `}`, "[+]"},
		"a stranger among them": {`{` + defaults + `,` + list(`{"resource":{"type":"record","id":"45"}}`, on("45")) + `}`, "[-+]"},
	} {
		r := w.send(request{path: "/access/v1/evaluations", body: c.body})
		if r.status != http.StatusOK || r.decisions(t) != c.want {
			t.Errorf("%s: %d %s, want %s", name, r.status, r.body, c.want)
		}
	}
	golden(t, "evaluations", w.send(request{path: "/access/v1/evaluations", body: `{` + defaults + `,` + list(on("45"), on("86"), `{}`) + `}`}))
	for name, body := range map[string]string{
		"no list": yes(`"evaluations":{}`), "twice": yes(list(no()), list(no())), "semantic": yes(semantic("guess"), list(no())),
		"options": yes(`"options":[]`, list(no())), "wrong default": `{"subject":"x",` + list(yes()) + `}`,
		"too many": `{` + list(strings.Split(strings.Repeat(no()+";", 1000)+no(), ";")...) + `}`,
	} {
		if r := w.send(request{path: "/access/v1/evaluations", body: body}); r.status != http.StatusBadRequest {
			t.Errorf("%s: %d %.200s", name, r.status, r.body)
		}
	}
}

// TestRequestID: AuthZEN has the caller's X-Request-ID given back; without one there is ours.
func TestRequestID(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, q := range []request{
		{path: "/access/v1/evaluation", body: yes()}, {path: "/access/v1/evaluations", body: yes()}, {path: "/access/v1/evaluation", body: "{"},
		{path: "/access/v1/evaluation", body: yes(), token: "wrong"}, {path: "/.well-known/authzen-configuration", method: http.MethodGet},
	} {
		q.header = map[string]string{"X-Request-ID": "abc-123"}
		if r := w.send(q); r.header.Get("X-Request-Id") != "abc-123" {
			t.Errorf("%s: %q", q.path, r.header.Get("X-Request-Id"))
		}
		q.header = nil
		if r := w.send(q); len(r.header.Get("X-Request-Id")) != 20 {
			t.Errorf("%s: %q is not ours", q.path, r.header.Get("X-Request-Id"))
		}
	}
	if r := w.send(request{body: question("1", "2"), header: map[string]string{"X-Request-ID": "abc-123"}}); r.header.Get("X-Request-Id") == "abc-123" {
		t.Error("the plain call gives the caller's id back")
	}
}

// TestConfiguration: everybody may read where the addresses are; a trusted proxy says how it was reached.
func TestConfiguration(t *testing.T) {
	t.Parallel()
	w := newWorld(t, believe(origin.Finder{Trusted: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}}))
	get := request{path: "/.well-known/authzen-configuration", method: http.MethodGet, token: "-"}
	golden(t, "configuration", w.send(get))
	get.header = map[string]string{"X-Forwarded-Proto": "https"}
	if r := w.send(get); !strings.Contains(r.body, `"http://example.com"`) {
		t.Errorf("a stranger's word is believed: %s", r.body)
	}
	get.from = "10.1.2.3"
	if r := w.send(get); !strings.Contains(r.body, `"https://example.com"`) {
		t.Errorf("the proxy's word is not: %s", r.body)
	}
}
