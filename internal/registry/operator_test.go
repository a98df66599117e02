package registry_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard/internal/access"
	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/registry"
	"github.com/switchboard-platform/switchboard/internal/sandbox"
	"github.com/switchboard-platform/switchboard/internal/secret"
	"github.com/switchboard-platform/switchboard/internal/secret/secrettest"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// lets says whether a token is let in, and checks whose it is.
func (w *world) lets(token registry.IssuedToken) bool {
	w.t.Helper()
	b, ok := w.bearer(token)
	if ok && (b.Token.ID != token.Token.ID || b.Token.HolderID != token.Token.HolderID) {
		w.t.Fatalf("token %s is taken for %s", token.Token.ID, b.Token.ID)
	}
	return ok
}

// bearer finds who holds a token.
func (w *world) bearer(token registry.IssuedToken) (registry.Bearer, bool) {
	w.t.Helper()
	on, err := w.Stand(context.Background())
	if err != nil {
		w.t.Fatal(err)
	}
	return w.Bearer(on, token.Text, w.Now())
}

// wantCode checks how a use case failed, or that it did not.
func wantCode(t *testing.T, what string, err error, code fault.Code) {
	t.Helper()
	if fault.CodeOf(err) != code {
		t.Errorf("%s: %v, want %q", what, err, code)
	}
}

