package console_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/console"
	"github.com/switchboard-platform/switchboard/internal/desktest"
	"github.com/switchboard-platform/switchboard/internal/sandbox"
)

// stop is a page that the tour stops at.
type stop struct {
	page string // its template, and the name of the picture up to a "."
	path string
	do   func(*desktest.Person) // what leads to it, or happens there
}

// height is how much of a page stands on its picture, at most: over a page that is longer than the window, a dialog is not.
func (s stop) height() int {
	if s.page == "keys" {
		return 900
	}
	return tourHeight
}

// The pictures of the tour.
const (
	tourWidth, phoneWidth = 1440, 390
	tourHeight            = 1300 // at most
)

// TestTour opens every page of a network that has been at work for a week, and looks at each as a program can. With
// SWITCHBOARD_TOUR=DIR the network is a large one, and it takes pictures for people.
func TestTour(t *testing.T) {
	t.Parallel()
	dir, agents := os.Getenv("SWITCHBOARD_TOUR"), 300
	if dir == "" {
		agents = 48
	}
	n := fill(t, agents)
	p := desktest.Start(t).Person(t, "http://"+n.At.Operator)
	p.Zone("Asia/Kolkata")
	refusedForms(p)
	p.Open("/signin")
	tourStop(p, stop{page: "signin"}, dir)
	p.SignIn(sandbox.OperatorName, sandbox.OperatorPassword)
	n.ago(0)
	stops := n.stops()
	complete(t, stops)
	for _, s := range stops {
		if only := os.Getenv("SWITCHBOARD_TOUR_ONLY"); only == "" || regexp.MustCompile(only).MatchString(s.page) {
			tourStop(p, s, dir)
		}
	}
}

// tourStop opens a page and looks at it; a picture is taken in light and in dark, and of some as on a phone.
func tourStop(p *desktest.Person, s stop, dir string) {
	p.Look(tourWidth, 900, false)
	if s.path != "" {
		p.Open(s.path)
	}
	if s.do != nil {
		s.do(p)
	}
	calm(p)
	p.SeesNot("⟦")
	if dir == "" {
		p.Axe()
		p.Look(360, 800, true)
		p.Fits()
		return
	}
	for _, v := range viewsOf(s.page) {
		p.Look(v.width, 900, v.dark)
		time.Sleep(250 * time.Millisecond) // maps and charts take the new size
		p.Picture(filepath.Join(dir, s.page+v.suffix+".png"), s.height())
	}
}

type view struct {
	width  int64
	dark   bool
	suffix string
}

// viewsOf are the views of a page that pictures are taken of.
func viewsOf(page string) []view {
	list := []view{{tourWidth, false, "-light"}, {tourWidth, true, "-dark"}}
	switch page {
	case "home", "agent", "review", "members":
		list = append(list, view{phoneWidth, false, "-phone"})
	}
	if os.Getenv("SWITCHBOARD_TOUR_SIZES") != "" {
		list = append(list, view{360, true, "-360"}, view{1920, false, "-1920"})
	}
	return list
}

// calm waits until scripts have drawn what they draw, and proved what they prove.
func calm(p *desktest.Person) {
	p.Wait(`document.readyState === "complete" && document.fonts.status === "loaded"`)
	p.Wait(`!document.querySelector("#map") || document.querySelector("#map").dataset.shown && !document.getElementById("main").dataset.refresh.trim()`)
	p.Wait(`!document.querySelector("[data-verify]") || document.querySelector("[data-verify]").dataset.done`)
	p.Wait(`[...document.querySelectorAll("[data-canvas]")].every(c => c.children.length)`)
	desktest.Value[bool](p, `(scrollTo(0, 0), document.activeElement?.blur(), true)`)
}

