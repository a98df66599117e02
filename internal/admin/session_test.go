package admin_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/app"
	"github.com/switchboard-platform/switchboard/internal/apptest"
	"github.com/switchboard-platform/switchboard/internal/openid"
	"github.com/switchboard-platform/switchboard/internal/sandbox"
)

// clock is one that a test moves.
type clock struct{ at atomic.Int64 }

func newClock() *clock {
	c := &clock{}
	c.at.Store(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC).UnixMicro())
	return c
}

func (c *clock) now() time.Time           { return time.UnixMicro(c.at.Load()).UTC() }
func (c *clock) pass(d time.Duration)     { c.at.Add(d.Microseconds()) }
func (c *clock) options() apptest.Options { return apptest.Options{Mode: app.Production, Now: c.now} }

// signIn signs somebody in and gives a client that bears the session.
func signIn(t *testing.T, a *apptest.App, name, password string) *switchboard.Operator {
	t.Helper()
	in := must(as(a, "").SignIn(t.Context(), switchboard.SignIn{Name: name, Password: password}))(t)
	if in.Operator != name || !strings.HasPrefix(in.Session, "sbd_") || in.ExpiresAt.IsZero() {
		t.Fatalf("signed in as %s until %s", in.Operator, in.ExpiresAt)
	}
	return as(a, in.Session)
}

// refusedSignIn checks with which fault somebody is not let in.
func refusedSignIn(t *testing.T, a *apptest.App, name, password, code string) {
	t.Helper()
	_, err := as(a, "").SignIn(t.Context(), switchboard.SignIn{Name: name, Password: password})
	wantFault(t, err, code)
}

// newcomer adds an operator with a password to begin with, and gives it.
func newcomer(t *testing.T, a *apptest.App, name string, roles ...string) (password string) {
	t.Helper()
	added := must(a.Operator.AddOperator(t.Context(), switchboard.NewDeskOperator{Name: name, Roles: roles, Password: true, NoToken: true}))(t)
	if added.Token != "" || len(added.Password) < 12 || added.HolderID != name {
		t.Fatalf("added: %d bytes of token, %d of password, for %s", len(added.Token), len(added.Password), added.HolderID)
	}
	return added.Password
}

// atDesk adds an operator who has replaced that password, and gives a client of theirs.
func atDesk(t *testing.T, a *apptest.App, name, password string, roles ...string) *switchboard.Operator {
	t.Helper()
	first := newcomer(t, a, name, roles...)
	op := signIn(t, a, name, first)
	return as(a, must(op.ChangePassword(t.Context(), switchboard.NewPassword{Old: first, New: password}))(t).Session)
}

// The sandbox's people sign in with what everybody knows, and do what their roles permit under their names.
func TestSignIn(t *testing.T) {
	t.Parallel()
	a := apptest.New(t, apptest.Options{})
	ctx := t.Context()
	if ways := must(as(a, "").SignInWays(ctx))(t); !ways.Password || ways.OpenID != "" {
		t.Errorf("the ways are %+v", ways)
	}
	typed := must(as(a, "").SignIn(ctx, switchboard.SignIn{Name: " Operator ", Password: sandbox.OperatorPassword}))(t)
	desk := as(a, typed.Session)
	me := must(desk.Me(ctx))(t)
	if me.Name != sandbox.OperatorName || !slices.Equal(me.Roles, []string{"administrator"}) || !me.HasPassword || me.MustChange || len(me.Sessions) != 1 ||
		me.Sessions[0].ID != me.Session || me.Sessions[0].Way != "password" || me.Sessions[0].Address != "127.0.0.1" || me.ReviewTarget != "4h0m0s" || me.Mode != "sandbox" {
		t.Errorf("me is %+v", me)
	}
	must(desk.SetStanding(ctx, sandbox.UserCode, switchboard.NewStanding{Standing: "suspended", Reason: "a test"}))(t)
	e := must(a.Operator.Agent(ctx, sandbox.UserCode, 1))(t).Events[0]
	if e.Actor != "operator:"+sandbox.OperatorName || e.Key != me.Session || e.Address != "127.0.0.1" {
		t.Errorf("the event is by %s with %s from %s", e.Actor, e.Key, e.Address)
	}
	must(desk.SignOut(ctx))(t)
	_, err := desk.Me(ctx)
	wantFault(t, err, "unauthenticated")
	if kinds := chainOf(t, a, sandbox.OperatorName); !slices.Equal(kinds, []string{"operator.added", "operator.signed_in", "operator.signed_out"}) {
		t.Errorf("the record has %v", kinds)
	}
	if report := must(a.Operator.Audit(ctx, switchboard.AuditRequest{}, func(switchboard.AuditProgress) {}))(t); !report.OK {
		t.Errorf("the record is %+v", report)
	}
}