// issued gives what a use case issued, which must not fail.
func issued(t *testing.T) func(registry.IssuedToken, error) registry.IssuedToken {
	return func(k registry.IssuedToken, err error) registry.IssuedToken {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
}

// chain gives the kinds of a subject's events in order, and checks that the chain holds and ends in head.
func (w *world) chain(s event.Subject, head event.Head) (kinds []event.Kind) {
	w.t.Helper()
	err := w.store.View(context.Background(), func(tx store.Tx) error {
		events, err := store.History(tx, head, 0)
		slices.Reverse(events)
		for _, e := range events {
			if kinds = append(kinds, e.Kind); e.Subject != s {
				w.t.Errorf("event %d is about %s", e.Seq, e.Subject)
			}
		}
		if err == nil {
			err = event.Verify(event.Head{}, events)
		}
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return kinds
}

func TestLifeOfAnOperator(t *testing.T) {
	t.Parallel()
	w, ctx := open(t, nil), t.Context()
	first := issued(t)(w.AddOperator(ctx, w.operator(), "asha", access.Reviewer))
	if !w.lets(first) || !strings.HasPrefix(first.Text.Reveal(), "sbo_") || first.Token.ID != "operator-asha-1" {
		t.Fatalf("the first token is %s", first.Token.ID)
	}
	_, err := w.AddOperator(ctx, w.operator(), "asha", access.Viewer)
	wantCode(t, "the same name", err, fault.Exists)
	changed, err := w.SetRoles(ctx, w.operator(), "asha", access.Reviewer|access.Fraud)
	if err != nil || !changed {
		t.Fatal(changed, err)
	}
	if changed, err = w.SetRoles(ctx, w.operator(), "asha", access.Reviewer|access.Fraud); err != nil || changed {
		t.Error("the same roles are a change", err)
	}
	if b, _ := w.bearer(first); b.Operator.Roles != access.Reviewer|access.Fraud || b.Actor() != "operator:asha" {
		t.Errorf("the bearer is %s with %s", b.Actor(), b.Operator.Roles)
	}
	w.rotate(access.HolderOperator, "asha", first)
	if changed, err = w.RevokeOperator(ctx, w.operator(), "asha"); err != nil || !changed {
		t.Fatal(changed, err)
	}
	if changed, err = w.RevokeOperator(ctx, w.operator(), "asha"); err != nil || changed {
		t.Error("revoked twice", err)
	}
	_, err = w.AddOperator(ctx, w.operator(), "asha", access.Viewer)
	wantCode(t, "a revoked name", err, fault.Exists)
	_, err = w.SetRoles(ctx, w.operator(), "asha", access.Viewer)
	wantCode(t, "roles of a revoked one", err, fault.Conflict)
	_, err = w.AddToken(ctx, w.operator(), access.HolderOperator, "asha", registry.Overlap{})
	wantCode(t, "a token of a revoked one", err, fault.Conflict)

	dir, err := w.Directory(ctx)
	if err != nil {
		t.Fatal(err)
	}
	o, _ := dir.Operator("asha")
	kinds := w.operatorChain("asha")
	want := []event.Kind{event.OperatorAdded, event.TokenAdded, event.OperatorChanged, event.TokenExpires, event.TokenAdded,
		event.TokenAdded, event.TokenRevoked, event.OperatorRevoked}
	if !slices.Equal(kinds, want) {
		t.Errorf("the events are %v, want %v", kinds, want)
	}
	for _, k := range registry.TokensOf(dir, access.HolderOperator, "asha", o.RevokedAt) {
		if k.RevokedAt.IsZero() {
			t.Errorf("token %s still shows as one", k.ID)
		}
	}
}

// rotate gives a holder of one token two more, and takes one away: the first goes after an hour. None is let
// in once the holder is revoked.
func (w *world) rotate(kind access.Holder, id string, first registry.IssuedToken) {
	w.t.Helper()
	ctx := context.Background()
	second := issued(w.t)(w.AddToken(ctx, w.operator(), kind, id, registry.Overlap{For: time.Hour}))
	if !w.lets(first) || !w.lets(second) {
		w.t.Error("the two do not overlap")
	}
	w.pass(time.Hour)
	if w.lets(first) || !w.lets(second) {
		w.t.Error("the overlap does not end")
	}
	third := issued(w.t)(w.AddToken(ctx, w.operator(), kind, id, registry.Overlap{Keep: true}))
	w.pass(1000 * time.Hour)
	if changed, err := w.RevokeToken(ctx, w.operator(), second.Token.ID); err != nil || !changed {
		w.t.Fatal(changed, err)
	}
	if changed, err := w.RevokeToken(ctx, w.operator(), second.Token.ID); err != nil || changed {
		w.t.Error("revoked twice", err)
	}
	if w.lets(second) || !w.lets(third) {
		w.t.Error("the wrong one was revoked")
	}
	w.t.Cleanup(func() {
		if third.Token.Holder != access.HolderPartner && w.lets(third) {
			w.t.Error("a token outlives its holder")
		}
	})
}

func TestLifeOfASwitch(t *testing.T) {
	t.Parallel()
	w, ctx := open(t, nil), t.Context()
	first := issued(t)(w.AddSwitch(ctx, w.operator(), "core", "Core switch"))
	if !w.lets(first) || !strings.HasPrefix(first.Text.Reveal(), "sbs_") {
		t.Fatalf("the first token is %s", first.Token.ID)
	}
	_, err := w.AddSwitch(ctx, w.operator(), "core", "")
	wantCode(t, "the same id", err, fault.Exists)
	w.rotate(access.HolderSwitch, "core", first)
	if changed, err := w.RevokeSwitch(ctx, w.operator(), "core"); err != nil || !changed {
		t.Fatal(changed, err)
	}
	if changed, err := w.RevokeSwitch(ctx, w.operator(), "core"); err != nil || changed {
		t.Error("revoked twice", err)
	}
	_, err = w.AddSwitch(ctx, w.operator(), "core", "")
	wantCode(t, "a revoked id", err, fault.Exists)
	_, err = w.RevokeSwitch(ctx, w.operator(), "nobody")
	wantCode(t, "no such switch", err, fault.NotFound)
	dir, err := w.Directory(ctx)
	if err != nil {
		t.Fatal(err)
	}
	s, _ := dir.Switch("core")
	if kinds := w.chain(event.Subject{Kind: event.Switch, ID: "core"}, s.Head); len(kinds) != 7 || kinds[0] != event.SwitchAdded || kinds[6] != event.SwitchRevoked {
		t.Errorf("the events are %v", kinds)
	}
}

func TestTokensOfAPartner(t *testing.T) {
	t.Parallel()
	w, ctx := open(t, nil), t.Context()
	first := issued(t)(w.AddToken(ctx, w.operator(), access.HolderPartner, sandbox.PartnerID, registry.Overlap{}))
	if !w.lets(first) || !strings.HasPrefix(first.Text.Reveal(), "sbp_") {
		t.Fatalf("the first token is %s", first.Token.ID)
	}
	w.rotate(access.HolderPartner, sandbox.PartnerID, first)
	dir, err := w.Directory(ctx)
	if err != nil {
		t.Fatal(err)
	}
	p, _ := dir.Partner(sandbox.PartnerID)
	kinds := w.chain(event.Subject{Kind: event.Partner, ID: sandbox.PartnerID}, p.Head)
	if want := []event.Kind{event.TokenAdded, event.TokenExpires, event.TokenAdded, event.TokenAdded, event.TokenRevoked}; !slices.Equal(kinds[len(kinds)-5:], want) {
		t.Errorf("the events are %v", kinds)
	}
	for range access.MaxLiveTokens - 1 {
		issued(t)(w.AddToken(ctx, w.operator(), access.HolderPartner, sandbox.PartnerID, registry.Overlap{Keep: true}))
	}
	_, err = w.AddToken(ctx, w.operator(), access.HolderPartner, sandbox.PartnerID, registry.Overlap{Keep: true})
	wantCode(t, "one too many", err, fault.Conflict)
	_, err = w.AddToken(ctx, w.operator(), access.HolderPartner, "nobody", registry.Overlap{})
	wantCode(t, "no such partner", err, fault.NotFound)
	_, err = w.AddToken(ctx, w.operator(), "stranger", sandbox.PartnerID, registry.Overlap{})
	wantCode(t, "no such holder", err, fault.NotFound)
	_, err = w.RevokeToken(ctx, w.operator(), "partner-sandbox-99")
	wantCode(t, "no such token", err, fault.NotFound)
}

func TestWhoMayBeAdded(t *testing.T) {
	t.Parallel()
	w, ctx := open(t, func(c *registry.Config, _ *secret.PINConfig) { c.Sandbox = false }), t.Context()
	for _, name := range []string{"", "token", "Asha", "a b", "-a", "a:b", "a/b", "á", strings.Repeat("x", 51)} {
		_, err := w.AddOperator(ctx, w.operator(), name, access.Viewer)
		wantCode(t, "operator "+name, err, fault.Invalid)
		if name != "token" {
			_, err = w.AddSwitch(ctx, w.operator(), name, "")
			wantCode(t, "switch "+name, err, fault.Invalid)
		}
	}
	_, err := w.AddOperator(ctx, w.operator(), "asha", 0)
	wantCode(t, "no roles", err, fault.Invalid)
	_, err = w.AddSwitch(ctx, w.operator(), sandbox.SwitchID, "")
	wantCode(t, "the sandbox's switch in production", err, fault.Invalid)
	_, err = w.AddSwitch(ctx, w.operator(), "core", "a\nb")
	wantCode(t, "a name of two lines", err, fault.Invalid)
}

// The sandbox's switch is let in by a sandbox, and by nothing else whatever its rows say.
func TestSandboxSwitch(t *testing.T) {
	t.Parallel()
	for _, mode := range []struct {
		name    string
		sandbox bool
	}{{"sandbox", true}, {"production", false}} {
		t.Run(mode.name, func(t *testing.T) {
			t.Parallel()
			w := open(t, nil)
			again := w.again(func(c *registry.Config) { c.Sandbox = mode.sandbox })
			on, err := again.Stand(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if b, ok := again.Bearer(on, secret.NewText(sandbox.SwitchToken), w.Now()); ok != mode.sandbox || ok && b.Switch.ID != sandbox.SwitchID {
				t.Errorf("let in: %t as %q", ok, b.Switch.ID)
			}
		})
	}
}

// again opens a registry over the same store, as another process does; the keys of the first are of no use to it.
func (w *world) again(change ...func(*registry.Config)) *registry.Registry {
	w.t.Helper()
	cfg := registry.Config{Store: w.store, Sealer: secrettest.New(w.t).Sealer, Sandbox: true, Now: func() time.Time { return time.UnixMicro(w.clock.Load()).UTC() }}
	for _, f := range change {
		f(&cfg)
	}
	return registry.New(cfg)
}

// operatorChain gives the kinds of the events of an operator, having checked their chain up to the head that is kept.
func (w *world) operatorChain(name string) []event.Kind {
	w.t.Helper()
	var head event.Head
	if err := w.store.View(w.t.Context(), func(tx store.Tx) (err error) {
		head, err = tx.OperatorHead(name)
		return err
	}); err != nil {
		w.t.Fatal(err)
	}
	return w.chain(event.Subject{Kind: event.Operator, ID: name}, head)
}
