package admin_test

import (
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/apptest"
	"github.com/switchboard-platform/switchboard/internal/config"
	"github.com/switchboard-platform/switchboard/internal/openid"
	"github.com/switchboard-platform/switchboard/internal/openid/openidtest"
	"github.com/switchboard-platform/switchboard/internal/passkey/passkeytest"
	"github.com/switchboard-platform/switchboard/internal/sandbox"
	"github.com/switchboard-platform/switchboard/internal/secret"
)

// newVisitors starts a provider, and a sandbox whose people may sign in there.
func newVisitors(t *testing.T, claim string, opt apptest.Options) (*openidtest.Provider, *apptest.App) {
	t.Helper()
	p := openidtest.New(t, deskAt+openid.ReturnPath)
	opt.Config = func(c *config.Config) {
		c.LogLevel = slog.LevelDebug
		c.ConsoleURL, c.OpenIDIssuer, c.OpenIDName, c.OpenIDClaim = deskAt, p.Issuer, "Example ID", claim
		c.OpenIDClientID, c.OpenIDClientSecret = openidtest.ClientID, secret.NewText(openidtest.Secret)
	}
	return p, apptest.New(t, opt)
}

// visit signs a person in at the provider, and gives what the browser comes back to the desk with.
func visit(t *testing.T, a *apptest.App, p *openidtest.Provider, person string) switchboard.OpenIDAnswer {
	t.Helper()
	start := must(as(a, "").StartOpenID(t.Context()))(t)
	state, code := p.SignIn(t, start.URL, person)
	return switchboard.OpenIDAnswer{Pending: start.Pending, State: state, Code: code}
}

// Somebody at the provider is nobody here until an administrator says who, and nobody any more when that is taken back.
func TestSignInAtTheProvider(t *testing.T) {
	t.Parallel()
	p, a := newVisitors(t, openid.Subject, apptest.Options{})
	ctx := t.Context()
	if ways := must(as(a, "").SignInWays(ctx))(t); ways.OpenID != "Example ID" || !ways.Password {
		t.Errorf("the ways are %+v", ways)
	}
	_, err := as(a, "").SignInOpenID(ctx, visit(t, a, p, openidtest.Asha))
	wantFault(t, err, "unauthenticated")
	if err == nil || !strings.Contains(err.Error(), openidtest.AshaSub) {
		t.Errorf("who is not linked is not told what to say to an administrator: %v", err)
	}
	must(a.Operator.AddOperator(ctx, switchboard.NewDeskOperator{Name: "asha", Roles: []string{"support"}}))(t)
	for _, want := range []bool{true, false} {
		if c := must(a.Operator.LinkOperator(ctx, "asha", " "+openidtest.AshaSub))(t); c.Changed != want {
			t.Errorf("linked: %t, want %t", c.Changed, want)
		}
	}
	in := must(as(a, "").SignInOpenID(ctx, visit(t, a, p, openidtest.Asha)))(t)
	asha := as(a, in.Session)
	me := must(asha.Me(ctx))(t)
	if in.Operator != "asha" || me.Name != "asha" || !slices.Equal(me.Roles, []string{"support"}) || me.HasPassword || len(me.Sessions) != 1 || me.Sessions[0].Way != "openid" {
		t.Errorf("signed in as %+v", me)
	}
	if list := must(a.Operator.Operators(ctx))(t); list[slices.IndexFunc(list, func(o switchboard.DeskOperator) bool { return o.Name == "asha" })].OpenID != openidtest.AshaSub {
		t.Errorf("the operators are %+v", list)
	}
	_, err = as(a, "").SignInOpenID(ctx, visit(t, a, p, openidtest.John)) // somebody else there
	wantFault(t, err, "unauthenticated")
	for _, want := range []bool{true, false} {
		if c := must(a.Operator.UnlinkOperator(ctx, "asha"))(t); c.Changed != want {
			t.Errorf("unlinked: %t, want %t", c.Changed, want)
		}
	}
	_, err = asha.Me(ctx)
	wantFault(t, err, "unauthenticated")
	_, err = as(a, "").SignInOpenID(ctx, visit(t, a, p, openidtest.Asha))
	wantFault(t, err, "unauthenticated")
	want := []string{"operator.added", "token.added", "operator.openid_linked", "operator.signed_in", "operator.signed_out", "operator.openid_unlinked"}
	if kinds := chainOf(t, a, "asha"); !slices.Equal(kinds, want) {
		t.Errorf("the record has %v", kinds)
	}
}

