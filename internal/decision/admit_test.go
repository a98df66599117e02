package decision_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard/internal/access"
	"github.com/switchboard-platform/switchboard/internal/decision"
	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/limit"
	"github.com/switchboard-platform/switchboard/internal/partner"
	"github.com/switchboard-platform/switchboard/internal/registry"
	"github.com/switchboard-platform/switchboard/internal/sandbox"
	"github.com/switchboard-platform/switchboard/internal/store"
	"github.com/switchboard-platform/switchboard/internal/trail"
)

// other adds another partner with an agent of its own that may use service 45.
func (w *world) other() (agentCode string) {
	w.t.Helper()
	w.write(func(tx store.Tx) error {
		return tx.SavePartner(partner.Partner{ID: "other", Name: "Other", InitiatorID: "9000000001", CreatedAt: w.now()})
	})
	out, err := w.reg.Onboard(w.t.Context(), w.operator(), registry.Onboarding{PartnerID: "other", UserCode: "30000000"})
	must(w.t, err)
	return out.Agent.UserCode
}

// TestScope: a partner is answered about its own agents, as if there were no others; a switch about all.
func TestScope(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	stranger := w.other()
	ofPartner, ofOther := w.token("p1", access.HolderPartner, sandbox.PartnerID), w.token("p2", access.HolderPartner, "other")
	for name, c := range map[string]struct {
		q    request
		want string
	}{
		"switch, anybody's":        {request{body: question(stranger, vendors)}, "not_activated"},
		"switch, the sandbox's":    {request{body: question(sandbox.UserCode, vendors)}, "allowed"},
		"signature, own":           {request{signed: sandboxCreds(), body: question(sandbox.UserCode, vendors)}, "allowed"},
		"signature, another's":     {request{signed: sandboxCreds(), body: question(stranger, vendors)}, "unknown_agent"},
		"signature, nobody's":      {request{signed: sandboxCreds(), body: question("nobody", vendors)}, "unknown_agent"},
		"token, own":               {request{token: ofPartner, body: question(sandbox.UserCode, vendors)}, "allowed"},
		"token, another's":         {request{token: ofOther, body: question(sandbox.UserCode, vendors)}, "unknown_agent"},
		"token, its own":           {request{token: ofOther, body: question(stranger, vendors)}, "not_activated"},
		"scheme in small letters":  {request{token: "-", header: map[string]string{"Authorization": "bearer " + ofPartner}, body: question(sandbox.UserCode, vendors)}, "allowed"},
		"charset, and JSON indeed": {request{header: map[string]string{"Content-Type": "application/json; charset=utf-8"}, body: question(sandbox.UserCode, vendors)}, "allowed"},
	} {
		if got := w.send(c.q).codes(t); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
	// Of another's agent and of none, a partner is told the same to the letter but for what it asked.
	one, two := w.send(request{token: ofPartner, body: question(stranger, vendors)}), w.send(request{token: ofPartner, body: question("30000001", vendors)})
	if receiptText.ReplaceAllString(one.body, "") != receiptText.ReplaceAllString(two.body, "") {
		t.Errorf("another's agent: %s, nobody: %s", one.body, two.body)
	}
}

// TestRefused: who is not let in learns nothing, and why stands in the log.
func TestRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	expired := w.token("expired", access.HolderSwitch, sandbox.SwitchID, func(tk *access.Token) { tk.ExpiresAt = w.now() })
	revoked := w.token("revoked", access.HolderPartner, sandbox.PartnerID, func(tk *access.Token) { tk.RevokedAt = w.now() })
	w.write(func(tx store.Tx) error {
		return tx.SaveSwitch(access.Switch{ID: "gone", Name: "Gone", CreatedAt: w.now(), RevokedAt: w.now(), Head: event.Head{}})
	})
	ofGone := w.token("gone-1", access.HolderSwitch, "gone")
	ask := question(sandbox.UserCode, vendors)
	for name, c := range map[string]struct {
		q     request
		cause string
	}{
		"nothing":         {request{token: "-"}, "missing_header"},
		"unknown token":   {request{token: "guess"}, "wrong_token"},
		"expired":         {request{token: expired}, "dead_token"},
		"revoked":         {request{token: revoked}, "dead_token"},
		"switch revoked":  {request{token: ofGone}, "wrong_token"},
		"another scheme":  {request{token: "-", header: map[string]string{"Authorization": "Basic eDp5"}}, "no_token"},
		"unknown key":     {request{signed: &creds{"0123456789abcdef0123456789abcdef", sandbox.AccessKey}}, "unknown_key"},
		"wrong signature": {request{signed: &creds{sandbox.DeveloperKey, "another"}}, "wrong_signature"},
	} {
		c.q.body = ask
		r := w.send(c.q)
		if r.status != http.StatusUnauthorized || !strings.Contains(r.body, `"code":"unauthenticated"`) || !strings.Contains(r.body, "Access denied") ||
			r.header.Get("Www-Authenticate") == "" {
			t.Errorf("%s: %d %s", name, r.status, r.body)
		}
		if line := w.logged(r.header.Get("X-Request-Id")); !strings.Contains(line, `"cause":"`+c.cause+`"`) {
			t.Errorf("%s: the log says %s", name, line)
		}
	}
	if w.decided.Load() != 0 {
		t.Errorf("%d decisions were made for nobody", w.decided.Load())
	}
}

