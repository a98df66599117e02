package console_test

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"sync/atomic"
	"testing"

	"github.com/switchboard-platform/switchboard/internal/apptest"
	"github.com/switchboard-platform/switchboard/internal/config"
	"github.com/switchboard-platform/switchboard/internal/desktest"
	"github.com/switchboard-platform/switchboard/internal/sandbox"
)

// receiver is a partner's: it answers 500 while it is down.
func receiver(t *testing.T) (url string, down *atomic.Bool) {
	t.Helper()
	down = &atomic.Bool{}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if down.Load() {
			http.Error(w, "closed for the night", http.StatusInternalServerError)
		}
	}))
	t.Cleanup(s.Close)
	return s.URL, down
}

// endpointStory is an endpoint of a partner's from its making to its end.
type endpointStory struct {
	*desktest.Person
	t    *testing.T
	a    *apptest.App
	url  string // of the partner's receiver
	down *atomic.Bool
	path string // of its page
}

func TestWebhooks(t *testing.T) {
	t.Parallel()
	a := apptest.New(t, apptest.Options{Config: func(c *config.Config) {
		c.WebhookAllowHTTP, c.WebhookAllowNetworks = true, []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}
	}})
	s := &endpointStory{Person: desktest.Start(t).Person(t, "http://"+a.At.Operator), t: t, a: a}
	s.SignIn(sandbox.OperatorName, sandbox.OperatorPassword)
	s.url, s.down = receiver(t)
	s.make()
	s.deliver()
	s.change()
	s.renewAndRemove()

	// A reviewer is shown what there is, and changes nothing.
	s.SignIn(sandbox.ReviewerName, sandbox.OperatorPassword)
	s.Open("/webhooks")
	if s.Has("main form") {
		t.Error("a reviewer is shown a form")
	}
}

// make fills in the form, at first with what is no event; its secret is told once.
func (s *endpointStory) make() {
	p := s.Person
	p.Open("/webhooks")
	p.Sees("No partner is told of changes yet")
	sound(p, "webhooks-empty")
	p.Allow(`status of 4\d\d`)
	form := unfold(p, "/webhooks")
	p.Fill(form+" [name=url]", s.url+"/events")
	p.Fill(form+" [name=description]", "Settlement, Nairobi")
	p.Fill(form+" [name=kinds]", "agent.status_changed, block.pleased")
	p.Send(form)
	p.Sees("which no event is")
	if got := desktest.Value[string](p, `document.querySelector("[name=description]").value`); got != "Settlement, Nairobi" {
		s.t.Errorf("the form forgot the description: %q", got)
	}
	p.Axe()
	p.Fill(form+" [name=kinds]", "agent.*")
	p.Send(form)
	p.Wait(`document.querySelector(".secret")`)
	sound(p, "webhooks-secret")
	p.Leave(func() { p.Press("main a.button") })
	s.path = p.At()
}

// deliver sends a test, which arrives, and a change, which does not while the receiver is down.
func (s *endpointStory) deliver() {
	p := s.Person
	p.Send(unfold(p, s.path+"/test"))
	p.Sees("Delivery 1")
	p.Wait(`document.querySelector(".head .tag").innerText === "arrived"`)
	sound(p, "webhooks-delivery")
	s.down.Store(true)
	stalls(s.t, s.a, 2)
	p.Open(s.path)
	p.Wait(`document.body.innerText.includes("No delivery has arrived since")`)
	sound(p, "webhook-failing")
	p.Open("/webhooks")
	p.Sees("failing")
	sound(p, "webhooks")
	p.Open(s.path + "/deliveries/2")
	p.Sees("HTTP 500")
	sound(p, "webhooks-delivery-failed")
}

// change changes, disables and enables it, and delivers everything again.
func (s *endpointStory) change() {
	p := s.Person
	p.Open(s.path)
	form := unfold(p, s.path+"?do=change")
	p.Fill(form+" [name=services]", "not a code!")
	p.Send(form)
	p.Sees("which is no service code")
	p.Fill(form+" [name=services]", "45")
	p.Send(form)
	p.Sees("The endpoint was changed")
	p.Send(unfold(p, s.path+"?do=disable"))
	p.Sees("An operator disabled it")
	sound(p, "webhook-disabled")
	s.down.Store(false)
	p.Send(unfold(p, s.path+"?do=enable"))
	p.Sees("The endpoint is enabled")
	p.Wait(`!document.querySelector("main td .tag.warn")`)
	form = unfold(p, s.path+"/redeliver")
	p.Choose(form+" [name=since]", "2020-01-01T00:00")
	p.Press(form + " [name=all]")
	p.Send(form)
	p.Sees("To be delivered again: 3")
	p.Open(s.path + "/deliveries/1")
	p.Wait(`document.querySelector(".head .tag").innerText === "arrived" || document.querySelector(".head .tag").innerText === "waiting"`)
	p.Wait(`document.querySelector("form[action$='/redeliver']")`)
	p.Send(unfold(p, s.path+"/redeliver"))
	p.Sees("To be delivered again: 1")
}

// renewAndRemove makes a new secret, and ends it.
func (s *endpointStory) renewAndRemove() {
	p := s.Person
	p.Open(s.path)
	form := unfold(p, s.path+"/secrets")
	p.Fill(form+" [name=overlap]", "soon")
	p.Send(form)
	p.Sees("overlap")
	p.Fill(form+" [name=overlap]", "30m")
	p.Send(form)
	p.Wait(`document.querySelector(".secret")`)
	p.Leave(func() { p.Press("main a.button") })
	p.Sees("Secret 2")
	p.Send(unfold(p, s.path+"/remove"))
	p.Sees("The endpoint was removed")
}
