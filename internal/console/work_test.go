package console_test

import (
	"fmt"
	"os"
	"testing"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/apptest"
	"github.com/switchboard-platform/switchboard/internal/desktest"
	"github.com/switchboard-platform/switchboard/internal/sandbox"
)

// sound looks at a page as a program can, wide and light, narrow and dark.
func sound(p *desktest.Person, name string) {
	p.Axe()
	p.Look(360, 800, true)
	p.Axe()
	p.Fits()
	if os.Getenv("SWITCHBOARD_SHOTS") != "" {
		shot(p, name+"-360-dark")
		p.Look(1920, 1080, false)
		shot(p, name+"-1920-light")
		p.Look(1280, 900, true)
		shot(p, name+"-1280-dark")
	}
	p.Look(1280, 900, false)
	shot(p, name+"-1280-light")
}

// unfold opens the form that is sent to an address, and gives a selector of it.
func unfold(p *desktest.Person, to string) string {
	form := `main form[method=post][action="` + to + `"]`
	p.Wait(`document.querySelector('` + form + `')`)
	desktest.Value[bool](p, `(() => { const d = document.querySelector('`+form+`').closest("details"); if (d) d.open = true; return true })()`)
	return form
}

// stalls are agents that sell from a stall, in cities of India and Kenya.
func stalls(t *testing.T, a *apptest.App, n int) (codes []string) {
	t.Helper()
	towns := []struct{ city, state string }{{"Pune", "Maharashtra"}, {"Mumbai", "Maharashtra"}, {"Nashik", "Maharashtra"}, {"Nairobi", "Nairobi County"}, {"Mombasa", "Mombasa County"}}
	names := []string{"Asha Kirana", "Wanjiru Mobile", "Patil Stores", "Otieno Agencies", "Deshmukh Telecom"}
	for i := range n {
		code, town := fmt.Sprintf("3081%04d", i), towns[(i*i+i/3)%len(towns)]
		profile := switchboard.Profile{ShopName: names[i%len(names)], Mobile: fmt.Sprintf("98200%05d", i), Address: switchboard.Address{City: town.city, State: town.state}}
		if _, err := a.Operator.AddAgent(t.Context(), switchboard.NewAgent{Partner: sandbox.PartnerID, UserCode: code, Profile: profile}); err != nil {
			t.Fatal(err)
		}
		codes = append(codes, code)
	}
	return codes
}