// chainOf gives the kinds of the events of an operator.
func chainOf(t *testing.T, a *apptest.App, operator string) (kinds []string) {
	t.Helper()
	for _, e := range must(a.Operator.Events(t.Context(), 0, 1000, 0))(t).Events {
		if e.Subject == "operator:"+operator {
			kinds = append(kinds, e.Kind)
		}
	}
	return kinds
}

// What everybody knows opens no door in production, even where it was made the password.
func TestPublicPasswordIsRefusedInProduction(t *testing.T) {
	t.Parallel()
	a := apptest.New(t, apptest.Options{Mode: app.Production})
	newcomer(t, a, sandbox.OperatorName, "administrator")
	refusedSignIn(t, a, sandbox.OperatorName, sandbox.OperatorPassword, "unauthenticated")
}

// A password that somebody else chose opens the door to the room where another one is chosen, and to no other.
func TestFirstPasswordMustBeReplaced(t *testing.T) {
	t.Parallel()
	a := apptest.New(t, apptest.Options{Mode: app.Production})
	ctx := t.Context()
	first := newcomer(t, a, "asha", "administrator")
	op := signIn(t, a, "asha", first)
	me := must(op.Me(ctx))(t)
	if want := []string{"DELETE /session", "GET /me", "POST /me/password"}; !me.MustChange || !slices.Equal(slices.Sorted(slices.Values(me.May)), want) {
		t.Errorf("must change %t, and may %v", me.MustChange, me.May)
	}
	_, err := op.Status(ctx)
	wantFault(t, err, "forbidden")
	_, err = op.AddPartner(ctx, switchboard.NewPartner{Name: "Acme", InitiatorID: "9876543210"})
	wantFault(t, err, "forbidden")
	_, err = op.EndSession(ctx, me.Session)
	wantFault(t, err, "forbidden")

	for fresh, code := range map[string]string{"short": "invalid", first: "invalid", "asha-asha-asha": "invalid", "qwertyuiop123": "invalid"} {
		_, err := op.ChangePassword(ctx, switchboard.NewPassword{Old: first, New: fresh})
		wantFault(t, err, code)
	}
	_, err = op.ChangePassword(ctx, switchboard.NewPassword{Old: "not the password", New: "plenty of green tea"})
	wantFault(t, err, "unauthenticated")
	changed := must(op.ChangePassword(ctx, switchboard.NewPassword{Old: first, New: "plenty of green tea"}))(t)
	_, err = op.Me(ctx) // whoever has copied the former token
	wantFault(t, err, "unauthenticated")
	op = as(a, changed.Session)
	must(op.Status(ctx))(t)
	if now := must(op.Me(ctx))(t); !now.ExpiresAt.Equal(me.ExpiresAt) || !changed.ExpiresAt.Equal(me.ExpiresAt) || len(now.Sessions) != 1 {
		t.Errorf("the session went on until %s, and now until %s; there are %d", me.ExpiresAt, now.ExpiresAt, len(now.Sessions))
	}
	if me := must(op.Me(ctx))(t); me.MustChange || !slices.Contains(me.May, "POST /partners") {
		t.Errorf("after the change: must change %t, may %v", me.MustChange, me.May)
	}
	refusedSignIn(t, a, "asha", first, "unauthenticated")
	signIn(t, a, "asha", "plenty of green tea")
	if kinds := chainOf(t, a, "asha"); !slices.Equal(kinds, []string{"operator.added", "operator.password_issued", "operator.signed_in", "operator.password_changed", "operator.signed_in"}) {
		t.Errorf("the record has %v", kinds)
	}
}

