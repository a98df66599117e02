//go:build linux

package main

import (
	"reflect"
	"strings"
	"testing"
)

func TestChartPanels(t *testing.T) {
	t.Parallel()
	found := func(p99 ...float64) map[string]*series {
		all := map[string]*series{}
		for i, kind := range chartKinds() {
			all[kind] = &series{p99: []float64{p99[i], p99[i]}}
		}
		return all
	}
	all := []*chartSite{
		{site: site{agents: 10_000}, store: "SQLite", found: found(1, 2, 3)},
		{site: site{agents: 1_000_000}, store: "SQLite", found: found(4, 5, 6)},
		{site: site{agents: 10_000}, store: "PostgreSQL", found: found(7, 8, 9)},
	}
	panels := chartPanels(all)
	want := panel{kindChange, []line{{"SQLite", []point{{1e4, 3}, {1e6, 6}}}, {"PostgreSQL", []point{{1e4, 9}}}}}
	if len(panels) != 3 || !reflect.DeepEqual(panels[2], want) {
		t.Errorf("have %+v", panels)
	}
	b := &bench{options: &options{rounds: 2}}
	b.reportChart(all)
	first := b.report.Rows[0]
	if len(b.report.Rows) != 6 || first.What != "p99 of an enquiry over SQLite, 1 M agents / 10 k" || first.Measured != "10 k: 1.00 ms, 1 M: 4.00 ms" || first.Value != 4 {
		t.Errorf("have %+v", b.report.Rows)
	}
	if !strings.Contains(b.report.Notes[0], "400 enquiries, 400 decisions and 200 changes a second") {
		t.Errorf("have note %q", b.report.Notes[0])
	}
	all[1].found[kindEnquiry].p99[1] = 4.5
	if have := all[1].latest(); have != "enquiry 4.50 ms, decision 5.00 ms, change 6.00 ms" {
		t.Errorf("latest: %s", have)
	}
}

// TestTogether: loads that ran at the same time make one result.
func TestTogether(t *testing.T) {
	t.Parallel()
	one := func() (*loadResult, error) { return &loadResult{Requests: 1, Rate: 2, P99: 3, ServerCPU: 0.5}, nil }
	two := func() (*loadResult, error) { return &loadResult{Requests: 10, Rate: 20, P99: 30, BehindCPU: 0.25}, nil }
	results, err := together([]func() (*loadResult, error){one, two})
	if err != nil || results[0].Requests != 1 || results[1].Requests != 10 {
		t.Fatalf("have %+v, error %v", results, err)
	}
	if sum := addUp(results); *sum != (loadResult{Requests: 11, Rate: 22, P99: 30, ServerCPU: 0.5, BehindCPU: 0.25}) {
		t.Errorf("the sum is %+v", sum)
	}
}

func TestSeriesCost(t *testing.T) {
	t.Parallel()
	s := series{rates: []float64{10_000, 20_000}, serverCPU: []float64{1, 2}, behindCPU: []float64{0.5, 0.6}}
	if have := s.cost(); have != "100 + 40 µs" {
		t.Errorf("have %s", have)
	}
}
