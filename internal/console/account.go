package console

import (
	"encoding/json"
	"time"

	"github.com/switchboard-platform/switchboard"
)

func (c *Console) accountRoutes() {
	c.page("GET /account", "account", (*visit).accountPage)
	c.act("POST /me/password", (*visit).changePassword)
	c.page("GET /account/passkeys/new", "passkeynew", (*visit).newPasskeyPage)
	c.act("POST /me/passkeys", (*visit).addPasskey)
	c.act("POST /me/passkeys/{passkey}/remove", (*visit).removePasskey)
	c.act("POST /me/sessions/{session}/end", (*visit).endSession)
}

// accountPage is what is one's own.
type accountPage struct {
	*visit
	makers map[string]string // of one's tokens by their ids, and of the link to the provider by ""
}

func (v *visit) accountPage() (any, error) {
	p := accountPage{v, map[string]string{}}
	if !v.May("GET /events/search") {
		return p, nil
	}
	for _, kind := range []string{"token.added", "operator.openid_linked"} {
		if err := p.learn(kind); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// learn reads in the record who made what. The youngest come first, and are what is good now.
func (p accountPage) learn(kind string) error {
	found, err := p.api.SearchEvents(p.r.Context(), switchboard.EventQuery{Subject: "operator:" + p.Me.Name, Kind: kind, Limit: lastMade})
	for _, e := range found.Events {
		var made struct{ Token string }
		if json.Unmarshal(e.Data, &made) != nil {
			continue
		}
		if _, known := p.makers[made.Token]; !known {
			p.makers[made.Token] = p.Actor(e.Actor)
		}
	}
	return err
}

// lastMade is how many things that were made for somebody are looked at.
const lastMade = 50

// Maker names who made a token of one's own, or with "" the link to the provider; "" when that is too long ago.
func (p accountPage) Maker(token string) string { return p.makers[token] }

// Themes are those to choose from; the first leaves it to the browser.
func (accountPage) Themes() []string { return []string{"auto", "light", "dark"} }

// Zones are some zones to choose from: those of the places where the desk is used most, and UTC.
func (accountPage) Zones() []string {
	return []string{"Africa/Accra", "Africa/Addis_Ababa", "Africa/Cairo", "Africa/Dar_es_Salaam", "Africa/Johannesburg", "Africa/Kampala", "Africa/Kigali", "Africa/Lagos", "Africa/Nairobi",
		"Asia/Colombo", "Asia/Dhaka", "Asia/Dubai", "Asia/Jakarta", "Asia/Karachi", "Asia/Kathmandu", "Asia/Kolkata", "Asia/Manila", "Asia/Singapore", "Europe/Berlin", "Europe/London", "UTC"}
}

func (v *visit) changePassword() (done, error) {
	if v.r.PostFormValue("new") != v.r.PostFormValue("again") {
		return done{}, badField("again", v.T("account.password.again.problem"))
	}
	changed, err := v.api.ChangePassword(v.r.Context(), switchboard.NewPassword{Old: v.r.PostFormValue("old"), New: v.r.PostFormValue("new")})
	if err == nil {
		v.c.keep(v.w, v.r, sessionCookie, changed.Session, time.Time{})
	}
	return done{to: "/account", said: flash{Key: "account.password.changed"}}, err
}

// passkeyPage asks the browser for a new passkey.
type passkeyPage struct {
	*visit
	Challenge switchboard.PasskeyChallenge
	Options   string
}

func (v *visit) newPasskeyPage() (any, error) {
	c, err := v.api.NewPasskey(v.r.Context())
	return passkeyPage{v, c, string(c.Options)}, err
}

func (v *visit) addPasskey() (done, error) {
	k, err := v.api.AddPasskey(v.r.Context(), switchboard.PasskeyAnswer{Pending: v.form("pending"), Credential: switchboard.RawJSON(v.form("credential")), Label: v.form("label"), Password: v.r.PostFormValue("password")})
	return done{to: "/account", said: flash{"account.passkey.added", []string{k.Label}}}, err
}

func (v *visit) removePasskey() (done, error) {
	c, err := v.api.RemovePasskey(v.r.Context(), v.r.PathValue("passkey"), v.r.PostFormValue("password"))
	return sayChanged(c, "account.passkey.removed"), err
}

func (v *visit) endSession() (done, error) {
	c, err := v.api.EndSession(v.r.Context(), v.r.PathValue("session"))
	return sayChanged(c, "account.session.ended"), err
}

// Liked is what a browser keeps of how somebody likes the pages; "" for what it was not told.
func (v *visit) Liked(cookie string) string { return liked(v.r, cookie) }

// Until says how long a session lasts, for who wants to know.
func (v *visit) Until() time.Time { return v.Me.ExpiresAt }
