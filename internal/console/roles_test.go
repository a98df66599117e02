package console_test

import (
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/switchboard-platform/switchboard/internal/console"
)

// TestRoles tries every role against every page and every form: what somebody may not do is neither shown nor possible,
// and what they may do is both. Looking changes nothing.
func TestRoles(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.atWork()
	before := w.latest()
	admin := w.clerks[0]
	for _, k := range w.clerks {
		k.crawl("/", "/find?q=asha")
		k.led()
		k.crawl(slices.Sorted(maps.Keys(admin.pages))...) // where no link leads one can go all the same
		k.saw()
		k.files()
	}
	if after := w.latest(); after != before {
		t.Errorf("looking at pages recorded %d events", after-before)
	}
	w.liftable()
	w.strangers()
	w.elsewhere()
	for _, k := range w.clerks {
		w.tries(k)
	}
}

// atWork looks at a plan that is being applied, which none is for long, and stops it.
func (w *world) atWork() {
	w.t.Helper()
	w.command(w.slow, "confirm", "applying")
	for _, k := range w.clerks {
		k.look("/plans/" + w.slow)
	}
	w.command(w.slow, "stop", "stopped")
}

// led checks that links lead to pages that are there for a form to those alone who may use it.
func (k *clerk) led() {
	k.t.Helper()
	for page, route := range map[string]string{"/plans/new": "POST /plans", "/blocks/new": "POST /blocks", "/ladders/{security}": "PUT /ladders/{security}"} {
		if may := slices.Contains(k.me.May, route); may != (k.seen[page] > 0) {
			k.t.Errorf("%s may use %s: %t, and was led %d times to %s", k.name, route, may, k.seen[page], page)
		}
	}
}

// saw checks that a clerk has seen every page, and a form for everything that is permitted.
func (k *clerk) saw() {
	k.t.Helper()
	for _, path := range k.plan.pages {
		if k.seen[path] == 0 {
			k.t.Errorf("%s has seen no page of %s", k.name, path)
		}
	}
	for _, route := range k.plan.actions {
		if _, shown := k.shown[route]; !shown && slices.Contains(k.me.May, route) {
			k.t.Errorf("%s may use %s, and is shown no form for it", k.name, route)
		}
	}
}

// besides are the addresses that are no pages.
func besides() []string {
	return []string{"/map/view?south=-85&west=-180&north=85&east=180&zoom=3", "/audit/key", "/audit/events/1/proof", "/audit/export?agent=20810301", "/ladders/OTP/xml"}
}

// files asks for what is no page: everybody may look at it.
func (k *clerk) files() {
	k.t.Helper()
	for _, address := range besides() {
		r := k.get(address)
		if r.status != http.StatusOK || strings.Contains(r.header.Get("Content-Type"), "html") {
			k.t.Errorf("%s: %s is answered %d %s", k.name, address, r.status, r.body)
		}
		k.sound(address, r)
	}
}

// liftable checks that forms that lift a block were shown to those whose blocks these are, and to no others.
func (w *world) liftable() {
	w.t.Helper()
	for i, k := range w.clerks {
		for id := range k.lifted {
			b, err := w.op.Block(w.t.Context(), id)
			if err != nil || i > 0 && !slices.Contains(k.me.Owns, b.Owner) {
				w.t.Errorf("%s is shown a form to lift a block of %s: %v", k.name, b.Owner, err)
			}
		}
	}
}

// strangers are led to the door from everywhere, and change nothing.
func (w *world) strangers() {
	w.t.Helper()
	stranger, admin, before := newClerk(w.t, w.a, "a stranger"), w.clerks[0], w.latest()
	door := func(address string, r answer) {
		w.t.Helper()
		stranger.sound(address, r)
		if r.status != http.StatusSeeOther || !strings.HasPrefix(r.leads(), "/signin?to=") {
			w.t.Errorf("a stranger at %s is answered %d and led to %q", address, r.status, r.leads())
		}
	}
	for _, address := range append(slices.Sorted(maps.Keys(admin.pages)), append(besides(), "/nothing/here")...) {
		door(address, stranger.get(address))
	}
	for _, f := range admin.shown {
		door(f.action, stranger.post(f.action, f.fields))
	}
	if r := stranger.get("/live?topics=*"); r.status != http.StatusUnauthorized {
		w.t.Errorf("a stranger is told what changes: %d", r.status)
	}
	if after := w.latest(); after != before {
		w.t.Errorf("strangers recorded %d events", after-before)
	}
}

// elsewhere is where other people's pages are: what they make an administrator's browser send is refused.
func (w *world) elsewhere() {
	w.t.Helper()
	admin, before := w.clerks[0], w.latest()
	forms := slices.Collect(maps.Values(admin.shown))
	for _, action := range anybodys() {
		forms = append(forms, &form{action: action, fields: url.Values{"name": {admin.name}, "password": {password}, "theme": {"dark"}}})
	}
	for _, f := range forms {
		for name, value := range map[string]string{"Sec-Fetch-Site": "cross-site", "Origin": "https://desk.example.net"} {
			if r := admin.post(f.action, f.fields, name, value); r.status != http.StatusForbidden || len(r.header["Set-Cookie"]) > 0 {
				w.t.Errorf("%s from %s is answered %d", f.action, value, r.status)
			}
		}
	}
	if after := w.latest(); after != before {
		w.t.Errorf("pages elsewhere recorded %d events", after-before)
	}
}

// tries sends a form for everything: one that an administrator was shown, where the clerk may not, and else one that
// names nothing there is.
func (w *world) tries(k *clerk) {
	w.t.Helper()
	for _, route := range k.plan.actions {
		if slices.Contains(k.me.May, route) {
			nothing := regexp.MustCompile(`\{[^}]*\}`).ReplaceAllString(console.FormPath(route), "none")
			r := k.post(nothing, url.Values{"page": {"/"}, "owner": k.me.Owns})
			if r.status == http.StatusForbidden || strings.HasPrefix(r.leads(), "/signin") {
				w.t.Errorf("%s may use %s, and is answered %d: %s", k.name, route, r.status, r.body)
			}
			continue
		}
		f := w.clerks[0].shown[route]
		if f == nil {
			continue // it is missed already
		}
		before := w.latest()
		r := k.post(f.action, f.fields)
		k.sound(f.action, r)
		if r.status != http.StatusForbidden || w.latest() != before {
			w.t.Errorf("%s may not use %s, and is answered %d; events: %d", k.name, route, r.status, w.latest()-before)
		}
		if !strings.Contains(r.body, "An administrator can give you the role it takes.") {
			w.t.Errorf("%s is not told that %s is not permitted", k.name, route)
		}
	}
}
