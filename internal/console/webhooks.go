package console

import (
	"bytes"
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/switchboard-platform/switchboard"
)

// webhooksRoutes are the pages and actions of where partners are told of changes.
func (c *Console) webhooksRoutes() {
	c.page("GET /webhooks", "webhooks", (*visit).webhooks)
	c.page("GET /webhooks/{webhook}", "webhook", (*visit).webhook)
	c.page("GET /webhooks/{webhook}/deliveries/{delivery}", "delivery", (*visit).delivery)
	c.act("POST /webhooks", (*visit).addWebhook)
	c.act("PATCH /webhooks/{webhook}", (*visit).doWebhook)
	c.act("DELETE /webhooks/{webhook}", (*visit).removeWebhook)
	c.act("POST /webhooks/{webhook}/secrets", (*visit).rotateWebhook)
	c.act("POST /webhooks/{webhook}/test", (*visit).testWebhook)
	c.act("POST /webhooks/{webhook}/redeliver", (*visit).redeliver)
}

func deliveryPath(id string, number uint64) string {
	return pageOf("webhooks", id, "deliveries", strconv.FormatUint(number, 10))
}

// webhooksPage lists the endpoints of all partners, those in trouble first.
type webhooksPage struct {
	*visit
	Webhooks                   []switchboard.Webhook
	Partners                   []switchboard.Partner
	Partner                    string // whose alone are shown
	Waiting, Failing, Disabled int
}

func (v *visit) webhooks() (any, error) {
	p := webhooksPage{visit: v, Partner: v.query("partner")}
	var err error
	if p.Partners, err = v.allPartners(); err != nil {
		return nil, err
	}
	if p.Webhooks, err = v.api.Webhooks().List(v.r.Context(), p.Partner); err != nil {
		return nil, err
	}
	for _, w := range p.Webhooks {
		p.Waiting += w.Waiting
		switch health(w) {
		case "failing":
			p.Failing++
		case "disabled":
			p.Disabled++
		}
	}
	slices.SortStableFunc(p.Webhooks, func(a, b switchboard.Webhook) int { return trouble(b) - trouble(a) })
	return p, nil
}

// health is how an endpoint is doing in one word.
func health(w switchboard.Webhook) string {
	switch {
	case w.State == "disabled":
		return "disabled"
	case !w.FailingSince.IsZero():
		return "failing"
	}
	return "healthy"
}

// Health is that, for pages.
func (v *visit) Health(w switchboard.Webhook) string { return health(w) }

// HealthLook is its colour.
func (v *visit) HealthLook(w switchboard.Webhook) string {
	return map[string]string{"healthy": "good", "failing": "bad", "disabled": ""}[health(w)]
}

// trouble orders endpoints by how much they need somebody.
func trouble(w switchboard.Webhook) int {
	return slices.Index([]string{"healthy", "disabled", "failing"}, health(w))
}

// PartnerField asks whose endpoint it is to be.
func (p webhooksPage) PartnerField(to string) Field {
	f := p.Field(to, "partner", "webhooks.partner", "required", "value="+p.Partner)
	for _, x := range p.Partners {
		f.choose(Option{Value: x.ID, Text: x.Name + " (" + x.ID + ")"})
	}
	return f
}

// webhookPage shows one endpoint and what is delivered to it.
type webhookPage struct {
	*visit
	Webhook    switchboard.Webhook
	Only       string // the state of the deliveries that are shown
	Deliveries []switchboard.WebhookDelivery
	NextURL    string
}

// someDeliveries is how many stand on a page.
const someDeliveries = 30

func (v *visit) webhook() (any, error) {
	id := v.r.PathValue("webhook")
	p := webhookPage{visit: v, Only: v.query("state")}
	var err error
	if p.Webhook, err = v.api.Webhooks().Get(v.r.Context(), id); err != nil {
		return nil, err
	}
	page, err := v.api.Webhooks().Deliveries(v.r.Context(), id, switchboard.DeliveryQuery{State: p.Only, After: v.query("after"), Limit: someDeliveries})
	if p.Deliveries = page.Items; page.Next != "" {
		p.NextURL = pageOf("webhooks", id) + "?" + url.Values{"state": {p.Only}, "after": {page.Next}}.Encode()
	}
	return p, err
}

// Lists are the states of deliveries to choose from, as addresses of this page.
func (p webhookPage) Lists() (list []Option) {
	for _, state := range []string{"", "waiting", "failed", "delivered"} {
		list = append(list, Option{pageOf("webhooks", p.Webhook.ID) + "?" + url.Values{"state": {state}}.Encode(), p.T("webhooks.list." + state), state == p.Only})
	}
	return list
}

// deliveryPage shows one delivery with every attempt.
type deliveryPage struct {
	*visit
	Webhook  switchboard.Webhook
	Delivery switchboard.WebhookDelivery
}