// By an address only whose address was verified is let in, however it is written.
func TestSignInByAddress(t *testing.T) {
	t.Parallel()
	p, a := newVisitors(t, openid.Email, apptest.Options{})
	ctx := t.Context()
	must(a.Operator.LinkOperator(ctx, sandbox.OperatorName, "ASHA@example.com"))(t)
	must(a.Operator.LinkOperator(ctx, sandbox.ReviewerName, "john@example.com"))(t)
	if in := must(as(a, "").SignInOpenID(ctx, visit(t, a, p, openidtest.Asha)))(t); in.Operator != sandbox.OperatorName {
		t.Errorf("signed in as %+v", in)
	}
	_, err := as(a, "").SignInOpenID(ctx, visit(t, a, p, openidtest.John))
	wantFault(t, err, "unauthenticated")
}

func TestVisitIsRefused(t *testing.T) {
	t.Parallel()
	var ahead atomic.Int64
	p, a := newVisitors(t, openid.Subject, apptest.Options{Now: func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }})
	ctx := t.Context()
	must(a.Operator.LinkOperator(ctx, sandbox.OperatorName, openidtest.AshaSub))(t)
	refused := func(what string, answer switchboard.OpenIDAnswer) {
		t.Helper()
		_, err := as(a, "").SignInOpenID(ctx, answer)
		t.Log(what)
		wantFault(t, err, "unauthenticated")
	}
	mine, yours := visit(t, a, p, openidtest.Asha), visit(t, a, p, openidtest.Asha)
	refused("another browser's visit", switchboard.OpenIDAnswer{Pending: mine.Pending, State: yours.State, Code: yours.Code})
	must(as(a, "").SignInOpenID(ctx, mine))(t) // nothing was written of that
	must(as(a, "").SignInOpenID(ctx, yours))(t)
	refused("a visit again", yours)
	refused("no visit", switchboard.OpenIDAnswer{})
	p.Bend(openidtest.Bent{Client: "shop"})
	refused("a token for another client", visit(t, a, p, openidtest.Asha))
	p.Bend(openidtest.Bent{Lifetime: -time.Hour})
	refused("a token that has expired", visit(t, a, p, openidtest.Asha))
	p.Bend(openidtest.Bent{})
	slow := visit(t, a, p, openidtest.Asha)
	ahead.Add(int64(6 * time.Minute))
	refused("a visit of six minutes", slow)
	desk := signIn(t, a, sandbox.OperatorName, sandbox.OperatorPassword)
	again := visit(t, a, p, openidtest.Asha)
	refused("a challenge for something else", switchboard.OpenIDAnswer{Pending: must(desk.NewPasskey(ctx))(t).Pending, State: again.State, Code: again.Code})
	must(a.Operator.RevokeOperator(ctx, sandbox.OperatorName))(t)
	refused("an operator who was revoked", again)
}

func TestLinksAreChecked(t *testing.T) {
	t.Parallel()
	_, a := newVisitors(t, openid.Subject, apptest.Options{})
	ctx, op := t.Context(), a.Operator
	link := func(op *switchboard.Operator, name, value, code string) {
		t.Helper()
		_, err := op.LinkOperator(ctx, name, value)
		wantFault(t, err, code)
	}
	must(op.LinkOperator(ctx, sandbox.OperatorName, "1"))(t)
	link(op, sandbox.ReviewerName, "1", "exists")
	link(op, "nobody", "2", "not_found")
	link(op, sandbox.ReviewerName, "", "invalid")
	link(op, sandbox.ReviewerName, "a\nb", "invalid")
	link(signIn(t, a, sandbox.ReviewerName, sandbox.OperatorPassword), sandbox.ReviewerName, "2", "forbidden")
	_, err := op.UnlinkOperator(ctx, "nobody")
	wantFault(t, err, "not_found")
	must(op.RevokeOperator(ctx, sandbox.OperatorName))(t)
	link(op, sandbox.OperatorName, "3", "conflict")
	must(op.LinkOperator(ctx, sandbox.ReviewerName, "1"))(t) // which is free again

	without := apptest.New(t, apptest.Options{})
	link(without.Operator, sandbox.OperatorName, "1", "conflict")
	_, err = as(without, "").StartOpenID(ctx)
	wantFault(t, err, "conflict")
	if ways := must(as(without, "").SignInWays(ctx))(t); ways.OpenID != "" {
		t.Errorf("the ways are %+v", ways)
	}
}

