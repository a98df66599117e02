package eps_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/apptest"
)

// named gives the request with a client_ref_id.
func (r request) named(reference string) request {
	return r.with(fmt.Sprintf(`"client_ref_id":%q`, reference))
}

// TestNamedCallRepeats: the first answer byte for byte, and nothing changed, however it is spelled.
func TestNamedCallRepeats(t *testing.T) {
	t.Parallel()
	w := newWorld(t, apptest.Options{})
	for i, c := range []struct {
		name string
		call func(user string) request
		want look
	}{
		{"activate", func(u string) request { return activate(u, "45") }, done()},
		{"deactivate", func(u string) request { return deactivate(u, "4") }, done()},
		{"waiting", func(u string) request { return activate(u, "1") }, pending()},
		{"BBPS", bbps, bbpsDone()}, // unnamed, the second would say that it is active already
		{"onboard", func(string) request { return post("/user/network/eps-agent", onboarding(w.mobile())) }, onboarded()},
		{"onboard, older", func(string) request { return put("/user/account", onboarding(w.mobile())) }, onboarded()},
	} {
		t.Run(c.name, func(t *testing.T) {
			user := w.agent(t, "sandbox")
			w.send(t, activate(user, "4")).want(t, done())
			r := c.call(user).named(fmt.Sprintf("REQ-%d", i))
			var first reply
			w.records(t, 1, func() { first = w.send(t, r).want(t, c.want) })
			w.records(t, 0, func() {
				for _, again := range spellings(r) {
					if got := w.send(t, again).want(t, c.want); got.body != first.body {
						t.Errorf("%s %s is answered %s, first %s", again.path, again.body, got.body, first.body)
					}
				}
			})
		})
	}
}

// spellings gives the same call in other words: another prefix, slashes, escapes, order, unknown fields.
func spellings(r request) []request {
	same := []request{r, r, r, r, r, r, r}
	for i, prefix := range prefixes() {
		same[i].path = prefix + r.path
	}
	same[1].path += "//"
	same[2].path = strings.Replace(same[2].path, "/", "//", 2)
	same[3].path = strings.Replace(same[3].path, "a", "%61", 1)
	same[4] = same[4].with(`"source":"NEWCONNECT"`)
	same[5].media = "application/json; charset=utf-8"
	same[6].body = " " + strings.Replace(r.body, `"9962981729"`, "9962981729", 1)
	return same
}

// TestNamedCallReused: the same id for something else is an error that says so.
func TestNamedCallReused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, apptest.Options{})
	user, other := w.agent(t, "sandbox"), w.agent(t, "sandbox")
	w.send(t, activate(user, "45").named("A")).want(t, done())
	w.send(t, bbps(user).named("A")).want(t, bbpsDone()) // another address: another call
	w.send(t, post("/user/network/eps-agent", onboarding("7123456780")).named("A")).want(t, onboarded())
	w.records(t, 0, func() {
		for name, r := range map[string]request{
			"other place":           activate(user, "45").with(`"latlong":"1,1"`).named("A"),
			"other agent in a body": bbps(other).named("A"),
			"other service":         put("/user/service/activate", strings.Replace(bbps(user).body, "53", "45", 1)).named("A"),
			"other person":          post("/user/network/eps-agent", onboarding("7123456781")).named("A"),
			"other name":            post("/user/network/eps-agent", strings.Replace(onboarding("7123456780"), "Asha", "Usha", 1)).named("A"),
		} {
			t.Run(name, func(t *testing.T) { w.send(t, r).want(t, failed()).says(t, "client_ref_id", "A", "different request") })
		}
	})
	// Unnamed again, all of it is what it was.
	w.send(t, activate(user, "45")).want(t, done())
}

// TestNamedCallSpent: an answer that no longer holds is neither repeated nor made true again.
func TestNamedCallSpent(t *testing.T) {
	t.Parallel()
	w := newWorld(t, apptest.Options{})
	client := w.client(sandboxCreds())
	for _, c := range []struct {
		name, service, steps string
		want                 string // the state that must stay
	}{
		{"deactivated", "45", "off", "DEACTIVATED"},
		{"approved", "1", "approve", "ACTIVATED"},
		{"rejected", "43", "reject", "DEACTIVATED"},
	} {
		t.Run(c.name, func(t *testing.T) {
			user := w.agent(t, "sandbox")
			call := activate(user, c.service).named("A")
			w.send(t, call)
			w.walk(t, client, user, c.service, c.steps)
			w.records(t, 0, func() {
				w.send(t, call).want(t, failed()).says(t, "client_ref_id A", "used up", strings.ToLower(c.want))
			})
			if s := w.service(t, client, user, c.service); s.StatusDesc != c.want {
				t.Errorf("the service is %+v", s)
			}
			_, err := client.ActivateService(t.Context(), user, c.service, switchboard.ActivateOptions{Reference: "A"})
			wantError(t, err, failed())
		})
	}
	t.Run("a deactivation", func(t *testing.T) {
		user := w.agent(t, "sandbox")
		w.walk(t, client, user, "45", "on")
		w.send(t, deactivate(user, "45").named("B")).want(t, done())
		w.walk(t, client, user, "45", "on")
		w.send(t, deactivate(user, "45").named("B")).want(t, failed()).says(t, "used up")
		if s := w.service(t, client, user, "45"); s.Status != 1 {
			t.Errorf("the service is %+v", s)
		}
		// Back where the answer was true, it is true again.
		w.walk(t, client, user, "45", "off")
		w.send(t, deactivate(user, "45").named("B")).want(t, done())
	})
}

