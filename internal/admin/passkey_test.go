package admin_test

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/app"
	"github.com/switchboard-platform/switchboard/internal/apptest"
	"github.com/switchboard-platform/switchboard/internal/config"
	"github.com/switchboard-platform/switchboard/internal/passkey/passkeytest"
	"github.com/switchboard-platform/switchboard/internal/sandbox"
)

// deskAt is where browsers see the desk in these tests.
const deskAt = "https://desk.example.com"

// newDesk starts a sandbox whose desk is at deskAt, and a clock that add moves on.
func newDesk(t *testing.T) (a *apptest.App, add func(time.Duration)) {
	t.Helper()
	var ahead atomic.Int64
	a = apptest.New(t, apptest.Options{Config: func(c *config.Config) { c.ConsoleURL = deskAt },
		Now: func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }})
	return a, func(d time.Duration) { ahead.Add(int64(d)) }
}

// makePasskey makes a passkey of who is signed in, on a device.
func makePasskey(t *testing.T, desk *switchboard.Operator, d *passkeytest.Device) switchboard.Passkey {
	t.Helper()
	c := must(desk.NewPasskey(t.Context()))(t)
	return must(desk.AddPasskey(t.Context(), switchboard.PasskeyAnswer{Pending: c.Pending, Credential: d.Create(t, c.Options), Label: "Phone", Password: sandbox.OperatorPassword}))(t)
}

// firstStep signs in as far as a password takes somebody who has passkeys.
func firstStep(t *testing.T, a *apptest.App, name string) switchboard.SignedIn {
	t.Helper()
	in := must(as(a, "").SignIn(t.Context(), switchboard.SignIn{Name: name, Password: sandbox.OperatorPassword}))(t)
	if in.Operator != name || in.Session != "" || in.Pending == "" || len(in.Passkey) == 0 {
		t.Fatalf("a password alone gives %+v", in)
	}
	return in
}

// secondStep answers the first one.
func secondStep(t *testing.T, a *apptest.App, pending string, answer []byte) (switchboard.SignedIn, error) {
	t.Helper()
	return as(a, "").SignInPasskey(t.Context(), switchboard.PasskeyAnswer{Pending: pending, Credential: answer})
}

// Whoever has a passkey is asked for it after the password, until it is gone.
func TestPasskeyIsTheSecondStep(t *testing.T) {
	t.Parallel()
	a, _ := newDesk(t)
	ctx, d := t.Context(), passkeytest.New(deskAt)
	d.Counts = true
	first := signIn(t, a, sandbox.OperatorName, sandbox.OperatorPassword)
	k := makePasskey(t, first, d)
	if k.ID == "" || k.Label != "Phone" || k.CreatedAt.IsZero() || !k.LastUsedAt.IsZero() {
		t.Errorf("the new passkey is %+v", k)
	}
	var desk *switchboard.Operator
	for range 2 {
		in := firstStep(t, a, sandbox.OperatorName)
		done := must(secondStep(t, a, in.Pending, d.Prove(t, in.Passkey)))(t)
		desk = as(a, done.Session)
	}
	me := must(desk.Me(ctx))(t)
	if len(me.Passkeys) != 1 || me.Passkeys[0].ID != k.ID || me.Passkeys[0].LastUsedAt.IsZero() || me.Sessions[len(me.Sessions)-1].Way != "passkey" {
		t.Errorf("me is %+v", me)
	}
	if list := must(a.Operator.Operators(ctx))(t); list[slices.IndexFunc(list, func(o switchboard.DeskOperator) bool { return o.Name == sandbox.OperatorName })].Passkeys != 1 {
		t.Errorf("the operators are %+v", list)
	}
	if c := must(desk.RemovePasskey(ctx, k.ID, sandbox.OperatorPassword))(t); !c.Changed {
		t.Error("the passkey was not removed")
	}
	signIn(t, a, sandbox.OperatorName, sandbox.OperatorPassword)
	want := []string{"operator.added", "operator.signed_in", "operator.passkey_added", "operator.signed_in", "operator.signed_in", "operator.passkey_removed", "operator.signed_in"}
	if kinds := chainOf(t, a, sandbox.OperatorName); !slices.Equal(kinds, want) {
		t.Errorf("the record has %v", kinds)
	}
}

