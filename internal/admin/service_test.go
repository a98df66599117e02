package admin_test

import (
	"reflect"
	"testing"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/apptest"
	"github.com/switchboard-platform/switchboard/internal/sandbox"
)

func TestCatalogue(t *testing.T) {
	t.Parallel()
	bothWays(t, func(t *testing.T, a *apptest.App, op *switchboard.Operator) {
		ctx := t.Context()
		s := switchboard.Service{Code: "77", Name: "Gold Loans", Provider: "Muthoot", Review: "before", NeedsLatLong: true,
			Confirm: []string{"activation", "lifting"}, FenceDistance: 500, FenceCountry: "IN", FenceTolerance: 1000, DormantDays: 90, VerifyDays: 365}
		for i, want := range []bool{true, false} {
			if got := must(op.SetService(ctx, s))(t); got.Changed != want {
				t.Errorf("set %d changed: %t", i, got.Changed)
			}
		}
		of := func() switchboard.Service {
			return find(t, must(op.Services(ctx))(t), func(x switchboard.Service) bool { return x.Code == s.Code })
		}
		got := of()
		if got.CreatedAt.IsZero() || !got.UpdatedAt.IsZero() {
			t.Errorf("a new service's times are %v and %v", got.CreatedAt, got.UpdatedAt)
		}
		got.CreatedAt, got.Version = s.CreatedAt, 0
		if !reflect.DeepEqual(got, s) {
			t.Errorf("the service is %+v, want %+v", got, s)
		}
		for i, want := range []bool{true, false} {
			if got := must(op.RemoveService(ctx, s.Code))(t); got.Changed != want {
				t.Errorf("removal %d changed: %t", i, got.Changed)
			}
		}
		if !of().Removed {
			t.Error("the service is not removed")
		}
		_, err := op.ChangeService(ctx, sandbox.UserCode, s.Code, "activate", switchboard.ServiceCommand{})
		wantFault(t, err, "unknown_service")
		_, err = op.SetService(ctx, s)
		wantFault(t, err, "conflict")
		s.Restore = true
		must(op.SetService(ctx, s))(t)
		if of().Removed {
			t.Error("restoring it does not bring it back")
		}
		_, err = op.RemoveService(ctx, "nothing")
		wantFault(t, err, "not_found")
	})
}
