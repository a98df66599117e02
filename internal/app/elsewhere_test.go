package app_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/access"
	"github.com/switchboard-platform/switchboard/internal/apptest"
	"github.com/switchboard-platform/switchboard/internal/channel"
	"github.com/switchboard-platform/switchboard/internal/decision"
	"github.com/switchboard-platform/switchboard/internal/eps"
	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/mobileapi"
	"github.com/switchboard-platform/switchboard/internal/pgtest"
	"github.com/switchboard-platform/switchboard/internal/registry"
	"github.com/switchboard-platform/switchboard/internal/sandbox"
	"github.com/switchboard-platform/switchboard/internal/secret"
	"github.com/switchboard-platform/switchboard/internal/sign"
	"github.com/switchboard-platform/switchboard/internal/store/postgres"
)

// elsewhere is an application and the use cases of another node of its database.
type elsewhere struct {
	*apptest.App
	other  *registry.Registry
	by     registry.Caller
	stamps atomic.Int64
}

func newElsewhere(t *testing.T) *elsewhere {
	t.Helper()
	url := pgtest.New(t).Database(t)
	e := &elsewhere{App: apptest.New(t, apptest.Options{DatabaseURL: secret.NewText(url)})}
	s, err := postgres.Open(t.Context(), postgres.Config{URL: url})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	e.other = registry.New(registry.Config{Store: s, Sandbox: true})
	e.by = registry.Caller{Roles: access.Administrator, Cause: event.Cause{Actor: event.SharedToken, At: e.other.Now()}}
	e.stamps.Store(time.Now().UnixMilli())
	return e
}

// credential makes the headers of one request, and can be revoked at the other node.
type credential struct {
	show   func(http.Header)
	revoke func() (bool, error)
}

// key gives the credentials of the sandbox's partner that sign.
func (e *elsewhere) key(t *testing.T) credential {
	k, err := e.Operator.RotateKey(t.Context(), sandbox.PartnerID, switchboard.NewKey{Overlap: "1h"})
	if err != nil {
		t.Fatal(err)
	}
	return credential{func(h http.Header) {
		stamp := strconv.FormatInt(e.stamps.Add(1), 10)
		h.Set("developer_key", k.DeveloperKey)
		h.Set("secret-key", sign.EPS(k.AccessKey, stamp))
		h.Set("secret-key-timestamp", stamp)
	}, func() (bool, error) { return e.other.RevokeKey(t.Context(), e.by, k.DeveloperKey) }}
}

// token gives a credential of a holder of tokens, made at the other node.
func (e *elsewhere) token(t *testing.T, kind access.Holder) credential {
	i, err := e.other.AddToken(t.Context(), e.by, kind, sandbox.PartnerID, registry.Overlap{Keep: true})
	if err != nil {
		t.Fatal(err)
	}
	return credential{func(h http.Header) { h.Set("Authorization", "Bearer "+i.Text.Reveal()) },
		func() (bool, error) { return e.other.RevokeToken(t.Context(), e.by, i.Token.ID) }}
}

// secret gives the credentials of a new channel, made at the other node.
func (e *elsewhere) secret(t *testing.T, id string) credential {
	c, i, err := e.other.AddChannel(t.Context(), e.by, channel.Channel{ID: id})
	if err != nil {
		t.Fatal(err)
	}
	return credential{func(h http.Header) {
		r := http.Request{Header: h}
		r.SetBasicAuth(c.ID, i.Text.Reveal())
	}, func() (bool, error) { return e.other.RevokeChannel(t.Context(), e.by, c.ID) }}
}

