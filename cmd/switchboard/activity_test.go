package main

import (
	"strings"
	"testing"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/apptest"
	"github.com/switchboard-platform/switchboard/internal/sandbox"
)

func TestBars(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		counts []int64
		want   string
	}{
		{nil, ""},
		{[]int64{0, 0}, "··"},
		{[]int64{1}, "█"},
		{[]int64{0, 1, 2, 3, 4, 5, 6, 7, 8}, "·▁▂▃▄▅▆▇█"},
		{[]int64{1, 1_000_000}, "▁█"},
		{append(make([]int64, 60), 3, 4), strings.Repeat("·", 30) + "█"},
	} {
		if got := bars(x.counts); got != x.want {
			t.Errorf("%v is drawn %q, want %q", x.counts, got, x.want)
		}
	}
}

// What went on, as the command line shows it.
func TestTheFlowOfActivity(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	a := apptest.New(t, apptest.Options{Data: s.data})
	if _, err := a.Sandbox().ActivateService(t.Context(), sandbox.UserCode, "45", switchboard.ActivateOptions{}); err != nil {
		t.Fatal(err)
	}
	for _, period := range []string{"hour", "day", "week"} {
		out := s.run("activity", "--period", period).out
		if !strings.Contains(out, "WHAT") || !strings.Contains(out, "activation.activated") || !strings.Contains(out, "requests") || !strings.Contains(out, "█") {
			t.Errorf("the activity of the last %s is shown as\n%s", period, out)
		}
	}
	var got switchboard.Activity
	s.into(&got, "activity")
	if got.Steps != 60 || len(got.Series) == 0 {
		t.Errorf("the activity is %+v", got)
	}
	if r := s.try("activity", "--period", "year"); r.code == exitOK || !strings.Contains(r.err, "hour, day or week") {
		t.Errorf("the activity of a year ends with %d: %s", r.code, r.err)
	}
}
