package switchboard

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// Webhooks manages webhook endpoints: a partner its own, an operator everybody's.
type Webhooks struct {
	path string
	call func(ctx context.Context, method, path string, in, out any) error
}

// Webhooks manages the partner's own webhook endpoints.
func (c *Client) Webhooks() *Webhooks {
	return &Webhooks{"/v1/webhooks", func(ctx context.Context, method, path string, in, out any) error {
		return c.callAPI(ctx, method, path, method == http.MethodGet, in, out)
	}}
}

// Webhooks manages the webhook endpoints of all partners.
func (o *Operator) Webhooks() *Webhooks { return &Webhooks{"/webhooks", o.call} }

func (w *Webhooks) of(id string) string { return w.path + "/" + url.PathEscape(id) }

// List gives the endpoints; partner narrows what an operator sees, "" is all.
func (w *Webhooks) List(ctx context.Context, partner string) (list []Webhook, err error) {
	var page Page[Webhook]
	path := w.path
	if partner != "" {
		path += "?partner=" + url.QueryEscape(partner)
	}
	err = w.call(ctx, http.MethodGet, path, nil, &page)
	return page.Items, err
}

// Add makes an endpoint and its first secret.
func (w *Webhooks) Add(ctx context.Context, n NewWebhook) (i IssuedWebhook, err error) {
	return i, w.call(ctx, http.MethodPost, w.path, n, &i)
}

// Get gives an endpoint.
func (w *Webhooks) Get(ctx context.Context, id string) (h Webhook, err error) {
	return h, w.call(ctx, http.MethodGet, w.of(id), nil, &h)
}

// Set changes an endpoint.
func (w *Webhooks) Set(ctx context.Context, id string, change WebhookChange) (h Webhook, err error) {
	return h, w.call(ctx, http.MethodPatch, w.of(id), change, &h)
}

// Remove ends an endpoint for good, and with it what waits.
func (w *Webhooks) Remove(ctx context.Context, id string) error {
	var c Changed
	return w.call(ctx, http.MethodDelete, w.of(id), nil, &c)
}

// Rotate gives an endpoint a new secret; messages are signed with the older one, too, for the overlap.
func (w *Webhooks) Rotate(ctx context.Context, id string, n NewSecret) (i IssuedWebhook, err error) {
	return i, w.call(ctx, http.MethodPost, w.of(id)+"/secrets", n, &i)
}

// Test sends a message that tells of nothing, once.
func (w *Webhooks) Test(ctx context.Context, id string) (d WebhookDelivery, err error) {
	return d, w.call(ctx, http.MethodPost, w.of(id)+"/test", struct{}{}, &d)
}

// DeliveryQuery says which deliveries to list; zero fields do not restrict.
type DeliveryQuery struct {
	State string    // "waiting", "delivered" or "failed"
	Since time.Time // made at this time or later
	After string    // Page.Next of the page before
	Limit int       // 100 by default, 1,000 at most
}

// Deliveries lists deliveries of an endpoint, the youngest first.
func (w *Webhooks) Deliveries(ctx context.Context, id string, q DeliveryQuery) (page Page[WebhookDelivery], err error) {
	v := url.Values{}
	if q.State != "" {
		v.Set("state", q.State)
	}
	if !q.Since.IsZero() {
		v.Set("since", q.Since.Format(time.RFC3339Nano))
	}
	if q.After != "" {
		v.Set("after", q.After)
	}
	if q.Limit != 0 {
		v.Set("limit", strconv.Itoa(q.Limit))
	}
	return page, w.call(ctx, http.MethodGet, w.of(id)+"/deliveries?"+v.Encode(), nil, &page)
}

// Delivery gives a delivery with its body and the log of its attempts.
func (w *Webhooks) Delivery(ctx context.Context, id string, number uint64) (d WebhookDelivery, err error) {
	return d, w.call(ctx, http.MethodGet, w.of(id)+"/deliveries/"+strconv.FormatUint(number, 10), nil, &d)
}

// Redeliver asks for deliveries to be made again, and gives how many will be.
func (w *Webhooks) Redeliver(ctx context.Context, id string, r Redelivery) (n Redelivered, err error) {
	return n, w.call(ctx, http.MethodPost, w.of(id)+"/redeliver", r, &n)
}
