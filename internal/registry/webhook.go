package registry

import (
	"context"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rs/xid"

	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/secret"
	"github.com/switchboard-platform/switchboard/internal/store"
	"github.com/switchboard-platform/switchboard/internal/webhook"
)

// WebhookRules say where webhooks may go. The zero value lets them go nowhere.
type WebhookRules struct {
	AllowHTTP bool
	Walls     *webhook.Walls
}

// IssuedEndpoint is an endpoint with a new secret, which is shown once.
type IssuedEndpoint struct {
	Endpoint webhook.Endpoint
	Text     secret.Text
}

// Endpoints gives the endpoints of a partner, "" meaning all for an operator.
func (r *Registry) Endpoints(ctx context.Context, by Caller, partnerID string) ([]webhook.Endpoint, error) {
	dir, err := r.store.Directory(ctx)
	if err != nil {
		return nil, err
	}
	if by.PartnerID != "" {
		partnerID = by.PartnerID
	}
	if partnerID == "" {
		return dir.Endpoints, nil
	}
	if _, err := dir.FindPartner(partnerID); err != nil {
		return nil, err
	}
	return dir.EndpointsOf(partnerID), nil
}

// Endpoint gives an endpoint, how it is doing, and how many deliveries wait. NotFound when there is none or it
// is another partner's.
func (r *Registry) Endpoint(ctx context.Context, by Caller, id string) (e webhook.Endpoint, p webhook.Progress, waiting int, err error) {
	if e, err = r.findEndpoint(ctx, by, id); err != nil {
		return e, p, 0, err
	}
	err = r.store.View(ctx, func(tx store.Tx) error {
		if p, err = tx.Progress(id); err != nil {
			return err
		}
		waiting, err = tx.CountWaiting(id)
		return err
	})
	return e, p, waiting, err
}

// EndpointVersion is the version of an endpoint that Seen takes. Whoever reads it before the endpoint has seen it as it was
// then, or later.
func (r *Registry) EndpointVersion(ctx context.Context, by Caller, id string) (uint64, error) {
	dir, err := r.store.Directory(ctx)
	if err != nil {
		return 0, err
	}
	e, err := endpointIn(dir, by, id)
	p, _ := dir.Partner(e.PartnerID)
	return p.Head.Version, err
}

// findEndpoint finds an endpoint that the caller may see.
func (r *Registry) findEndpoint(ctx context.Context, by Caller, id string) (e webhook.Endpoint, err error) {
	dir, err := r.store.Directory(ctx)
	if err != nil {
		return e, err
	}
	return endpointIn(dir, by, id)
}

func endpointIn(dir *store.Directory, by Caller, id string) (webhook.Endpoint, error) {
	e, ok := dir.Endpoint(id)
	if !ok || by.PartnerID != "" && e.PartnerID != by.PartnerID {
		return e, fault.New(fault.NotFound, "There is no webhook endpoint %.40q.", id)
	}
	return e, nil
}

// ownEndpoint finds an endpoint inside the transaction of a change.
func ownEndpoint(tx store.Tx, by Caller, id string) (dir *store.Directory, e webhook.Endpoint, err error) {
	if dir, err = mayStill(tx, by); err != nil {
		return nil, e, err
	}
	e, err = endpointIn(dir, by, id)
	return dir, e, err
}

// AddEndpoint makes an endpoint with a first secret. It gets every event from then on that passes its filter.
// Conflict when the partner has webhook.MaxEndpoints already.
func (r *Registry) AddEndpoint(ctx context.Context, by Caller, e webhook.Endpoint) (IssuedEndpoint, error) {
	if by.PartnerID != "" {
		e.PartnerID = by.PartnerID
	}
	if err := r.checkEndpoint(&e); err != nil {
		return IssuedEndpoint{}, err
	}
	e.ID, e.CreatedAt = "wh-"+xid.NewWithTime(by.Cause.At).String(), by.Cause.At
	text, s, err := r.newWebhookSecret(e.ID, 1, by.Cause.At)
	if err != nil {
		return IssuedEndpoint{}, err
	}
	e.Secrets = []webhook.Secret{s}
	err = r.store.Update(ctx, func(tx store.Tx) error {
		dir, err := mayStill(tx, by)
		if err != nil {
			return err
		}
		if _, err := dir.FindPartner(e.PartnerID); err != nil {
			return err
		}
		if n := len(dir.EndpointsOf(e.PartnerID)); n >= webhook.MaxEndpoints {
			return fault.New(fault.Conflict, "Partner %s has %d webhook endpoints; remove one first.", e.PartnerID, n)
		}
		e.Since, err = noteEndpoint(tx, dir, by.Cause, event.EndpointAdded, e)
		return err
	})
	r.stir()
	return IssuedEndpoint{e, text}, err
}