// Each thing that ends sessions ends those that it should, at once.
func TestSessionsEnd(t *testing.T) {
	t.Parallel()
	const secret = "plenty of green tea"
	for name, c := range map[string]struct {
		end   func(t *testing.T, a *apptest.App, own *switchboard.Operator)
		stays bool // the session that was there
	}{
		"password changed": {func(t *testing.T, _ *apptest.App, own *switchboard.Operator) {
			must(own.ChangePassword(t.Context(), switchboard.NewPassword{Old: secret, New: "plenty of black tea"}))(t)
		}, false},
		"password issued": {func(t *testing.T, a *apptest.App, _ *switchboard.Operator) {
			must(a.Operator.IssuePassword(t.Context(), "asha"))(t)
		}, false},
		"revoked": {func(t *testing.T, a *apptest.App, _ *switchboard.Operator) {
			must(a.Operator.RevokeOperator(t.Context(), "asha"))(t)
		}, false},
		"ended from elsewhere": {func(t *testing.T, a *apptest.App, own *switchboard.Operator) {
			me := must(own.Me(t.Context()))(t)
			for _, s := range me.Sessions {
				if s.ID != me.Session && !must(own.EndSession(t.Context(), s.ID))(t).Changed {
					t.Errorf("session %s was not ended", s.ID)
				}
			}
		}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := apptest.New(t, apptest.Options{Mode: app.Production})
			own := atDesk(t, a, "asha", secret, "viewer")
			other := signIn(t, a, "asha", secret)
			stranger := atDesk(t, a, "john", secret, "viewer")
			c.end(t, a, own)
			_, err := other.Me(t.Context())
			wantFault(t, err, "unauthenticated")
			if _, err := own.Me(t.Context()); (err == nil) != c.stays {
				t.Errorf("the session that was there when it happened gets %v", err)
			}
			must(stranger.Me(t.Context()))(t)
		})
	}
}

// Who signs in anew in a browser leaves no session behind there, whosever that was; a wrong password ends nothing.
func TestSigningInAnewEndsTheFormerSession(t *testing.T) {
	t.Parallel()
	a := apptest.New(t, apptest.Options{})
	ctx := t.Context()
	former := signIn(t, a, sandbox.OperatorName, sandbox.OperatorPassword)
	elsewhere := signIn(t, a, sandbox.OperatorName, sandbox.OperatorPassword)
	_, err := former.SignIn(ctx, switchboard.SignIn{Name: sandbox.OperatorName, Password: "not the password"})
	wantFault(t, err, "unauthenticated")
	must(former.Me(ctx))(t)
	in := must(former.SignIn(ctx, switchboard.SignIn{Name: sandbox.ReviewerName, Password: sandbox.OperatorPassword}))(t)
	_, err = former.Me(ctx)
	wantFault(t, err, "unauthenticated")
	must(elsewhere.Me(ctx))(t)
	must(as(a, in.Session).Me(ctx))(t)
	if kinds := chainOf(t, a, sandbox.OperatorName); count(kinds, "operator.signed_out") != 1 {
		t.Errorf("the record has %v", kinds)
	}
}

