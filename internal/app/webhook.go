package app

import (
	"context"
	"net/netip"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/switchboard-platform/switchboard/internal/registry"
	"github.com/switchboard-platform/switchboard/internal/webhook"
	"github.com/switchboard-platform/switchboard/internal/webhook/courier"
)

// webhookRules say where webhooks may go. A sandbox's go to the machine it runs on, too, without TLS: whoever
// tries it out has the receiver there.
func (a *App) webhookRules() registry.WebhookRules {
	http, networks := a.cfg.WebhookAllowHTTP, slices.Clone(a.cfg.WebhookAllowNetworks)
	if a.mode == Sandbox {
		http, networks = true, append(networks, netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128"))
	}
	return registry.WebhookRules{AllowHTTP: http, Walls: webhook.NewWalls(networks)}
}

// deliver sends webhooks until ctx ends, and those under way have ended.
func (a *App) deliver(ctx context.Context) {
	courier.New(courier.Config{
		Registry: a.reg, Walls: a.webhookRules().Walls, Timeout: a.cfg.WebhookTimeout, Drain: a.cfg.ShutdownTimeout,
		Log: a.log, Observe: a.metrics.webhooks(),
	}).Run(ctx)
}

// webhooks publishes how attempts end.
func (m *metrics) webhooks() func(outcome string, took time.Duration) {
	attempts := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "switchboard_webhook_attempt_duration_seconds", Help: "Time until a receiver of webhooks answered, by outcome: ok, refused, failed.",
		Buckets: prometheus.ExponentialBuckets(0.001, 2, 15), // 1 ms to 16 s
	}, []string{"outcome"})
	m.registry.MustRegister(attempts)
	return func(outcome string, took time.Duration) { attempts.WithLabelValues(outcome).Observe(took.Seconds()) }
}