// noteEndpoint records a change of an endpoint in its partner's chain and saves it. It gives the event's Seq,
// which is where a new endpoint begins.
func noteEndpoint(tx store.Tx, dir *store.Directory, c event.Cause, kind event.Kind, e webhook.Endpoint, pairs ...string) (uint64, error) {
	p, _ := dir.Partner(e.PartnerID)
	if err := savePartner(tx, &p, p.Record(kind, c, append([]string{"endpoint", e.ID}, pairs...)...)); err != nil {
		return 0, err
	}
	if kind == event.EndpointAdded {
		e.Since = p.Head.Seq
	}
	return p.Head.Seq, tx.SaveEndpoint(e)
}

// newWebhookSecret makes the secret of an endpoint with a number.
func (r *Registry) newWebhookSecret(endpointID string, number int, at time.Time) (secret.Text, webhook.Secret, error) {
	text := secret.NewWebhookSecret()
	sealed, err := r.sealer.Seal(text, webhookContext(endpointID, number))
	return text, webhook.Secret{Number: number, Sealed: sealed, CreatedAt: at}, err
}

// webhookContext binds a sealed secret to its endpoint.
func webhookContext(endpointID string, number int) string {
	return "webhook:" + endpointID + ":" + strconv.Itoa(number)
}

func (r *Registry) checkEndpoint(e *webhook.Endpoint) error {
	var bad fault.Fields
	if problem := r.hooks.problem(e.URL); problem != "" {
		bad.Add("url", "%s", problem)
	}
	e.Check(agent.ValidText, agent.ValidCode, &bad)
	return bad.Err()
}

// The bounds of a URL. Ports below the ephemeral ones belong to services that are no receivers of webhooks.
const (
	maxURL    = 2048
	leastPort = 1024
)

// problem says what is wrong with the URL of an endpoint, "" when nothing is. Where a name leads shows only
// when it is called.
func (w WebhookRules) problem(text string) string {
	u, err := url.Parse(text)
	switch {
	case text == "" || err != nil || len(text) > maxURL || u.Opaque != "" || u.Hostname() == "":
		return fmt.Sprintf("must be an address like https://receiver.example/switchboard, at most %d bytes", maxURL)
	case u.Scheme == "http" && !w.AllowHTTP, u.Scheme != "http" && u.Scheme != "https":
		return "must begin with https://"
	case u.User != nil:
		return "must carry no user and no password: check the signature instead"
	case u.Fragment != "" || strings.Contains(text, "#"):
		return "must have no fragment"
	case !validPort(u.Port()):
		return "must have port 443, 80 or one from 1024 to 65535"
	}
	if a, err := netip.ParseAddr(u.Hostname()); err == nil && (w.Walls == nil || !w.Walls.Permit(a)) {
		return "must lead to a public address"
	}
	return ""
}

func validPort(text string) bool {
	if text == "" {
		return true
	}
	port, err := strconv.ParseUint(text, 10, 16)
	return err == nil && (port == 443 || port == 80 || port >= leastPort)
}

// EndpointChange says what to change of an endpoint; nil fields stay as they are.
type EndpointChange struct {
	URL, Description *string
	Kinds, Services  *[]string
	Enabled          *bool
	SkipMissed       bool // on enabling: leave out what happened while it was disabled
}

// SetEndpoint changes an endpoint. One that is enabled again gets what happened while it was disabled, unless
// that is to be skipped, and what waits is tried at once. changed is false when it was so already.
func (r *Registry) SetEndpoint(ctx context.Context, by Caller, id string, ch EndpointChange) (e webhook.Endpoint, changed bool, err error) {
	err = r.store.Update(ctx, func(tx store.Tx) error {
		dir, was, err := ownEndpoint(tx, by, id)
		if err != nil {
			return err
		}
		e = ch.apply(was, by)
		if ch.URL != nil || ch.Kinds != nil || ch.Services != nil || ch.Description != nil {
			if err := r.checkEndpoint(&e); err != nil {
				return err
			}
		}
		what := differences(was, e)
		if changed = len(what) > 0; !changed {
			return nil
		}
		if err := by.stillEndpoint(tx, dir, was); err != nil {
			return err
		}
		e.UpdatedAt = by.Cause.At
		if was.Enabled() != e.Enabled() {
			return toggleEndpoint(tx, dir, by.Cause, was, e, ch.SkipMissed, what)
		}
		_, err = noteEndpoint(tx, dir, by.Cause, event.EndpointChanged, e, "changed", strings.Join(what, ","))
		return err
	})
	r.stir()
	return e, changed, err
}

// stillEndpoint says whether an endpoint is as the caller saw it. Its partner's chain tells of it, and of much besides.
func (by Caller) stillEndpoint(tx store.Tx, dir *store.Directory, e webhook.Endpoint) error {
	p, _ := dir.Partner(e.PartnerID)
	return by.Seen.stillIn(tx, p.Head, func(x event.Event) bool { return x.Field("endpoint") == e.ID })
}

