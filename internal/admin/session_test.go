package admin_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/apptest"
	"github.com/switchboard-platform/switchboard/internal/sandbox"
)

// signIn signs somebody in and gives a client that bears the session.
func signIn(t *testing.T, a *apptest.App, name, password string) *switchboard.Operator {
	t.Helper()
	in := must(as(a, "").SignIn(t.Context(), switchboard.SignIn{Name: name, Password: password}))(t)
	if in.Operator != name || !strings.HasPrefix(in.Session, "sbd_") || in.ExpiresAt.IsZero() {
		t.Fatalf("signed in as %s until %s", in.Operator, in.ExpiresAt)
	}
	return as(a, in.Session)
}

// The sandbox's people sign in with what everybody knows, and do what their roles permit under their names.
func TestSignIn(t *testing.T) {
	t.Parallel()
	a := apptest.New(t, apptest.Options{})
	ctx := t.Context()
	desk := signIn(t, a, sandbox.OperatorName, sandbox.OperatorPassword)
	me := must(desk.Me(ctx))(t)
	if me.Name != sandbox.OperatorName || !slices.Equal(me.Roles, []string{"administrator"}) || !me.HasPassword || me.MustChange || len(me.Sessions) != 1 ||
		me.Sessions[0].ID != me.Session || me.Sessions[0].Way != "password" || me.Sessions[0].Address != "127.0.0.1" || me.ReviewTarget != "4h0m0s" || me.Mode != "sandbox" {
		t.Errorf("me is %+v", me)
	}
	must(desk.SetStanding(ctx, sandbox.UserCode, switchboard.NewStanding{Standing: "suspended", Reason: "a test"}))(t)
	e := must(a.Operator.Agent(ctx, sandbox.UserCode, 1))(t).Events[0]
	if e.Actor != "operator:"+sandbox.OperatorName || e.Key != me.Session {
		t.Errorf("the event is by %s with %s", e.Actor, e.Key)
	}
	must(desk.SignOut(ctx))(t)
	_, err := desk.Me(ctx)
	wantFault(t, err, "unauthenticated")
	kinds := chainOf(t, a, "operator:"+sandbox.OperatorName)
	if want := []string{"operator.added", "operator.signed_in", "operator.signed_out"}; !slices.Equal(kinds, want) {
		t.Errorf("the record has %v", kinds)
	}
}

// chainOf gives the kinds of the events of a subject.
func chainOf(t *testing.T, a *apptest.App, subject string) (kinds []string) {
	t.Helper()
	for _, e := range must(a.Operator.Events(t.Context(), 0, 1000, 0))(t).Events {
		if e.Subject == subject {
			kinds = append(kinds, e.Kind)
		}
	}
	return kinds
}
