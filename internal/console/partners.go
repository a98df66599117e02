package console

import (
	"time"

	"github.com/switchboard-platform/switchboard"
)

// partnersRoutes are the pages and actions of this area.
func (c *Console) partnersRoutes() {
	c.page("GET /partners", "partners", (*visit).partners)
	c.page("GET /partners/{partner}", "partner", (*visit).partner)
	c.page("GET /partners/{partner}/requests", "requests", (*visit).requests)
	c.act("POST /partners", (*visit).addPartner)
	c.act("POST /partners/{partner}/keys", (*visit).rotateKey)
	c.act("POST /keys/{key}/revoke", (*visit).revokeKey)
	c.act("POST /keys/{key}/replay", (*visit).setReplay)
	c.act("PUT /partners/{partner}/addresses", (*visit).setPartnerAddresses)
	c.act("POST /partners/{partner}/tokens", (*visit).addPartnerToken)
	c.act("POST /tokens/{token}/revoke", (*visit).revokeToken)
}

// partnersPage lists all partners.
type partnersPage struct {
	*visit
	Partners []switchboard.Partner
}

func (v *visit) partners() (any, error) {
	list, err := v.allPartners()
	return partnersPage{v, list}, err
}

// partnerPage shows one.
type partnerPage struct {
	*visit
	switchboard.Partner
	Tokens   []switchboard.BearerToken
	Blocks   []switchboard.Block
	Requests []doctored // the last ones
	Refused  bool       // one of them was
	Past     past
}

// How many requests and events a partner is shown with.
const (
	lastRequests = 6
	lastEvents   = 15
)

func (v *visit) partner() (any, error) {
	ctx, id := v.r.Context(), v.r.PathValue("partner")
	p := partnerPage{visit: v}
	var err error
	if p.Partner, err = v.findPartner(id); err != nil {
		return nil, err
	}
	if p.Tokens, err = v.api.PartnerTokens(ctx, id); err != nil {
		return nil, err
	}
	blocks, err := v.api.Blocks(ctx, switchboard.BlockQuery{Open: true, Partner: id})
	if err != nil {
		return nil, err
	}
	log, err := v.api.Requests(ctx, id, switchboard.RequestQuery{Limit: lastRequests})
	if err != nil {
		return nil, err
	}
	p.Blocks, p.Requests = blocks.Items, v.doctor(log.Items)
	for _, r := range p.Requests {
		p.Refused = p.Refused || r.Refused()
	}
	p.Past, err = v.pastOf("partner:" + id)
	return p, err
}

// findPartner gives a partner by its id.
func (v *visit) findPartner(id string) (switchboard.Partner, error) {
	list, err := v.allPartners()
	return pick(list, err, func(p switchboard.Partner) bool { return p.ID == id }, v.missing("not_found", "partners.unknown", id))
}

// LiveKeys are those that still open the door.
func (v *visit) LiveKeys(list []switchboard.DeveloperKey) (live []switchboard.DeveloperKey) {
	for _, k := range list {
		if k.State == "live" || k.State == "expiring" {
			live = append(live, k)
		}
	}
	return live
}

// DeadKeys are the others.
func (v *visit) DeadKeys(list []switchboard.DeveloperKey) (dead []switchboard.DeveloperKey) {
	for _, k := range list {
		if k.State != "live" && k.State != "expiring" {
			dead = append(dead, k)
		}
	}
	return dead
}

// LastKeyUse is when the youngest use of any of them was.
func (v *visit) LastKeyUse(list []switchboard.DeveloperKey) (at time.Time) {
	for _, k := range list {
		if k.LastUsedAt.After(at) {
			at = k.LastUsedAt
		}
	}
	return at
}

// past is what happened to one subject. Which one may ask for it, the API says.
type past struct {
	Can     bool
	Moments []Moment
}

func (v *visit) pastOf(subject string) (past, error) {
	if !v.May("GET /events/search") {
		return past{}, nil
	}
	found, err := v.api.SearchEvents(v.r.Context(), switchboard.EventQuery{Subject: subject, Limit: lastEvents})
	h := past{Can: true}
	for _, e := range found.Events {
		h.Moments = append(h.Moments, v.Moment("", e.Event))
	}
	return h, err
}

func (v *visit) addPartner() (done, error) {
	n := switchboard.NewPartner{Name: v.form("name"), InitiatorID: v.form("initiator_id"), Replay: v.form("replay")}
	k, err := v.api.AddPartner(v.r.Context(), n)
	return v.tellKey(k, v.T("partners.added", n.Name)), err
}

// tellKey tells both halves of a key once.
func (v *visit) tellKey(k switchboard.IssuedKey, title string) done {
	return v.tellOnce(once{Title: title, Lead: v.T("partners.key.lead"), Back: pageOf("partners", k.Partner), BackText: v.T("partners.back"),
		Rows: []onceRow{{v.T("partners.initiator"), k.InitiatorID, false}, {v.T("partners.key"), k.DeveloperKey, false}, {v.T("partners.secret"), k.AccessKey, true}}})
}

func (v *visit) rotateKey() (done, error) {
	k, err := v.api.RotateKey(v.r.Context(), v.r.PathValue("partner"), switchboard.NewKey{Overlap: v.form("overlap"), Replay: v.form("replay")})
	return v.tellKey(k, v.T("partners.rotated")), err
}

func (v *visit) revokeKey() (done, error) {
	c, err := v.api.RevokeKey(v.r.Context(), v.r.PathValue("key"))
	return sayChanged(c, "partners.key.revoked"), err
}

func (v *visit) setReplay() (done, error) {
	seen, err := v.seen()
	if err != nil {
		return done{}, err
	}
	c, err := v.api.SetReplayFrom(v.r.Context(), v.r.PathValue("key"), seen, v.form("replay"))
	return sayChanged(c, "partners.replay.changed"), err
}

func (v *visit) setPartnerAddresses() (done, error) {
	nets, err := v.formList("addresses", networks)
	if err != nil {
		return done{}, err
	}
	seen, err := v.seen()
	if err != nil {
		return done{}, err
	}
	c, err := v.api.SetPartnerAddressesFrom(v.r.Context(), v.r.PathValue("partner"), seen, nets)
	return sayChanged(c, "partners.addresses.changed"), err
}

func (v *visit) addPartnerToken() (done, error) {
	t, err := v.api.AddPartnerToken(v.r.Context(), v.r.PathValue("partner"), v.newToken())
	return v.tellOnce(once{Title: v.T("partners.token.title"), Lead: v.T("partners.token.lead"), Back: pageOf("partners", t.HolderID), BackText: v.T("partners.back"),
		Rows: []onceRow{{v.T("partners.token.id"), t.TokenID, false}, {v.T("partners.token"), t.Token, true}}}), err
}

func (v *visit) revokeToken() (done, error) {
	c, err := v.api.RevokeToken(v.r.Context(), v.r.PathValue("token"))
	return sayChanged(c, "partners.token.revoked"), err
}
