package console_test

import (
	"context"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/apptest"
	"github.com/switchboard-platform/switchboard/internal/config"
	"github.com/switchboard-platform/switchboard/internal/console"
	"github.com/switchboard-platform/switchboard/internal/openid"
	"github.com/switchboard-platform/switchboard/internal/openid/openidtest"
	"github.com/switchboard-platform/switchboard/internal/passkey/passkeytest"
	"github.com/switchboard-platform/switchboard/internal/sandbox"
	"github.com/switchboard-platform/switchboard/internal/secret"
)

// hire adds an operator, who is given a password and no token.
func hire(t *testing.T, a *apptest.App, name string, roles ...string) (password string) {
	t.Helper()
	return done(t, a.Operator.AddOperator, switchboard.NewDeskOperator{Name: name, Roles: roles, Password: true, NoToken: true}).Password
}

// settled is an operator who has signed in and chosen a password.
func settled(t *testing.T, a *apptest.App, name string, roles ...string) *clerk {
	t.Helper()
	k, first := newClerk(t, a, name), hire(t, a, name, roles...)
	k.signIn(first)
	if r := k.post("/me/password", url.Values{"old": {first}, "new": {password}, "again": {password}}); r.leads() != "/account" {
		t.Fatalf("%s cannot choose a password: %d %s", name, r.status, r.body)
	}
	k.api = switchboard.NewOperator(k.base, k.session()) // the session goes on under another token
	k.know()
	return k
}

// bears gives the clerk's browser a cookie of its session, whatever it was told meanwhile.
func (k *clerk) bears(session string) {
	k.t.Helper()
	at, err := url.Parse(k.base)
	if err != nil {
		k.t.Fatal(err)
	}
	k.http.Jar, _ = cookiejar.New(nil) // which never fails
	k.http.Jar.SetCookies(at, []*http.Cookie{{Name: "switchboard_session", Value: session}})
}

// makePasskey makes a passkey, on a device that nobody looks at.
func (k *clerk) makePasskey() {
	k.t.Helper()
	_, port, _ := net.SplitHostPort(strings.TrimPrefix(k.base, "http://"))
	k.makePasskeyAt("http://localhost:"+port, password)
}

// makePasskeyAt makes one where browsers see the desk under an address.
func (k *clerk) makePasskeyAt(desk, password string) {
	k.t.Helper()
	c, err := k.api.NewPasskey(k.t.Context())
	if err != nil {
		k.t.Fatal(err)
	}
	made := passkeytest.New(desk).Create(k.t, c.Options)
	done(k.t, k.api.AddPasskey, switchboard.PasskeyAnswer{Pending: c.Pending, Credential: made, Label: "Phone", Password: password})
}

