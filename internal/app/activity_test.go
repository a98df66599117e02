package app_test

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/apptest"
	"github.com/switchboard-platform/switchboard/internal/config"
	"github.com/switchboard-platform/switchboard/internal/sandbox"
)

// thing is what is counted: its name and its label.
type thing = [2]string

// activity gives how often each thing happened in a period.
func activity(t *testing.T, a *apptest.App, period string) map[thing]int64 {
	t.Helper()
	got, err := a.Operator.Activity(t.Context(), period)
	if err != nil {
		t.Fatal(err)
	}
	sums := map[thing]int64{}
	for _, s := range got.Series {
		if len(s.Counts) != got.Steps {
			t.Errorf("%s %s has %d counts for %d steps", s.Name, s.Label, len(s.Counts), got.Steps)
		}
		for _, n := range s.Counts {
			sums[thing{s.Name, s.Label}] += n
		}
	}
	return sums
}

// wantActivity checks what a period tells of some things.
func wantActivity(t *testing.T, a *apptest.App, period string, want map[thing]int64) {
	t.Helper()
	got := activity(t, a, period)
	for of, n := range want {
		if got[of] != n {
			t.Errorf("in the last %s: %v is %d, want %d", period, of, got[of], n)
		}
	}
}

// busy does something of each kind once.
func busy(t *testing.T, a *apptest.App, now func() time.Time) {
	t.Helper()
	ctx, c, sw := t.Context(), a.Sandbox(switchboard.WithClock(now)), switchboard.NewSwitch(a.URL, sandbox.SwitchToken)
	_, err1 := c.ActivateService(ctx, sandbox.UserCode, "45", switchboard.ActivateOptions{})
	_, err2 := sw.Decide(ctx, switchboard.DecisionRequest{Agent: sandbox.UserCode, Service: "45"})
	_, err3 := sw.Decide(ctx, switchboard.DecisionRequest{Agent: sandbox.UserCode, Service: "86"})
	_, err4 := c.DeactivateService(ctx, sandbox.UserCode, "45", "")
	m := switchboard.NewMobileClient(a.URL, sandbox.ChannelID, sandbox.ChannelSecret)
	_, err5 := m.CheckUser(ctx, switchboard.CheckUserRequest{MSISDN: sandbox.MSISDN, Device: switchboard.Device{Type: "APP_ID", ID: sandbox.AppID}})
	for _, err := range []error{err1, err2, err3, err4, err5} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if _, err := c.ActivateService(ctx, "12345678", "45", switchboard.ActivateOptions{}); err == nil {
		t.Fatal("an unknown agent was activated")
	}
}

// once is what is counted when the applications were busy so many times.
func once(times int64) map[thing]int64 {
	return map[thing]int64{
		{"requests", ""}: 5 * times, {"refusals", "unknown_agent"}: times, {"refusals", "ok"}: 0, {"actions", "ok"}: times,
		{"decisions", "allowed"}: times, {"decisions", "denied"}: times, {"reasons", "not_activated"}: times,
		{"changes", "activation.activated"}: times, {"changes", "activation.deactivated"}: times,
	}
}

// TestActivity: what went on is told at once, and outlives the server that saw it.
func TestActivity(t *testing.T) {
	t.Parallel()
	var ahead atomic.Int64
	now := func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
	a := apptest.New(t, apptest.Options{Now: now})
	busy(t, a, now)
	wantActivity(t, a, "", once(1))
	a.Stop(t)

	b := apptest.New(t, apptest.Options{Now: now, Data: a.Config.Data})
	wantActivity(t, b, "hour", once(1))
	ahead.Store(int64(2 * time.Hour))
	wantActivity(t, b, "hour", once(0))
	busy(t, b, now)
	for period, times := range map[string]int64{"hour": 1, "day": 2, "week": 2} {
		wantActivity(t, b, period, once(times))
	}
}

// TestActivityOfNodes: what several nodes saw is one sum; each change is counted once.
func TestActivityOfNodes(t *testing.T) {
	t.Parallel()
	apptest.Nodes(t)
	a := apptest.New(t, apptest.Options{})
	another := apptest.Options{DatabaseURL: a.Config.DatabaseURL, Config: func(c *config.Config) { c.MasterKeyFile = a.Config.MasterKeyPath() }}
	b, c := apptest.New(t, another), apptest.New(t, another)
	for _, node := range []*apptest.App{a, b, b, c} {
		busy(t, node, time.Now)
	}
	a.Stop(t)
	b.Stop(t)
	wantActivity(t, c, "day", once(4))
}
