package console_test

import (
	"io"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/apptest"
	"github.com/switchboard-platform/switchboard/internal/console"
)

// clerk is somebody at the desk whose pages a program reads, every one of them, and every form on them.
type clerk struct {
	t    *testing.T
	name string
	base string
	http *http.Client
	plan *floor
	api  *switchboard.Operator // as this person
	me   switchboard.Me

	seen   map[string]int   // how many pages of each pattern
	pages  map[string]bool  // their addresses
	shown  map[string]*form // by the route of the API that it leads to
	lifted map[string]bool  // the blocks that there was a form to lift of
}

// floor is what addresses lead to.
type floor struct {
	mux     *http.ServeMux
	actions []string
	pages   []string
}

// newFloor asks a console what it has.
func newFloor(t *testing.T) *floor {
	t.Helper()
	c, err := console.New(console.Config{})
	if err != nil {
		t.Fatal(err)
	}
	f := &floor{http.NewServeMux(), c.Actions(), c.Pages()}
	for _, path := range f.pages {
		f.mux.Handle("GET "+path, http.NotFoundHandler())
	}
	for _, path := range f.addresses() {
		f.mux.Handle("POST "+path, http.NotFoundHandler())
	}
	return f
}

// addresses are those that forms are sent to.
func (f *floor) addresses() []string {
	all := map[string]bool{}
	for _, route := range f.actions {
		all[console.FormPath(route)] = true
	}
	return slices.Sorted(maps.Keys(all))
}

// leads gives the pattern of an address, "" for none.
func (f *floor) leads(method, address string) string {
	r, err := http.NewRequest(method, "http://desk"+address, nil)
	if err != nil {
		return ""
	}
	_, pattern := f.mux.Handler(r)
	_, path, _ := strings.Cut(pattern, " ")
	return path
}

// route is the route of the API that a form leads to, "" for none.
func (f *floor) route(address string) string {
	path := f.leads(http.MethodPost, address)
	for _, route := range f.actions {
		if path != "" && console.FormPath(route) == path {
			return route
		}
	}
	return ""
}

// newClerk is somebody who has not signed in.
func newClerk(t *testing.T, a *apptest.App, name string) *clerk {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return &clerk{t: t, name: name, base: "http://" + a.At.Operator, http: client, plan: newFloor(t),
		seen: map[string]int{}, pages: map[string]bool{}, shown: map[string]*form{}, lifted: map[string]bool{}}
}

// session is what the clerk's browser bears.
func (k *clerk) session() string {
	at, _ := url.Parse(k.base) // it has led somewhere
	for _, c := range k.http.Jar.Cookies(at) {
		if c.Name == "switchboard_session" {
			return c.Value
		}
	}
	return ""
}

// signIn signs in with a password.
func (k *clerk) signIn(password string) {
	k.t.Helper()
	r := k.post("/signin", url.Values{"name": {k.name}, "password": {password}})
	if r.status != http.StatusSeeOther || k.session() == "" {
		k.t.Fatalf("%s cannot sign in: %d %s", k.name, r.status, r.body)
	}
	k.api = switchboard.NewOperator(k.base, k.session())
	k.know()
}

// know asks who the clerk is.
func (k *clerk) know() {
	k.t.Helper()
	var err error
	if k.me, err = k.api.Me(k.t.Context()); err != nil {
		k.t.Fatal(err)
	}
}

// answer is what came of a request.
type answer struct {
	status int
	header http.Header
	body   string
}

// leads is where an answer sends the browser.
func (r answer) leads() string { return r.header.Get("Location") }

func (k *clerk) get(path string) answer {
	k.t.Helper()
	return k.send(http.MethodGet, path, nil)
}

// post sends a form; headers are pairs of names and values.
func (k *clerk) post(path string, fields url.Values, headers ...string) answer {
	k.t.Helper()
	return k.send(http.MethodPost, path, strings.NewReader(fields.Encode()), append(headers, "Content-Type", "application/x-www-form-urlencoded")...)
}

func (k *clerk) send(method, path string, body io.Reader, headers ...string) answer {
	k.t.Helper()
	r, err := http.NewRequestWithContext(k.t.Context(), method, k.base+path, body)
	if err != nil {
		k.t.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	resp, err := k.http.Do(r)
	if err != nil {
		k.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		k.t.Fatalf("%s %s: %v", method, path, err)
	}
	return answer{resp.StatusCode, resp.Header, string(b)}
}

// perPage is how many pages of a pattern are looked at: enough to see all that are different.
const perPage = 40

// crawl looks at pages, and at those that they lead to.
func (k *clerk) crawl(addresses ...string) {
	k.t.Helper()
	for len(addresses) > 0 {
		next := addresses[0]
		addresses = addresses[1:]
		path := k.plan.leads(http.MethodGet, next)
		if path == "" || k.pages[next] || k.seen[path] >= perPage {
			continue
		}
		k.pages[next] = true
		k.seen[path]++
		addresses = append(addresses, k.look(next)...)
	}
}

// look looks at one page, and gives the addresses that it leads to.
func (k *clerk) look(address string) []string {
	k.t.Helper()
	r := k.get(address)
	if r.status != http.StatusOK {
		k.t.Errorf("%s: %s is answered %d", k.name, address, r.status)
	}
	s := k.sound(address, r)
	for _, f := range s.forms {
		k.judge(address, f)
	}
	return s.links
}

// sound checks what every answer has: no page of the desk has scripts or styles of its own, or stands in somebody else's.
func (k *clerk) sound(address string, r answer) sight {
	k.t.Helper()
	policy := r.header.Get("Content-Security-Policy")
	for _, part := range []string{"default-src 'none'", "script-src 'self'", "style-src 'self'", "form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'"} {
		if !slices.Contains(strings.Split(policy, "; "), part) {
			k.t.Errorf("%s: the policy lacks %s: %s", address, part, policy)
		}
	}
	if strings.Contains(policy, "unsafe") || r.header.Get("X-Content-Type-Options") != "nosniff" || r.header.Get("Cache-Control") != "no-store" {
		k.t.Errorf("%s is answered with %v", address, r.header)
	}
	s := read(k.t, address, r.body)
	for _, what := range s.inline {
		k.t.Errorf("%s: %s", address, what)
	}
	return s
}

// anybodys are the forms of who has signed in and of who has not: they change nothing but what a browser keeps.
func anybodys() []string { return []string{"/signin", "/signin/passkey", "/signout", "/likes"} }

// judge checks that a form that is shown is one that the clerk may send.
func (k *clerk) judge(address string, f *form) {
	k.t.Helper()
	if slices.Contains(anybodys(), f.action) {
		return
	}
	route := k.plan.route(f.action)
	switch {
	case route == "":
		k.t.Errorf("%s: a form on %s is sent to %s, where nothing takes it", k.name, address, f.action)
	case !slices.Contains(k.me.May, route):
		k.t.Errorf("%s is shown a form for %s on %s", k.name, route, address)
	}
	for _, owner := range f.owners {
		if !slices.Contains(k.me.Owns, owner) {
			k.t.Errorf("%s is offered blocks of %s on %s", k.name, owner, address)
		}
	}
	if _, have := k.shown[route]; !have {
		k.shown[route] = f
	}
	if block, ok := strings.CutSuffix(f.action, "/lift"); ok {
		k.lifted[strings.TrimPrefix(block, "/blocks/")] = true
	}
}
