package app_test

import (
	"testing"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/app"
	"github.com/switchboard-platform/switchboard/internal/apptest"
	"github.com/switchboard-platform/switchboard/internal/sandbox"
	"github.com/switchboard-platform/switchboard/internal/store"
	"github.com/switchboard-platform/switchboard/internal/store/sqlite"
)

// TestDecisionsAreCounted: answers, reasons and requests show in the metrics; what was used is saved when the
// application stops, and nothing else is.
func TestDecisionsAreCounted(t *testing.T) {
	t.Parallel()
	a := apptest.New(t, apptest.Options{})
	ctx, sw := t.Context(), switchboard.NewSwitch(a.URL, sandbox.SwitchToken)
	if _, err := a.Sandbox().ActivateService(ctx, sandbox.UserCode, "45", switchboard.ActivateOptions{}); err != nil {
		t.Fatal(err)
	}
	for _, service := range []string{"45", "86", "45"} {
		if _, err := sw.Decide(ctx, switchboard.DecisionRequest{Agent: sandbox.UserCode, Service: service}); err != nil {
			t.Fatal(err)
		}
	}
	got := samples(t, a)
	for series, want := range map[string]float64{
		`switchboard_decisions_total{answer="allowed"}`:                                 2,
		`switchboard_decisions_total{answer="denied"}`:                                  1,
		`switchboard_denial_reasons_total{code="not_activated"}`:                        1,
		`switchboard_request_duration_seconds_count{operation="decide",outcome="ok"}`:   3,
		`switchboard_request_duration_seconds_count{operation="evaluate",outcome="ok"}`: 0,
	} {
		if got[series] != want {
			t.Errorf("%s is %v, want %v", series, got[series], want)
		}
	}
	a.Stop(t)
	s, err := sqlite.Open(ctx, sqlite.Config{Path: app.DatabasePath(a.Config.Data)})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.View(ctx, func(tx store.Tx) error {
		uses, err := tx.Uses(sandbox.UserCode)
		if len(uses) != 1 || uses[0].ServiceCode != "45" {
			t.Errorf("the uses are %+v", uses)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
}
