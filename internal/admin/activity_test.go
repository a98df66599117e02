package admin_test

import (
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/apptest"
)

// Each period has its steps, which begin at whole steps of the day in UTC; the last one is under way.
func TestActivityPeriods(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 29, 10, 59, 59, 0, time.FixedZone("IST", 19800)) // 05:29:59 in UTC
	a := apptest.New(t, apptest.Options{Now: func() time.Time { return now }})
	a.Partner(t, "Acme", "9876543210")
	for _, x := range []struct {
		period      string
		step, steps int
		from        string
	}{
		{"", 60, 60, "2026-03-29T04:30:00Z"},
		{"hour", 60, 60, "2026-03-29T04:30:00Z"},
		{"day", 900, 96, "2026-03-28T05:30:00Z"},
		{"week", 3600, 168, "2026-03-22T06:00:00Z"},
	} {
		got := must(a.Operator.Activity(t.Context(), x.period))(t)
		if from := got.From.Format(time.RFC3339); got.Step != x.step || got.Steps != x.steps || from != x.from {
			t.Errorf("%q is %d steps of %d seconds from %s", x.period, got.Steps, got.Step, from)
		}
		added := find(t, got.Series, func(s switchboard.ActivitySeries) bool { return s.Name == "changes" && s.Label == "partner.added" })
		if len(added.Counts) != x.steps || added.Counts[x.steps-1] != 1 {
			t.Errorf("%q: partners were added %v", x.period, added.Counts)
		}
	}
	_, err := a.Operator.Activity(t.Context(), "year")
	wantFault(t, err, "invalid")
}
