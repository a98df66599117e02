package console

import (
	"net/http"
	"net/url"
	"time"

	"github.com/switchboard-platform/switchboard"
)

// signInRoutes are the doors. What stands open without a session is here, and nowhere else.
func (c *Console) signInRoutes() {
	c.open("GET /signin", (*visit).signInPage)
	c.open("POST /signin", (*visit).signIn)
	c.open("POST /signin/passkey", (*visit).signInPasskey)
	c.open("GET /signin/openid/start", (*visit).startOpenID)
	c.open("GET /signin/openid", (*visit).signInOpenID)
	c.open("POST /signout", (*visit).signOut)
	c.open("POST /likes", (*visit).likes)
}

// open registers an address for who has not signed in.
func (c *Console) open(pattern string, fn func(*visit)) {
	c.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		v := c.visit(w, r, c.kept(r, sessionCookie))
		v.Page = "signin"
		fn(v)
	})
}

// signInPage is the page of each step of signing in.
type signInPage struct {
	*visit
	Ways    switchboard.SignInWays
	Name    string
	Then    string // where to go afterwards
	Fresh   bool   // who is known at the OpenID provider proves it there anew
	Problem string

	Pending string // of the second step
	Passkey string // its options
}

func (v *visit) signInPage() {
	v.showSignIn(signInPage{Then: local(v.query("to")), Fresh: v.query(freshField) != ""}, nil)
}

// showSignIn shows a step, with what was wrong with the one before.
func (v *visit) showSignIn(p signInPage, wrong error) {
	p.visit = v
	var err error
	if p.Ways, err = v.api.SignInWays(v.r.Context()); err != nil {
		v.c.fail(v, err)
		return
	}
	if wrong != nil {
		p.Problem, v.failed = v.explain(wrong), &failure{err: wrong}
	}
	v.said = v.c.takeFlash(v.w, v.r)
	v.c.show(v, "signin", p)
}

func (v *visit) signIn() {
	p := signInPage{Name: v.form("name"), Then: local(v.form("to")), Fresh: v.form(freshField) != ""}
	in, err := v.api.SignIn(v.r.Context(), switchboard.SignIn{Name: p.Name, Password: v.r.PostFormValue("password")})
	if err != nil {
		v.showSignIn(p, err)
		return
	}
	v.step(p, in)
}

// step goes on: into the desk, or to the passkey.
func (v *visit) step(p signInPage, in switchboard.SignedIn) {
	if in.Session == "" {
		p.Name, p.Pending, p.Passkey = in.Operator, in.Pending, string(in.Passkey)
		v.showSignIn(p, nil)
		return
	}
	v.c.keep(v.w, v.r, sessionCookie, in.Session, time.Time{})
	http.Redirect(v.w, v.r, p.Then, http.StatusSeeOther)
}

func (v *visit) signInPasskey() {
	p := signInPage{Name: v.form("name"), Then: local(v.form("to"))}
	in, err := v.api.SignInPasskey(v.r.Context(), switchboard.PasskeyAnswer{Pending: v.form("pending"), Credential: switchboard.RawJSON(v.form("credential"))})
	if err != nil {
		v.showSignIn(p, err)
		return
	}
	v.step(p, in)
}

// startOpenID sends the browser to the provider. What is kept meanwhile is sealed by the API; the way back stands
// beside it. It is a link and no form: forms go nowhere but here, also when they are sent on.
func (v *visit) startOpenID() {
	p, start := signInPage{Then: local(v.query("to")), Fresh: v.query(freshField) != ""}, v.api.StartOpenID
	if p.Fresh {
		start = v.api.StartFreshOpenID
	}
	s, err := start(v.r.Context())
	if err != nil {
		v.showSignIn(p, err)
		return
	}
	kept := url.Values{"pending": {s.Pending}, "to": {p.Then}, freshField: {v.query(freshField)}}
	v.c.keep(v.w, v.r, pendingCookie, kept.Encode(), v.now.Add(openIDTime))
	http.Redirect(v.w, v.r, s.URL, http.StatusSeeOther)
}

// freshField asks for a sign-in that proves anew who somebody is.
const freshField = "fresh"

// openIDTime is how long somebody may take to sign in at the provider.
const openIDTime = 10 * time.Minute

func (v *visit) signInOpenID() {
	kept, _ := url.ParseQuery(v.c.kept(v.r, pendingCookie)) // what is broken says nothing
	v.c.drop(v.w, v.r, pendingCookie)
	p := signInPage{Then: local(kept.Get("to")), Fresh: kept.Get(freshField) != ""}
	if v.query("error") != "" {
		v.showSignIn(p, notLetIn(v.T("signin.openid.refused", v.query("error"))))
		return
	}
	in, err := v.api.SignInOpenID(v.r.Context(), switchboard.OpenIDAnswer{Pending: kept.Get("pending"), State: v.query("state"), Code: v.query("code")})
	if codeOf(err) == "sign_in_again" {
		err = notLetIn(v.T("signin.openid.unproven"))
	}
	if err != nil {
		v.showSignIn(p, err)
		return
	}
	v.step(p, in)
}

// notLetIn is a sign-in that the desk refuses in its own words.
func notLetIn(why string) error {
	return &switchboard.OperatorFault{Code: "unauthenticated", Message: why}
}

func (v *visit) signOut() {
	_, _ = v.api.SignOut(v.r.Context()) // a session that has ended already is out
	v.c.drop(v.w, v.r, sessionCookie)
	v.c.leaveFlash(v.w, v.r, flash{Key: "signin.out"})
	http.Redirect(v.w, v.r, "/signin", http.StatusSeeOther)
}

// likes keeps how somebody wants the pages: their language, light or dark, and the zone of times.
func (v *visit) likes() {
	for _, cookie := range []string{themeCookie, languageCookie, zoneCookie} {
		if _, given := v.r.PostForm[cookie]; given || v.r.PostFormValue(cookie) != "" {
			v.c.like(v.w, v.r, cookie, liking(cookie, v.form(cookie)))
		}
	}
	http.Redirect(v.w, v.r, local(v.form(pageField)), http.StatusSeeOther)
}

// liking is a value that a cookie may have; "" leaves it to the browser.
func liking(cookie, value string) string {
	if _, err := time.LoadLocation(value); cookie == zoneCookie && err != nil {
		return ""
	}
	if len(value) > 64 || url.QueryEscape(value) != value && cookie != zoneCookie {
		return ""
	}
	return value
}
