package console_test

import (
	"net/url"
	"os"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/apptest"
	"github.com/switchboard-platform/switchboard/internal/config"
	"github.com/switchboard-platform/switchboard/internal/desktest"
	"github.com/switchboard-platform/switchboard/internal/sandbox"
)

// desk is a sandbox, with other settings perhaps, and somebody who may do everything, at a browser.
func desk(t *testing.T, settings ...func(*config.Config)) (*apptest.App, *desktest.Person) {
	t.Helper()
	a := apptest.New(t, apptest.Options{Config: func(c *config.Config) {
		for _, set := range settings {
			set(c)
		}
	}})
	p := desktest.Start(t).Person(t, "http://"+a.At.Operator)
	p.SignIn(sandbox.OperatorName, sandbox.OperatorPassword)
	return a, p
}

// shot takes a picture where somebody wants to look at the pages.
func shot(p *desktest.Person, name string) {
	if dir := os.Getenv("SWITCHBOARD_SHOTS"); dir != "" {
		p.Shot(dir + "/" + name + ".png")
	}
}

func TestHome(t *testing.T) {
	t.Parallel()
	a, p := desk(t)
	seedAgents(t, a)
	p.Open("/")
	p.Live()
	sums := `[...document.querySelectorAll("[data-chart=decisions] [data-sum]")].map(e => e.innerText).join(" ")`
	p.Wait(sums + ` === "0 0"`)

	change(t, a.Operator, "20810301", "57", "activate", switchboard.ServiceCommand{})
	change(t, a.Operator, "20810302", "53", "activate", switchboard.ServiceCommand{})
	p.Sees("Joseph Kamau") // waits for a review
	asks := switchboard.NewSwitch(a.URL, sandbox.SwitchToken)
	for agent, n := range map[string]int{"20810301": 3, "20810303": 2} {
		for range n {
			done(t, asks.Decide, switchboard.DecisionRequest{Agent: agent, Service: "57", Place: "25.3176,82.9739"})
		}
	}
	p.Open("/?period=day")
	p.Wait(sums + ` === "3 2"`)
	p.Sees("Never activated")
	p.Wait(`document.querySelectorAll("figure canvas").length === 4`)
	p.Wait(`document.querySelector("#decisions").textContent.includes('"counts"')`)
	pages(p, "/", "/?period=week")
	p.Type("g")
	p.Type("r")
	p.Wait(`location.pathname === "/reviews"`)
	p.Wait(`document.readyState === "complete" && document.getElementById("keys")`)
	p.Type("?")
	p.Wait(`document.getElementById("keys").open`)
	p.Axe()
}

func TestFind(t *testing.T) {
	t.Parallel()
	a, p := desk(t)
	seedAgents(t, a)
	result, err := a.Sandbox().ActivateService(t.Context(), "20810301", "57", switchboard.ActivateOptions{Reference: "REF-2026-7", LatLong: "25.3176,82.9739"})
	if err != nil {
		t.Fatal(err)
	}
	agent := "/agents/20810301"
	for _, c := range []struct{ text, path string }{
		{"20810301", agent}, {"asha ver", agent}, {"9876501234", agent}, {"BVXPV1234K", agent}, {"REF-2026-7", agent},
		{"254712345678", "/members/254712345678"}, {"sandbox", "/partners/sandbox"}, {sandbox.DeveloperKey, "/partners/sandbox"}, {"57", "/services/57"},
	} {
		for !p.Has(`main a[href='` + c.path + `']`) { // who is new is found a moment later
			p.Open("/find?q=" + url.QueryEscape(c.text))
		}
	}
	p.Open("/find?q=" + result.RequestID)
	p.Wait(`[...document.querySelectorAll("main a")].some(a => a.pathname.startsWith("/audit/events/"))`)
	pages(p, "/find", "/find?q=asha", "/find?q=nobodyofthisname")

	p.Open("/agents")
	p.Type("/")
	p.Wait(`document.activeElement.id === "find"`)
	p.Fill("#find", "asha")
	p.Wait(`[...document.querySelectorAll("#finds li")].some(li => li.innerText.includes("Asha Verma"))`)
	p.Axe()
	p.Fill("#find", "asha")
	p.Wait(`!document.getElementById("finds").hidden`)
	p.Type(kb.ArrowDown)
	p.Wait(`document.querySelector("#finds [aria-selected=true]")`)
	p.Leave(func() { p.Type(kb.Enter) })
	if at := p.At(); at != agent && at != "/agents/20810200" { // the sandbox's own agent is an Asha, too
		t.Errorf("the first that was found is at %s", at)
	}
}

func TestMap(t *testing.T) {
	t.Parallel()
	a, p := desk(t)
	seedAgents(t, a)
	change(t, a.Operator, "20810302", "57", "activate", switchboard.ServiceCommand{}) // for India alone, and this one is in Kenya
	p.Open("/map")
	p.Sees("agents fit")
	p.Wait(`document.querySelectorAll(".cluster").length === 3`)
	p.Wait(`document.querySelectorAll(".cluster.bad").length === 1`)
	pages(p, "/map")
	p.Open("/map?outside=yes")
	p.Wait(`document.querySelectorAll(".cluster").length === 1`)
	p.Live()
	place(t, a.Operator, "20810301", "-1.2864,36.8172")
	change(t, a.Operator, "20810301", "57", "activate", switchboard.ServiceCommand{})
	p.Wait(`Number(document.getElementById("map").dataset.shown) === 2`) // without a reload
	p.Open("/map?service=57&state=activated")
	p.Sees("2 agents fit")
	p.Open("/map")
	p.Wait(`document.querySelector(".cluster[alt*='20810303'], .cluster[title*='20810303']") !== null`)
	p.Leave(func() { p.Press(".cluster[title*='20810303']") })
	if at := p.At(); at != "/agents/20810303" {
		t.Errorf("the dot of an agent leads to %s", at)
	}
}

// place registers where an agent trades.
func place(t *testing.T, op *switchboard.Operator, agent, at string) {
	t.Helper()
	if _, err := op.SetPlace(t.Context(), agent, switchboard.Place{LatLong: at}); err != nil {
		t.Fatal(err)
	}
}
