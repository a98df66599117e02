package partnerapi

import (
	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/answer"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/feed"
	"github.com/switchboard-platform/switchboard/internal/webhook/wire"
)

// webhookRoutes are those for a partner's webhooks.
func (h *Handler) webhookRoutes() {
	h.json("GET /v1/webhooks", h.webhooks)
	h.json("POST /v1/webhooks", h.addWebhook)
	h.json("GET /v1/webhooks/{webhook}", h.webhook)
	h.json("PATCH /v1/webhooks/{webhook}", h.setWebhook)
	h.json("DELETE /v1/webhooks/{webhook}", h.removeWebhook)
	h.json("POST /v1/webhooks/{webhook}/secrets", h.rotateWebhook)
	h.json("POST /v1/webhooks/{webhook}/test", h.testWebhook)
	h.json("GET /v1/webhooks/{webhook}/deliveries", h.deliveries)
	h.json("GET /v1/webhooks/{webhook}/deliveries/{delivery}", h.delivery)
	h.json("POST /v1/webhooks/{webhook}/redeliver", h.redeliver)
}

func (h *Handler) webhooks(r *request) (any, error) {
	if err := r.takes(); err != nil {
		return nil, err
	}
	return wire.List(r.Context(), h.reg, r.by, r.partner.ID)
}

func (h *Handler) addWebhook(r *request) (any, error) {
	in, err := decode[switchboard.NewWebhook](r)
	if err != nil {
		return nil, err
	}
	if in.Partner != "" && in.Partner != r.partner.ID {
		return nil, fault.New(fault.Forbidden, "An endpoint that you make is yours: leave partner out.")
	}
	i, err := h.reg.AddEndpoint(r.Context(), r.by, wire.New(in))
	return wire.Issued(i, r.now), err
}

func (h *Handler) webhook(r *request) (any, error) {
	e, p, waiting, err := h.reg.Endpoint(r.Context(), r.by, r.PathValue("webhook"))
	return wire.Whole(e, p, waiting, r.now), err
}

func (h *Handler) setWebhook(r *request) (any, error) {
	in, err := decode[switchboard.WebhookChange](r)
	if err != nil {
		return nil, err
	}
	if _, _, err := h.reg.SetEndpoint(r.Context(), r.by, r.PathValue("webhook"), wire.Change(in)); err != nil {
		return nil, err
	}
	return h.webhook(r)
}

func (h *Handler) removeWebhook(r *request) (any, error) {
	return switchboard.Changed{Changed: true}, h.reg.RemoveEndpoint(r.Context(), r.by, r.PathValue("webhook"))
}

func (h *Handler) rotateWebhook(r *request) (any, error) {
	in, err := decode[switchboard.NewSecret](r)
	if err != nil {
		return nil, err
	}
	return wire.Rotate(r.Context(), h.reg, r.by, r.PathValue("webhook"), in)
}

func (h *Handler) testWebhook(r *request) (any, error) {
	id := r.PathValue("webhook")
	d, err := h.reg.TestEndpoint(r.Context(), r.by, id, feed.TestMessage(id, r.now))
	return wire.Delivery(d), err
}

func (h *Handler) deliveries(r *request) (any, error) {
	if err := r.takes("state", "since", "after", "limit"); err != nil {
		return nil, err
	}
	f, err := wire.Filter(r.PathValue("webhook"), r.param)
	if err != nil {
		return nil, err
	}
	limit, err := r.limit()
	if err != nil {
		return nil, err
	}
	f.Limit = limit + 1
	list, err := h.reg.Deliveries(r.Context(), r.by, f)
	return answer.Page(list, limit, wire.Delivery, wire.Key), err
}

func (h *Handler) delivery(r *request) (any, error) {
	n, err := wire.Number(r.PathValue("delivery"))
	if err != nil {
		return nil, err
	}
	d, attempts, err := h.reg.Delivery(r.Context(), r.by, r.PathValue("webhook"), n)
	return wire.Logged(d, attempts), err
}

func (h *Handler) redeliver(r *request) (any, error) {
	in, err := decode[switchboard.Redelivery](r)
	if err != nil {
		return nil, err
	}
	n, err := wire.Redeliver(r.Context(), h.reg, r.by, r.PathValue("webhook"), in)
	return switchboard.Redelivered{Redelivered: n}, err
}