// stops are all pages, with something on each.
func (n *network) stops() []stop {
	latest, err := n.Operator.LatestEvent(n.t.Context())
	n.must(err)
	queue, err := n.Operator.Reviews(n.t.Context(), switchboard.ReviewQuery{Limit: 50})
	n.must(err)
	review, second := queue.Items[0], queue.Items[0]
	for _, r := range queue.Items {
		if r.Confirm {
			second = r
		}
		if r.ServiceCode == "45" {
			review = r
		}
	}
	blocks, err := n.Operator.Blocks(n.t.Context(), switchboard.BlockQuery{Agent: n.agents[0]})
	n.must(err)
	deliveries, err := n.Operator.Webhooks().Deliveries(n.t.Context(), n.hooks[1], switchboard.DeliveryQuery{Limit: 1})
	n.must(err)
	partner, hook, agent := "/partners/"+n.partners[0].Partner, "/webhooks/"+n.hooks[1], "/agents/"+n.agents[0]
	list := []stop{
		{page: "plan.applying", path: "/plans/" + n.plans["applying"]},
		{page: "find", path: "/find?q=verma"},
		{page: "agents", path: "/agents"}, {page: "agent", path: agent, do: func(p *desktest.Person) { p.Send("#ask form") }},
		{page: "agent.then", path: agent + "?at=" + time.Now().Add(-130*time.Hour).UTC().Format("2006-01-02T15:04")},
		{page: "imported", path: "/agents", do: func(p *desktest.Person) {
			give(p, "#import-file", "agents.csv", "user_code,first_name,mobile\n20810401,Otieno,7222333444\n20810402,Achieng,12\n")
			act(p, "/import")
		}},
		{page: "blocks", path: "/blocks"}, {page: "blocknew", path: "/blocks/new"}, {page: "block", path: "/blocks/" + blocks.Items[0].ID},
		{page: "reviews", path: "/reviews"}, {page: "review", path: "/reviews/" + review.UserCode + "/" + review.ServiceCode}, {page: "review.second", path: "/reviews/" + second.UserCode + "/" + second.ServiceCode},
		{page: "members", path: "/members"}, {page: "member", path: "/members/" + n.locked()},
		{page: "map", path: "/map"}, {page: "map.outside", path: "/map?service=45"},
		{page: "plans", path: "/plans"}, {page: "plannew", path: "/plans/new"}, {page: "plannew.activate", path: "/plans/new?action=activate"},
		{page: "partners", path: "/partners"}, {page: "partner", path: partner}, {page: "requests", path: partner + "/requests"},
		{page: "once", path: partner, do: func(p *desktest.Person) { p.Send(opened(p, partner+"/tokens")) }},
		{page: "channels", path: "/channels"}, {page: "channel", path: "/channels/ussd-nairobi"},
		{page: "services", path: "/services"}, {page: "service", path: "/services/61"},
		{page: "ladders", path: "/ladders"}, {page: "ladder", path: "/ladders/PASSWORD"},
		{page: "ladderpreview", path: "/ladders/PASSWORD", do: func(p *desktest.Person) {
			p.Fill(`main form[action="/ladders/PASSWORD"] [name="step.0.flag"]`, "BE_CAREFUL")
			p.Send(`main form[action="/ladders/PASSWORD"]`)
		}},
		{page: "webhooks", path: "/webhooks"}, {page: "webhook", path: hook}, {page: "delivery", path: hook + "/deliveries/" + strconv.FormatUint(deliveries.Items[0].Number, 10)},
		{page: "audit", path: "/audit"}, {page: "auditlog", path: "/audit/log"}, {page: "auditevent", path: "/audit/events/" + strconv.FormatUint(latest-20, 10)},
		{page: "operators", path: "/operators"}, {page: "switches", path: "/switches"}, {page: "account", path: "/account"}, {page: "passkeynew", path: "/account/passkeys/new"},
		{page: "problem", path: "/agents/nobody"},
		{page: "form", path: "/agents", do: func(p *desktest.Person) {
			act(p, "/agents", "first_name", "Wanjiku", "shop_name", "Wanjiku Traders", "mobile", "12")
		}},
		{page: "keys", path: "/reviews", do: func(p *desktest.Person) { p.Type("?") }},
	}
	for _, state := range []string{"draft", "stopped", "applied", "undone", "discarded", "filling"} {
		list = append(list, stop{page: "plan." + state, path: "/plans/" + n.plans[state]})
	}
	return append(list, stop{page: "home", path: "/?period=hour"}, stop{page: "home.day", path: "/?period=day"}, stop{page: "home.week", path: "/?period=week"},
		stop{page: "operators.again", path: "/operators", do: func(p *desktest.Person) {
			n.ago(-20 * time.Minute) // nothing here is a new sign-in any more
			desktest.Value[bool](p, `document.querySelector('form[action="/operators"] [name=role_viewer]').checked = true`)
			act(p, "/operators", "name", "amina")
		}})
}

// locked is a member whom wrong PINs have locked out.
func (n *network) locked() string {
	page, err := n.Operator.Members(n.t.Context(), switchboard.MemberQuery{})
	n.must(err)
	for _, m := range page.Items {
		if m.Password.Attempts >= 4 {
			return m.MSISDN
		}
	}
	return sandbox.MSISDN
}

// complete checks that the tour misses no page: each address that the console has, and each template.
func complete(t *testing.T, stops []stop) {
	t.Helper()
	c, err := console.New(console.Config{})
	if err != nil {
		t.Fatal(err)
	}
	hole := regexp.MustCompile(`\{[^}]+\}`)
	for _, pattern := range c.Pages() {
		r := regexp.MustCompile("^" + hole.ReplaceAllString(strings.TrimSuffix(pattern, "{$}"), "[^/]+") + "$")
		if !slices.ContainsFunc(stops, func(s stop) bool { path, _, _ := strings.Cut(s.path, "?"); return r.MatchString(path) }) {
			t.Errorf("the tour misses %s", pattern)
		}
	}
	files, err := os.ReadDir("templates/pages")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		name := strings.TrimSuffix(f.Name(), ".html")
		if name != "signin" && !slices.ContainsFunc(stops, func(s stop) bool { page, _, _ := strings.Cut(s.page, "."); return page == name }) {
			t.Errorf("the tour misses the page %s", name)
		}
	}
}