// TestPasskeyIsRefused: each of these answers is wrong, and what it answered is good for nothing afterwards.
func TestPasskeyIsRefused(t *testing.T) {
	t.Parallel()
	a, add := newDesk(t)
	d, others := passkeytest.New(deskAt), passkeytest.New(deskAt)
	d.Counts = true
	desk := signIn(t, a, sandbox.OperatorName, sandbox.OperatorPassword)
	makePasskey(t, desk, d)
	reviewer := signIn(t, a, sandbox.ReviewerName, sandbox.OperatorPassword)
	makePasskey(t, reviewer, others)

	elsewhere := d.Copy()
	elsewhere.Origin = "https://desk.example.net"
	copied := d.Copy() // what the device signs from now on, it does not know of
	in := firstStep(t, a, sandbox.OperatorName)
	answer := d.Prove(t, in.Passkey)
	must(secondStep(t, a, in.Pending, answer))(t)
	refused := func(what, pending string, answer []byte) {
		t.Helper()
		_, err := secondStep(t, a, pending, answer)
		t.Log(what)
		wantFault(t, err, "unauthenticated")
	}
	refused("an answer again", in.Pending, answer)
	for what, wrong := range map[string]func(in switchboard.SignedIn) []byte{
		"another site's answer":             func(in switchboard.SignedIn) []byte { return elsewhere.Prove(t, in.Passkey) },
		"another person's device":           func(in switchboard.SignedIn) []byte { return others.Prove(t, in.Passkey) },
		"an answer to another challenge":    func(switchboard.SignedIn) []byte { return d.Prove(t, firstStep(t, a, sandbox.OperatorName).Passkey) },
		"the device's copy":                 func(in switchboard.SignedIn) []byte { return copied.Prove(t, in.Passkey) },
		"an answer to another's challenge":  func(switchboard.SignedIn) []byte { return d.Prove(t, firstStep(t, a, sandbox.ReviewerName).Passkey) },
		"the answer that was right earlier": func(switchboard.SignedIn) []byte { return answer },
	} {
		in := firstStep(t, a, sandbox.OperatorName)
		refused(what, in.Pending, wrong(in))
		refused(what+", then the right one", in.Pending, d.Prove(t, in.Passkey))
	}
	in = firstStep(t, a, sandbox.OperatorName)
	refused("another person's challenge", firstStep(t, a, sandbox.ReviewerName).Pending, d.Prove(t, in.Passkey))
	refused("no challenge", "", d.Prove(t, in.Passkey))
	refused("a challenge that was changed", "A"+in.Pending[1:len(in.Pending)-2]+"AA", d.Prove(t, in.Passkey))
	refused("the challenge to make a passkey", must(desk.NewPasskey(t.Context()))(t).Pending, d.Prove(t, in.Passkey))
	add(6 * time.Minute)
	refused("an answer after six minutes", in.Pending, d.Prove(t, in.Passkey))
	if n := count(chainOf(t, a, sandbox.OperatorName), "operator.passkey_refused"); n != 6 {
		t.Errorf("the record says %d times that a passkey was refused", n)
	}
	_, err := secondStep(t, a, firstStep(t, a, sandbox.OperatorName).Pending, []byte("{}"))
	wantFault(t, err, "invalid")
}

func count(list []string, one string) (n int) {
	for _, x := range list {
		if x == one {
			n++
		}
	}
	return n
}

// A first step is worth nothing once the password is another one, or the operator is gone.
func TestFirstStepLapses(t *testing.T) {
	t.Parallel()
	a, _ := newDesk(t)
	ctx, d := t.Context(), passkeytest.New(deskAt)
	makePasskey(t, signIn(t, a, sandbox.ReviewerName, sandbox.OperatorPassword), d)
	before, gone := firstStep(t, a, sandbox.ReviewerName), firstStep(t, a, sandbox.ReviewerName)
	fresh := must(a.Operator.IssuePassword(ctx, sandbox.ReviewerName))(t)
	_, err := secondStep(t, a, before.Pending, d.Prove(t, before.Passkey))
	wantFault(t, err, "unauthenticated")
	in := must(as(a, "").SignIn(ctx, switchboard.SignIn{Name: sandbox.ReviewerName, Password: fresh.Password}))(t)
	done := must(secondStep(t, a, in.Pending, d.Prove(t, in.Passkey)))(t)
	if me := must(as(a, done.Session).Me(ctx))(t); !me.MustChange {
		t.Error("with a passkey an issued password need not be changed")
	}
	must(a.Operator.RevokeOperator(ctx, sandbox.ReviewerName))(t)
	_, err = secondStep(t, a, gone.Pending, d.Prove(t, gone.Passkey))
	wantFault(t, err, "unauthenticated")
}

