package console_test

import (
	"net"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/apptest"
	"github.com/switchboard-platform/switchboard/internal/config"
	"github.com/switchboard-platform/switchboard/internal/desktest"
	"github.com/switchboard-platform/switchboard/internal/openid"
	"github.com/switchboard-platform/switchboard/internal/openid/openidtest"
	"github.com/switchboard-platform/switchboard/internal/sandbox"
	"github.com/switchboard-platform/switchboard/internal/secret"
)

// A browser's own authenticator makes a passkey, and proves the next sign-in with it.
func TestPasskeyInABrowser(t *testing.T) {
	t.Parallel()
	a := apptest.New(t, apptest.Options{})
	_, port, err := net.SplitHostPort(a.At.Operator)
	if err != nil {
		t.Fatal(err)
	}
	p := desktest.Start(t).Person(t, "http://localhost:"+port)
	p.Device()
	p.Open("/signin")

	in, err := switchboard.NewOperator("http://"+a.At.Operator, "").SignIn(t.Context(), switchboard.SignIn{Name: sandbox.OperatorName, Password: sandbox.OperatorPassword})
	if err != nil {
		t.Fatal(err)
	}
	op := switchboard.NewOperator("http://"+a.At.Operator, in.Session)
	c, err := op.NewPasskey(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	made := desktest.Value[string](p, `navigator.credentials.create({publicKey: PublicKeyCredential.parseCreationOptionsFromJSON((`+string(c.Options)+`).publicKey)})
 .then(c => JSON.stringify(c.toJSON()))`)
	if _, err := op.AddPasskey(t.Context(), switchboard.PasskeyAnswer{Pending: c.Pending, Credential: switchboard.RawJSON(made), Label: "Browser", Password: sandbox.OperatorPassword}); err != nil {
		t.Fatal(err)
	}

	p.SignIn(sandbox.OperatorName, sandbox.OperatorPassword)
	p.Press("form[action='/signin/passkey'] button")
	p.Wait(`location.pathname === "/" && document.readyState === "complete"`)
	me, err := op.Me(t.Context())
	if err != nil || len(me.Passkeys) != 1 || me.Passkeys[0].LastUsedAt.IsZero() || !strings.HasSuffix(p.At(), "/") {
		t.Errorf("at %s, passkeys %+v, %v", p.At(), me.Passkeys, err)
	}
}

// A browser goes to the OpenID provider and comes back signed in.
func TestOpenIDInABrowser(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0") // the provider must know the port before anything listens on it
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	_ = l.Close()
	base := "http://localhost:" + port
	there := openidtest.New(t, base+openid.ReturnPath)
	a := apptest.New(t, apptest.Options{Config: func(c *config.Config) {
		c.OperatorListen, c.OpenIDIssuer, c.OpenIDName = "127.0.0.1:"+port, there.Issuer, "Example ID"
		c.OpenIDClientID, c.OpenIDClientSecret = openidtest.ClientID, secret.NewText(openidtest.Secret)
	}})
	if _, err := a.Operator.LinkOperator(t.Context(), sandbox.ReviewerName, openidtest.AshaSub); err != nil {
		t.Fatal(err)
	}
	p := desktest.Start(t).Person(t, base)
	p.Allow("login/username|favicon") // there is nothing to see at the provider
	p.Open("/signin")
	p.Press("a[href^='/signin/openid/start']")
	p.Wait(`location.pathname === "/login/username"`)
	page, err := url.Parse(there.Issuer + p.At())
	if err != nil {
		t.Fatal(err)
	}
	p.Do(chromedp.Navigate(there.Enter(t, page, openidtest.Asha)))
	p.Wait(`location.pathname === "/" && document.readyState === "complete"`)
	p.Sees(sandbox.ReviewerName)
}
