package console_test

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/apptest"
	"github.com/switchboard-platform/switchboard/internal/desktest"
)

// seedAgents fills a sandbox with services and with agents in India and Kenya.
func seedAgents(t *testing.T, a *apptest.App) {
	t.Helper()
	for _, s := range []switchboard.Service{
		{Code: "45", Name: "Cash withdrawal (AePS)", Provider: "Yes Bank", Review: "before", Confirm: []string{"activation"}},
		{Code: "53", Name: "Money transfer", Provider: "Eko", Review: "after", VerifyDays: 365},
		{Code: "57", Name: "Bill payment (BBPS)", Review: "none", FenceCountry: "IN", FenceTolerance: 2000},
		{Code: "61", Name: "Gold loan", Review: "before", Confirm: []string{"approval", "lifting"}},
	} {
		done(t, a.Operator.SetService, s)
	}
	for _, n := range []switchboard.NewAgent{
		{UserCode: "20810301", Profile: person("Asha", "Verma", "Verma Mobile Point", "9876501234", "BVXPV1234K", "Varanasi", "Uttar Pradesh", "221001")},
		{UserCode: "20810302", Profile: person("Joseph", "Kamau", "Kamau General Store", "7123456780", "", "Nakuru", "Nakuru County", "20100")},
		{UserCode: "20810303", Profile: person("Lakshmi", "Narayanan", "Sri Murugan Stores", "9840012345", "AKLPN9876C", "Madurai", "Tamil Nadu", "625001")},
	} {
		n.Partner = "sandbox"
		done(t, a.Operator.AddAgent, n)
	}
	places := map[string]string{"20810301": "25.3176,82.9739", "20810302": "-0.3031,36.0800", "20810303": "9.9252,78.1198"}
	for code, at := range places {
		if _, err := a.Operator.SetPlace(t.Context(), code, switchboard.Place{LatLong: at}); err != nil {
			t.Fatal(err)
		}
	}
}

func person(first, last, shop, mobile, pan, city, state, pin string) switchboard.Profile {
	return switchboard.Profile{FirstName: first, LastName: last, ShopName: shop, Mobile: mobile, PAN: pan, DOB: "1987-04-12", Email: "shop@example.org",
		Address: switchboard.Address{Line: "12 Market Road", City: city, State: state, Pincode: pin}}
}