func (ch EndpointChange) apply(e webhook.Endpoint, by Caller) webhook.Endpoint {
	if ch.URL != nil {
		e.URL = *ch.URL
	}
	if ch.Description != nil {
		e.Description = *ch.Description
	}
	if ch.Kinds != nil {
		e.Kinds = *ch.Kinds
	}
	if ch.Services != nil {
		e.Services = *ch.Services
	}
	if ch.Enabled != nil && *ch.Enabled != e.Enabled() {
		e.DisabledAt, e.Disabled = time.Time{}, ""
		if !*ch.Enabled {
			e.DisabledAt, e.Disabled = by.Cause.At, webhook.ByPartner
			if by.PartnerID == "" {
				e.Disabled = webhook.ByOperator
			}
		}
	}
	return e
}

// differences names what differs between two states of an endpoint.
func differences(a, b webhook.Endpoint) (what []string) {
	for _, d := range []struct {
		name   string
		differ bool
	}{
		{"url", a.URL != b.URL}, {"description", a.Description != b.Description},
		{"kinds", !slices.Equal(a.Kinds, b.Kinds)}, {"services", !slices.Equal(a.Services, b.Services)},
		{"enabled", a.Enabled() != b.Enabled()},
	} {
		if d.differ {
			what = append(what, d.name)
		}
	}
	return what
}

// hastened is how many deliveries are tried at once when their endpoint is enabled again; the others
// keep their times.
const hastened = 5000

// toggleEndpoint records that an endpoint was enabled or disabled, and saves it with its place in the record.
func toggleEndpoint(tx store.Tx, dir *store.Directory, c event.Cause, was, e webhook.Endpoint, skip bool, what []string) error {
	p, err := tx.Progress(e.ID)
	if err != nil {
		return err
	}
	from, to := "enabled", "disabled"
	p.FailingSince = time.Time{}
	if e.Enabled() {
		from, to = to, from
		if _, err := tx.HastenDeliveries(e.ID, c.At, hastened); err != nil {
			return err
		}
	} else if p.Behind == 0 {
		done, err := reached(tx, dispatchedSetting)
		if err != nil {
			return err
		}
		p.Behind = max(done, e.Since)
	}
	seq, err := noteEndpoint(tx, dir, c, event.EndpointChanged, e, "from", from, "to", to, "rule", string(e.Disabled), "changed", strings.Join(what, ","))
	if err == nil && e.Enabled() && skip {
		p.Behind, e.Since = 0, seq
		err = tx.SaveEndpoint(e)
	}
	if err != nil {
		return err
	}
	return tx.SaveProgress(p)
}

// RemoveEndpoint ends an endpoint for good, and with it what waits.
func (r *Registry) RemoveEndpoint(ctx context.Context, by Caller, id string) error {
	return r.store.Update(ctx, func(tx store.Tx) error {
		dir, e, err := ownEndpoint(tx, by, id)
		if err != nil {
			return err
		}
		p, _ := dir.Partner(e.PartnerID)
		if err := savePartner(tx, &p, p.Record(event.EndpointRemoved, by.Cause, "endpoint", id)); err != nil {
			return err
		}
		return tx.RemoveEndpoint(id, by.Cause.At)
	})
}

// RotateEndpointSecret gives an endpoint a new secret. The older one is signed with, too, for overlap.
// Conflict when two are live already, unless overlap is 0, which ends both.
func (r *Registry) RotateEndpointSecret(ctx context.Context, by Caller, id string, overlap time.Duration) (issued IssuedEndpoint, err error) {
	err = r.store.Update(ctx, func(tx store.Tx) error {
		dir, e, err := ownEndpoint(tx, by, id)
		if err != nil {
			return err
		}
		now := by.Cause.At
		if live := e.Live(now); len(live) >= webhook.MaxLiveSecrets && overlap > 0 {
			return fault.New(fault.Conflict, "Endpoint %s has %d live secrets, the older one until %s: wait for that, or rotate with an overlap of 0s, which ends both.",
				id, len(live), live[1].ExpiresAt.Format(time.RFC3339))
		}
		text, s, err := r.newWebhookSecret(id, e.Secrets[len(e.Secrets)-1].Number+1, now)
		if err != nil {
			return err
		}
		e.Secrets, e.UpdatedAt = append(e.Outlasting(now, now.Add(overlap)), s), now
		issued = IssuedEndpoint{e, text}
		_, err = noteEndpoint(tx, dir, by.Cause, event.EndpointChanged, e, "changed", "secret", "expires_at", event.Date(now.Add(overlap)))
		return err
	})
	return issued, err
}
