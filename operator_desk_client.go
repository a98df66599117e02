package switchboard

import (
	"context"
	"net/url"
	"strconv"
	"time"
)

// SignInWays tells how people may sign in. It needs no token.
func (o *Operator) SignInWays(ctx context.Context) (w SignInWays, err error) {
	return w, o.call(ctx, "GET", "/session/ways", nil, &w)
}

// SignIn opens a session, or says that a passkey is needed as well. It needs no token.
func (o *Operator) SignIn(ctx context.Context, s SignIn) (in SignedIn, err error) {
	return in, o.call(ctx, "POST", "/session", s, &in)
}

// SignInPasskey is the second step of a sign-in.
func (o *Operator) SignInPasskey(ctx context.Context, a PasskeyAnswer) (in SignedIn, err error) {
	return in, o.call(ctx, "POST", "/session/passkey", a, &in)
}

// StartOpenID begins a sign-in at the OpenID provider.
func (o *Operator) StartOpenID(ctx context.Context) (s OpenIDStart, err error) {
	return s, o.call(ctx, "POST", "/session/openid/start", struct{}{}, &s)
}

// StartFreshOpenID begins one that ends well only if the person has proven anew who they are: what opens a way in takes it.
func (o *Operator) StartFreshOpenID(ctx context.Context) (s OpenIDStart, err error) {
	return s, o.call(ctx, "POST", "/session/openid/start", OpenIDBegin{Fresh: true}, &s)
}

// SignInOpenID ends one.
func (o *Operator) SignInOpenID(ctx context.Context, a OpenIDAnswer) (in SignedIn, err error) {
	return in, o.call(ctx, "POST", "/session/openid", a, &in)
}

// SignOut ends the session that this client bears.
func (o *Operator) SignOut(ctx context.Context) (c Changed, err error) {
	return c, o.call(ctx, "DELETE", "/session", nil, &c)
}

// Me tells who asks, and what they may do.
func (o *Operator) Me(ctx context.Context) (m Me, err error) {
	return m, o.call(ctx, "GET", "/me", nil, &m)
}

// ChangePassword replaces one's own password; every other session of one's own ends, and this one gets a new token.
func (o *Operator) ChangePassword(ctx context.Context, n NewPassword) (c PasswordChanged, err error) {
	return c, o.call(ctx, "POST", "/me/password", n, &c)
}

// NewPasskey begins the making of a passkey of one's own.
func (o *Operator) NewPasskey(ctx context.Context) (p PasskeyChallenge, err error) {
	return p, o.call(ctx, "POST", "/me/passkeys/begin", struct{}{}, &p)
}

// AddPasskey ends it. The password is asked for again.
func (o *Operator) AddPasskey(ctx context.Context, a PasskeyAnswer) (p Passkey, err error) {
	return p, o.call(ctx, "POST", "/me/passkeys", a, &p)
}

// RemovePasskey takes a passkey of one's own away. The password is asked for again.
func (o *Operator) RemovePasskey(ctx context.Context, id, password string) (c Changed, err error) {
	return c, o.call(ctx, "POST", "/me/passkeys/"+url.PathEscape(id)+"/remove", SignIn{Password: password}, &c)
}

// EndSession ends one of one's own sessions.
func (o *Operator) EndSession(ctx context.Context, id string) (c Changed, err error) {
	return c, o.call(ctx, "POST", "/me/sessions/"+url.PathEscape(id)+"/end", struct{}{}, &c)
}

// IssuePassword gives an operator a password to begin with; their sessions end, and a lock-out with them.
func (o *Operator) IssuePassword(ctx context.Context, name string) (p IssuedPassword, err error) {
	return p, o.call(ctx, "POST", "/operators/"+url.PathEscape(name)+"/password", struct{}{}, &p)
}

// ForgetPasskeys takes all passkeys of an operator who lost them, and ends the operator's sessions.
func (o *Operator) ForgetPasskeys(ctx context.Context, name string) (c Changed, err error) {
	return c, o.call(ctx, "POST", "/operators/"+url.PathEscape(name)+"/passkeys/forget", struct{}{}, &c)
}

// LinkOperator lets an operator sign in as somebody at the OpenID provider, known there by the value of the claim that the
// settings name.
func (o *Operator) LinkOperator(ctx context.Context, name, value string) (c Changed, err error) {
	return c, o.call(ctx, "PUT", "/operators/"+url.PathEscape(name)+"/openid", OpenIDPerson{Value: value}, &c)
}

// UnlinkOperator takes that back, and ends the sessions that were opened so.
func (o *Operator) UnlinkOperator(ctx context.Context, name string) (c Changed, err error) {
	return c, o.call(ctx, "DELETE", "/operators/"+url.PathEscape(name)+"/openid", nil, &c)
}

