package console_test

import (
	"encoding/json"
	"net/http"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/apptest"
	"github.com/switchboard-platform/switchboard/internal/desktest"
	"github.com/switchboard-platform/switchboard/internal/sandbox"
	"github.com/switchboard-platform/switchboard/internal/sign"
)

// TestPartner from its making on: keys are told once, rotate, and end.
func TestPartner(t *testing.T) {
	t.Parallel()
	a, p := desk(t)
	p.Open("/partners")
	looked(p, "partners")
	p.Allow("400")
	form := opened(p, "/partners")
	p.Fill(form+" [name=name]", "Kirana Connect, Nagpur")
	p.Fill(form+" [name=initiator_id]", "12")
	p.Send(form)
	p.Sees("must be ten digits")
	if got := value(p, form+" [name=name]"); got != "Kirana Connect, Nagpur" {
		t.Errorf("the form forgot the name: %q", got)
	}
	p.Fill(form+" [name=initiator_id]", "9876543210")
	p.Send(form)
	p.Sees("Kirana Connect, Nagpur is added")
	looked(p, "once-key")
	first := told(p)
	if err := asks(t, a, first); err != nil {
		t.Errorf("with the key that was told: %v", err)
	}
	p.Leave(func() { p.Press("main a.button.main") })
	at := p.At()

	p.Send(opened(p, at+"/keys"))
	p.Sees("The new key")
	second := told(p)
	if err := asks(t, a, second); err != nil || second.DeveloperKey == first.DeveloperKey {
		t.Errorf("with the new key: %v", err)
	}
	p.Open(at)
	p.Sees("expiring")

	form = opened(p, "/keys/"+second.DeveloperKey+"/replay")
	p.Choose(form+" [name=replay]", "strict")
	p.Send(form)
	p.Sees("The replay level is changed")
	p.Send(opened(p, "/keys/"+first.DeveloperKey+"/revoke"))
	p.Sees("The key is revoked")
	p.Sees("1 that has ended")
	if asks(t, a, first) == nil || asks(t, a, second) != nil {
		t.Error("not the one key was revoked")
	}

	form = opened(p, at+"/addresses")
	p.Fill(form+" [name=addresses]", "Nagpur")
	p.Send(form)
	p.Sees("neither an address nor a network")
	p.Fill(form+" [name=addresses]", "203.0.113.0/24")
	p.Send(form)
	p.Sees("The list of networks is changed")
	if asks(t, a, second) == nil {
		t.Error("an address that is not on the list is let in")
	}
	p.Open(at)
	p.Sees("an address that is not on the partner's list")

	p.Send(opened(p, at+"/tokens"))
	p.Sees("The new token")
	token := secretTold(p)
	p.Open(at)
	p.SeesNot(token)
	p.Press("main section[aria-labelledby=tokens] .secrets summary")
	p.Leave(func() { p.Press("main section[aria-labelledby=tokens] .secrets button") })
	p.Sees("The token is revoked")
	p.Allow("404")
	p.Open("/partners/nobody")
	p.Sees("There is no partner nobody")
}

// told is the key that a page tells once.
func told(p *desktest.Person) switchboard.Credentials {
	facts := desktest.Value[[]string](p, `[...document.querySelectorAll("main .facts dd")].map(x => x.textContent)`)
	return switchboard.Credentials{InitiatorID: facts[0], DeveloperKey: facts[1], AccessKey: switchboard.Secret(secretTold(p))}
}

// asks makes a request with credentials.
func asks(t *testing.T, a *apptest.App, c switchboard.Credentials) error {
	t.Helper()
	_, err := switchboard.NewClient(a.URL, c).Requests(t.Context(), switchboard.RequestQuery{})
	return err
}

// TestPartnerBlocked: a block on the partner stands on its page as soon as somebody places it.
func TestPartnerBlocked(t *testing.T) {
	t.Parallel()
	a, p := desk(t)
	p.Open("/partners/" + sandbox.PartnerID)
	p.Sees("No block stands against the whole partner")
	p.Live()
	if _, err := a.Operator.PlaceBlock(t.Context(), switchboard.NewBlock{Partner: sandbox.PartnerID, Owner: "fraud", Reason: "Ghost agents in Patna"}); err != nil {
		t.Fatal(err)
	}
	p.Sees("Ghost agents in Patna")
}

