package app

import (
	"context"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/switchboard-platform/switchboard/internal/registry"
)

// How often what happened is counted, and how often the counts are saved: what a kill can lose of them.
const (
	countEvery      = 5 * time.Second
	saveCountsEvery = time.Minute
)

// counters reads what went on from the metrics, so that nothing is counted twice on the way of a request.
type counters struct {
	read *prometheus.Registry // those metrics that are counted, alone: to read all of them asks the store
	mu   sync.Mutex
	last map[thing]int64
}

// thing is what is counted.
type thing struct{ name, label string }

// counted says what a metric counts, by its name, and which of its labels tells the kinds apart.
func counted() map[string]struct{ name, by string } {
	return map[string]struct{ name, by string }{
		requestMetric:  {registry.Requests, "outcome"},
		actionMetric:   {registry.Actions, "outcome"},
		decisionMetric: {registry.Decided, "answer"},
		reasonMetric:   {registry.Reasons, "code"},
		attemptMetric:  {registry.Deliveries, "outcome"},
	}
}

func newCounters(metrics ...prometheus.Collector) *counters {
	c := &counters{read: prometheus.NewRegistry(), last: map[thing]int64{}}
	c.read.MustRegister(metrics...)
	return c
}

// grown tells what has happened since the last time, and how often.
func (c *counters) grown(tell func(name, label string, times int64)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.totals()
	for of, n := range now {
		if times := n - c.last[of]; times > 0 {
			tell(of.name, of.label, times)
		}
	}
	c.last = now
}

// totals sums the metrics up. Of requests, those that were refused are told apart; the rest is one number.
func (c *counters) totals() map[thing]int64 {
	totals, what := map[thing]int64{}, counted()
	families, _ := c.read.Gather() // what could not be read is counted the next time
	for _, family := range families {
		of := what[family.GetName()]
		for _, m := range family.GetMetric() {
			n := int64(m.GetCounter().GetValue()) + int64(m.GetHistogram().GetSampleCount())
			label := ""
			for _, l := range m.GetLabel() {
				if l.GetName() == of.by {
					label = l.GetValue()
				}
			}
			if of.name != registry.Requests {
				totals[thing{of.name, label}] += n
				continue
			}
			totals[thing{registry.Requests, ""}] += n
			if label != outcomeOK {
				totals[thing{registry.Refusals, label}] += n
			}
		}
	}
	return totals
}

// count notes what happened since the last time.
func (a *App) count() { a.metrics.counts.grown(a.reg.Happened) }

// saveCounts saves what was counted; Close saves the last of it.
func (a *App) saveCounts(ctx context.Context) {
	if err := a.reg.SaveActivity(ctx); err != nil && ctx.Err() == nil {
		a.log.Error("what went on cannot be saved", "error", err)
	}
}