func (v *visit) delivery() (any, error) {
	p := deliveryPage{visit: v}
	n, err := strconv.ParseUint(v.r.PathValue("delivery"), 10, 63)
	if err != nil {
		return nil, &switchboard.OperatorFault{Code: "not_found", Message: v.T("fault.no_page")}
	}
	if p.Webhook, err = v.api.Webhooks().Get(v.r.Context(), v.r.PathValue("webhook")); err != nil {
		return nil, err
	}
	p.Delivery, err = v.api.Webhooks().Delivery(v.r.Context(), p.Webhook.ID, n)
	slices.Reverse(p.Delivery.Log) // the youngest first
	return p, err
}

// Pretty writes JSON for people; what is none stays as it is.
func (v *visit) Pretty(text switchboard.RawJSON) string {
	var b bytes.Buffer
	if json.Indent(&b, text, "", "  ") != nil {
		return string(text)
	}
	return b.String()
}

// Arrived says whether an attempt was answered as it should be.
func (v *visit) Arrived(a switchboard.WebhookAttempt) bool { return a.Status >= 200 && a.Status < 300 }

// Millis writes how long something took.
func (v *visit) Millis(ms float64) string { return strconv.FormatFloat(ms, 'f', 1, 64) }

// items reads a list as people write one: with blanks, commas or ends of lines between.
func items(text string) []string {
	list := strings.FieldsFunc(text, func(c rune) bool { return strings.ContainsRune(" ,;\t\r\n", c) })
	if list == nil {
		return []string{}
	}
	return list
}

func (v *visit) addWebhook() (done, error) {
	i, err := v.api.Webhooks().Add(v.r.Context(), switchboard.NewWebhook{Partner: v.form("partner"), URL: v.form("url"),
		Description: v.form("description"), Kinds: items(v.form("kinds")), Services: items(v.form("services"))})
	return v.tellWebhook(i), err
}

// tellWebhook tells an endpoint's secret once.
func (v *visit) tellWebhook(i switchboard.IssuedWebhook) done {
	return v.tellOnce(once{Title: v.T("webhooks.secret.title"), Lead: v.T("webhooks.secret.lead"), Back: pageOf("webhooks", i.Webhook.ID), BackText: v.T("webhooks.secret.back"),
		Rows: []onceRow{{v.T("webhooks.endpoint"), i.Webhook.URL, false}, {v.T("webhooks.secret"), i.Secret, true}}})
}

// doWebhook does what a form at the endpoint's own address asks for.
func (v *visit) doWebhook() (done, error) {
	id, yes, no := v.r.PathValue("webhook"), true, false
	var change switchboard.WebhookChange
	key := "webhooks.said.changed"
	switch v.query("do") {
	case "enable":
		seen, err := v.seen() // to which address, and of what
		if err != nil {
			return done{}, err
		}
		change, key = switchboard.WebhookChange{Enabled: &yes, SkipMissed: v.form("skip_missed") != "", IfVersion: seen}, "webhooks.said.enabled"
	case "disable":
		change, key = switchboard.WebhookChange{Enabled: &no}, "webhooks.said.disabled"
	default:
		if err := v.needs("url", "description", "kinds", "services"); err != nil {
			return done{}, err
		}
		change = v.webhookChange()
	}
	_, err := v.api.Webhooks().Set(v.r.Context(), id, change)
	return say(key), err
}

// webhookChange is what somebody wrote otherwise than it was shown: the rest stays as others may have made it meanwhile.
func (v *visit) webhookChange() (change switchboard.WebhookChange) {
	for name, to := range map[string]**string{"url": &change.URL, "description": &change.Description} {
		if text := v.form(name); text != v.form("was_"+name) {
			*to = &text
		}
	}
	for name, to := range map[string]**[]string{"kinds": &change.Kinds, "services": &change.Services} {
		if list := items(v.form(name)); !slices.Equal(list, items(v.form("was_"+name))) {
			*to = &list
		}
	}
	return change
}

func (v *visit) removeWebhook() (done, error) {
	err := v.api.Webhooks().Remove(v.r.Context(), v.r.PathValue("webhook"))
	return done{to: "/webhooks", said: flash{Key: "webhooks.said.removed"}}, err
}

func (v *visit) rotateWebhook() (done, error) {
	i, err := v.api.Webhooks().Rotate(v.r.Context(), v.r.PathValue("webhook"), switchboard.NewSecret{Overlap: v.form("overlap")})
	return v.tellWebhook(i), err
}

func (v *visit) testWebhook() (done, error) {
	id := v.r.PathValue("webhook")
	d, err := v.api.Webhooks().Test(v.r.Context(), id)
	return done{to: deliveryPath(id, d.Number), said: flash{Key: "webhooks.said.tested"}}, err
}

func (v *visit) redeliver() (done, error) {
	r := switchboard.Redelivery{All: v.form("all") != ""}
	var err error
	if n := v.form("number"); n != "" {
		r.Number, err = strconv.ParseUint(n, 10, 63)
	} else {
		r.Since, err = v.formTime("since")
	}
	if err != nil {
		return done{}, err
	}
	n, err := v.api.Webhooks().Redeliver(v.r.Context(), v.r.PathValue("webhook"), r)
	return say("webhooks.said.redelivered", strconv.Itoa(n.Redelivered)), err
}
