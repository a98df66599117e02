package main

import (
	"strings"
	"testing"
)

func TestVerdict(t *testing.T) {
	t.Parallel()
	ratio := target{Least: 0.75, Aim: 0.85}
	ms := target{Least: 20, Aim: 8, Lower: true, Unit: " ms"}
	for _, c := range []struct {
		target target
		value  float64
		want   string
	}{
		{ratio, 0.9, "aim reached"},
		{ratio, 0.85, "aim reached"},
		{ratio, 0.8, "reached"},
		{ratio, 0.74, "MISSED"},
		{ms, 7, "aim reached"},
		{ms, 12, "reached"},
		{ms, 21, "MISSED"},
		{target{}, 1, ""},
	} {
		if have := c.target.verdict(c.value); have != c.want {
			t.Errorf("%v against %s: want %q, have %q", c.value, c.target, c.want, have)
		}
	}
}

func TestReportPrint(t *testing.T) {
	t.Parallel()
	r := report{Machine: "a machine", Settings: "some settings"}
	r.figure("floor", "100/s")
	r.value("server / floor", "80/s", 0.8, target{Least: 0.75, Aim: 0.85})
	r.value("p99", "", 12.34, target{Least: 20, Aim: 8, Lower: true, Unit: " ms"})
	r.note("seen %d times", 3)
	var out strings.Builder
	if err := r.print(&out); err != nil {
		t.Fatal(err)
	}
	want := `a machine
some settings

what            measured  ratio or value  at least / aim  verdict
----            --------  --------------  --------------  -------
floor           100/s
server / floor  80/s      0.8             0.75 / 0.85     reached
p99                       12.3 ms         20 / 8 ms       reached

* seen 3 times
`
	if have := out.String(); have != want {
		t.Errorf("want\n%s\nhave\n%s", want, have)
	}
}

func TestMedians(t *testing.T) {
	t.Parallel()
	if have := median([]float64{9, 1, 5}); have != 5 {
		t.Errorf("of three: %v", have)
	}
	if have := median([]float64{4, 1, 2, 9}); have != 3 {
		t.Errorf("of four: %v", have)
	}
	if have := median(nil); have != 0 {
		t.Errorf("of none: %v", have)
	}
	// The rounds' ratios are 2, 3 and 0.5, so the ratio of the medians would be another.
	if have := medianRatio([]float64{2, 30, 50}, []float64{1, 10, 100}); have != 2 {
		t.Errorf("of ratios: %v", have)
	}
	if have := medianRatio([]float64{2, 3}, []float64{0, 1}); have != 3 {
		t.Errorf("of a round without a floor: %v", have)
	}
}