// A browser that was left open gives nobody one more way in: see also AddPasskey, which takes the password.
func TestNoWayInForOneself(t *testing.T) {
	t.Parallel()
	_, a := newVisitors(t, openid.Subject, apptest.Options{})
	ctx := t.Context()
	open := signIn(t, a, sandbox.OperatorName, sandbox.OperatorPassword)
	_, err := open.IssuePassword(ctx, sandbox.OperatorName)
	wantFault(t, err, "forbidden")
	_, err = open.AddOperatorToken(ctx, sandbox.OperatorName, switchboard.NewBearerToken{})
	wantFault(t, err, "forbidden")
	_, err = open.LinkOperator(ctx, sandbox.OperatorName, "248289761001")
	wantFault(t, err, "forbidden")
	must(open.AddOperatorToken(ctx, sandbox.ReviewerName, switchboard.NewBearerToken{}))(t)
	must(open.IssuePassword(ctx, sandbox.ReviewerName))(t)
	must(open.LinkOperator(ctx, sandbox.ReviewerName, "248289761001"))(t)
}

// What gives a person a way in takes a sign-in of a moment ago; what takes one away does not.
func TestWaysInTakeAFreshSignIn(t *testing.T) {
	t.Parallel()
	a, add := newDesk(t)
	ctx := t.Context()
	open := signIn(t, a, sandbox.OperatorName, sandbox.OperatorPassword)
	kali := switchboard.NewDeskOperator{Name: "kali", Roles: []string{"administrator"}, Password: true}
	add(16 * time.Minute)
	few, fewer := []string{"127.0.0.1", "192.0.2.0/24"}, []string{"127.0.0.1"}
	for _, list := range [][]string{few, fewer} { // a list that gets shorter, or is the first one, opens nothing
		must(open.SetPartnerAddresses(ctx, sandbox.PartnerID, list))(t)
		must(open.SetChannel(ctx, sandbox.ChannelID, switchboard.ChannelChange{Addresses: &list}))(t)
	}
	for what, call := range waysIn(ctx, open, kali) {
		t.Log(what)
		wantFault(t, call(), "sign_in_again")
	}
	must(open.RevokeOperator(ctx, sandbox.ReviewerName))(t)
	again := must(open.SignIn(ctx, switchboard.SignIn{Name: sandbox.OperatorName, Password: sandbox.OperatorPassword}))(t)
	must(as(a, again.Session).AddOperator(ctx, kali))(t)
	must(as(a, again.Session).SetPartnerAddresses(ctx, sandbox.PartnerID, []string{}))(t)
	must(overTCP(t, a).SetChannel(ctx, sandbox.ChannelID, switchboard.ChannelChange{Addresses: &[]string{}}))(t)
	must(overTCP(t, a).SetRoles(ctx, "kali", []string{"viewer"}))(t)
}

// waysIn are what gives somebody a way in.
func waysIn(ctx context.Context, op *switchboard.Operator, kali switchboard.NewDeskOperator) map[string]func() error {
	return map[string]func() error{
		"an operator": func() error { _, err := op.AddOperator(ctx, kali); return err },
		"roles": func() error {
			_, err := op.SetRoles(ctx, sandbox.ReviewerName, []string{"administrator"})
			return err
		},
		"a password": func() error { _, err := op.IssuePassword(ctx, sandbox.ReviewerName); return err },
		"a token": func() error {
			_, err := op.AddOperatorToken(ctx, sandbox.ReviewerName, switchboard.NewBearerToken{})
			return err
		},
		"passkeys forgotten": func() error { _, err := op.ForgetPasskeys(ctx, sandbox.ReviewerName); return err },
		"a person at OpenID": func() error { _, err := op.LinkOperator(ctx, sandbox.ReviewerName, "1"); return err },
		"a partner":          func() error { _, err := op.AddPartner(ctx, switchboard.NewPartner{Name: "Kali"}); return err },
		"a partner's key":    func() error { _, err := op.RotateKey(ctx, sandbox.PartnerID, switchboard.NewKey{}); return err },
		"a partner's token": func() error {
			_, err := op.AddPartnerToken(ctx, sandbox.PartnerID, switchboard.NewBearerToken{})
			return err
		},
		"a partner from anywhere": func() error { _, err := op.SetPartnerAddresses(ctx, sandbox.PartnerID, []string{}); return err },
		"a channel":               func() error { _, err := op.AddChannel(ctx, switchboard.NewChannel{ID: "kali"}); return err },
		"a channel's secret":      func() error { _, err := op.RotateSecret(ctx, sandbox.ChannelID, switchboard.NewSecret{}); return err },
		"a channel from anywhere": func() error {
			_, err := op.SetChannel(ctx, sandbox.ChannelID, switchboard.ChannelChange{Addresses: &[]string{}})
			return err
		},
		"a switch": func() error {
			_, err := op.AddSwitch(ctx, switchboard.NewTransactionSwitch{ID: "kali"})
			return err
		},
		"a switch's token": func() error {
			_, err := op.AddSwitchToken(ctx, sandbox.SwitchID, switchboard.NewBearerToken{})
			return err
		},
		"a webhook":          func() error { _, err := op.Webhooks().Add(ctx, switchboard.NewWebhook{}); return err },
		"a webhook's secret": func() error { _, err := op.Webhooks().Rotate(ctx, "wh-1", switchboard.NewSecret{}); return err },
		"a backup":           func() error { _, _, err := op.Backup(ctx); return err },
	}
}