// TestNamedCallScope: an id is one partner's, of one method and path; reads ignore it.
func TestNamedCallScope(t *testing.T) {
	t.Parallel()
	w := newWorld(t, apptest.Options{})
	k := w.partner(t, "9000000001", "")
	mine, other, theirs := w.agent(t, "sandbox"), w.agent(t, "sandbox"), w.agent(t, k.Partner)
	person := w.mobile()
	for _, c := range []struct {
		request
		want look
	}{
		{activate(mine, "45"), done()}, {activate(mine, "4"), done()}, {activate(other, "45"), done()},
		{bbps(mine), bbpsDone()},
		{post("/user/network/eps-agent", onboarding(person)), onboarded()},
		{put("/user/account", onboarding(w.mobile())), onboarded()},
		{put("/user/onboard", onboarding(person)), exists()},
		{activate(theirs, "45").by(credsOf(k)), done()},
		{post("/user/network/eps-agent", onboarding(person)).by(credsOf(k)), onboarded()},
		{deactivate(mine, "45"), done()},
	} {
		w.send(t, c.named("CONSTANT")).want(t, c.want)
	}
	reads := []request{services(mine), services(other), services(mine).by(credsOf(k)), get("/user/services?initiator_id=9962981729"),
		get("/tools/catalog/service-codes?initiator_id=9962981729"), get("/user/services/user_code:" + mine + "?initiator_id=9962981729")}
	for _, r := range reads {
		plain := w.send(t, r)
		r.path += "&client_ref_id=CONSTANT"
		if named := w.send(t, r); named.body != plain.body {
			t.Errorf("%s is answered %s, without the id %s", r.path, named.body, plain.body)
		}
	}
}

// TestNamedCallOutlivesARestart: it is kept with what it changed.
func TestNamedCallOutlivesARestart(t *testing.T) {
	t.Parallel()
	w := newWorld(t, apptest.Options{})
	user := w.agent(t, "sandbox")
	calls := []request{activate(user, "1").named("A"), bbps(user).named("A"), post("/user/network/eps-agent", onboarding("7123456789")).named("A")}
	spent := activate(user, "45").named("A")
	w.send(t, spent).want(t, done())
	w.send(t, deactivate(user, "45")).want(t, done())
	var first []reply
	for _, c := range calls {
		first = append(first, w.send(t, c))
	}
	w.Stop(t)
	w.start(t, apptest.Options{Data: w.Config.Data})
	w.records(t, 0, func() {
		for i, c := range calls {
			if got := w.send(t, c); got.body != first[i].body || *got.Status != 0 {
				t.Errorf("after the restart %s is answered %s, first %s", c.path, got.body, first[i].body)
			}
		}
		w.send(t, spent).want(t, failed()).says(t, "used up")
	})
}

// TestReferenceLength: 150 bytes, not letters.
func TestReferenceLength(t *testing.T) {
	t.Parallel()
	w := newWorld(t, apptest.Options{})
	w.send(t, activate("20810200", "45").named(strings.Repeat("x", 150))).want(t, done())
	w.send(t, activate("20810200", "45").named(strings.Repeat("x", 151))).want(t, malformed()).says(t, "150 bytes")
	w.send(t, activate("20810200", "45").named(strings.Repeat("आ", 50))).want(t, done())
	w.send(t, activate("20810200", "45").named(strings.Repeat("आ", 51))).want(t, malformed())
	w.send(t, put("/user/account", onboarding(w.mobile())).named(strings.Repeat("x", 151))).want(t, malformed())
}

// TestUnnamedCalls: an empty or null id names nothing; a number names what its text does.
func TestUnnamedCalls(t *testing.T) {
	t.Parallel()
	w := newWorld(t, apptest.Options{})
	user := w.agent(t, "sandbox")
	for _, id := range []string{`""`, `null`, `"  "`} {
		call := bbps(user).with(`"client_ref_id":` + id)
		w.send(t, call).want(t, bbpsDone())
		w.send(t, call).want(t, look{200, 1, 17, 1388})
		w.send(t, deactivate(user, "53")).want(t, done())
	}
	first := w.send(t, bbps(user).with(`"client_ref_id":"15"`)).want(t, bbpsDone())
	if again := w.send(t, bbps(user).with(`"client_ref_id":15`)).want(t, bbpsDone()); again.body != first.body {
		t.Errorf("the number is answered %s", again.body)
	}
}

// TestRefusedCallIsNotRemembered: what failed may be sent again under its name.
func TestRefusedCallIsNotRemembered(t *testing.T) {
	t.Parallel()
	w := newWorld(t, apptest.Options{})
	user := w.agent(t, "sandbox")
	call := activate(user, "45").named("A")
	w.stand(t, user, "suspended")
	w.send(t, call).want(t, inactive())
	w.stand(t, user, "open")
	w.send(t, call).want(t, done())
}

// TestOneCallAtOnce: of the same named call many times at once, one changes something and all hear the same.
func TestOneCallAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, apptest.Options{})
	user := w.agent(t, "sandbox")
	w.records(t, 1, func() {
		answers := make(chan string)
		const clients = 20
		for range clients {
			req := w.build(t, bbps(user).named("A"))
			go func() { answers <- answered(req) }()
		}
		first := <-answers
		if !strings.Contains(first, "BBPS service activated successfully") {
			t.Errorf("answered %s", first)
		}
		for range clients - 1 {
			if got := <-answers; got != first {
				t.Errorf("answered %s and %s", first, got)
			}
		}
	})
}

// answered sends a request and gives the body of the answer, or what went wrong.
func answered(req *http.Request) string {
	resp, err := httpClient().Do(req)
	if err != nil {
		return err.Error()
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		return err.Error()
	}
	return string(b)
}