// Reviews lists what waits for a review, the oldest first.
func (o *Operator) Reviews(ctx context.Context, q ReviewQuery) (page Page[Review], err error) {
	v := given("service", q.Service, "partner", q.Partner, "claimed", q.Claimed, "after", q.After)
	return page, o.call(ctx, "GET", "/reviews?"+limited(v, q.Limit).Encode(), nil, &page)
}

// ReviewSummary tells how the queue of reviews stands.
func (o *Operator) ReviewSummary(ctx context.Context) (s ReviewSummary, err error) {
	return s, o.call(ctx, "GET", "/reviews/summary", nil, &s)
}

// ClaimReview says that one is looking at a review, so that nobody else does. Conflict when somebody else is.
func (o *Operator) ClaimReview(ctx context.Context, userCode, service string) (c Claimed, err error) {
	return c, o.call(ctx, "POST", "/agents/"+url.PathEscape(userCode)+"/services/"+url.PathEscape(service)+"/claim", struct{}{}, &c)
}

// ReleaseReview gives a claimed review back.
func (o *Operator) ReleaseReview(ctx context.Context, userCode, service string) (c Claimed, err error) {
	return c, o.call(ctx, "POST", "/agents/"+url.PathEscape(userCode)+"/services/"+url.PathEscape(service)+"/release", struct{}{}, &c)
}

// SetPartnerAddresses says from which networks a partner may call; none: from anywhere.
func (o *Operator) SetPartnerAddresses(ctx context.Context, partner string, networks []string) (c Changed, err error) {
	body := map[string][]string{"addresses": append([]string{}, networks...)} // an empty list, not none
	return c, o.call(ctx, "PUT", "/partners/"+url.PathEscape(partner)+"/addresses", body, &c)
}

// SetPartnerAddressesFrom is SetPartnerAddresses if the partner has not changed since a version; Conflict when it has.
func (o *Operator) SetPartnerAddressesFrom(ctx context.Context, partner string, version uint64, networks []string) (c Changed, err error) {
	body := map[string]any{"addresses": append([]string{}, networks...), "if_version": version}
	return c, o.call(ctx, "PUT", "/partners/"+url.PathEscape(partner)+"/addresses", body, &c)
}

// Find looks for anything by what is known of it; the likeliest first.
func (o *Operator) Find(ctx context.Context, text string, limit int) (page Page[Found], err error) {
	return page, o.call(ctx, "GET", "/find?"+limited(given("q", text), limit).Encode(), nil, &page)
}

// SearchEvents looks for events, the youngest first.
func (o *Operator) SearchEvents(ctx context.Context, q EventQuery) (s EventSearch, err error) {
	v := given("subject", q.Subject, "kind", q.Kind, "actor", q.Actor, "service", q.Service)
	if !q.Since.IsZero() {
		v.Set("since", q.Since.UTC().Format(time.RFC3339Nano))
	}
	if !q.Until.IsZero() {
		v.Set("until", q.Until.UTC().Format(time.RFC3339Nano))
	}
	if q.Before != 0 {
		v.Set("before", strconv.FormatUint(q.Before, 10))
	}
	return s, o.call(ctx, "GET", "/events/search?"+limited(v, q.Limit).Encode(), nil, &s)
}

// Activity counts what went on in the last "hour", "day" or "week".
func (o *Operator) Activity(ctx context.Context, period string) (a Activity, err error) {
	return a, o.call(ctx, "GET", "/activity?"+given("period", period).Encode(), nil, &a)
}

// Map shows where agents are.
func (o *Operator) Map(ctx context.Context, q MapQuery) (m MapView, err error) {
	v := given("service", q.Service, "state", q.State)
	for name, degrees := range map[string]float64{"south": q.South, "west": q.West, "north": q.North, "east": q.East} {
		v.Set(name, strconv.FormatFloat(degrees, 'f', -1, 64))
	}
	v.Set("zoom", strconv.Itoa(q.Zoom))
	if q.Outside {
		v.Set("outside", "true")
	}
	return m, o.call(ctx, "GET", "/map?"+v.Encode(), nil, &m)
}

// given are those parameters of a query, in pairs of name and value, that are not empty.
func given(pairs ...string) url.Values {
	v := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			v.Set(pairs[i], pairs[i+1])
		}
	}
	return v
}

// limited adds how many entries a list is to give, unless that is left to the server.
func limited(v url.Values, limit int) url.Values {
	if limit != 0 {
		v.Set("limit", strconv.Itoa(limit))
	}
	return v
}
