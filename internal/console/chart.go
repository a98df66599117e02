package console

import (
	"slices"
	"time"

	"github.com/switchboard-platform/switchboard"
)

// Chart is counts over time, as bars on each other.
type Chart struct {
	ID, Title string
	Series    []ChartSeries
	Times     []int64 // of the steps, seconds since 1970
	Step      int     // seconds
}

// ChartSeries is one colour of a Chart.
type ChartSeries struct {
	Label  string  `json:"label"`
	Colour string  `json:"colour"` // the name of one of the style sheet
	Counts []int64 `json:"counts"`
}

// Sum is how many there were in all.
func (s ChartSeries) Sum() (n int64) {
	for _, c := range s.Counts {
		n += c
	}
	return n
}

// Data is what the script draws.
func (c Chart) Data() any {
	return struct {
		Times  []int64       `json:"times"`
		Step   int           `json:"step"`
		Series []ChartSeries `json:"series"`
	}{c.Times, c.Step, c.Series}
}

// ChartRow is one step in which something was counted.
type ChartRow struct {
	At     time.Time
	Counts []int64
}

// Rows are the steps in which something was counted, the youngest first.
func (c Chart) Rows() (list []ChartRow) {
	for i := len(c.Times) - 1; i >= 0; i-- {
		r, any := ChartRow{At: time.Unix(c.Times[i], 0)}, false
		for _, s := range c.Series {
			r.Counts, any = append(r.Counts, s.Counts[i]), any || s.Counts[i] != 0
		}
		if any {
			list = append(list, r)
		}
	}
	return list
}

// chart makes a chart of no series yet, over the steps of an activity.
func (v *visit) chart(id, title string, a switchboard.Activity) Chart {
	c := Chart{ID: id, Title: v.T(title), Step: a.Step}
	for i := range a.Steps {
		c.Times = append(c.Times, a.From.Add(time.Duration(i*a.Step)*time.Second).Unix())
	}
	return c
}

// add puts a series on top of the others.
func (c *Chart) add(label, colour string, counts []int64) {
	c.Series = append(c.Series, ChartSeries{label, colour, counts})
}

// counted adds up, step by step, the series that fit.
func counted(a switchboard.Activity, fits func(switchboard.ActivitySeries) bool) []int64 {
	sum := make([]int64, a.Steps)
	for _, s := range a.Series {
		if !fits(s) {
			continue
		}
		for i := range min(len(sum), len(s.Counts)) {
			sum[i] += s.Counts[i]
		}
	}
	return sum
}

// named fits series of a name, and of a label if one is given.
func named(name string, labels ...string) func(switchboard.ActivitySeries) bool {
	return func(s switchboard.ActivitySeries) bool {
		return s.Name == name && (len(labels) == 0 || slices.Contains(labels, s.Label))
	}
}

// difference is what is left of counts when others are taken away; never less than nothing.
func difference(of, without []int64) []int64 {
	left := make([]int64, len(of))
	for i := range of {
		left[i] = max(0, of[i]-without[i])
	}
	return left
}

// most gives the labels of a series' name with the highest sums, the highest first.
func most(a switchboard.Activity, name string, n int) (labels []string) {
	var list []ChartSeries
	for _, s := range a.Series {
		if s.Name == name {
			list = append(list, ChartSeries{Label: s.Label, Counts: s.Counts})
		}
	}
	slices.SortStableFunc(list, func(x, y ChartSeries) int { return int(min(1, max(-1, y.Sum()-x.Sum()))) })
	for _, s := range list[:min(n, len(list))] {
		if s.Sum() > 0 {
			labels = append(labels, s.Label)
		}
	}
	return labels
}
