package console

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/switchboard-platform/switchboard"
)

// visit is one request of one person. What it exports is what templates may ask.
type visit struct {
	c   *Console
	w   http.ResponseWriter
	r   *http.Request
	api *switchboard.Operator
	now time.Time

	tongue tongue
	zone   *time.Location

	Me     switchboard.Me // zero before somebody has signed in
	Page   string         // its name
	said   *flash
	failed *failure
	lost   bool // no form on the page says what failed

	// What pages name in many places is asked for once a visit.
	allServices func() ([]switchboard.Service, error)
	allPartners func() ([]switchboard.Partner, error)
}

// visit begins a request; session is what the browser bears, "" for none.
func (c *Console) visit(w http.ResponseWriter, r *http.Request, session string) *visit {
	v := &visit{c: c, w: w, r: r, now: c.cfg.Now(), tongue: c.texts.tongue(liked(r, languageCookie), r.Header.Get("Accept-Language"))}
	v.zone = c.zones.find(liked(r, zoneCookie), c.cfg.Zone)
	y := way{api: c.cfg.API, log: c.cfg.Log, address: c.cfg.Origin.Address(r), agent: r.UserAgent(), rest: r.Header.Get(switchboard.IdleHeader) != ""}
	v.api = switchboard.NewOperatorVia(y, session)
	v.allServices = sync.OnceValues(func() ([]switchboard.Service, error) { return v.api.Services(r.Context()) })
	v.allPartners = sync.OnceValues(func() ([]switchboard.Partner, error) { return v.api.Partners(r.Context()) })
	v.failed, _ = r.Context().Value(failedKey{}).(*failure)
	return v
}

// errRedirected says that the answer is given already.
var errRedirected = errors.New("redirected")

// enter lets in who is signed in, and sends everybody else to sign in first.
func (c *Console) enter(w http.ResponseWriter, r *http.Request) (*visit, error) {
	session := c.kept(r, sessionCookie)
	v := c.visit(w, r, session)
	var err error
	if session != "" {
		v.Me, err = v.api.Me(r.Context())
	}
	if session == "" || codeOf(err) == "unauthenticated" {
		if session != "" {
			c.drop(w, r, sessionCookie)
		}
		http.Redirect(w, r, "/signin?"+url.Values{"to": {local(here(r))}}.Encode(), http.StatusSeeOther)
		return nil, errRedirected
	}
	if err != nil {
		return v, err
	}
	if v.Me.MustChange && !strings.HasPrefix(r.URL.Path, "/account") && r.URL.Path != "/me/password" {
		http.Redirect(w, r, "/account", http.StatusSeeOther)
		return nil, errRedirected
	}
	return v, nil
}

// here is where somebody is: the page, or for a form that was sent the page it stood on.
func here(r *http.Request) string {
	if r.Method != http.MethodGet {
		return r.PostFormValue(pageField)
	}
	return r.URL.RequestURI()
}

// local keeps a way back on this host: everything else leads home.
func local(to string) string {
	u, err := url.Parse(to)
	if err != nil || u.IsAbs() || u.Host != "" || !strings.HasPrefix(u.Path, "/") || strings.HasPrefix(to, "//") || strings.ContainsAny(to, "\\\r\n\t") {
		return "/"
	}
	return u.RequestURI()
}

// codeOf is the code of a fault of the API; "" of anything else.
func codeOf(err error) string {
	if f := (*switchboard.OperatorFault)(nil); errors.As(err, &f) {
		return f.Code
	}
	return ""
}

// May says whether this person may use a route of the API.
func (v *visit) May(pattern string) bool { return slices.Contains(v.Me.May, pattern) }

// Owns says whether this person may place and lift blocks of an owner.
func (v *visit) Owns(owner string) bool { return slices.Contains(v.Me.Owns, owner) }

// To is the address that a form for a route of the API is sent to. Whoever may not use the route must not be shown the
// form: it is an error of the template.
func (v *visit) To(pattern string, names ...string) (string, error) {
	if !v.May(pattern) {
		return "", fmt.Errorf("a form for %s is shown to %s, who may not use it", pattern, v.Me.Name)
	}
	if !slices.Contains(v.c.actions, pattern) {
		return "", fmt.Errorf("a form leads to %s, which no action takes", pattern)
	}
	return fill(pattern, names)
}

// fill puts names in the places of a pattern.
func fill(pattern string, names []string) (string, error) {
	parts := strings.Split(formPath(pattern), "/")
	for i, p := range parts {
		if !strings.HasPrefix(p, "{") {
			continue
		}
		if len(names) == 0 || names[0] == "" {
			return "", fmt.Errorf("%s lacks its %s", pattern, p)
		}
		parts[i], names = url.PathEscape(names[0]), names[1:]
	}
	return strings.Join(parts, "/"), nil
}

// T gives a text in the language of this person.
func (v *visit) T(key string, args ...any) string { return v.tongue.say(key, args...) }

// Or gives the text for a code, and another where there is none.
func (v *visit) Or(key, otherwise string) string { return v.tongue.sayOr(key, otherwise) }

// Lang is the language, as HTML names it.
func (v *visit) Lang() string { return v.tongue.lang() }

// Theme is "light" or "dark" if this person chose one, and else "".
func (v *visit) Theme() string {
	if t := liked(v.r, themeCookie); t == "light" || t == "dark" {
		return t
	}
	return ""
}

// Here is the address of the page.
func (v *visit) Here() string { return local(here(v.r)) }

// Answers says that the page is the answer to a form, and stands at an address where another one is.
func (v *visit) Answers() bool { return v.r.Method != http.MethodGet }

// Asset is the address of a script, a style or a picture.
func (v *visit) Asset(name string) string { return v.c.assets.url(name) }

// Flash is what the page says first; "" for nothing.
func (v *visit) Flash() string {
	if v.said == nil {
		return ""
	}
	args := make([]any, len(v.said.Args))
	for i, a := range v.said.Args {
		args[i] = a
	}
	return v.T(v.said.Key, args...)
}

// Zone is the name of the zone that times are shown in.
func (v *visit) Zone() string { return v.zone.String() }

// Sandbox says whether this is one.
func (v *visit) Sandbox() bool { return v.Me.Mode == "sandbox" }

// query reads a parameter of the page's address.
func (v *visit) query(name string) string { return strings.TrimSpace(v.r.URL.Query().Get(name)) }

// pageOf is the address of the page that names lead to in an area.
func pageOf(area string, names ...string) string {
	to := "/" + area
	for _, n := range names {
		to += "/" + url.PathEscape(n)
	}
	return to
}

// pick gives one of a list that was asked for, or says that it is missing.
func pick[T any](list []T, err error, is func(T) bool, missing error) (one T, _ error) {
	if err != nil {
		return one, err
	}
	if i := slices.IndexFunc(list, is); i >= 0 {
		return list[i], nil
	}
	return one, missing
}

// missing says in this person's language that there is no such thing.
func (v *visit) missing(code, key, id string) error {
	return &switchboard.OperatorFault{Code: code, Message: v.T(key, id)}
}
