//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"
)

// The load of the chart: what is asked of one machine on a busy day, far below what it can do. Each client asks so often,
// whether or not answers come late, and all three kinds go on at the same time.
const (
	chartEvery    = 100 * time.Millisecond
	chartReaders  = 40 // of each kind of question: 400 a second
	chartChangers = 20 // 200 a second
)

// The kinds of call that the chart tells apart.
const (
	kindEnquiry  = "enquiry"
	kindDecision = "decision"
	kindChange   = "change"
)

func chartKinds() []string { return []string{kindEnquiry, kindDecision, kindChange} }

// chartSite is a number of agents over one of the stores, the server that has them, and what was found there.
type chartSite struct {
	site
	store  string
	server *server
	found  map[string]*series // by kind
}

// measureChart finds out how long answers take at the same load among ever more agents, over both stores, and draws it.
func (b *bench) measureChart(ctx context.Context) error {
	all, err := b.chartStore(ctx, "SQLite", nil)
	if err != nil {
		return err
	}
	c, err := b.startCluster(ctx)
	if err != nil {
		return err
	}
	if c != nil {
		shared, err := b.chartStore(ctx, "PostgreSQL", c)
		if err != nil {
			return err
		}
		all = append(all, shared...)
	}
	b.reportChart(all)
	if b.svg == "" {
		return nil
	}
	b.progress("draw %s", b.svg)
	return os.WriteFile(b.svg, []byte(drawChart(chartPanels(all))), 0o644)
}

// chartStore measures one store at all sizes. All its servers are up, and one at a time is under load.
func (b *bench) chartStore(ctx context.Context, store string, c *cluster) (all []*chartSite, err error) {
	defer func() {
		for _, s := range all {
			err = errors.Join(err, s.server.stop())
		}
	}()
	for _, agents := range b.sizes {
		at, err := b.populated(ctx, c, agents)
		if err != nil {
			return all, err
		}
		srv, err := b.startAt(ctx, at, serverSettings{core: anyCore})
		if err != nil {
			return all, err
		}
		all = append(all, &chartSite{site: at, store: store, server: srv, found: map[string]*series{}})
	}
	for round := range b.rounds {
		order := slices.Clone(all)
		if round%2 == 1 {
			slices.Reverse(order)
		}
		for _, s := range order {
			if err := b.chartRound(ctx, s); err != nil {
				return all, fmt.Errorf("%s, %d agents: %w", store, s.agents, err)
			}
			b.progress("chart round %d, %s, %d agents: p99 %s", round+1, store, s.agents, s.latest())
		}
	}
	return all, nil
}

// chartRound puts the three loads on a server at the same time.
func (b *bench) chartRound(ctx context.Context, at *chartSite) error {
	_, want, err := sampleEnquiry(ctx, at.server, at.agents)
	if err != nil {
		return err
	}
	var loads []func() (*loadResult, error)
	for _, kind := range chartKinds() {
		s := b.chartSpec(at, kind, want)
		loads = append(loads, func() (*loadResult, error) { return b.load(ctx, s, anyCore) })
	}
	results, err := together(loads)
	if err != nil {
		return err
	}
	for i, kind := range chartKinds() {
		if at.found[kind] == nil {
			at.found[kind] = &series{}
		}
		at.found[kind].add(results[i])
	}
	return nil
}

// chartSpec is the load of one kind; want is what answers to enquiries begin with.
func (b *bench) chartSpec(at *chartSite, kind, want string) loadSpec {
	s := b.changeSpec(at.server, at.site, chartChangers)
	s.Every, s.Duration = chartEvery, b.chartTime
	if kind == kindChange {
		return s
	}
	s.Change, s.Conns = false, chartReaders
	if kind == kindDecision {
		s.Ask, s.Want = decisionAsk(sandboxSwitch), allowed
	} else {
		s.Want, s.CheckCode = want, true
	}
	return s
}

// latest gives the figures of the last round.
func (s *chartSite) latest() string {
	var parts []string
	for _, kind := range chartKinds() {
		p99 := s.found[kind].p99
		parts = append(parts, fmt.Sprintf("%s %.2f ms", kind, p99[len(p99)-1]))
	}
	return strings.Join(parts, ", ")
}

// reportChart writes the chart as rows: for each store and kind the figures by size, and the last against the first.
func (b *bench) reportChart(all []*chartSite) {
	for _, panel := range chartPanels(all) {
		for _, line := range panel.lines {
			var figures []string
			for _, p := range line.points {
				figures = append(figures, fmt.Sprintf("%s: %.2f ms", shortNumber(p.x), p.y))
			}
			first, last := line.points[0], line.points[len(line.points)-1]
			b.report.value(fmt.Sprintf("p99 of a%s over %s, %s agents / %s", article(panel.title), line.name, shortNumber(last.x), shortNumber(first.x)),
				strings.Join(figures, ", "), last.y/first.y, target{})
		}
	}
	readers := chartReaders * int(time.Second/chartEvery)
	b.report.note("By size: %d enquiries, %d decisions and %d changes a second at the same time, drawn from all agents, on all cores with the loads; "+
		"medians of %d rounds of %s.", readers, readers, chartChangers*int(time.Second/chartEvery), b.rounds, b.chartTime)
}

// article completes "a" to go before a word.
func article(word string) string {
	if strings.ContainsAny(word[:1], "aeiou") {
		return "n " + word
	}
	return " " + word
}

// chartPanels gives a panel for each kind with a line for each store.
func chartPanels(all []*chartSite) (panels []panel) {
	for _, kind := range chartKinds() {
		p := panel{title: kind}
		for _, s := range all {
			if len(p.lines) == 0 || p.lines[len(p.lines)-1].name != s.store {
				p.lines = append(p.lines, line{name: s.store})
			}
			last := &p.lines[len(p.lines)-1]
			last.points = append(last.points, point{float64(s.agents), median(s.found[kind].p99)})
		}
		panels = append(panels, p)
	}
	return panels
}
