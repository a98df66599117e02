package console_test

import (
	"os"
	"testing"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/apptest"
	"github.com/switchboard-platform/switchboard/internal/desktest"
	"github.com/switchboard-platform/switchboard/internal/sandbox"
)

// looked looks at a page as a program can, wide and light, narrow and dark: nothing that keeps people out, and nothing
// too wide for a phone.
func looked(p *desktest.Person, name string) {
	p.SeesNot("⟦") // a text that nobody wrote
	p.Axe()
	p.Look(360, 800, true)
	p.Axe()
	p.Fits()
	if dir := os.Getenv("SWITCHBOARD_SHOTS"); dir != "" {
		p.Shot(dir + "/" + name + "-360-dark.png")
		p.Look(1920, 1080, false)
		p.Shot(dir + "/" + name + "-1920-light.png")
		p.Look(1280, 900, true)
		p.Shot(dir + "/" + name + "-1280-dark.png")
		p.Look(1280, 900, false)
		p.Shot(dir + "/" + name + "-1280-light.png")
	}
	p.Look(1280, 900, false)
}

// opened opens the form that is sent to an address, and gives a selector of it.
func opened(p *desktest.Person, to string) string {
	form := `main form[method=post][action="` + to + `"]`
	p.Wait(`document.querySelector('` + form + `')`)
	desktest.Value[bool](p, `(() => { const d = document.querySelector('`+form+`').closest("details"); if (d) d.open = true; return true })()`)
	return form
}

// value is what stands in a field.
func value(p *desktest.Person, selector string) string {
	return desktest.Value[string](p, `document.querySelector('`+selector+`').value`)
}

// secretTold is the last secret that a page tells.
func secretTold(p *desktest.Person) string {
	return desktest.Value[string](p, `[...document.querySelectorAll(".secret")].at(-1).textContent`)
}

// gateway calls as the sandbox's channel.
func gateway(a *apptest.App) *switchboard.MobileClient {
	return switchboard.NewMobileClient(a.URL, sandbox.ChannelID, sandbox.ChannelSecret)
}