// A provider that is down stops nobody who has a password.
func TestProviderIsDown(t *testing.T) {
	t.Parallel()
	a := apptest.New(t, apptest.Options{Config: func(c *config.Config) {
		c.ConsoleURL, c.OpenIDIssuer, c.OpenIDClientID = deskAt, "http://127.0.0.1:1", "desk"
	}})
	_, err := as(a, "").StartOpenID(t.Context())
	wantFault(t, err, "unavailable")
	signIn(t, a, sandbox.OperatorName, sandbox.OperatorPassword)
}

// What a sign-in goes by stands in no log: neither secrets, nor who people are at the provider.
func TestSignInsAreNotLogged(t *testing.T) {
	t.Parallel()
	var log logged
	p, a := newVisitors(t, openid.Subject, apptest.Options{Log: &log})
	ctx, d := t.Context(), passkeytest.New(deskAt)
	first := visit(t, a, p, openidtest.Asha)
	_, err := as(a, "").SignInOpenID(ctx, first) // not linked yet
	wantFault(t, err, "unauthenticated")
	must(a.Operator.LinkOperator(ctx, sandbox.OperatorName, openidtest.AshaSub))(t)
	second := visit(t, a, p, openidtest.Asha)
	in := must(as(a, "").SignInOpenID(ctx, second))(t)
	makePasskey(t, as(a, in.Session), d)
	asked := firstStep(t, a, sandbox.OperatorName)
	_, err = secondStep(t, a, asked.Pending, passkeytest.New(deskAt).Prove(t, asked.Passkey))
	wantFault(t, err, "unauthenticated")
	text := log.String()
	if !strings.Contains(text, "sign-in refused") || !strings.Contains(text, "/session/openid") {
		t.Fatalf("the log tells nothing: %s", text)
	}
	for what, secret := range map[string]string{"the client's secret": openidtest.Secret, "the subject": openidtest.AshaSub, "a code": first.Code, "another code": second.Code,
		"a state": first.State, "what a browser keeps": first.Pending, "a challenge": asked.Pending, "a session": in.Session} {
		if strings.Contains(text, secret) {
			t.Errorf("%s is in the log", what)
		}
	}
}

// logged is a log that may be written and read at a time.
type logged struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *logged) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// Who comes back from the provider with the session they have there has proven nothing of late: what opens a way in takes a
// fresh visit, whose answer says so.
func TestProviderProvesAnew(t *testing.T) {
	t.Parallel()
	p, a := newVisitors(t, openid.Subject, apptest.Options{})
	ctx := t.Context()
	must(a.Operator.LinkOperator(ctx, sandbox.OperatorName, openidtest.AshaSub))(t)
	enter := func(fresh bool, bent openidtest.Bent) (switchboard.SignedIn, error) {
		t.Helper()
		p.Bend(bent)
		if !fresh {
			return as(a, "").SignInOpenID(ctx, visit(t, a, p, openidtest.Asha))
		}
		start := must(as(a, "").StartFreshOpenID(ctx))(t)
		state, code := p.SignIn(t, start.URL, openidtest.Asha)
		return as(a, "").SignInOpenID(ctx, switchboard.OpenIDAnswer{Pending: start.Pending, State: state, Code: code})
	}
	old, silent := openidtest.Bent{Ago: 16 * time.Minute}, openidtest.Bent{Silent: true}
	for _, bent := range []openidtest.Bent{old, silent} {
		desk := as(a, must(enter(false, bent))(t).Session)
		if me := must(desk.Me(ctx))(t); me.ProvenAt.IsZero() != bent.Silent || me.SignedInAt.Sub(me.ProvenAt) < 15*time.Minute {
			t.Errorf("signed in at %s, proven at %s", me.SignedInAt, me.ProvenAt)
		}
		_, err := desk.IssuePassword(ctx, sandbox.ReviewerName)
		wantFault(t, err, "sign_in_again")
		_, err = enter(true, bent)
		wantFault(t, err, "sign_in_again")
	}
	for _, fresh := range []bool{false, true} {
		desk := as(a, must(enter(fresh, openidtest.Bent{}))(t).Session)
		must(desk.IssuePassword(ctx, sandbox.ReviewerName))(t)
	}
}
