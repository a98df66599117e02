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

// counters read what went on from the metrics, so that no request is counted twice.
type counters struct {
	mu   sync.Mutex
	list []counter
	last map[thing]int64
}

// thing is what is counted.
type thing struct{ name, label string }

// counter is a metric that tells what went on.
type counter struct {
	name string               // of what it tells
	by   string               // the label of the metric that becomes the thing's
	read *prometheus.Registry // of this metric alone: to read all of them asks the store
}

func newCounters(m *metrics, decisions prometheus.Collector) *counters {
	c := &counters{last: map[thing]int64{}}
	add := func(name, by string, metric prometheus.Collector) {
		read := prometheus.NewRegistry()
		read.MustRegister(metric)
		c.list = append(c.list, counter{name, by, read})
	}
	add(registry.Requests, "outcome", m.requests)
	add(registry.Actions, "outcome", m.actions)
	add(registry.Decided, "answer", decisions)
	add(registry.Reasons, "code", m.reasons)
	add(registry.Deliveries, "outcome", m.attempts)
	return c
}

// grown tells what has happened since the last time, and how often. All requests are one number; those that were
// refused are told apart as well.
func (c *counters) grown(tell func(name, label string, times int64)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for of, n := range c.totals() {
		times := n - c.last[of]
		c.last[of] = n
		switch {
		case times == 0:
		case of.name != registry.Requests:
			tell(of.name, of.label, times)
		default:
			tell(registry.Requests, "", times)
			if of.label != outcomeOK {
				tell(registry.Refusals, of.label, times)
			}
		}
	}
}

// totals adds up what the metrics have counted since the start.
func (c *counters) totals() map[thing]int64 {
	totals := map[thing]int64{}
	for _, metric := range c.list {
		families, _ := metric.read.Gather() // it fails for metrics that contradict each other: here is one
		for _, family := range families {
			for _, m := range family.GetMetric() {
				of := thing{name: metric.name}
				for _, l := range m.GetLabel() {
					if l.GetName() == metric.by {
						of.label = l.GetValue()
					}
				}
				totals[of] += int64(m.GetCounter().GetValue()) + int64(m.GetHistogram().GetSampleCount())
			}
		}
	}
	return totals
}

// count notes what happened since the last time.
func (a *App) count() { a.metrics.counters.grown(a.reg.Happened) }

// saveCounts saves what was counted; Close saves the last of it.
func (a *App) saveCounts(ctx context.Context) {
	if err := a.reg.SaveActivity(ctx); err != nil && ctx.Err() == nil {
		a.log.Error("what went on cannot be saved", "error", err)
	}
}
