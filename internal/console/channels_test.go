package console_test

import (
	"testing"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/apptest"
	"github.com/switchboard-platform/switchboard/internal/desktest"
	"github.com/switchboard-platform/switchboard/internal/sandbox"
)

// channelStory is a channel from its making to its end. Its secrets are told once, and open the door as long as they say.
type channelStory struct {
	*desktest.Person
	t             *testing.T
	a             *apptest.App
	first, second string // its secrets
}

const nairobi = "/channels/ussd-nairobi"

func TestChannel(t *testing.T) {
	t.Parallel()
	a, p := desk(t)
	s := &channelStory{Person: p, t: t, a: a}
	s.make()
	s.rotate()
	s.change()
	s.end()
	p.Open("/channels")
	looked(p, "channels")
	p.Allow("404")
	p.Open("/channels/nobody")
	p.Sees("There is no channel nobody")
}

// opens says whether a secret opens the door.
func (s *channelStory) opens(secret string) bool {
	c := switchboard.NewMobileClient(s.a.URL, "ussd-nairobi", switchboard.Secret(secret))
	_, err := c.MOCheckUser(s.t.Context(), switchboard.MOCheckUserRequest{MSISDN: sandbox.MSISDN})
	return err == nil
}

func (s *channelStory) make() {
	p := s.Person
	p.Open("/channels")
	p.Sees(sandbox.ChannelID)
	p.Allow("400")
	form := opened(p, "/channels")
	p.Fill(form+" [name=id]", "ussd-nairobi")
	p.Fill(form+" [name=name]", "USSD gateway, Nairobi")
	p.Fill(form+" [name=addresses]", "somewhere")
	p.Send(form)
	p.Sees("neither an address nor a network")
	if got := value(p, form+" [name=name]"); got != "USSD gateway, Nairobi" {
		s.t.Errorf("the form forgot the name: %q", got)
	}
	p.Fill(form+" [name=addresses]", "127.0.0.0/8, 192.0.2.7")
	p.Send(form)
	p.Sees("Channel ussd-nairobi is added")
	s.first = secretTold(p)
	if !s.opens(s.first) {
		s.t.Error("the secret that was told opens no door")
	}
	p.Leave(func() { p.Press("main a.button.main") })
	p.Sees("127.0.0.0/8")
}

func (s *channelStory) rotate() {
	p := s.Person
	p.Send(opened(p, nairobi+"/secrets"))
	p.Sees("The new secret of ussd-nairobi")
	s.second = secretTold(p)
	if s.first == s.second || !s.opens(s.first) || !s.opens(s.second) {
		s.t.Error("after the rotation, not both secrets open the door")
	}
	p.Open(nairobi)
	p.Sees("expiring")
	looked(p, "channel")
	p.Allow("409")
	p.Send(opened(p, nairobi+"/secrets"))
	p.Sees("has 2 live secrets")
}

func (s *channelStory) change() {
	p := s.Person
	form := opened(p, nairobi)
	p.Fill(form+" [name=rate]", "many")
	p.Send(form)
	p.Sees("must be a number")
	p.Fill(form+" [name=rate]", "25")
	p.Fill(form+" [name=addresses]", "")
	p.Send(form)
	p.Sees("tick below that none is meant")
	p.Press(form + " [name=any]")
	p.Send(form)
	p.Sees("The channel is changed")
	list, err := s.a.Operator.Channels(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	for _, c := range list {
		if c.ID == "ussd-nairobi" && (c.Rate != 25 || len(c.Addresses) != 0 || c.Name != "USSD gateway, Nairobi") {
			s.t.Errorf("%+v", c)
		}
	}
}

func (s *channelStory) end() {
	p := s.Person
	p.Press(`main .secrets > li:last-child summary`)
	p.Leave(func() { p.Press(`main .secrets > li:last-child button`) })
	p.Sees("The secret is revoked")
	if s.opens(s.first) == s.opens(s.second) {
		s.t.Error("not one of the two secrets was revoked")
	}
	form := opened(p, nairobi+"/revoke")
	p.Fill(form+" [name=confirm]", "ussd")
	p.Send(form)
	p.Sees("as a sign that you mean it")
	p.Fill(form+" [name=confirm]", "ussd-nairobi")
	p.Send(form)
	p.Sees("The channel is revoked")
	if s.opens(s.first) || s.opens(s.second) {
		s.t.Error("a revoked channel is let in")
	}
}
