package app

import (
	"context"
	"net/netip"
	"slices"
	"time"

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
		Log: a.log, Observe: a.metrics.webhook,
	}).Run(ctx)
}

// webhook notes how an attempt ended.
func (m *metrics) webhook(outcome string, took time.Duration) {
	m.attempts.WithLabelValues(outcome).Observe(took.Seconds())
}