// ask sends a request, given as "METHOD path" and a body, and gives status and answer.
func (e *elsewhere) ask(t *testing.T, c credential, target, body string) (int, string) {
	t.Helper()
	method, path, _ := strings.Cut(target, " ")
	r, err := http.NewRequestWithContext(t.Context(), method, e.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	c.show(r.Header)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	b, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(b)
}

// ends lets somebody in, revokes the credentials at the other node, and sees that nothing more is told.
func (e *elsewhere) ends(t *testing.T, c credential, target, body string) {
	t.Helper()
	const denied = "Access denied"
	for range 2 { // the first may find an old directory in memory, and the second not
		if status, answer := e.ask(t, c, target, body); strings.Contains(answer, denied) || status >= 500 {
			t.Errorf("%s: before the credentials were revoked: %d %s", target, status, answer)
		}
	}
	if changed, err := c.revoke(); err != nil || !changed {
		t.Fatal(changed, err)
	}
	for range 2 {
		if status, answer := e.ask(t, c, target, body); !strings.Contains(answer, denied) || status != http.StatusForbidden && status != http.StatusUnauthorized {
			t.Errorf("%s: after the credentials were revoked: %d %s", target, status, answer)
		}
	}
}

// covers makes sure that every operation that there is was tried.
func covers(t *testing.T, tried map[string][]string, operations []string, except ...string) {
	t.Helper()
	for _, op := range operations {
		if len(tried[op]) == 0 && !slices.Contains(except, op) {
			t.Errorf("operation %s is not tried", op)
		}
	}
}

// TestRevokedElsewhere: credentials that another node made are good here at once, and those that another node revoked
// get no single answer more, good or bad, at any address of any dialect.
func TestRevokedElsewhere(t *testing.T) {
	t.Parallel()
	e := newElsewhere(t)
	for _, part := range []struct {
		name string
		run  func(t *testing.T)
	}{{"partners", e.partners}, {"decisions", e.decisions}, {"channels", e.channels}, {"feed", e.feed}} {
		t.Run(part.name, func(t *testing.T) {
			t.Parallel()
			part.run(t)
		})
	}
}

func (e *elsewhere) partners(t *testing.T) {
	const prefix, initiator = "/ekoapi/v2", "initiator_id=" + sandbox.InitiatorID
	tried := map[string][]string{
		"get_user_services": {"GET " + prefix + "/user/account/services?" + initiator + "&user_code=" + sandbox.UserCode,
			"GET " + prefix + "/user/account/services?" + initiator + "&user_code=99999999", "GET " + prefix + "/user/account/services"},
		"enquire_user_services": {"GET " + prefix + "/user/services/user_code:" + sandbox.UserCode + "?" + initiator},
		"get_services":          {"GET " + prefix + "/user/services?" + initiator},
		"activate_service":      {"PUT " + prefix + "/admin/network/agent/" + sandbox.UserCode + "/service/45/activate"},
		"deactivate_service":    {"PUT " + prefix + "/admin/network/agent/" + sandbox.UserCode + "/service/45/deactivate"},
		"activate_user_service": {"PUT " + prefix + "/user/service/activate"},
		"onboard_agent":         {"PUT " + prefix + "/user/onboard"},
	}
	covers(t, tried, eps.Operations(), "none")
	for _, targets := range tried {
		for _, target := range targets {
			body := ""
			if strings.HasPrefix(target, "PUT") {
				body = `{"initiator_id":"` + sandbox.InitiatorID + `","user_code":"` + sandbox.UserCode + `","service_code":"45"}`
			}
			e.ends(t, e.key(t), target, body)
		}
	}
}

func (e *elsewhere) decisions(t *testing.T) {
	const one = `{"agent":"` + sandbox.UserCode + `","service":"45"}`
	const nobody = `{"agent":"99999999","service":"45"}`
	evaluation := func(kind, agent string) string {
		return `{"subject":{"type":"` + kind + `","id":"` + agent + `"},"action":{"name":"transact"},"resource":{"type":"service","id":"45"}}`
	}
	const decide, many, evaluate, evaluations = "POST /v1/decisions", "POST /v1/decisions:batch", "POST /access/v1/evaluation", "POST /access/v1/evaluations"
	ours, theirs := evaluation("agent", sandbox.UserCode), evaluation("robot", "x")
	asked := []struct{ operation, target, body string }{
		{"decide", decide, one}, {"decide", decide, nobody}, {"decide", decide, `{}`}, {"decide", decide, `not JSON`},
		{"decide_batch", many, `{"decisions":[` + one + `,` + nobody + `,` + one + `]}`}, {"decide_batch", many, `{"decisions":[]}`},
		{"evaluate", evaluate, ours}, {"evaluate", evaluate, theirs},
		{"evaluate_batch", evaluations, ours}, {"evaluate_batch", evaluations, theirs},
		{"evaluate_batch", evaluations, `{"evaluations":[` + ours + `,` + theirs + `,{}]}`},
		{"evaluate_batch", evaluations, `{"evaluations":[` + theirs + `]}`},
		{"check_receipt", "POST /v1/receipts:check", `{"receipt":"x"}`},
	}
	tried := map[string][]string{}
	for _, q := range asked {
		tried[q.operation] = append(tried[q.operation], q.body)
		e.ends(t, e.key(t), q.target, q.body)
		e.ends(t, e.token(t, access.HolderPartner), q.target, q.body)
		e.ends(t, e.token(t, access.HolderSwitch), q.target, q.body)
	}
	covers(t, tried, decision.Operations(), "authzen_configuration")
}

func (e *elsewhere) channels(t *testing.T) {
	bodies := []string{`{}`, `not JSON`}
	for i, action := range mobileapi.Actions() {
		for _, number := range []string{sandbox.MSISDN, "254700000000"} {
			bodies = append(bodies, fmt.Sprintf(`{"action":%q,"payload":{"api_request_id":"%d-%s","identifier_type":"MSISDN","identifier":%q,"device_identifier_type":"APP_ID",
"device_identifier":%q,"pin":"9999"}}`, action, i, number, number, sandbox.AppID))
		}
	}
	for i, body := range bodies {
		e.ends(t, e.secret(t, fmt.Sprint("channel-", i)), "POST "+e.Config.MobilePath, body)
	}
}

func (e *elsewhere) feed(t *testing.T) {
	for _, target := range []string{"GET /v1/events", "GET /v1/requests", "GET /v1/blocks", "GET /v1/blocks?agent=" + sandbox.UserCode, "GET /v1/webhooks"} {
		e.ends(t, e.key(t), target, "")
		e.ends(t, e.token(t, access.HolderPartner), target, "")
	}
}

// TestOneTripARead: what is asked for most takes one trip to the database, and not another one for who asks. Each
// trip reads the directory's version once.
func TestOneTripARead(t *testing.T) {
	t.Parallel()
	server, err := pgtest.Start("log_statement=all")
	if errors.Is(err, pgtest.ErrMissing) && os.Getenv("CI") == "" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Stop)
	e := &elsewhere{App: apptest.New(t, apptest.Options{DatabaseURL: secret.NewText(server.Database(t))})}
	e.stamps.Store(time.Now().UnixMilli())
	c := e.key(t)
	const times = 60
	for target, body := range map[string]string{
		"GET /ekoapi/v2/user/account/services?initiator_id=" + sandbox.InitiatorID + "&user_code=" + sandbox.UserCode: "",
		"POST /v1/decisions":       `{"agent":"` + sandbox.UserCode + `","service":"45"}`,
		"POST /v1/decisions:batch": `{"decisions":[{"agent":"` + sandbox.UserCode + `","service":"45"},{"agent":"99999999","service":"45"}]}`,
	} {
		before := strings.Count(server.Log(), "FROM directory_version")
		for range times {
			if status, answer := e.ask(t, c, target, body); status != http.StatusOK {
				t.Fatal(status, answer)
			}
		}
		trips := strings.Count(server.Log(), "FROM directory_version") - before
		if trips < times || trips > times*3/2 { // the application has work of its own now and then
			t.Errorf("%s: %d trips for %d requests", target, trips, times)
		}
	}
}

