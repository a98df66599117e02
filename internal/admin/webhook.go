package admin

import (
	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/answer"
	"github.com/switchboard-platform/switchboard/internal/feed"
	"github.com/switchboard-platform/switchboard/internal/webhook/wire"
)

// webhookRoutes are those for webhooks.
func (h *Handler) webhookRoutes() {
	h.json("GET /webhooks", h.webhooks)
	h.json("POST /webhooks", h.addWebhook)
	h.json("GET /webhooks/{webhook}", h.webhook)
	h.json("PATCH /webhooks/{webhook}", h.setWebhook)
	h.json("DELETE /webhooks/{webhook}", h.removeWebhook)
	h.json("POST /webhooks/{webhook}/secrets", h.rotateWebhook)
	h.json("POST /webhooks/{webhook}/test", h.testWebhook)
	h.json("GET /webhooks/{webhook}/deliveries", h.deliveries)
	h.json("GET /webhooks/{webhook}/deliveries/{delivery}", h.delivery)
	h.json("POST /webhooks/{webhook}/redeliver", h.redeliver)
}

func (h *Handler) webhooks(r request) (any, error) {
	return wire.List(r.Context(), h.reg, r.caller(), r.FormValue("partner"))
}

func (h *Handler) addWebhook(r request) (any, error) {
	in, err := decode[switchboard.NewWebhook](r)
	if err != nil {
		return nil, err
	}
	if in.Partner == "" {
		return nil, badField("partner", "is required: whose endpoint it is")
	}
	i, err := h.reg.AddEndpoint(r.Context(), r.caller(), wire.New(in))
	return wire.Issued(i, r.cause.At), err
}

func (h *Handler) webhook(r request) (any, error) {
	seen, err := h.reg.EndpointVersion(r.Context(), r.caller(), r.PathValue("webhook"))
	if err != nil {
		return nil, err
	}
	e, p, waiting, err := h.reg.Endpoint(r.Context(), r.caller(), r.PathValue("webhook"))
	w := wire.Whole(e, p, waiting, r.cause.At)
	w.Version = seen
	return w, err
}

func (h *Handler) setWebhook(r request) (any, error) {
	in, err := decode[switchboard.WebhookChange](r)
	if err != nil {
		return nil, err
	}
	if _, _, err := h.reg.SetEndpoint(r.Context(), r.having(in.IfVersion), r.PathValue("webhook"), wire.Change(in)); err != nil {
		return nil, err
	}
	return h.webhook(r)
}

func (h *Handler) removeWebhook(r request) (any, error) {
	return switchboard.Changed{Changed: true}, h.reg.RemoveEndpoint(r.Context(), r.caller(), r.PathValue("webhook"))
}

func (h *Handler) rotateWebhook(r request) (any, error) {
	in, err := decode[switchboard.NewSecret](r)
	if err != nil {
		return nil, err
	}
	return wire.Rotate(r.Context(), h.reg, r.caller(), r.PathValue("webhook"), in)
}

func (h *Handler) testWebhook(r request) (any, error) {
	id := r.PathValue("webhook")
	d, err := h.reg.TestEndpoint(r.Context(), r.caller(), id, feed.TestMessage(id, r.cause.At))
	return wire.Delivery(d), err
}

func (h *Handler) deliveries(r request) (any, error) {
	f, err := wire.Filter(r.PathValue("webhook"), r.FormValue)
	if err != nil {
		return nil, err
	}
	limit, err := limitOf(r)
	if err != nil {
		return nil, err
	}
	f.Limit = limit + 1
	list, err := h.reg.Deliveries(r.Context(), r.caller(), f)
	return answer.Page(list, limit, wire.Delivery, wire.Key), err
}

func (h *Handler) delivery(r request) (any, error) {
	n, err := wire.Number(r.PathValue("delivery"))
	if err != nil {
		return nil, err
	}
	d, attempts, err := h.reg.Delivery(r.Context(), r.caller(), r.PathValue("webhook"), n)
	return wire.Logged(d, attempts), err
}

func (h *Handler) redeliver(r request) (any, error) {
	in, err := decode[switchboard.Redelivery](r)
	if err != nil {
		return nil, err
	}
	n, err := wire.Redeliver(r.Context(), h.reg, r.caller(), r.PathValue("webhook"), in)
	return switchboard.Redelivered{Redelivered: n}, err
}
