package admin_test

import (
	"testing"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/apptest"
	"github.com/switchboard-platform/switchboard/internal/sandbox"
)

// find gives the entry of a list for which is holds.
func find[T any](t *testing.T, list []T, is func(T) bool) T {
	t.Helper()
	for _, x := range list {
		if is(x) {
			return x
		}
	}
	t.Fatalf("it is not in the list: %+v", list)
	panic("unreachable")
}

func partnerOf(t *testing.T, op *switchboard.Operator, id string) switchboard.Partner {
	t.Helper()
	return find(t, must(op.Partners(t.Context()))(t), func(p switchboard.Partner) bool { return p.ID == id })
}

// client is a partner's client with an issued key.
func client(a *apptest.App, k switchboard.IssuedKey) *switchboard.Client {
	return switchboard.NewClient(a.URL, switchboard.Credentials{
		DeveloperKey: k.DeveloperKey, AccessKey: switchboard.Secret(k.AccessKey), InitiatorID: k.InitiatorID})
}

func TestPartnerAndKeys(t *testing.T) {
	t.Parallel()
	bothWays(t, func(t *testing.T, a *apptest.App, op *switchboard.Operator) {
		ctx := t.Context()
		first := must(op.AddPartner(ctx, switchboard.NewPartner{Name: "Acme", InitiatorID: "9876543210", Replay: "same-source"}))(t)
		if first.DeveloperKey == "" || first.AccessKey == "" || first.InitiatorID != "9876543210" || first.Replay != "same-source" {
			t.Fatalf("issued %+v", first)
		}
		if _, err := client(a, first).Catalogue(ctx); err != nil {
			t.Fatalf("the new key opens no door: %v", err)
		}

		second := must(op.RotateKey(ctx, first.Partner, switchboard.NewKey{Overlap: "1h"}))(t)
		if second.Replay != "same-source" || second.DeveloperKey == first.DeveloperKey {
			t.Errorf("the key after is %+v", second)
		}
		keys := partnerOf(t, op, first.Partner).Keys
		if len(keys) != 2 || keys[0].State != "expiring" || keys[1].State != "live" {
			t.Fatalf("the keys are %+v", keys)
		}
		for _, k := range []switchboard.IssuedKey{first, second} {
			if _, err := client(a, k).Catalogue(ctx); err != nil {
				t.Errorf("in the overlap %s opens no door: %v", k.DeveloperKey, err)
			}
		}

		for i, want := range []bool{true, false} {
			if got := must(op.RevokeKey(ctx, first.DeveloperKey))(t); got.Changed != want {
				t.Errorf("revocation %d changed: %t", i, got.Changed)
			}
			if got := must(op.SetReplay(ctx, second.DeveloperKey, "strict"))(t); got.Changed != want {
				t.Errorf("replay %d changed: %t", i, got.Changed)
			}
		}
		if _, err := client(a, first).Catalogue(ctx); err == nil {
			t.Error("a revoked key opens the door")
		}
		keys = partnerOf(t, op, first.Partner).Keys
		if keys[0].State != "revoked" || keys[1].Replay != "strict" {
			t.Errorf("the keys are %+v", keys)
		}

		must(op.RotateKey(ctx, first.Partner, switchboard.NewKey{Overlap: "0s", Replay: "observe"}))(t)
		if _, err := client(a, second).Catalogue(ctx); err == nil {
			t.Error("with no overlap the older key opens the door")
		}
	})
}

func TestPartnerFaults(t *testing.T) {
	t.Parallel()
	a := apptest.New(t, apptest.Options{})
	op, ctx := a.Operator, t.Context()
	_, err := op.AddPartner(ctx, switchboard.NewPartner{Name: "Double", InitiatorID: sandbox.InitiatorID})
	wantFault(t, err, "exists")
	_, err = op.RotateKey(ctx, "p99", switchboard.NewKey{})
	wantFault(t, err, "not_found")
	_, err = op.RevokeKey(ctx, "no such key/with a slash")
	wantFault(t, err, "not_found")
	_, err = op.SetReplay(ctx, "unknown", "strict")
	wantFault(t, err, "not_found")

	// A partner has only so many keys at a time.
	for range 10 {
		if _, err = op.RotateKey(ctx, sandbox.PartnerID, switchboard.NewKey{}); err != nil {
			break
		}
	}
	wantFault(t, err, "conflict")
}

// The sandbox's initiator is nobody's in production.
func TestProductionHasNoSandboxPartner(t *testing.T) {
	t.Parallel()
	a := apptest.New(t, apptest.Options{Mode: "production"})
	_, err := a.Operator.AddPartner(t.Context(), switchboard.NewPartner{Name: "Copy", InitiatorID: sandbox.InitiatorID})
	wantFault(t, err, "invalid")
	if list := must(a.Operator.Partners(t.Context()))(t); len(list) != 0 {
		t.Errorf("a new production server has partners: %+v", list)
	}
	if _, err := a.Sandbox().Catalogue(t.Context()); err == nil {
		t.Error("the public credentials open the door of a production server")
	}
}