// TestBodiesThatAreRefused: what is wrong with a body is found out once, and holds when the caller is let in again on the
// database's directory.
func TestBodiesThatAreRefused(t *testing.T) {
	t.Parallel()
	e := newElsewhere(t)
	c := credential{func(h http.Header) { h.Set("Authorization", "Bearer "+sandbox.SwitchToken) }, nil}
	mobile := credential{func(h http.Header) {
		r := http.Request{Header: h}
		r.SetBasicAuth(sandbox.ChannelID, sandbox.ChannelSecret)
	}, nil}
	question := `{"agent":"` + sandbox.UserCode + `","service":"45"}`
	call := `{"action":"CHECK_USER","payload":{"identifier_type":"MSISDN","identifier":"` + sandbox.MSISDN + `"}}`
	for name, x := range map[string]struct {
		c            credential
		target, body string
		media        string
		status       int
	}{
		"decision, too large":  {c, "/v1/decisions", question + strings.Repeat(" ", 64<<10) + "x", "application/json", 413},
		"decision, other type": {c, "/v1/decisions", question, "text/plain", 415},
		"mobile, too large":    {mobile, e.Config.MobilePath, call + strings.Repeat(" ", 64<<10) + "x", "application/json", 413},
	} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, e.URL+x.target, io.MultiReader(strings.NewReader(x.body))) // its length cannot be seen
		if err != nil {
			t.Fatal(err)
		}
		x.c.show(r.Header)
		r.Header.Set("Content-Type", x.media)
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		text, _ := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if resp.StatusCode != x.status {
			t.Errorf("%s: HTTP %d, want %d: %s", name, resp.StatusCode, x.status, text)
		}
	}
}