// logged gives the log's warning about a request.
func (w *world) logged(id string) string {
	for line := range strings.SplitSeq(w.log.String(), "\n") {
		if strings.Contains(line, `"request_id":"`+id+`"`) && strings.Contains(line, `"WARN"`) {
			return line
		}
	}
	return ""
}

// TestOperatorsToken opens another API.
func TestOperatorsToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.write(func(tx store.Tx) error {
		return tx.SaveOperator(access.Operator{Name: "asha", Roles: access.Administrator, CreatedAt: w.now()})
	})
	r := w.send(request{token: w.token("o1", access.HolderOperator, "asha"), body: question(sandbox.UserCode, vendors)})
	if r.status != http.StatusForbidden || !strings.Contains(r.body, `"code":"forbidden"`) {
		t.Errorf("%d %s", r.status, r.body)
	}
}

// TestReplay: a signature that comes again with another question is refused where the key is strict, and
// the same question may be repeated.
func TestReplay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.write(func(tx store.Tx) error {
		dir, err := tx.Directory()
		if err != nil {
			return err
		}
		k, _ := dir.Key(sandbox.DeveloperKey)
		k.Replay = partner.Strict
		return tx.SaveKey(k)
	})
	again := func(body string) reply {
		w.stamp.Store(w.now().UnixMilli() - 1)
		return w.send(request{signed: sandboxCreds(), body: body})
	}
	first, same, another := again(question(sandbox.UserCode, vendors)), again(question(sandbox.UserCode, vendors)), again(question(sandbox.UserCode, "86"))
	if first.status != http.StatusOK || same.status != http.StatusOK || another.status != http.StatusUnauthorized {
		t.Errorf("first %d, the same %d, another %d", first.status, same.status, another.status)
	}
}

// TestRevokedMeanwhile: a token lets in until it is revoked, and not once after.
func TestRevokedMeanwhile(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	q := request{token: w.token("t1", access.HolderSwitch, sandbox.SwitchID), body: question(sandbox.UserCode, vendors)}
	if got := w.send(q).codes(t); got != "allowed" {
		t.Fatal(got)
	}
	w.token("t1", access.HolderSwitch, sandbox.SwitchID, func(tk *access.Token) { tk.RevokedAt = w.now() })
	if r := w.send(q); r.status != http.StatusUnauthorized {
		t.Errorf("after the revocation: %d", r.status)
	}
}

