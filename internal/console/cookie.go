package console

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"time"
)

// The cookies. Those of the second group say how a person likes the pages, and are the browser's.
const (
	sessionCookie = "switchboard_session"
	pendingCookie = "switchboard_pending" // between the two halves of a sign-in at the OpenID provider
	flashCookie   = "switchboard_flash"   // what the next page says first

	zoneCookie     = "zone"
	themeCookie    = "theme"
	languageCookie = "language"
)

// secure says whether a browser came over TLS: by the address that is told to browsers, or as the proxy in front says.
func (c *Console) secure(r *http.Request) bool {
	return c.https || c.cfg.Origin.Scheme(r) == "https"
}

// name is a cookie's name: over TLS with the prefix that ties it to this host alone.
func (c *Console) name(r *http.Request, cookie string) string {
	if c.secure(r) {
		return "__Host-" + cookie
	}
	return cookie
}

// keep leaves a cookie that scripts cannot read; until zero: until the browser ends.
func (c *Console) keep(w http.ResponseWriter, r *http.Request, cookie, value string, until time.Time) {
	http.SetCookie(w, &http.Cookie{Name: c.name(r, cookie), Value: value, Path: "/", Expires: until, Secure: c.secure(r), HttpOnly: true, SameSite: http.SameSiteLaxMode})
}

func (c *Console) drop(w http.ResponseWriter, r *http.Request, cookie string) {
	http.SetCookie(w, &http.Cookie{Name: c.name(r, cookie), Path: "/", MaxAge: -1, Secure: c.secure(r), HttpOnly: true, SameSite: http.SameSiteLaxMode})
}

// kept reads a cookie that keep left; "" when there is none.
func (c *Console) kept(r *http.Request, cookie string) string {
	k, err := r.Cookie(c.name(r, cookie))
	if err != nil {
		return ""
	}
	return k.Value
}

// liked reads a cookie of how somebody likes the pages.
func liked(r *http.Request, cookie string) string {
	k, err := r.Cookie(cookie)
	if err != nil {
		return ""
	}
	return k.Value
}

// like leaves one for a year.
func (c *Console) like(w http.ResponseWriter, r *http.Request, cookie, value string) {
	http.SetCookie(w, &http.Cookie{Name: cookie, Value: value, Path: "/", MaxAge: 365 * 24 * 3600, Secure: c.secure(r), SameSite: http.SameSiteLaxMode})
}

// flash is what a page says first, after a form led to it: a text's key and what goes into it. Nothing secret: it
// travels in a cookie.
type flash struct {
	Key  string   `json:"k"`
	Args []string `json:"a,omitempty"`
}

func (c *Console) leaveFlash(w http.ResponseWriter, r *http.Request, f flash) {
	b, _ := json.Marshal(f) // strings always marshal
	c.keep(w, r, flashCookie, base64.RawURLEncoding.EncodeToString(b), time.Time{})
}

// takeFlash reads what was left, once.
func (c *Console) takeFlash(w http.ResponseWriter, r *http.Request) *flash {
	text := c.kept(r, flashCookie)
	if text == "" {
		return nil
	}
	c.drop(w, r, flashCookie)
	b, err := base64.RawURLEncoding.DecodeString(text)
	var f flash
	if err != nil || json.Unmarshal(b, &f) != nil {
		return nil
	}
	return &f
}
