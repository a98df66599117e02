package app

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/decision"
	"github.com/switchboard-platform/switchboard/internal/eps"
	"github.com/switchboard-platform/switchboard/internal/secret"
	"github.com/switchboard-platform/switchboard/internal/sign"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// metrics are what Prometheus reads.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.HistogramVec
	groups   prometheus.Histogram
	commits  prometheus.Histogram
	actions  *prometheus.HistogramVec
	replays  *prometheus.CounterVec
	ok       map[string]prometheus.Observer // of requests, by operation: found without hashing labels
	checks   prometheus.Observer            // of the action that comes most
	allowed  prometheus.Counter             // decisions
	denied   prometheus.Counter             // likewise
	reasons  *prometheus.CounterVec         // of those denied, by code
	work     *prometheus.GaugeVec           // what is this process's turn to do
	attempts *prometheus.HistogramVec       // at webhooks, by outcome
	counters *counters                      // of what is told people as well
}

func newMetrics(version string) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "switchboard_request_duration_seconds", Help: "Time to answer a partner's request, by operation and outcome.",
			Buckets: prometheus.ExponentialBuckets(0.00005, 2, 17), // 50 µs to 3.3 s
		}, []string{"operation", "outcome"}),
		actions: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "switchboard_action_duration_seconds", Help: "Time to answer a channel's call, by action and outcome.",
			Buckets: prometheus.ExponentialBuckets(0.00005, 2, 17),
		}, []string{"action", "outcome"}),
		groups: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "switchboard_commit_group_size", Help: "Changes made durable by one commit.",
			Buckets: prometheus.ExponentialBuckets(1, 2, 11),
		}),
		commits: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "switchboard_commit_sync_seconds", Help: "Time to write and sync one commit.",
			Buckets: prometheus.ExponentialBuckets(0.00005, 2, 17),
		}),
		ok: map[string]prometheus.Observer{},
		replays: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "switchboard_signature_reuse_total", Help: "Signatures that came again with another request, by verdict.",
		}, []string{"verdict"}),
		reasons: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "switchboard_denial_reasons_total", Help: "Reasons that denied decisions gave, by code; one decision may give several.",
		}, []string{"code"}),
		attempts: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "switchboard_webhook_attempt_duration_seconds", Help: "Time until a receiver of webhooks answered, by outcome: ok, refused, failed.",
			Buckets: prometheus.ExponentialBuckets(0.001, 2, 15), // 1 ms to 16 s
		}, []string{"outcome"}),
		work: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "switchboard_work_held", Help: "1 for work that one node does at a time and that it is this one's turn to do. The sum over all nodes should be 1.",
		}, []string{"work"}),
	}
	decisions := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "switchboard_decisions_total", Help: "Decisions, by answer.",
	}, []string{"answer"})
	m.counters = newCounters(m, decisions)
	m.allowed, m.denied = decisions.WithLabelValues("allowed"), decisions.WithLabelValues("denied")
	build := prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "switchboard_build_info", Help: "1, with the version as a label.",
		ConstLabels: prometheus.Labels{"version": version}}, func() float64 { return 1 })
	m.registry.MustRegister(m.requests, m.actions, m.groups, m.commits, m.replays, m.reasons, m.work, m.attempts, decisions, build,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	for _, operation := range slices.Concat(eps.Operations(), decision.Operations()) {
		m.ok[operation] = m.requests.WithLabelValues(operation, outcomeOK)
	}
	m.checks = m.actions.WithLabelValues(actionCheck, outcomeOK)
	return m
}

const actionCheck = "CHECK_USER"

// outcomeOK is how the dialects call a request that went through.
const outcomeOK = "ok"

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

func (m *metrics) request(operation, outcome string, took time.Duration) {
	if o := m.ok[operation]; o != nil && outcome == outcomeOK {
		o.Observe(took.Seconds())
		return
	}
	m.requests.WithLabelValues(operation, outcome).Observe(took.Seconds())
}

func (m *metrics) decided(reasons []agent.Reason) {
	if len(reasons) == 0 {
		m.allowed.Inc()
		return
	}
	m.denied.Inc()
	for i := range reasons {
		m.reasons.WithLabelValues(string(reasons[i].Code)).Inc()
	}
}

func (m *metrics) action(action, outcome string, took time.Duration) {
	if action == actionCheck && outcome == outcomeOK {
		m.checks.Observe(took.Seconds())
		return
	}
	m.actions.WithLabelValues(action, outcome).Observe(took.Seconds())
}

// watchPINs publishes how busy the hashing of PINs is.
func (m *metrics) watchPINs(p *secret.PINs) {
	m.registry.MustRegister(
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "switchboard_pin_calls", Help: "Calls whose PIN is being hashed or waits for it."},
			func() float64 { calls, _ := p.Load(); return float64(calls) }),
		prometheus.NewCounterFunc(prometheus.CounterOpts{Name: "switchboard_pin_hashes_total", Help: "PINs hashed."},
			func() float64 { _, hashes := p.Load(); return float64(hashes) }))
}

func (m *metrics) commit(group int, took time.Duration) {
	m.groups.Observe(float64(group))
	m.commits.Observe(took.Seconds())
}

func (m *metrics) replayed(v sign.Verdict) { m.replays.WithLabelValues(v.String()).Inc() }

// watch publishes the store's figures, read when they are asked for.
func (m *metrics) watch(s store.Store) {
	gauge := func(name, help string, value func(store.Stats) int64) {
		m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, func() float64 {
			ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
			defer cancel()
			st, _ := s.Stats(ctx) // what could not be read stays 0
			return float64(value(st))
		}))
	}
	gauge("switchboard_store_bytes", "Size of the database file.", func(s store.Stats) int64 { return s.SizeBytes })
	gauge("switchboard_store_wal_bytes", "Size of the write-ahead log.", func(s store.Stats) int64 { return s.WALBytes })
	gauge("switchboard_store_events", "Number of the last recorded event.", func(s store.Stats) int64 { return s.Events })
	gauge("switchboard_store_cached_agents", "Agents held in memory.", func(s store.Stats) int64 { return int64(s.CachedAgents) })
	gauge("switchboard_store_cached_members", "Members held in memory.", func(s store.Stats) int64 { return int64(s.CachedMembers) })
	gauge("switchboard_store_reading_ahead", "1 while agents and members are read into memory after the start.", func(s store.Stats) int64 {
		if s.ReadingAhead {
			return 1
		}
		return 0
	})
}