// TestFirstPassword: whoever has a password that somebody else chose can choose another one, and do nothing else.
func TestFirstPassword(t *testing.T) {
	t.Parallel()
	a := apptest.New(t, apptest.Options{})
	k, plan := newClerk(t, a, "ravi"), newFloor(t)
	k.signIn(hire(t, a, "ravi", "administrator"))
	before, err := a.Operator.LatestEvent(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range plan.pages {
		if at := strings.NewReplacer("{$}", "", "{", "", "}", "").Replace(path); !strings.HasPrefix(at, "/account") {
			if r := k.get(at); r.leads() != "/account" {
				t.Errorf("%s is answered %d and leads to %q", at, r.status, r.leads())
			}
		}
	}
	for _, route := range plan.actions {
		at := strings.NewReplacer("{", "", "}", "").Replace(console.FormPath(route))
		if r := k.post(at, nil); at != "/me/password" && r.leads() != "/account" {
			t.Errorf("%s is answered %d and leads to %q", route, r.status, r.leads())
		}
	}
	if after, err := a.Operator.LatestEvent(t.Context()); err != nil || after != before {
		t.Errorf("%d events were recorded, %v", after-before, err)
	}
	k.look("/account")
	if routes := len(k.shown); routes != 1 || k.shown["POST /me/password"] == nil {
		t.Errorf("besides the one for a password there are forms for %v", k.shown)
	}
}

// TestSessionEnds: a session that was ended, by whatever, lets nobody in from then on, though the browser still bears it.
func TestSessionEnds(t *testing.T) {
	t.Parallel()
	a := apptest.New(t, apptest.Options{})
	ctx := t.Context()
	for name, end := range map[string]func(*clerk) error{
		"signs-out": func(k *clerk) error { k.post("/signout", nil); return nil },
		"ended-elsewhere": func(k *clerk) error {
			other := newClerk(t, a, k.name)
			other.signIn(password)
			other.post("/me/sessions/"+k.me.Session+"/end", url.Values{"page": {"/account"}})
			return nil
		},
		"changes-password": func(k *clerk) error {
			other := newClerk(t, a, k.name)
			other.signIn(password)
			other.post("/me/password", url.Values{"old": {password}, "new": {password + "!"}, "again": {password + "!"}})
			return nil
		},
		"is-given-a-password": func(k *clerk) error { _, err := a.Operator.IssuePassword(ctx, k.name); return err },
		"loses-passkeys": func(k *clerk) error {
			k.makePasskey()
			_, err := a.Operator.ForgetPasskeys(ctx, k.name)
			return err
		},
		"is-revoked": func(k *clerk) error { _, err := a.Operator.RevokeOperator(ctx, k.name); return err },
	} {
		k := settled(t, a, name, "administrator")
		session := k.session()
		if r := k.get("/agents"); r.status != http.StatusOK {
			t.Fatalf("%s: %d", name, r.status)
		}
		if err := end(k); err != nil {
			t.Fatal(err)
		}
		k.bears(session)
		if r := k.get("/agents"); r.leads() != "/signin?to=%2Fagents" {
			t.Errorf("%s, and sees a page: %d", name, r.status)
		}
		k.bears(session)
		if r := k.post("/switches", url.Values{"id": {name}}); !strings.HasPrefix(r.leads(), "/signin?") {
			t.Errorf("%s, and adds a switch: %d", name, r.status)
		}
	}
	list, err := a.Operator.Switches(ctx)
	if err != nil || len(list) != 1 {
		t.Errorf("there are %d switches, %v", len(list), err)
	}
}

// TestRolesAreTaken: a role that is taken is gone at the next click.
func TestRolesAreTaken(t *testing.T) {
	t.Parallel()
	a := apptest.New(t, apptest.Options{})
	k := settled(t, a, "otieno", "support", "fraud")
	k.crawl("/agents")
	f := k.shown["POST /agents"]
	if _, err := a.Operator.SetRoles(t.Context(), k.name, []string{"fraud"}); err != nil {
		t.Fatal(err)
	}
	if r := k.post(f.action, f.fields); r.status != http.StatusForbidden || !strings.Contains(r.body, "You may not do that.") {
		t.Errorf("the form from before is answered %d: %s", r.status, r.body)
	}
	k.know()
	k.pages, k.shown = map[string]bool{}, map[string]*form{}
	if k.crawl("/agents"); k.shown["POST /agents"] != nil {
		t.Error("the form is still shown")
	}
}

// TestCookies: no script and no other site sees a session's cookie, over TLS nobody between, and it opens the desk alone.
func TestCookies(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		url, prefix string
		secure      bool
	}{{"", "", false}, {"https://desk.example.com", "__Host-", true}} {
		k := newClerk(t, apptest.New(t, apptest.Options{Config: func(cfg *config.Config) { cfg.ConsoleURL = c.url }}), sandbox.OperatorName)
		r := k.post("/signin", url.Values{"name": {k.name}, "password": {sandbox.OperatorPassword}})
		list := cookies(r)
		i := slices.IndexFunc(list, func(x *http.Cookie) bool { return x.Name == c.prefix+"switchboard_session" })
		if i < 0 || r.status != http.StatusSeeOther {
			t.Fatalf("signed in over %q: %d with %v", c.url, r.status, list)
		}
		s := list[i]
		if !s.HttpOnly || s.Secure != c.secure || s.SameSite != http.SameSiteLaxMode || s.Path != "/" || s.Domain != "" {
			t.Errorf("over %q the cookie is %s", c.url, s.Raw)
		}
		if got := r.header.Get("Strict-Transport-Security") != ""; got != c.secure {
			t.Errorf("over %q browsers are told to use TLS: %t", c.url, got)
		}
		for _, x := range cookies(k.send(http.MethodPost, "/likes", strings.NewReader("theme=dark"), "Content-Type", "application/x-www-form-urlencoded")) {
			if x.Secure != c.secure {
				t.Errorf("over %q a cookie is %s", c.url, x.Raw)
			}
		}
		k.http.Jar = nil
		bearing := func(path, name string) int {
			return k.send(http.MethodGet, path, nil, "Cookie", name+"="+s.Value).status
		}
		if status := bearing("/agents", s.Name); status != http.StatusOK {
			t.Errorf("over %q its cookie is answered %d", c.url, status)
		}
		if status := bearing(switchboard.OperatorPath+"/me", s.Name); status != http.StatusUnauthorized {
			t.Errorf("the API takes the cookie: %d", status)
		}
		if c.secure && bearing("/agents", "switchboard_session") != http.StatusSeeOther {
			t.Error("a cookie that another host may have left opens the desk")
		}
	}
}

// cookies are those that an answer leaves.
func cookies(r answer) []*http.Cookie { return (&http.Response{Header: r.header}).Cookies() }