// Nobody ends a session that is another's.
func TestSessionsAreOnesOwn(t *testing.T) {
	t.Parallel()
	a := apptest.New(t, apptest.Options{})
	ctx := t.Context()
	reviewer := signIn(t, a, sandbox.ReviewerName, sandbox.OperatorPassword)
	admin := signIn(t, a, sandbox.OperatorName, sandbox.OperatorPassword)
	if must(admin.EndSession(ctx, must(reviewer.Me(ctx))(t).Session))(t).Changed {
		t.Error("an administrator ended another's session")
	}
	must(reviewer.Me(ctx))(t)
	_, err := reviewer.IssuePassword(ctx, sandbox.OperatorName)
	wantFault(t, err, "forbidden")
}

// A session ends at its end, and when nobody uses it; what is used stays.
func TestSessionsEndByThemselves(t *testing.T) {
	t.Parallel()
	c := newClock()
	a := apptest.New(t, c.options())
	ctx := t.Context()
	used := atDesk(t, a, "asha", "plenty of green tea", "viewer")
	idle := signIn(t, a, "asha", "plenty of green tea")
	for range 13 {
		c.pass(55 * time.Minute)
		must(used.Me(ctx))(t)
	}
	_, err := idle.Me(ctx)
	wantFault(t, err, "unauthenticated")
	if me := must(used.Me(ctx))(t); len(me.Sessions) != 1 || !me.Sessions[0].SeenAt.Equal(c.now()) {
		t.Errorf("the sessions are %+v", me.Sessions)
	}
	c.pass(5*time.Minute - 1)
	must(used.Me(ctx))(t)
	c.pass(time.Microsecond)
	_, err = used.Me(ctx)
	wantFault(t, err, "unauthenticated")
}

// What somebody may do is what their roles permit now, and not when they signed in.
func TestSessionHasRolesOfNow(t *testing.T) {
	t.Parallel()
	a := apptest.New(t, apptest.Options{})
	ctx := t.Context()
	reviewer := signIn(t, a, sandbox.ReviewerName, sandbox.OperatorPassword)
	me := must(reviewer.Me(ctx))(t)
	if !slices.Contains(me.May, "POST /agents/{agent}/services/{service}/approve") || slices.Contains(me.May, "POST /agents") || slices.Contains(me.May, "GET /backup") ||
		!slices.Equal(me.Owns, []string{"operator"}) {
		t.Errorf("a reviewer may %v, owns %v", me.May, me.Owns)
	}
	must(a.Operator.SetRoles(ctx, sandbox.ReviewerName, []string{"fraud", "support"}))(t)
	me = must(reviewer.Me(ctx))(t)
	if slices.Contains(me.May, "POST /agents/{agent}/services/{service}/approve") || !slices.Contains(me.May, "POST /agents") || !slices.Equal(me.Owns, []string{"operator", "fraud"}) {
		t.Errorf("fraud and support may %v, own %v", me.May, me.Owns)
	}
}