// TestLimits: partners, switches and addresses have limits of their own.
func TestLimits(t *testing.T) {
	t.Parallel()
	ask := question(sandbox.UserCode, vendors)
	for name, c := range map[string]struct {
		limits func(*decision.Config)
		q      request
	}{
		"partner": {func(c *decision.Config) { c.Partners = limit.New(1, 2) }, request{signed: sandboxCreds(), body: ask}},
		"switch":  {func(c *decision.Config) { c.Switches = limit.New(1, 2) }, request{body: ask}},
		"address": {func(c *decision.Config) { c.Addresses = limit.New(1, 2) }, request{body: ask}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, c.limits)
			for range 2 {
				w.send(c.q).codes(t)
			}
			r := w.send(c.q)
			if r.status != http.StatusTooManyRequests || r.header.Get("Retry-After") != "1" {
				t.Errorf("the third: %d %s", r.status, r.body)
			}
			w.pass(time.Second)
			w.send(c.q).codes(t)
		})
	}
}

// TestAddresses: other methods, media and sizes are refused with what would be right.
func TestAddresses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	huge := `{"agent":"` + strings.Repeat("x", 64<<10) + `"}`
	for name, c := range map[string]struct {
		q      request
		status int
		code   string
	}{
		"method":        {request{method: http.MethodGet}, 405, "wrong_method"},
		"no such":       {request{path: "/access/v1/search/subject", body: "{}"}, 404, "no_route"},
		"media":         {request{body: "x", header: map[string]string{"Content-Type": "text/plain"}}, 415, "unsupported_media"},
		"no media":      {request{body: "x", header: map[string]string{"Content-Type": ""}}, 415, "unsupported_media"},
		"encoding":      {request{body: "x", header: map[string]string{"Content-Encoding": "gzip"}}, 415, "unsupported_media"},
		"too large":     {request{body: huge}, 413, "too_large"},
		"large, in all": {request{path: "/v1/decisions:batch", body: strings.Repeat(" ", 4<<20) + "{}"}, 413, "too_large"},
	} {
		r := w.send(c.q)
		if r.status != c.status || !strings.Contains(r.body, `"code":"`+c.code+`"`) || !strings.Contains(r.body, r.header.Get("X-Request-Id")) {
			t.Errorf("%s: %d %s", name, r.status, r.body)
		}
	}
	if r := w.send(request{method: http.MethodGet}); r.header.Get("Allow") != http.MethodPost {
		t.Errorf("allowed is %q", r.header.Get("Allow"))
	}
}

// TestTrail: a partner finds its decisions in its request log, refused ones too; a switch's are nobody's.
func TestTrail(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.send(request{body: question(sandbox.UserCode, vendors)})
	w.send(request{signed: sandboxCreds(), body: question(sandbox.UserCode, vendors)})
	w.send(request{signed: sandboxCreds(), path: "/access/v1/evaluation", body: "{"})
	w.send(request{signed: &creds{sandbox.DeveloperKey, "another"}, body: "{}"})
	var got []string
	for _, e := range w.trail.List(sandbox.PartnerID, trail.Filter{Limit: 10}) {
		got = append(got, e.Operation+" "+e.Outcome+" "+e.Key[:4])
	}
	if want := " unauthenticated becb, evaluate invalid becb, decide ok becb"; strings.Join(got, ", ") != want {
		t.Errorf("the request log is %q", strings.Join(got, ", "))
	}
}

// TestNoSecretIsLogged: whatever goes wrong, no token and no access key stands in the log or in an answer.
func TestNoSecretIsLogged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	token := w.token("canary", access.HolderSwitch, sandbox.SwitchID)
	var told strings.Builder
	for _, q := range []request{
		{token: token, body: question(sandbox.UserCode, vendors)}, {token: token, body: "{"}, {token: token + "x", body: "{}"},
		{token: "-", header: map[string]string{"Authorization": "Basic " + token}}, {signed: sandboxCreds(), body: question("1", "2")},
		{signed: &creds{sandbox.AccessKey, sandbox.DeveloperKey}, body: "{}"}, {token: token, path: "/access/v1/evaluation", body: yes()},
	} {
		r := w.send(q)
		told.WriteString(r.body)
	}
	for _, secret := range []string{token, sandbox.AccessKey, "a secret suspicion"} {
		if strings.Contains(w.log.String()+told.String(), secret) {
			t.Errorf("%q is told", secret)
		}
	}
}
