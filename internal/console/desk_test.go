package console_test

import (
	"os"
	"testing"

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
	_, p := desk(t)
	p.Open("/")
	p.Axe()
	shot(p, "home")
	p.Look(360, 800, true)
	p.Fits()
	shot(p, "home-360")
	p.Look(1280, 900, true)
	p.Open("/find?q=asha")
	p.Axe()
	shot(p, "find")
	p.Open("/map")
	p.Axe()
	shot(p, "map")
}