// TestSignInAgain: whoever signed in long ago is sent to sign in again, and the form keeps what was typed; the provider is asked to
// prove anew who is there, and one that does not is told of.
func TestSignInAgain(t *testing.T) {
	t.Parallel()
	var ahead atomic.Int64
	there := openidtest.New(t, "http://localhost"+openid.ReturnPath) // where this browser goes by itself
	a := apptest.New(t, apptest.Options{Now: func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }, Config: func(c *config.Config) {
		c.ConsoleURL, c.OpenIDIssuer, c.OpenIDName = "http://localhost", there.Issuer, "Example ID"
		c.OpenIDClientID, c.OpenIDClientSecret = openidtest.ClientID, secret.NewText(openidtest.Secret)
	}})
	done(t, func(ctx context.Context, who string) (switchboard.Changed, error) {
		return a.Operator.LinkOperator(ctx, "operator", who)
	}, openidtest.AshaSub)
	k := newClerk(t, a, sandbox.OperatorName)
	k.signIn(sandbox.OperatorPassword)
	k.makePasskeyAt("http://localhost", sandbox.OperatorPassword)
	ahead.Store(int64(16 * time.Minute))
	const link, button = `href="/signin?fresh=yes"`, "/signin/openid/start?to=%2f&amp;fresh=yes"
	for at, typed := range map[string]url.Values{
		"/operators": {"page": {"/operators"}, "name": {"kept-as-typed"}, "role_viewer": {"yes"}, "with": {"password"}},
		"/partners":  {"page": {"/partners"}, "name": {"kept-as-typed"}},
		"/channels":  {"page": {"/channels"}, "name": {"kept-as-typed"}, "id": {"ussd"}, "addresses": {"192.0.2.7"}, "rate": {""}, "burst": {""}},
		"/switches":  {"page": {"/switches"}, "name": {"kept-as-typed"}, "id": {"kept"}},
	} {
		if r := k.post(at, typed); r.status != http.StatusForbidden || !strings.Contains(r.body, link) || !strings.Contains(r.body, `value="kept-as-typed"`) {
			t.Errorf("%s is answered %d: %s", at, r.status, r.body)
		}
	}
	if r := k.get("/account/passkeys/new"); r.status != http.StatusForbidden || !strings.Contains(r.body, link) {
		t.Errorf("another passkey is answered %d: %s", r.status, r.body)
	}
	enter := func(bent openidtest.Bent) answer {
		t.Helper()
		there.Bend(bent)
		if page := k.get("/signin?fresh=yes"); !strings.Contains(page.body, button) {
			t.Fatalf("the page does not lead to %s: %s", button, page.body)
		}
		state, code := there.SignIn(t, k.get("/signin/openid/start?to=/switches&fresh=yes").leads(), openidtest.Asha)
		return k.get("/signin/openid?" + url.Values{"state": {state}, "code": {code}}.Encode())
	}
	if r := enter(openidtest.Bent{Silent: true}); r.status != http.StatusUnauthorized || !strings.Contains(r.body, "without asking anew who you are") || !strings.Contains(r.body, "fresh=yes") {
		t.Errorf("who proved nothing is answered %d: %s", r.status, r.body)
	}
	if r := enter(openidtest.Bent{Ago: -16 * time.Minute}); r.leads() != "/switches" { // the desk's clock is ahead
		t.Errorf("who proved it is answered %d: %s", r.status, r.body)
	}
	if r := k.post("/switches", url.Values{"page": {"/switches"}, "id": {"core"}}); r.status != http.StatusOK || !strings.Contains(r.body, "sbs_") {
		t.Errorf("a new switch is answered %d: %s", r.status, r.body)
	}
}

// TestOwnWaysIn: nobody has a token or a link that they cannot see, with who made it.
func TestOwnWaysIn(t *testing.T) {
	t.Parallel()
	a := apptest.New(t, apptest.Options{Config: func(c *config.Config) { c.OpenIDIssuer, c.OpenIDClientID = "https://id.example.com", "desk" }})
	ravi, meera := settled(t, a, "ravi", "administrator"), settled(t, a, "meera", "fraud")
	account := func(k *clerk) string {
		t.Helper()
		k.know()
		k.pages, k.shown = map[string]bool{}, map[string]*form{}
		k.look("/account")
		return k.get("/account").body
	}
	if page := account(meera); !strings.Contains(page, "No token.") || meera.shown["POST /tokens/{token}/revoke"] != nil {
		t.Errorf("who has no token sees %s", page)
	}
	ravi.post("/operators/meera/tokens", url.Values{"overlap": {"keep"}})
	ravi.post("/operators/meera/openid", url.Values{"value": {"248289761001"}})
	page := account(meera)
	for _, want := range []string{"operator-meera-1", "248289761001", "An administrator takes away"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q: %s", want, page)
		}
	}
	if n := strings.Count(page, "made by: ravi at the desk"); n != 2 {
		t.Errorf("the page says %d times who made it", n)
	}
	if len(meera.me.Tokens) != 1 || meera.me.Tokens[0].State != "live" || meera.me.OpenID != "248289761001" || meera.me.OpenIDAt.IsZero() {
		t.Errorf("me is %+v", meera.me)
	}
	done(t, func(ctx context.Context, n switchboard.NewBearerToken) (switchboard.IssuedToken, error) {
		return a.Operator.AddOperatorToken(ctx, "ravi", n)
	}, switchboard.NewBearerToken{})
	account(ravi)
	f := ravi.shown["POST /tokens/{token}/revoke"]
	if f == nil {
		t.Fatal("an administrator is shown no form to revoke their token")
	}
	ravi.post(f.action, f.fields)
	if account(ravi); ravi.me.Tokens[0].State != "revoked" {
		t.Errorf("the token is %+v", ravi.me.Tokens[0])
	}
}
