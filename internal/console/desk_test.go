package console_test

import (
	"os"
	"strings"
	"testing"

	"github.com/switchboard-platform/switchboard/internal/apptest"
	"github.com/switchboard-platform/switchboard/internal/desktest"
)

// desk is a sandbox and somebody who may do everything, at a browser.
func desk(t *testing.T) (*apptest.App, *desktest.Person) {
	t.Helper()
	a := apptest.New(t, apptest.Options{})
	p := desktest.Start(t).Person(t, "http://"+a.At.Operator)
	token, err := os.ReadFile(a.Config.Data + "/operator.token")
	if err != nil {
		t.Fatal(err)
	}
	p.Bear(strings.TrimSpace(string(token)))
	return a, p
}

func TestHome(t *testing.T) {
	t.Parallel()
	_, p := desk(t)
	p.Open("/")
	p.Axe()
	if dir := os.Getenv("SWITCHBOARD_SHOTS"); dir != "" {
		p.Shot(dir + "/home.png")
	}
}
