package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
)

// target is what a figure should reach. The zero target asks nothing.
type target struct {
	Least float64 // what it must reach
	Aim   float64 // what it should reach
	Lower bool    // lower is better
	Unit  string  // after the figures, as " ms"
}

// verdict says how a figure stands to its target.
func (t target) verdict(value float64) string {
	reached := func(bound float64) bool { return value >= bound }
	if t.Lower {
		reached = func(bound float64) bool { return value <= bound }
	}
	switch {
	case t.Least == 0:
		return ""
	case reached(t.Aim):
		return "aim reached"
	case reached(t.Least):
		return "reached"
	}
	return "MISSED"
}

// String gives both bounds, as "0.75 / 0.85".
func (t target) String() string {
	if t.Least == 0 {
		return ""
	}
	return fmt.Sprintf("%.4g / %.4g%s", t.Least, t.Aim, t.Unit)
}

// row is one line of the result.
type row struct {
	What     string  `json:"what"`
	Measured string  `json:"measured"`        // absolute figures, for people
	Value    float64 `json:"value,omitempty"` // what the target is about, mostly a ratio
	Shown    string  `json:"shown,omitempty"` // the value as printed
	Target   target  `json:"target"`
	Verdict  string  `json:"verdict,omitempty"`
}

// report is the result of a run.
type report struct {
	Machine  string   `json:"machine"`
	Settings string   `json:"settings"`
	Rows     []row    `json:"rows"`
	Notes    []string `json:"notes,omitempty"`
}

// figure adds a line without a value of its own.
func (r *report) figure(what, measured string) {
	r.Rows = append(r.Rows, row{What: what, Measured: measured})
}

// value adds a line whose value is set against a target.
func (r *report) value(what, measured string, value float64, t target) {
	r.Rows = append(r.Rows, row{
		What: what, Measured: measured, Value: value, Shown: fmt.Sprintf("%.3g%s", value, t.Unit),
		Target: t, Verdict: t.verdict(value),
	})
}

// note adds a remark below the table.
func (r *report) note(format string, args ...any) {
	r.Notes = append(r.Notes, fmt.Sprintf(format, args...))
}

// print writes the report for people.
func (r *report) print(w io.Writer) error {
	fmt.Fprintf(w, "%s\n%s\n\n", r.Machine, r.Settings)
	var table strings.Builder
	t := tabwriter.NewWriter(&table, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "what\tmeasured\tratio or value\tat least / aim\tverdict")
	fmt.Fprintln(t, "----\t--------\t--------------\t--------------\t-------")
	for _, row := range r.Rows {
		fmt.Fprintln(t, strings.Join([]string{row.What, row.Measured, row.Shown, row.Target.String(), row.Verdict}, "\t"))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for line := range strings.Lines(table.String()) {
		fmt.Fprintln(w, strings.TrimRight(line, " \n"))
	}
	for _, n := range r.Notes {
		fmt.Fprintf(w, "\n* %s", n)
	}
	_, err := fmt.Fprintln(w)
	return err
}

// median gives the middle of some figures, the mean of the middle two of an even number, and zero
// of none.
func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	if n == 0 {
		return 0
	}
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

// medianRatio gives the median over the rounds of a figure against another of the same round.
func medianRatio(of, against []float64) float64 {
	ratios := make([]float64, 0, len(of))
	for i := range min(len(of), len(against)) {
		if against[i] > 0 {
			ratios = append(ratios, of[i]/against[i])
		}
	}
	return median(ratios)
}