// TestSignatureDoctor: of each refused request the page says what was wrong with it, in plain words.
func TestSignatureDoctor(t *testing.T) {
	t.Parallel()
	a, p := desk(t)
	now := func(off time.Duration) string { return strconv.FormatInt(time.Now().Add(off).UnixMilli(), 10) }
	right := func(stamp string) [3]string {
		return [3]string{sandbox.DeveloperKey, sign.EPS(sandbox.AccessKey, stamp), stamp}
	}
	for _, c := range []struct {
		headers [3]string
		sees    string
	}{
		{right(now(-time.Hour)), "The timestamp was too old or too far ahead."},
		{right(strconv.FormatInt(time.Now().Unix(), 10)), "The timestamp was in seconds."},
		{right("yesterday"), "The timestamp was not a number."},
		{[3]string{sandbox.DeveloperKey, sign.EPS("another key", now(0)), now(0)}, "The signature did not match."},
		{[3]string{sandbox.DeveloperKey, "", now(0)}, "A header of the signature was missing."},
	} {
		knock(t, a, c.headers)
		p.Open("/partners/" + sandbox.PartnerID + "/requests?failed=yes")
		p.Sees(c.sees)
	}
	looked(p, "requests")
	p.Open("/partners/" + sandbox.PartnerID)
	p.Sees("The signature did not match.")
	looked(p, "partner")
}

// knock sends a request with the three headers of a signature.
func knock(t *testing.T, a *apptest.App, headers [3]string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, a.URL+"/v1/requests", nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, name := range []string{sign.DeveloperKeyHeader, sign.SignatureHeader, sign.TimestampHeader} {
		if headers[i] != "" {
			r.Header.Set(name, headers[i])
		}
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
}

// TestRequestsByPage: the log goes on by key.
func TestRequestsByPage(t *testing.T) {
	t.Parallel()
	a, p := desk(t)
	for range 60 {
		if _, err := a.Sandbox().Requests(t.Context(), switchboard.RequestQuery{Limit: 1}); err != nil {
			t.Fatal(err)
		}
	}
	p.Open("/partners/" + sandbox.PartnerID + "/requests")
	p.Leave(func() { p.Press("main .more a") })
	p.Wait(`document.querySelectorAll(".requests > li").length === 10`)
}

// TestOnlyLooks: who may only look sees all pages of these areas, and no form on any of them.
func TestOnlyLooks(t *testing.T) {
	t.Parallel()
	a := apptest.New(t, apptest.Options{})
	token, err := a.Operator.AddOperator(t.Context(), switchboard.NewDeskOperator{Name: "wambui", Roles: []string{"viewer"}})
	if err != nil {
		t.Fatal(err)
	}
	p := desktest.Start(t).Person(t, "http://"+a.At.Operator)
	p.Bear(token.Token)
	for _, path := range []string{"/members", "/members/" + sandbox.MSISDN, "/ladders", "/ladders/OTP", "/channels", "/channels/" + sandbox.ChannelID,
		"/partners", "/partners/" + sandbox.PartnerID, "/partners/" + sandbox.PartnerID + "/requests"} {
		p.Open(path)
		p.Wait(`document.querySelector("main h1")`)
		if at := p.At(); at != path || p.Has("main form[method=post]") {
			t.Errorf("%s: at %s, or there is a form", path, at)
		}
	}
}

// TestCauses: the doctor has a word and a remedy for every cause that a request can be refused for.
func TestCauses(t *testing.T) {
	t.Parallel()
	var texts map[string]any
	b, err := os.ReadFile("text/en/partners.json")
	if err == nil {
		err = json.Unmarshal(b, &texts)
	}
	if err != nil {
		t.Fatal(err)
	}
	causes := []string{"no_token", "wrong_token", "dead_token", "address_not_permitted"} // of the gate itself
	for c := sign.MissingHeader; c.String() != "none"; c++ {
		causes = append(causes, c.String())
	}
	for v := sign.First; v.String() != "none"; v++ {
		if !v.OK() {
			causes = append(causes, v.String())
		}
	}
	for _, c := range causes {
		if texts["cause."+c] == nil || texts["cause."+c+".remedy"] == nil {
			t.Errorf("the doctor does not know %s", c)
		}
	}
}
