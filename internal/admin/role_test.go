package admin_test

import (
	"context"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/access"
	"github.com/switchboard-platform/switchboard/internal/admin"
	"github.com/switchboard-platform/switchboard/internal/apptest"
)

// policy is what each role may change; a viewer and whoever is not in it changes nothing, and an
// administrator everything. Everybody may read all but copies of the database.
func policy() map[string][]string {
	off := "POST /agents/{agent}/services/{service}/deactivate"
	blocks := []string{"POST /blocks", "POST /blocks/{block}/lift",
		"POST /plans", "POST /plans/{plan}/import", "POST /plans/{plan}/stop", "POST /plans/{plan}/discard"}
	return map[string][]string{
		"support": append([]string{off, "POST /agents", "POST /agents/{agent}/standing", "POST /agents/{agent}/services/{service}/activate",
			"PUT /agents/{agent}/place", "PUT /agents/{agent}/devices", "POST /webhooks/{webhook}/test", "POST /webhooks/{webhook}/redeliver",
			"POST /members", "POST /members/{msisdn}/bind", "POST /members/{msisdn}/unbind", "POST /members/{msisdn}/unlock",
			"POST /members/{msisdn}/standing", "POST /members/{msisdn}/pin"}, blocks...),
		"reviewer": append([]string{off, "POST /agents/{agent}/services/{service}/approve", "POST /agents/{agent}/services/{service}/reject",
			"POST /agents/{agent}/services/{service}/renew", "POST /agents/{agent}/services/{service}/dates",
			"POST /agents/{agent}/services/{service}/claim", "POST /agents/{agent}/services/{service}/release"}, blocks...),
		"fraud":      append([]string{off}, blocks...),
		"compliance": append([]string{off, "POST /audit/verify with replay"}, blocks...),
	}
}

// readsByPost are routes that change nothing, whatever their method says.
func readsByPost() []string {
	return []string{"POST /check", "POST /receipts/check", "POST /audit/verify"}
}

func permitted(role, pattern string) bool {
	switch {
	case role == "administrator":
		return true
	case pattern == "GET /backup":
		return false
	case pattern == "DELETE /session" || strings.HasPrefix(pattern, "POST /me/"): // one's own
		return true
	case strings.HasPrefix(pattern, "GET ") || slices.Contains(readsByPost(), pattern):
		return true
	}
	return slices.Contains(policy()[role], pattern)
}

// routes are all routes, those with a command once for each command, and what else one may be asked for.
func routes() (list []string) {
	list = append(list, "POST /audit/verify with replay")
	for _, p := range admin.Patterns() {
		if !strings.Contains(p, "{command}") {
			list = append(list, p)
			continue
		}
		commands := []string{"activate", "deactivate", "approve", "reject", "renew"}
		if strings.HasPrefix(p, "POST /plans/") {
			commands = []string{"confirm", "stop", "resume", "undo", "discard"}
		}
		for _, c := range commands {
			list = append(list, strings.Replace(p, "{command}", c, 1))
		}
	}
	return list
}

// Every route lets in who it should, and nobody else.
func TestRolesOfEveryRoute(t *testing.T) {
	t.Parallel()
	a := apptest.New(t, apptest.Options{})
	for _, role := range access.RoleNames() {
		k := must(a.Operator.AddOperator(t.Context(), switchboard.NewDeskOperator{Name: "the-" + role, Roles: []string{role}}))(t)
		for _, pattern := range routes() {
			status, body := ask(t, a, k.Token, pattern)
			if (status != http.StatusForbidden) != permitted(role, pattern) || status == http.StatusUnauthorized {
				t.Errorf("%s: %s is answered %d %s", role, pattern, status, body)
			}
		}
	}
}

// Every route asks who calls before it does anything else.
func TestStrangersAreRefusedEverywhere(t *testing.T) {
	t.Parallel()
	a := apptest.New(t, apptest.Options{})
	for _, pattern := range routes() {
		for _, token := range []string{"sbo_nobody", "sbd_nobody"} {
			if status, body := ask(t, a, token, pattern); status != http.StatusUnauthorized {
				t.Errorf("%s is answered %d %s", pattern, status, body)
			}
		}
	}
	if open := admin.OpenPatterns(); !slices.Equal(open, strangersMay()) {
		t.Errorf("strangers may use %v", open)
	}
}

// strangersMay are the routes by which people are let in: the only ones that ask nobody who they are.
func strangersMay() []string {
	return []string{"GET /session/ways", "POST /session", "POST /session/passkey", "POST /session/openid/start", "POST /session/openid"}
}

// ask sends a request that names nothing there is; the answer is read no further than its beginning, as some
// have no end.
func ask(t *testing.T, a *apptest.App, token, pattern string) (status int, body string) {
	t.Helper()
	method, path, _ := strings.Cut(pattern, " ")
	path, more, _ := strings.Cut(path, " with ")
	sent := "{}"
	if more != "" {
		sent = `{"` + more + `": true}`
	}
	url := "http://" + a.At.Operator + switchboard.OperatorPath + regexp.MustCompile(`\{[^}]*\}`).ReplaceAllString(path, "none")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(sent))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	begin := make([]byte, 200)
	n, _ := resp.Body.Read(begin)
	return resp.StatusCode, string(begin[:n])
}

// A row for a route that is none would be a rule that nobody notices to be gone.
func TestRoleRowsHaveRoutes(t *testing.T) {
	t.Parallel()
	for _, p := range admin.RolePatterns() {
		if !slices.Contains(routes(), p) {
			t.Errorf("there is no route %s", p)
		}
	}
}