func TestMakingPasskeys(t *testing.T) {
	t.Parallel()
	a, add := newDesk(t)
	ctx, d := t.Context(), passkeytest.New(deskAt)
	desk := signIn(t, a, sandbox.OperatorName, sandbox.OperatorPassword)
	reviewer := signIn(t, a, sandbox.ReviewerName, sandbox.OperatorPassword)
	begun := must(desk.NewPasskey(ctx))(t)
	answer := switchboard.PasskeyAnswer{Pending: begun.Pending, Credential: d.Create(t, begun.Options), Label: "Phone", Password: sandbox.OperatorPassword}
	for name, c := range map[string]struct {
		op     *switchboard.Operator
		change func(*switchboard.PasskeyAnswer)
		code   string
	}{
		"by another person":    {reviewer, func(*switchboard.PasskeyAnswer) {}, "unauthenticated"},
		"without the password": {desk, func(p *switchboard.PasskeyAnswer) { p.Password = "" }, "unauthenticated"},
		"without a label":      {desk, func(p *switchboard.PasskeyAnswer) { p.Label = "" }, "invalid"},
		"with no answer":       {desk, func(p *switchboard.PasskeyAnswer) { p.Credential = json.RawMessage("{}") }, "invalid"},
		"with no challenge":    {desk, func(p *switchboard.PasskeyAnswer) { p.Pending = "" }, "unauthenticated"},
		"over the socket":      {a.Operator, func(*switchboard.PasskeyAnswer) {}, "conflict"},
		"with the one token":   {overTCP(t, a), func(*switchboard.PasskeyAnswer) {}, "conflict"},
		"at another site": {desk, func(p *switchboard.PasskeyAnswer) {
			p.Credential = passkeytest.New("https://desk.example.net").Create(t, begun.Options)
		}, "unauthenticated"},
	} {
		wrong := answer
		c.change(&wrong)
		_, err := c.op.AddPasskey(ctx, wrong)
		t.Log(name)
		wantFault(t, err, c.code)
	}
	must(desk.AddPasskey(ctx, answer))(t)
	_, err := desk.AddPasskey(ctx, answer)
	wantFault(t, err, "unauthenticated") // it was answered
	other := must(reviewer.NewPasskey(ctx))(t)
	_, err = reviewer.AddPasskey(ctx, switchboard.PasskeyAnswer{Pending: other.Pending, Credential: d.Create(t, other.Options), Label: "Phone", Password: sandbox.OperatorPassword})
	wantFault(t, err, "exists")
	late := must(desk.NewPasskey(ctx))(t)
	add(6 * time.Minute)
	_, err = desk.AddPasskey(ctx, switchboard.PasskeyAnswer{Pending: late.Pending, Credential: passkeytest.New(deskAt).Create(t, late.Options), Label: "Key", Password: sandbox.OperatorPassword})
	wantFault(t, err, "unauthenticated")
	for range 9 {
		makePasskey(t, desk, passkeytest.New(deskAt))
	}
	_, err = desk.NewPasskey(ctx)
	wantFault(t, err, "conflict")
}

func TestPasskeysAreTakenAway(t *testing.T) {
	t.Parallel()
	a, _ := newDesk(t)
	ctx := t.Context()
	desk := signIn(t, a, sandbox.OperatorName, sandbox.OperatorPassword)
	reviewer := signIn(t, a, sandbox.ReviewerName, sandbox.OperatorPassword)
	k := makePasskey(t, desk, passkeytest.New(deskAt))
	_, err := desk.RemovePasskey(ctx, k.ID, "not the password")
	wantFault(t, err, "unauthenticated")
	if c := must(reviewer.RemovePasskey(ctx, k.ID, sandbox.OperatorPassword))(t); c.Changed {
		t.Error("somebody else's passkey was removed")
	}
	_, err = desk.ForgetPasskeys(ctx, sandbox.OperatorName) // one's own
	wantFault(t, err, "forbidden")
	_, err = reviewer.ForgetPasskeys(ctx, sandbox.OperatorName)
	wantFault(t, err, "forbidden")
	_, err = a.Operator.ForgetPasskeys(ctx, "nobody")
	wantFault(t, err, "not_found")
	for _, want := range []bool{true, false} {
		if c := must(a.Operator.ForgetPasskeys(ctx, sandbox.OperatorName))(t); c.Changed != want {
			t.Errorf("changed: %t, want %t", c.Changed, want)
		}
	}
	_, err = desk.Me(ctx) // the sessions are gone with them
	wantFault(t, err, "unauthenticated")
	signIn(t, a, sandbox.OperatorName, sandbox.OperatorPassword)
}

