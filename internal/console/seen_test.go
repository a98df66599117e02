package console_test

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/apptest"
	"github.com/switchboard-platform/switchboard/internal/sandbox"
)

// send sends a form as it stood when a page was shown, which no browser that keeps its pages true does for long.
func (c client) send(to string, form url.Values) (int, string) {
	c.t.Helper()
	return c.post(to, form.Encode())
}

// form gives the hidden fields of the form to an address on a page, with others besides.
func (c client) form(page, to string, pairs ...string) url.Values {
	c.t.Helper()
	_, text := c.get(page)
	return c.hidden(text, to, pairs...)
}

func (c client) hidden(text, to string, pairs ...string) url.Values {
	c.t.Helper()
	_, form, ok := strings.Cut(text, `action="`+html.EscapeString(to)+`"`)
	if !ok {
		c.t.Fatalf("there is no form for %s", to)
	}
	form, _, _ = strings.Cut(form, "</form>")
	values := url.Values{}
	for _, m := range regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)">`).FindAllStringSubmatch(form, -1) {
		values.Set(m[1], html.UnescapeString(m[2]))
	}
	for i := 0; i < len(pairs); i += 2 {
		values.Set(pairs[i], pairs[i+1])
	}
	return values
}

// A form that stood open while others worked changes nothing that they changed; shown again, it says what is now, and
// then goes through.
func TestFormsThatAreLate(t *testing.T) {
	t.Parallel()
	a := apptest.New(t, apptest.Options{})
	c, ctx, op, agent := signedIn(t, a), t.Context(), a.Operator, "/agents/"+sandbox.UserCode
	member, url := "/members/"+sandbox.MSISDN, "https://elsewhere.example.com/"
	hook := disabled(t, op).ID
	done(t, op.AddOperator, switchboard.NewDeskOperator{Name: "eve", Roles: []string{"fraud", "support"}, Password: true})
	ch := done(t, op.AddChannel, switchboard.NewChannel{ID: "ussd", Name: "USSD"}).Channel
	change(t, op, sandbox.UserCode, "1", "activate", switchboard.ServiceCommand{Comment: "what was seen"})
	devices, nets, name := []string{"dev-2"}, []string{"10.0.0.0/8"}, "Renamed"
	must := func(_ any, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, x := range []struct {
		page, to  string
		form      []string
		meanwhile func()
	}{
		{"/reviews/" + sandbox.UserCode + "/1", agent + "/services/1/approve", nil, func() {
			change(t, op, sandbox.UserCode, "1", "deactivate", switchboard.ServiceCommand{})
			change(t, op, sandbox.UserCode, "1", "activate", switchboard.ServiceCommand{Comment: "what nobody saw", Until: time.Now().AddDate(10, 0, 0)})
		}},
		{agent, agent + "/devices", []string{"devices", "dev-1"}, func() {
			must(op.SetDevices(ctx, sandbox.UserCode, switchboard.DevicesChange{Devices: &devices}))
		}},
		{agent, agent + "/place", []string{"latlong", "-1.2864,36.8172"}, func() { must(op.SetPlace(ctx, sandbox.UserCode, switchboard.Place{LatLong: "1,1"})) }},
		{agent, agent + "/standing", []string{"standing", "suspended", "reason", "late"}, func() {
			must(op.SetStanding(ctx, sandbox.UserCode, switchboard.NewStanding{Standing: "closed", Reason: "gone"}))
		}},
		{"/partners/" + sandbox.PartnerID, "/partners/" + sandbox.PartnerID + "/addresses", []string{"addresses", "192.0.2.0/24"}, func() {
			must(op.SetPartnerAddresses(ctx, sandbox.PartnerID, nets))
		}},
		{"/channels/" + ch, "/channels/" + ch, []string{"name", "USSD", "addresses", "192.0.2.0/24", "rate", "", "burst", ""}, func() {
			must(op.SetChannel(ctx, ch, switchboard.ChannelChange{Name: &name, Addresses: &nets}))
		}},
		{"/operators", "/operators/eve/roles", []string{"role_fraud", "yes", "role_support", "yes", "role_viewer", "yes"}, func() {
			must(op.SetRoles(ctx, "eve", []string{"support"}))
		}},
		{"/services/43", "/services/43", []string{"name", "AePS!", "review", "after", "fence_country", "", "fence_distance", "", "fence_tolerance", "", "dormant_days", "", "verify_days", ""}, func() {
			must(op.SetService(ctx, switchboard.Service{Code: "43", Name: name, Review: "after"}))
		}},
		{"/ladders/OTP", "/ladders/OTP", []string{"do", "save", "every", "0", "step.0.attempts", "9", "step.0.flag", "LATE", "step.0.action", "LOCK"}, func() {
			must(op.SetLadder(ctx, switchboard.Ladder{Security: "OTP", Steps: []switchboard.LadderStep{{Attempts: 3, Flag: "FIRST", Action: "LOCK"}}}, false))
		}},
		{"/partners/" + sandbox.PartnerID, "/keys/" + sandbox.DeveloperKey + "/replay", []string{"replay", "observe"}, func() {
			must(op.SetReplay(ctx, sandbox.DeveloperKey, "strict"))
		}},
		{"/webhooks/" + hook, "/webhooks/" + hook + "?do=enable", nil, func() {
			must(op.Webhooks().Set(ctx, hook, switchboard.WebhookChange{URL: &url}))
		}},
		{member, member + "/bind", []string{"type", "IMSI", "id", "639020000000009", "reason", "new SIM"}, func() {
			must(op.UnbindDevices(ctx, sandbox.MSISDN, switchboard.Unbinding{Devices: []string{"IMSI"}, Reason: "SIM swap"}))
		}},
		{member, member + "/unbind", []string{"app", "yes", "reason", "sold"}, func() {
			must(op.BindDevice(ctx, sandbox.MSISDN, switchboard.NewBinding{Type: "APP_ID", ID: "app-9", Reason: "new phone"}))
		}},
		{member, member + "/pin", []string{"reason", "forgotten"}, func() {
			must(op.IssuePIN(ctx, sandbox.MSISDN, switchboard.Because{Reason: "by another"}))
		}},
		{member, member + "/standing", []string{"reason", "on holiday"}, func() {
			must(op.BindDevice(ctx, sandbox.MSISDN, switchboard.NewBinding{Type: "IMSI", ID: "639020000000008", Reason: "back"}))
		}},
		{member, member + "/standing", []string{"reason", "back"}, func() {
			must(op.SetMemberStanding(ctx, sandbox.MSISDN, switchboard.MemberStanding{Standing: "open", Reason: "back"}))
			guess(t, a, sandbox.MSISDN, "639020000000008", 1)
			must(op.SetMemberStanding(ctx, sandbox.MSISDN, switchboard.MemberStanding{Standing: "closed", Reason: "fraud"}))
		}},
		{member, member + "/unlock", []string{"reason", "mistyped"}, func() { guess(t, a, sandbox.MSISDN, "639020000000008", 3) }},
	} {
		form := c.form(x.page, x.to, x.form...)
		x.meanwhile()
		code, again := c.send(x.to, form)
		if code != http.StatusConflict || !strings.Contains(again, "It has changed since you looked") {
			t.Errorf("the late form for %s is answered with %d", x.to, code)
			continue
		}
		if code, _ := c.send(x.to, c.hidden(again, x.to, x.form...)); code >= http.StatusBadRequest {
			t.Errorf("the form for %s that was shown again is answered with %d", x.to, code)
		}
		for _, seen := range []string{"", "0"} {
			if form.Set("seen", seen); seen == "0" && strings.HasPrefix(x.to, "/ladders/") {
				continue // nobody ever changed it
			}
			if code, _ := c.send(x.to, form); code != http.StatusBadRequest && code != http.StatusUnprocessableEntity {
				t.Errorf("a form for %s that was shown with %q is answered with %d", x.to, seen, code)
			}
		}
	}
}

// disabled is an endpoint that is disabled.
func disabled(t *testing.T, op *switchboard.Operator) switchboard.Webhook {
	t.Helper()
	h := done(t, op.Webhooks().Add, switchboard.NewWebhook{Partner: sandbox.PartnerID, URL: "https://hooks.example.com/a"}).Webhook
	h, err := op.Webhooks().Set(t.Context(), h.ID, switchboard.WebhookChange{Enabled: new(bool)})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// A document of ladders that was looked at replaces those that were looked at.
func TestLateLadderImport(t *testing.T) {
	t.Parallel()
	a := apptest.New(t, apptest.Options{})
	c, to := signedIn(t, a), "/ladders/import"
	document, err := a.Operator.LadderXML(t.Context(), "OTP")
	if err != nil {
		t.Fatal(err)
	}
	look := url.Values{"page": {"/ladders"}, "document": {strings.ReplaceAll(string(document), "FIRST_WARNING", "LATE")}}
	_, preview := c.send(to, look)
	set := switchboard.Ladder{Security: "OTP", Steps: []switchboard.LadderStep{{Attempts: 3, Flag: "FIRST", Action: "LOCK"}}}
	if _, err := a.Operator.SetLadder(t.Context(), set, false); err != nil {
		t.Fatal(err)
	}
	code, page := c.send(to, c.hidden(preview, to, "do", "save"))
	if code != http.StatusConflict || !strings.Contains(page, "It has changed since you looked") {
		t.Errorf("the late document is answered with %d", code)
	}
	look.Set("do", "save")
	if code, _ := c.send(to, look); code != http.StatusBadRequest {
		t.Errorf("a document that nobody looked at is answered with %d", code)
	}
	look.Del("do")
	_, preview = c.send(to, look)
	if code, _ := c.send(to, c.hidden(preview, to, "do", "save")); code != http.StatusSeeOther {
		t.Errorf("the document that was looked at again is answered with %d", code)
	}
}

// A late form that its page has no more is refused on the page as it is.
func TestLateFormIsGone(t *testing.T) {
	t.Parallel()
	a := apptest.New(t, apptest.Options{})
	c, at := signedIn(t, a), "/members/"+sandbox.MSISDN
	form := c.form(at, at+"/pin", "reason", "forgotten")
	if _, err := a.Operator.SetMemberStanding(t.Context(), sandbox.MSISDN, switchboard.MemberStanding{Standing: "closed", Reason: "fraud"}); err != nil {
		t.Fatal(err)
	}
	if code, page := c.send(at+"/pin", form); code != http.StatusConflict || !strings.Contains(page, "It has changed since you looked") {
		t.Errorf("a PIN of a member who was closed meanwhile: %d", code)
	}
}

// What was taken out of the catalogue is brought back by who ticks that alone, and no new service takes the place of one.
func TestServiceComesBack(t *testing.T) {
	t.Parallel()
	a := apptest.New(t, apptest.Options{})
	c := signedIn(t, a)
	if _, err := a.Operator.RemoveService(t.Context(), "43"); err != nil {
		t.Fatal(err)
	}
	removed := func() bool {
		all, err := a.Operator.Services(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return all[slices.IndexFunc(all, func(s switchboard.Service) bool { return s.Code == "43" })].Removed
	}
	rules := []string{"name", "AePS", "review", "after", "fence_country", "", "fence_distance", "", "fence_tolerance", "", "dormant_days", "", "verify_days", ""}
	form := c.form("/services/43", "/services/43", rules...)
	if code, _ := c.send("/services/43", form); code != http.StatusConflict || !removed() {
		t.Errorf("without a tick: %d, removed %t", code, removed())
	}
	fresh := c.form("/services", "/services/new", append(rules, "code", "43", "restore", "yes")...)
	if code, _ := c.send("/services/new", fresh); code == http.StatusSeeOther || !removed() {
		t.Errorf("as a new one: %d, removed %t", code, removed())
	}
	form.Set("restore", "yes")
	if code, _ := c.send("/services/43", form); code != http.StatusSeeOther || removed() {
		t.Errorf("with a tick: %d, removed %t", code, removed())
	}
}

// Of two who make a service of one code one is told that there is one, whatever its code. A service may be called as the
// form for new ones is.
func TestNewServiceAtOnce(t *testing.T) {
	t.Parallel()
	a := apptest.New(t, apptest.Options{})
	c := signedIn(t, a)
	rules := []string{"review", "none", "fence_country", "", "fence_distance", "", "fence_tolerance", "", "dormant_days", "", "verify_days", ""}
	form := func(name string) url.Values {
		return c.form("/services", "/services/new", append(rules, "code", "new", "name", name)...)
	}
	forms, codes := []url.Values{form("One"), form("Two")}, make([]int, 2)
	var both sync.WaitGroup
	for i, f := range forms {
		both.Go(func() { codes[i], _ = c.send("/services/new", f) })
	}
	both.Wait()
	if slices.Sort(codes); !slices.Equal(codes, []int{http.StatusSeeOther, http.StatusBadRequest}) {
		t.Errorf("two new services of one code are answered with %v", codes)
	}
	change := c.form("/services/new", "/services/new", append(rules, "name", "Three")...)
	if code, _ := c.send("/services/new", change); code != http.StatusSeeOther {
		t.Errorf("the form of a service called new is answered with %d", code)
	}
	if code, _ := c.send("/services/new", change); code != http.StatusSeeOther { // the same again
		t.Errorf("sent twice it is answered with %d", code)
	}
	change.Set("name", "Four")
	if code, _ := c.send("/services/new", change); code != http.StatusConflict {
		t.Errorf("the form of a service called new is answered with %d when it is late", code)
	}
}

// A late form of an endpoint changes what was written in it, and leaves what others did to the rest.
func TestLateWebhookForm(t *testing.T) {
	t.Parallel()
	a := apptest.New(t, apptest.Options{})
	c, hooks := signedIn(t, a), a.Operator.Webhooks()
	h := done(t, hooks.Add, switchboard.NewWebhook{Partner: sandbox.PartnerID, URL: "https://hooks.example.com/a", Kinds: []string{"block.*"}}).Webhook
	at := "/webhooks/" + h.ID
	form := c.form(at, at+"?do=change", "url", h.URL, "description", "shops of the west", "kinds", "block.*", "services", "")
	if _, err := hooks.Set(t.Context(), h.ID, switchboard.WebhookChange{Services: &[]string{"45"}}); err != nil {
		t.Fatal(err)
	}
	if code, _ := c.send(at+"?do=change", form); code != http.StatusSeeOther {
		t.Fatalf("the form is answered with %d", code)
	}
	if h, err := hooks.Get(t.Context(), h.ID); err != nil || h.Description != "shops of the west" || !slices.Equal(h.Services, []string{"45"}) {
		t.Errorf("the endpoint is %+v (%v)", h, err)
	}
}

// The same form sent twice blocks once.
func TestSentTwice(t *testing.T) {
	t.Parallel()
	a := apptest.New(t, apptest.Options{})
	c := signedIn(t, a)
	form := c.form("/blocks/new", "/blocks", "agent", sandbox.UserCode, "owner", "operator", "reason", "sent twice")
	for range 2 {
		if code, _ := c.send("/blocks", form); code != http.StatusSeeOther {
			t.Fatalf("a block is answered with %d", code)
		}
	}
	if list, err := a.Operator.Blocks(t.Context(), switchboard.BlockQuery{Open: true}); err != nil || len(list.Items) != 1 {
		t.Errorf("%d blocks (%v)", len(list.Items), err)
	}
}

// Who means to ask for a lifting that takes two people does not lift when another has asked meanwhile.
func TestLateLift(t *testing.T) {
	t.Parallel()
	a := apptest.New(t, apptest.Options{})
	done(t, a.Operator.SetService, switchboard.Service{Code: "43", Name: "AePS", Confirm: []string{"lifting"}})
	b := done(t, a.Operator.PlaceBlock, switchboard.NewBlock{Service: "43", Owner: "fraud", Reason: "inquiry"})
	c, at := signedIn(t, a), "/blocks/"+b.ID
	form := c.form(at, at+"/lift", "reason", "I only ask")
	fatma := switchboard.NewOperator("http://"+a.At.Operator, done(t, a.Operator.AddOperator, switchboard.NewDeskOperator{Name: "fatma", Roles: []string{"fraud"}}).Token)
	if _, err := fatma.LiftBlock(t.Context(), b.ID, switchboard.BlockLift{}); err != nil {
		t.Fatal(err)
	}
	code, again := c.send(at+"/lift", form)
	now, err := a.Operator.Block(t.Context(), b.ID)
	if code != http.StatusConflict || !strings.Contains(again, "It has changed since you looked") || err != nil || now.State != "acting" {
		t.Fatalf("the late form is answered with %d, the block is %s (%v)", code, now.State, err)
	}
	form.Del("seen")
	if code, _ := c.send(at+"/lift", form); code != http.StatusBadRequest {
		t.Errorf("a form that does not say who had asked is answered with %d", code)
	}
	if code, _ := c.send(at+"/lift", c.hidden(again, at+"/lift", "reason", "so do I")); code != http.StatusSeeOther {
		t.Errorf("the form that was shown again is answered with %d", code)
	}
	if now, err := a.Operator.Block(t.Context(), b.ID); err != nil || now.State != "lifted" {
		t.Errorf("the block is %s (%v)", now.State, err)
	}
}
