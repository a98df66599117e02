package app_test

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/apptest"
	"github.com/switchboard-platform/switchboard/internal/config"
	"github.com/switchboard-platform/switchboard/internal/sandbox"
)

// samples reads the metrics: the value of each series by its name with labels.
func samples(t *testing.T, a *apptest.App) map[string]float64 {
	t.Helper()
	status, text := get(t, nil, "http://"+a.At.Operator+"/metrics")
	if status != 200 {
		t.Fatalf("the metrics are answered %d %s", status, text)
	}
	all := map[string]float64{}
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		series, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		v, err := strconv.ParseFloat(value, 64)
		if err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		all[series] = v
	}
	return all
}

// waitForHead waits until the log was signed for the first time, and that was noted: all of it are commits, too.
func waitForHead(t *testing.T, a *apptest.App, file string) {
	t.Helper()
	commits, quiet := samples(t, a)["switchboard_commit_group_size_count"], 0
	for quiet < 10 {
		time.Sleep(10 * time.Millisecond)
		now := samples(t, a)["switchboard_commit_group_size_count"]
		if _, err := os.Stat(file); err != nil || now != commits {
			quiet = -1
		}
		commits, quiet = now, quiet+1
	}
}

func TestMetrics(t *testing.T) {
	t.Parallel()
	heads := filepath.Join(t.TempDir(), "heads.txt")
	a := apptest.New(t, apptest.Options{Config: func(c *config.Config) { c.LogEvery, c.LogHeadsFile = time.Hour, heads }})
	ctx, c := t.Context(), a.Sandbox()
	waitForHead(t, a, heads)
	before := samples(t, a)
	for range 2 {
		if _, err := c.ActivateService(ctx, sandbox.UserCode, "45", switchboard.ActivateOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := c.DeactivateService(ctx, sandbox.UserCode, "45", ""); err != nil {
		t.Fatal(err)
	}
	if _, err := c.ActivateService(ctx, "12345678", "45", switchboard.ActivateOptions{}); err == nil {
		t.Fatal("an unknown agent was activated")
	}
	stranger := switchboard.NewClient(a.URL, switchboard.Credentials{DeveloperKey: "no-such-key", AccessKey: "x", InitiatorID: sandbox.InitiatorID})
	if _, err := stranger.Catalogue(ctx); err == nil {
		t.Fatal("an unknown key was let in")
	}
	if _, err := c.Services(ctx, sandbox.UserCode); err != nil {
		t.Fatal(err)
	}
	after := samples(t, a)

	for series, want := range map[string]float64{
		`switchboard_request_duration_seconds_count{operation="activate_service",outcome="ok"}`:            2,
		`switchboard_request_duration_seconds_count{operation="activate_service",outcome="unknown_agent"}`: 1,
		`switchboard_request_duration_seconds_count{operation="deactivate_service",outcome="ok"}`:          1,
		`switchboard_request_duration_seconds_count{operation="get_services",outcome="unauthenticated"}`:   1,
		`switchboard_request_duration_seconds_count{operation="get_user_services",outcome="ok"}`:           1,
		`switchboard_commit_group_size_count`:                                                              2, // the second activation changed nothing
		`switchboard_commit_group_size_sum`:                                                                2,
		`switchboard_commit_sync_seconds_count`:                                                            2,
		`switchboard_store_events`:                                                                         2,
	} {
		if _, there := after[series]; !there {
			t.Errorf("%s is not there", series)
		} else if got := after[series] - before[series]; got != want {
			t.Errorf("%s grew by %v, want %v", series, got, want)
		}
	}
	for _, series := range []string{
		"switchboard_store_bytes", "switchboard_store_wal_bytes", "switchboard_store_cached_agents", "go_goroutines",
		`switchboard_build_info{version="test"}`,
	} {
		if after[series] <= 0 {
			t.Errorf("%s is %v", series, after[series])
		}
	}
}

// Whatever a stranger asks for, the number of series stays that of the operations.
func TestMetricsDoNotGrowWithStrangers(t *testing.T) {
	t.Parallel()
	a := apptest.New(t, apptest.Options{})
	get(t, nil, a.URL+"/ekoapi/v3/nowhere/0")
	before := samples(t, a)
	for i := range 20 {
		get(t, nil, a.URL+"/ekoapi/v3/nowhere/"+strconv.Itoa(i))
		get(t, nil, a.URL+"/stranger-"+strconv.Itoa(i))
	}
	after := samples(t, a)
	for series := range after {
		if _, known := before[series]; !known && strings.HasPrefix(series, "switchboard_") {
			t.Errorf("a new series: %s", series)
		}
		if strings.Contains(series, "stranger") || strings.Contains(series, "nowhere") {
			t.Errorf("a path stands in %s", series)
		}
	}
}