// Without a setting browsers see the desk at localhost, and make passkeys there; at an address of digits they make none.
func TestPasskeysNeedAName(t *testing.T) {
	t.Parallel()
	a := apptest.New(t, apptest.Options{})
	d := passkeytest.New("http://localhost" + a.At.Operator[len("127.0.0.1"):])
	makePasskey(t, signIn(t, a, sandbox.OperatorName, sandbox.OperatorPassword), d)
	in := firstStep(t, a, sandbox.OperatorName)
	must(secondStep(t, a, in.Pending, d.Prove(t, in.Passkey)))(t)

	b := apptest.New(t, apptest.Options{Config: func(c *config.Config) { c.ConsoleURL = "https://192.0.2.1" }})
	_, err := signIn(t, b, sandbox.OperatorName, sandbox.OperatorPassword).NewPasskey(t.Context())
	wantFault(t, err, "conflict")
}

// Another node judges the second step as the one would that asked for it, and none takes an answer twice.
func TestPasskeyAtAnotherNode(t *testing.T) {
	t.Parallel()
	apptest.Nodes(t)
	a, _ := newDesk(t)
	b := apptest.New(t, apptest.Options{DatabaseURL: a.Config.DatabaseURL, Config: func(c *config.Config) {
		c.ConsoleURL, c.MasterKeyFile = deskAt, filepath.Join(a.Config.Data, "master.key")
	}, Mode: app.Sandbox})
	d := passkeytest.New(deskAt)
	makePasskey(t, signIn(t, a, sandbox.OperatorName, sandbox.OperatorPassword), d)
	in := firstStep(t, a, sandbox.OperatorName)
	answer := d.Prove(t, in.Passkey)
	done := must(secondStep(t, b, in.Pending, answer))(t)
	must(as(a, done.Session).Me(t.Context()))(t)
	for _, node := range []*apptest.App{a, b} {
		_, err := secondStep(t, node, in.Pending, answer)
		wantFault(t, err, "unauthenticated")
	}
}

// Whoever has a passkey has proven who they are only with it: a browser that was left open and the password neither open a way
// in, nor take the passkey away or put another one beside it. The first passkey takes the password alone.
func TestPasswordIsNoPasskey(t *testing.T) {
	t.Parallel()
	a, add := newDesk(t)
	ctx, d := t.Context(), passkeytest.New(deskAt)
	open := signIn(t, a, sandbox.OperatorName, sandbox.OperatorPassword)
	add(16 * time.Minute)
	k := makePasskey(t, open, d)
	const fresh = "plenty of green tea"
	changed := must(open.ChangePassword(ctx, switchboard.NewPassword{Old: sandbox.OperatorPassword, New: fresh}))(t)
	open = as(a, changed.Session)
	_, err := open.IssuePassword(ctx, sandbox.ReviewerName)
	wantFault(t, err, "sign_in_again")
	_, err = open.RemovePasskey(ctx, k.ID, fresh)
	wantFault(t, err, "sign_in_again")
	_, err = open.NewPasskey(ctx)
	wantFault(t, err, "sign_in_again")

	in := must(as(a, "").SignIn(ctx, switchboard.SignIn{Name: sandbox.OperatorName, Password: fresh}))(t)
	desk := as(a, must(secondStep(t, a, in.Pending, d.Prove(t, in.Passkey)))(t).Session)
	must(desk.IssuePassword(ctx, sandbox.ReviewerName))(t)
	add(13 * time.Minute)
	c := must(desk.NewPasskey(ctx))(t)
	add(3 * time.Minute)
	_, err = desk.AddPasskey(ctx, switchboard.PasskeyAnswer{Pending: c.Pending, Credential: passkeytest.New(deskAt).Create(t, c.Options), Label: "Key", Password: fresh})
	wantFault(t, err, "sign_in_again")
	if me := must(desk.Me(ctx))(t); len(me.Passkeys) != 1 || me.Passkeys[0].ID != k.ID {
		t.Errorf("the passkeys are %+v", me.Passkeys)
	}
}
