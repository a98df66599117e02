package console_test

import (
	"strings"
	"testing"

	"github.com/switchboard-platform/switchboard/internal/config"
	"github.com/switchboard-platform/switchboard/internal/desktest"
	"github.com/switchboard-platform/switchboard/internal/sandbox"
)

// pages opens pages one after the other: each is readable for all, and fits where it is narrow.
func pages(p *desktest.Person, paths ...string) {
	for _, path := range paths {
		name := strings.Trim(strings.ReplaceAll(path, "/", "-"), "-")
		p.Look(1280, 900, false)
		p.Open(path)
		p.Axe()
		shot(p, name)
		p.Look(360, 800, true)
		p.Open(path)
		p.Fits()
		shot(p, name+"-narrow")
	}
	p.Look(1280, 900, false)
}

func TestSigningIn(t *testing.T) {
	t.Parallel()
	_, p := desk(t)
	p.Do()
	p.Leave(func() { p.Press(".person summary"); p.Press("form[action='/signout'] button") })
	p.Sees("You have signed out")
	p.Axe()
	shot(p, "signin")

	p.Allow("status of 401")
	p.Fill("input[name=name]", sandbox.OperatorName)
	p.Fill("input[name=password]", "guessed")
	p.Send("form[action='/signin']")
	if at := p.At(); at != "/signin" {
		t.Errorf("a wrong password leads to %s", at)
	}
	if name := desktest.Value[string](p, `document.querySelector("input[name=name]").value`); name != sandbox.OperatorName {
		t.Errorf("the name is lost: %q", name)
	}
	p.Axe()
	shot(p, "signin-wrong")

	p.Open("/services?removed=yes")
	if at := p.At(); !strings.HasPrefix(at, "/signin?to=") {
		t.Fatalf("who is not signed in is at %s", at)
	}
	p.Fill("input[name=name]", sandbox.ReviewerName)
	p.Fill("input[name=password]", sandbox.OperatorPassword)
	p.Send("form[action='/signin']")
	if at := p.At(); at != "/services?removed=yes" {
		t.Errorf("who has signed in is at %s", at)
	}
	for _, elsewhere := range []string{"//evil.example", "https://evil.example/", `/\evil.example`, "javascript:alert(1)"} {
		p.Open("/signin?to=" + elsewhere)
		if to := desktest.Value[string](p, `document.querySelector("input[name=to]").value`); to != "/" {
			t.Errorf("%s leads to %s", elsewhere, to)
		}
	}
}

func TestCatalogue(t *testing.T) {
	t.Parallel()
	a, p := desk(t)
	p.Open("/services")
	p.Press("summary[data-key=n]")
	form := "form[action='/services/new']"
	p.Fill(form+" [name=code]", "88")
	p.Fill(form+" [name=fence_distance]", "500")
	p.Fill(form+" [name=fence_country]", "Q1")
	p.Fill(form+" [name=name]", "Gold loans")
	p.Allow("status of 400")
	p.Send(form)
	p.Sees("fence_country")
	if name := desktest.Value[string](p, `document.querySelector("`+form+` [name=name]").value`); name != "Gold loans" {
		t.Errorf("what was typed is lost: %q", name)
	}
	p.Axe()
	p.Fill(form+" [name=fence_country]", "IN")
	p.Choose(form+" [name=review]", "before")
	p.Press(form + " [name=confirm_approval]")
	p.Send(form)
	p.Sees("Service 88 was saved")
	p.Sees("two to approve")
	pages(p, "/services", "/services/88")

	p.Press("summary[data-key=e]")
	p.Press("form[action='/services/88'] [name=confirm_approval]")
	p.Send("form[action='/services/88']")
	p.Sees("It takes a second person")
	p.Sees("asked for less strict rules")
	shot(p, "service-asked")

	p.Press("summary.bad")
	p.Fill("form[action='/services/88/remove'] [name=confirm]", "89")
	p.Send("form[action='/services/88/remove']")
	p.Sees("88")
	p.Fill("form[action='/services/88/remove'] [name=confirm]", "88")
	p.Send("form[action='/services/88/remove']")
	p.Sees("was taken out of the catalogue")
	list, err := a.Operator.Services(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range list {
		if s.Code == "88" && !s.Removed {
			t.Error("it is still in the catalogue")
		}
	}
}

func TestOperators(t *testing.T) {
	t.Parallel()
	a, p := desk(t, func(c *config.Config) {
		c.OpenIDIssuer, c.OpenIDClientID, c.OpenIDName = "https://id.example.com", "switchboard", "Example ID"
	})
	p.Open("/operators")
	p.Press("summary[data-key=n]")
	form := "form[action='/operators']"
	p.Allow("status of 400")
	p.Fill(form+" [name=name]", "asha")
	p.Send(form)
	p.Sees("Tick at least one role")
	p.Press(form + " [name=role_support]")
	p.Press(form + " [name=role_reviewer]")
	p.Send(form)
	p.Sees("asha was added")
	p.Axe()
	shot(p, "operator-added")
	password := desktest.Value[string](p, `document.querySelector(".secret").innerText`)
	p.Open("/operators")
	pages(p, "/operators", "/switches")
	p.Open("/operators")
	link := "form[action='/operators/asha/openid']"
	p.Press("details:has([action='/operators/asha/openid']) > summary")
	p.Fill(link+" [name=value]", "248289761001")
	p.Send(link)
	p.Sees("OpenID: 248289761001")
	p.Press("details:has([action='/operators/asha/openid']) > summary")
	p.Send("form[action='/operators/asha/openid/remove']")
	p.SeesNot("OpenID: 248289761001")

	asha := desktest.Start(t).Person(t, "http://"+a.At.Operator)
	asha.SignIn("asha", password)
	asha.Open("/agents")
	if at := asha.At(); at != "/account" {
		t.Errorf("whose password must be changed is at %s", at)
	}
	asha.Axe()
	shot(asha, "account-must")
	change := "form[action='/me/password']"
	asha.Fill(change+" [name=old]", password)
	asha.Fill(change+" [name=new]", "correct horse battery")
	asha.Fill(change+" [name=again]", "correct horse batter")
	asha.Allow("status of 400")
	asha.Send(change)
	asha.Sees("is not the same")
	asha.Fill(change+" [name=old]", password)
	asha.Fill(change+" [name=new]", "correct horse battery")
	asha.Fill(change+" [name=again]", "correct horse battery")
	asha.Send(change)
	asha.Sees("The password was changed")
	pages(asha, "/account")
	if asha.Open("/operators"); asha.Has("form[action='/operators']") {
		t.Error("who is no administrator is shown the form for operators")
	}

	p.Open("/operators")
	p.Press("details:has([action='/operators/asha/revoke']) > summary")
	p.Fill("form[action='/operators/asha/revoke'] [name=confirm]", "asha")
	p.Send("form[action='/operators/asha/revoke']")
	p.Sees("asha was revoked")
	asha.Wait(`location.pathname === "/signin"`) // her page heard of it
}