// done does something that the API takes whole.
func done[In, Out any](t *testing.T, do func(context.Context, In) (Out, error), in In) Out {
	t.Helper()
	out, err := do(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// change changes a service of an agent.
func change(t *testing.T, op *switchboard.Operator, agent, service, command string, n switchboard.ServiceCommand) {
	t.Helper()
	if _, err := op.ChangeService(t.Context(), agent, service, command, n); err != nil {
		t.Fatal(err)
	}
}

// views takes pictures of a page at three widths, in light and dark, where they are asked for.
func views(p *desktest.Person, name string) {
	dir := os.Getenv("SWITCHBOARD_SHOTS")
	if dir == "" {
		return
	}
	for _, l := range []struct {
		suffix string
		width  int64
		dark   bool
	}{{"", 1280, false}, {"-dark", 1280, true}, {"-wide", 1920, false}, {"-narrow", 360, false}} {
		p.Look(l.width, 900, l.dark)
		desktest.Value[bool](p, "(scrollTo(0, 0), true)")
		p.Shot(dir + "/" + name + l.suffix + ".png")
	}
	p.Look(1280, 900, false)
}

// fits checks a page with axe, and that it fits a phone; and takes pictures of it, where they are asked for.
func fits(t *testing.T, p *desktest.Person, name string) {
	t.Helper()
	if desktest.Value[bool](p, `document.body.textContent.includes("⟦")`) {
		t.Errorf("%s lacks a text", p.At())
	}
	p.Axe()
	p.Look(360, 800, true)
	p.Fits()
	p.Axe()
	p.Look(1280, 900, false)
	views(p, name)
}

// act opens what asks for a word first, and sends its form; fields are pairs of names and values.
func act(p *desktest.Person, form string, fields ...string) {
	open := `(() => { const f = document.querySelector('form[method=post][action="` + form + `"]'); for (let d = f; d = d.parentElement?.closest("details");) d.open = true; return true })()`
	desktest.Value[bool](p, open)
	selector := `form[action="` + form + `"]`
	for i := 0; i+1 < len(fields); i += 2 {
		p.Choose(selector+` [name="`+fields[i]+`"]`, fields[i+1])
	}
	p.Send(selector)
}

// twoDesks is a sandbox and two people at a browser each, who have not signed in.
func twoDesks(t *testing.T) (*apptest.App, *desktest.Person, *desktest.Person) {
	t.Helper()
	a, m := apptest.New(t, apptest.Options{}), desktest.Start(t)
	return a, m.Person(t, "http://"+a.At.Operator), m.Person(t, "http://"+a.At.Operator)
}

// refusedForms says that the browser will complain of forms that the API refuses.
func refusedForms(p *desktest.Person) { p.Allow(`status of 4\d\d`) }

func TestAgents(t *testing.T) {
	t.Parallel()
	a, p := desk(t)
	refusedForms(p)
	seedAgents(t, a)
	p.Open("/agents")
	for _, text := range []string{"20810301", "Asha Verma", "Kamau General Store", "Madurai, Tamil Nadu"} {
		p.Sees(text)
	}
	fits(t, p, "agents")

	p.Press("details.act summary")
	p.Fill("#agents-first-name", "Wanjiku")
	p.Fill("#agents-shop-name", "Wanjiku Traders")
	p.Choose("#agents-mobile", "12")
	p.Send(`form[action="/agents"][method=post]`)
	p.Sees("must be ten digits")
	if got := desktest.Value[string](p, `document.querySelector("#agents-first-name").value`); got != "Wanjiku" {
		t.Errorf("what was typed is lost: %q", got)
	}
	p.Axe()
	p.Fill("#agents-mobile", "7111222333")
	p.Send(`form[action="/agents"][method=post]`)
	p.Sees("was added")
	p.Sees("Wanjiku Traders")
	p.Sees("No service was ever asked for")

	attach := `(() => { const d = new DataTransfer(); d.items.add(new File(["user_code,first_name,mobile\n20810401,Otieno,7222333444\n20810402,Achieng,12\n"], "agents.csv"));
		document.querySelector("#import-file").files = d.files; return true })()`
	for _, dry := range []bool{true, false} {
		p.Open("/agents")
		desktest.Value[bool](p, attach)
		if !dry {
			desktest.Value[bool](p, `(document.querySelector("#import-dry-run").checked = false, true)`)
		}
		act(p, "/import")
		p.Sees("must be ten digits")
		fits(t, p, "agents-imported")
	}
	p.Open("/agents/20810401")
	p.Sees("Otieno")

	p.Open("/agents?partner=sandbox&after=99999999")
	p.Sees("No agents here")
	p.Axe()

	for i := range 55 {
		done(t, a.Operator.AddAgent, switchboard.NewAgent{Partner: "sandbox", UserCode: fmt.Sprintf("0%03d", i)})
	}
	p.Open("/agents")
	p.Sees("0000")
	p.Leave(func() { p.Type("n") })
	p.Sees("0054")
	p.Leave(func() { p.Type("jj"); p.Type("\r") })
	if p.At() != "/agents/0051" {
		t.Errorf("enter leads to %s", p.At())
	}
}

const asha = "/agents/20810301"

func TestAgentServices(t *testing.T) {
	t.Parallel()
	a, p := desk(t)
	refusedForms(p)
	seedAgents(t, a)
	p.Open(asha)
	p.Sees("No service was ever asked for")
	act(p, asha+"/services/57/activate")
	p.Sees("57 · Bill payment (BBPS) is on.")
	act(p, asha+"/services/45/activate", "latlong", "25.3200,82.9800")
	p.Sees("waits for a review")
	act(p, asha+"/services/53/activate", "comment", "Asked for by phone")
	p.Sees("to be verified")
	act(p, asha+"/services/57/deactivate", "comment", "Shop moved to Mirzapur")
	p.Sees("57 · Bill payment (BBPS) is off.")
	p.Sees("Shop moved to Mirzapur")
	act(p, asha+"/services/57/activate", "latlong", "north")
	if !p.Has(`form[action="` + asha + `/services/57/activate"] input[name=latlong][value=north]`) {
		t.Error("what was typed is lost")
	}
	act(p, asha+"/services/57/activate", "latlong", "25.3176,82.9739")
	p.Sees("57 · Bill payment (BBPS) is on.")
	act(p, asha+"/services/57/dates", "until", "2031-01-31T18:00")
	p.Sees("2031-01-31 18:00")
	act(p, asha+"/services/57/renew", "verify_by", "2030-06-30T12:00")
	p.Sees("was verified anew")
	p.Sees("2030-06-30 12:00")
	fits(t, p, "agent-services")
}

func TestAgentPerson(t *testing.T) {
	t.Parallel()
	a, p := desk(t)
	refusedForms(p)
	seedAgents(t, a)
	p.Open(asha)
	act(p, asha+"/standing", "standing", "suspended")
	p.Sees("Say why: a reason is required.")
	if got := desktest.Value[string](p, `document.querySelector('[name="standing"]').value`); got != "suspended" {
		t.Errorf("what was chosen is lost: %q", got)
	}
	act(p, asha+"/standing", "reason", "Papers are missing")
	p.Sees("no service can be used")
	act(p, asha+"/place", "latlong", "91,200")
	act(p, asha+"/place", "latlong", "25.2677,82.9913")
	p.Sees("The place was changed.")
	act(p, asha+"/devices", "devices", "MORPHO-1188 TAB-22")
	p.Sees("Registered devices: 2.")
	p.Sees("MORPHO-1188")
	fits(t, p, "agent-suspended")

	act(p, asha+"/standing", "standing", "closed", "reason", "Gave up the shop")
	act(p, asha+"/erase", "confirm", "20810302")
	p.Sees("must be the agent's code, 20810301")
	act(p, asha+"/erase", "confirm", "20810301")
	p.Sees("The personal data was erased.")
	p.Sees("Agent 20810301")
	p.SeesNot("Asha")
	fits(t, p, "agent-erased")
}

func TestAgentHistory(t *testing.T) {
	t.Parallel()
	a, p := desk(t)
	seedAgents(t, a)
	change(t, a.Operator, "20810301", "57", "activate", switchboard.ServiceCommand{})
	then := time.Now()
	for range 10 {
		change(t, a.Operator, "20810301", "57", "deactivate", switchboard.ServiceCommand{Comment: "Off for the night"})
		change(t, a.Operator, "20810301", "57", "activate", switchboard.ServiceCommand{})
	}
	p.Open(asha)
	p.SeesNot("Agent onboarded")
	p.Leave(func() { p.Press("#history .more a") })
	p.Sees("Agent onboarded")
	p.Leave(func() { p.Press(`#history a[href*="only=57"]`) })
	p.SeesNot("Agent onboarded")
	p.Sees("on → off")
	p.Open(asha + "?at=" + url.QueryEscape(then.Format(time.RFC3339Nano)))
	p.Sees("You are looking at the agent as it was on")
	p.Sees("never asked for → on")
	p.SeesNot("Off for the night")
	if p.Has("main form[method=post]") {
		t.Error("the past can be changed")
	}
	fits(t, p, "agent-then")
	p.Open(asha + "?at=tomorrow")
	p.Sees("must be a date")
	p.Axe()
}

func TestAgentAsked(t *testing.T) {
	t.Parallel()
	a, p := desk(t)
	refusedForms(p)
	seedAgents(t, a)
	change(t, a.Operator, "20810301", "57", "activate", switchboard.ServiceCommand{})
	p.Open(asha)
	p.Send("#ask form")
	p.Sees("Yes, they may.")
	p.Live()
	block := done(t, a.Operator.PlaceBlock, switchboard.NewBlock{Agent: "20810301", Service: "57", Owner: "fraud", Reason: "Unusual volume, case F-2291"})
	p.Sees("No, they may not.")
	p.Sees("The service is blocked for this agent by fraud.")
	p.Fill("#ask-place", "-1.2864,36.8172")
	p.Send("#ask form")
	p.Sees("outside the country IN")
	p.Sees("Receipt")
	fits(t, p, "agent-asked")
	p.Fill("#ask-place", "Nairobi")
	p.Send("#ask form")
	p.Sees("place")
	act(p, "/blocks/"+block.ID+"/lift", "reason", "Case closed")
	p.Sees("The block is lifted.")
	p.SeesNot("Unusual volume, case F-2291\nPlaced")
	act(p, "/blocks", "service", "57", "owner", "compliance", "reason", "Licence lapsed", "until", "2020-01-01T00:00")
	p.Sees("must be in the future")
	act(p, "/blocks", "until", "")
	p.Sees("The block stands.")
	if p.At() == "/blocks" {
		t.Error("the agent's page was left")
	}
	p.Sees("blocked for this agent by compliance")
}

// Whoever may only look is shown nothing to do.
func TestAgentLookedAt(t *testing.T) {
	t.Parallel()
	a, p := desk(t)
	seedAgents(t, a)
	change(t, a.Operator, "20810301", "45", "activate", switchboard.ServiceCommand{})
	block := done(t, a.Operator.PlaceBlock, switchboard.NewBlock{Agent: "20810301", Owner: "fraud", Reason: "Case F-2291"})
	p.Bear(done(t, a.Operator.AddOperator, switchboard.NewDeskOperator{Name: "viola", Roles: []string{"viewer"}}).Token)
	for _, path := range []string{"/agents", asha, "/blocks", "/blocks/new", "/blocks/" + block.ID, "/reviews", "/reviews/20810301/45"} {
		p.Open(path)
		if p.Has("main form[method=post]") {
			t.Errorf("%s shows a form to a viewer", path)
		}
		p.Axe()
	}
}