// guess sends wrong PINs in a member's name, from the SIM that is bound.
func guess(t *testing.T, a *apptest.App, msisdn, imsi string, times int) {
	t.Helper()
	for range times {
		r := switchboard.LoginRequest{MSISDN: msisdn, PIN: "9876", Device: switchboard.Device{Type: switchboard.DeviceIMSI, ID: imsi}}
		if _, err := gateway(a).Login(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
}

func TestMembers(t *testing.T) {
	t.Parallel()
	_, p := desk(t)
	p.Open("/members")
	p.Sees(sandbox.FullName)
	looked(p, "members")

	// A number that is nobody's is offered to be added, and a form that is refused keeps what was typed.
	p.Fill("#msisdn", "+254 733 100200")
	p.Send("main form.filters")
	p.Sees("Nobody here has the phone number 254733100200")
	form := opened(p, "/members")
	p.Fill(form+" [name=full_name]", "Akinyi Otieno")
	p.Fill(form+" [name=imsi]", "12")
	p.Allow("400")
	p.Send(form)
	p.Sees("must be 6 to 15 digits")
	if got := value(p, form+" [name=full_name]"); got != "Akinyi Otieno" {
		t.Errorf("the form forgot the name: %q", got)
	}
	p.Axe()
	p.Fill(form+" [name=imsi]", "639020000000777")
	p.Send(form)
	p.Sees("The member was added")
	p.Sees("Akinyi Otieno")

	p.Open("/members")
	p.Fill("#msisdn", "+"+sandbox.MSISDN)
	p.Send("main form.filters")
	if at := p.At(); at != "/members/"+sandbox.MSISDN {
		t.Errorf("looked up, and came to %s", at)
	}
	p.Allow("404")
	p.Open("/members/254700000000")
	p.Sees("404")
}

// TestMemberLocked: wrong PINs climb the ladder before one's eyes, and an operator clears them.
func TestMemberLocked(t *testing.T) {
	t.Parallel()
	a, p := desk(t)
	at := "/members/" + sandbox.MSISDN
	guess(t, a, sandbox.MSISDN, sandbox.IMSI, 3)
	p.Open(at)
	p.Sees("3 wrong attempts")
	p.Sees("next, at 4: suspended for 60 minutes")
	p.Live()
	guess(t, a, sandbox.MSISDN, sandbox.IMSI, 1)
	p.Sees("suspended until")
	looked(p, "member")

	form := opened(p, at+"/unlock")
	p.Fill(form+" [name=reason]", "Came to the branch in Kisumu with the ID")
	p.Send(form)
	p.Sees("nothing is counted against the member")
	if p.Has(`form[action="` + at + `/unlock"]`) {
		t.Error("there is nothing to unlock, and still a form for it")
	}
	m, err := a.Operator.Member(t.Context(), sandbox.MSISDN, 1)
	if err != nil || m.Password.Attempts != 0 || m.Events[0].Kind != "member.unlocked" || m.Events[0].Actor != "operator:"+sandbox.OperatorName {
		t.Errorf("%+v, %v", m, err)
	}
}

// TestMemberDevices binds and unbinds; a device that is none is refused.
func TestMemberDevices(t *testing.T) {
	t.Parallel()
	a, p := desk(t)
	at := "/members/" + sandbox.MSISDN
	p.Open(at)
	p.Allow("400")
	form := opened(p, at+"/bind")
	p.Fill(form+" [name=id]", "not a SIM")
	p.Fill(form+" [name=reason]", "New SIM, seen at the branch")
	p.Send(form)
	p.Sees("must be 6 to 15 digits")
	if got := value(p, form+" [name=id]"); got != "not a SIM" {
		t.Errorf("the form forgot the device: %q", got)
	}
	p.Fill(form+" [name=id]", "639020000000999")
	p.Send(form)
	p.Sees("The device is bound")
	p.Sees("639020000000999")

	form = opened(p, at+"/unbind")
	p.Press(form + " [name=sim]")
	p.Fill(form+" [name=reason]", "Phone stolen at Gikomba market")
	p.Send(form)
	p.Sees("The device is unbound")
	m, err := a.Operator.Member(t.Context(), sandbox.MSISDN, 0)
	if err != nil || m.IMSI != "" || m.AppID != "" {
		t.Errorf("%+v, %v", m, err)
	}
}

// TestMemberPIN: a PIN is told once, on a page of its own, and is good.
func TestMemberPIN(t *testing.T) {
	t.Parallel()
	a, p := desk(t)
	at := "/members/" + sandbox.MSISDN
	p.Open(at)
	form := opened(p, at+"/pin")
	p.Fill(form+" [name=reason]", "Forgot it; identified by phone")
	p.Send(form)
	p.Sees("The new PIN")
	looked(p, "once-pin")
	pin := secretTold(p)
	r, err := gateway(a).Login(t.Context(), switchboard.LoginRequest{MSISDN: sandbox.MSISDN, PIN: switchboard.Secret(pin), Device: switchboard.Device{Type: switchboard.DeviceIMSI, ID: sandbox.IMSI}})
	if err != nil || r.Status != switchboard.MobileSetPIN {
		t.Errorf("with the PIN %q: %+v, %v", pin, r, err)
	}
	p.Leave(func() { p.Press("main a.button.main") })
	if at := p.At(); at != "/members/"+sandbox.MSISDN {
		t.Errorf("back at %s", at)
	}
	p.SeesNot("The new PIN")
}

// TestMemberEnds: closed, opened, closed, and erased only by who types the number.
func TestMemberEnds(t *testing.T) {
	t.Parallel()
	a, p := desk(t)
	at := "/members/" + sandbox.NewMSISDN
	p.Open(at)
	for _, step := range []struct{ reason, sees string }{
		{"Moved to another bank", "The member is closed"}, {"Came back", "The member is open again"}, {"Left for good", "The member is closed"},
	} {
		form := opened(p, at+"/standing")
		p.Fill(form+" [name=reason]", step.reason)
		p.Send(form)
		p.Sees(step.sees)
	}
	p.Allow("400")
	form := opened(p, at+"/erase")
	p.Fill(form+" [name=confirm]", "254712345678")
	p.Send(form)
	p.Sees("as a sign that you mean it")
	p.Fill(form+" [name=confirm]", sandbox.NewMSISDN)
	p.Send(form)
	p.Sees("personal data is erased")
	p.SeesNot(sandbox.NewFullName)
	page, err := a.Operator.Members(t.Context(), switchboard.MemberQuery{})
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range page.Items {
		if m.MSISDN == m.ID {
			p.Open("/members/" + m.ID)
			p.Sees("The personal data of this member was erased")
			looked(p, "member-erased")
			return
		}
	}
	t.Error("no erased member is listed")
}

// TestMembersByPage: a list that is longer than a page goes on by key, and says so at its end.
func TestMembersByPage(t *testing.T) {
	t.Parallel()
	a, p := desk(t)
	for i := range 60 {
		n := switchboard.NewMember{MSISDN: "2547001000" + string(rune('0'+i/10)) + string(rune('0'+i%10)), FullName: "Member of the chama"}
		if _, err := a.Operator.AddMember(t.Context(), n); err != nil {
			t.Fatal(err)
		}
	}
	p.Open("/members")
	p.SeesNot(sandbox.MSISDN)
	p.Leave(func() { p.Press("main .more a") })
	p.Sees(sandbox.MSISDN)
	if p.Has("main .more a") {
		t.Error("the last page has another after it")
	}
}