// Me.May is what the routes really permit: every route is asked, by every role.
func TestMayIsTrue(t *testing.T) {
	t.Parallel()
	a := apptest.New(t, apptest.Options{})
	for _, role := range []string{"viewer", "support", "reviewer", "fraud", "compliance", "administrator"} {
		k := must(a.Operator.AddOperator(t.Context(), switchboard.NewDeskOperator{Name: "the-" + role, Roles: []string{role}}))(t)
		may := must(as(a, k.Token).Me(t.Context()))(t).May
		for _, pattern := range routes() {
			if slices.Contains(may, pattern) != permitted(role, pattern) {
				t.Errorf("%s: may %s is told as %t", role, pattern, slices.Contains(may, pattern))
			}
		}
		if len(may) > len(routes()) {
			t.Errorf("%s may what is no route: %v", role, may)
		}
	}
}

// Whoever is nobody in particular, or comes through the socket, has nothing of their own.
func TestMeWithoutAccount(t *testing.T) {
	t.Parallel()
	bothWays(t, func(t *testing.T, _ *apptest.App, op *switchboard.Operator) {
		ctx := t.Context()
		me := must(op.Me(ctx))(t)
		if me.Name == "" || me.HasPassword || len(me.Sessions) != 0 || me.Session != "" || !slices.Equal(me.Roles, []string{"administrator"}) || !slices.Contains(me.May, "GET /backup") {
			t.Errorf("me is %+v", me)
		}
		_, err := op.ChangePassword(ctx, switchboard.NewPassword{Old: "x", New: "plenty of green tea"})
		wantFault(t, err, "conflict")
		_, err = op.SignOut(ctx)
		wantFault(t, err, "conflict")
	})
}

// Who has a token alone has no password to change, until one is issued.
func TestTokenAlone(t *testing.T) {
	t.Parallel()
	a := apptest.New(t, apptest.Options{Mode: app.Production})
	ctx := t.Context()
	k := must(a.Operator.AddOperator(ctx, switchboard.NewDeskOperator{Name: "asha", Roles: []string{"viewer"}}))(t)
	_, err := as(a, k.Token).ChangePassword(ctx, switchboard.NewPassword{New: "plenty of green tea"})
	wantFault(t, err, "conflict")
	refusedSignIn(t, a, "asha", "", "unauthenticated")
	issued := must(a.Operator.IssuePassword(ctx, "asha"))(t)
	must(as(a, k.Token).ChangePassword(ctx, switchboard.NewPassword{Old: issued.Password, New: "plenty of green tea"}))(t)
	signIn(t, a, "asha", "plenty of green tea")
	_, err = a.Operator.AddOperator(ctx, switchboard.NewDeskOperator{Name: "john", Roles: []string{"viewer"}, NoToken: true})
	wantFault(t, err, "invalid")
	_, err = a.Operator.IssuePassword(ctx, "nobody")
	wantFault(t, err, "not_found")
}

// A session's token is good for nothing but what a session is for: no other door takes it.
func TestSessionTokenElsewhere(t *testing.T) {
	t.Parallel()
	a := apptest.New(t, apptest.Options{})
	in := must(as(a, "").SignIn(t.Context(), switchboard.SignIn{Name: sandbox.OperatorName, Password: sandbox.OperatorPassword}))(t)
	for _, path := range []string{"/v1/events", "/v1/requests"} {
		tr := &http.Transport{}
		got := roundTrip(t, tr, "GET", a.URL+path, "", http.Header{"Authorization": {"Bearer " + in.Session}})
		tr.CloseIdleConnections()
		if got.StatusCode != http.StatusUnauthorized {
			t.Errorf("%s is answered %s", path, got.Status)
		}
	}
	_, err := as(a, in.Session[:len(in.Session)-1]+"x").Me(t.Context())
	wantFault(t, err, "unauthenticated")
}
