package admin_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/apptest"
	"github.com/switchboard-platform/switchboard/internal/sandbox"
)

// What was asked for anew since somebody looked is not approved by them, and neither is what else they did not see.
func TestApprovesWhatWasSeen(t *testing.T) {
	t.Parallel()
	a := apptest.New(t, apptest.Options{})
	ctx, op, code := t.Context(), a.Operator, sandbox.UserCode
	must(op.ChangeService(ctx, code, "1", "activate", switchboard.ServiceCommand{}))(t)
	seen := must(op.Agent(ctx, code, 0))(t).Version
	must(op.ChangeService(ctx, code, "1", "deactivate", switchboard.ServiceCommand{}))(t)
	must(op.ChangeService(ctx, code, "1", "activate", switchboard.ServiceCommand{Until: time.Now().AddDate(10, 0, 0)}))(t)
	for _, command := range []string{"approve", "reject", "deactivate"} {
		_, err := op.ChangeService(ctx, code, "1", command, switchboard.ServiceCommand{Comment: "as seen", IfVersion: seen})
		wantFault(t, err, "conflict")
	}
	_, err := op.SetDates(ctx, code, "1", switchboard.ServiceDates{Until: new(string), IfVersion: seen})
	wantFault(t, err, "conflict")

	seen = must(op.Agent(ctx, code, 0))(t).Version
	must(op.SetPlace(ctx, code, switchboard.Place{LatLong: "1,1"}))(t)
	_, err = op.ChangeService(ctx, code, "1", "approve", switchboard.ServiceCommand{IfVersion: seen})
	wantFault(t, err, "conflict")

	seen = must(op.Agent(ctx, code, 0))(t).Version
	must(op.ChangeService(ctx, code, "45", "activate", switchboard.ServiceCommand{}))(t) // another one is no matter
	if got := must(op.ChangeService(ctx, code, "1", "approve", switchboard.ServiceCommand{IfVersion: seen}))(t); got.Activation.Status != "ACTIVATED" {
		t.Errorf("what was seen is %+v when approved", got)
	}
}

// A change that somebody makes of what they looked at does not undo what others changed since. What is so already is so,
// whatever was seen.
func TestChangesWhatWasSeen(t *testing.T) {
	t.Parallel()
	bothWays(t, func(t *testing.T, _ *apptest.App, op *switchboard.Operator) {
		ctx, code, none := t.Context(), sandbox.UserCode, []string{}
		ch := must(op.AddChannel(ctx, switchboard.NewChannel{ID: "ussd", Name: "USSD"}))(t).Channel
		must(op.AddOperator(ctx, switchboard.NewDeskOperator{Name: "eve", Roles: []string{"fraud", "support"}}))(t)

		agentAt := must(op.Agent(ctx, code, 0))(t).Version
		partner := must(op.Partners(ctx))(t)[0]
		channel := find(t, must(op.Channels(ctx))(t), func(c switchboard.Channel) bool { return c.ID == ch })
		ladder := must(op.Ladders(ctx))(t)[0]
		service := find(t, must(op.Services(ctx))(t), func(s switchboard.Service) bool { return s.Code == "43" })
		name, other, devices, nets := "Renamed", "Otherwise", []string{"dev-1"}, []string{"10.0.0.0/8"}

		must(op.SetDevices(ctx, code, switchboard.DevicesChange{Devices: &devices}))(t)
		must(op.SetPartnerAddresses(ctx, partner.ID, nets))(t)
		must(op.SetChannel(ctx, ch, switchboard.ChannelChange{Name: &name, Addresses: &nets}))(t)
		changed := ladder
		changed.Steps = slices.Clone(ladder.Steps[:1])
		must(op.SetLadder(ctx, changed, false))(t)
		renamed := service
		renamed.Name = name
		must(op.SetService(ctx, renamed))(t)
		must(op.SetRoles(ctx, "eve", []string{"support"}))(t)

		late := map[string]func() error{
			"devices": func() error {
				_, err := op.SetDevices(ctx, code, switchboard.DevicesChange{Devices: &none, IfVersion: agentAt})
				return err
			},
			"place": func() error {
				_, err := op.SetPlace(ctx, code, switchboard.Place{LatLong: "2,2", IfVersion: agentAt})
				return err
			},
			"standing": func() error {
				_, err := op.SetStanding(ctx, code, switchboard.NewStanding{Standing: "closed", Reason: "x", IfVersion: agentAt})
				return err
			},
			"addresses": func() error { _, err := op.SetPartnerAddressesFrom(ctx, partner.ID, partner.Version, none); return err },
			"channel": func() error {
				_, err := op.SetChannel(ctx, ch, switchboard.ChannelChange{Addresses: &none, IfVersion: channel.Version})
				return err
			},
			"ladder": func() error {
				l := ladder
				l.IfVersion = &ladder.Version
				_, err := op.SetLadder(ctx, l, false)
				return err
			},
			"service": func() error {
				s := service
				s.Name, s.IfVersion = other, &service.Version
				_, err := op.SetService(ctx, s)
				return err
			},
			"roles": func() error {
				_, err := op.SetRolesFrom(ctx, "eve", []string{"fraud", "support"}, []string{"viewer", "fraud", "support"})
				return err
			},
		}
		for what, change := range late {
			t.Run(what, func(t *testing.T) { wantFault(t, change(), "conflict") })
		}
		if got := must(op.SetDevices(ctx, code, switchboard.DevicesChange{Devices: &devices, IfVersion: agentAt}))(t); got.Changed {
			t.Error("the same devices are a change")
		}
		if got := must(op.SetRolesFrom(ctx, "eve", []string{"support"}, []string{"viewer"}))(t); !got.Changed {
			t.Error("roles that are as they were seen do not change")
		}
	})
}

// The same block asked for twice is one: the second answer names the first.
func TestTheSameBlockTwice(t *testing.T) {
	t.Parallel()
	a := apptest.New(t, apptest.Options{})
	for _, n := range []switchboard.NewBlock{
		{Agent: sandbox.UserCode, Reason: "called twice"},
		{Agent: sandbox.UserCode, Service: "45", Reason: "called twice", Until: time.Now().Add(time.Hour)},
		{Service: "45", Reason: "called twice"},
		{Partner: sandbox.PartnerID, Reason: "called twice"},
	} {
		first := must(a.Operator.PlaceBlock(t.Context(), n))(t)
		if again := must(a.Operator.PlaceBlock(t.Context(), n))(t); again.ID != first.ID {
			t.Errorf("%+v asked for again is %s besides %s", n, again.ID, first.ID)
		}
		n.Reason = "another matter"
		if other := must(a.Operator.PlaceBlock(t.Context(), n))(t); other.ID == first.ID {
			t.Errorf("%+v is taken for another block", n)
		}
		must(a.Operator.LiftBlock(t.Context(), first.ID, switchboard.BlockLift{Reason: "over"}))(t)
		n.Reason = "called twice"
		if anew := must(a.Operator.PlaceBlock(t.Context(), n))(t); anew.ID == first.ID {
			t.Errorf("%+v is not placed anew when it was lifted", n)
		}
	}
}

// What is done to a member is done to the one who was seen: neither an unbinding nor a closing for fraud is undone, nor a
// suspension that came since. One more wrong PIN, which led to nothing, is no matter.
func TestMemberAsSeen(t *testing.T) {
	t.Parallel()
	bothWays(t, func(t *testing.T, a *apptest.App, op *switchboard.Operator) {
		ctx, n := t.Context(), sandbox.MSISDN
		guess := func() { login(t, a, n, "9876", bySIM(sandbox.IMSI)) }
		guess()
		version := func() uint64 { return must(op.Member(ctx, n, 0))(t).Version }
		seen := version()
		must(op.UnbindDevices(ctx, n, switchboard.Unbinding{Devices: []string{"APP_ID"}, Reason: "fraud"}))(t)
		for what, late := range map[string]func(uint64) error{
			"bind": func(seen uint64) error {
				_, err := op.BindDevice(ctx, n, switchboard.NewBinding{Type: "APP_ID", ID: "app-9", Reason: "late", IfVersion: seen})
				return err
			},
			"unbind": func(seen uint64) error {
				_, err := op.UnbindDevices(ctx, n, switchboard.Unbinding{Devices: []string{"IMSI"}, Reason: "late", IfVersion: seen})
				return err
			},
			"unlock": func(seen uint64) error {
				_, err := op.UnlockMember(ctx, n, switchboard.Because{Reason: "late", IfVersion: seen})
				return err
			},
			"standing": func(seen uint64) error {
				_, err := op.SetMemberStanding(ctx, n, switchboard.MemberStanding{Standing: "closed", Reason: "late", IfVersion: seen})
				return err
			},
			"PIN": func(seen uint64) error {
				_, err := op.IssuePIN(ctx, n, switchboard.Because{Reason: "late", IfVersion: seen})
				return err
			},
		} {
			t.Run(what, func(t *testing.T) { wantFault(t, late(seen), "conflict") })
		}

		seen = version()
		for range 3 { // the last of them suspends
			guess()
		}
		if m := must(op.Member(ctx, n, 0))(t); m.Password.State != "suspended" {
			t.Fatalf("the member is %+v", m.Password)
		}
		_, err := op.UnlockMember(ctx, n, switchboard.Because{Reason: "mistyped once", IfVersion: seen})
		wantFault(t, err, "conflict")
		must(op.UnlockMember(ctx, n, switchboard.Because{Reason: "and four times", IfVersion: version()}))(t)

		seen = version()
		guess()
		if c := must(op.UnlockMember(ctx, n, switchboard.Because{Reason: "mistyped", IfVersion: seen}))(t); !c.Changed {
			t.Error("a wrong PIN that led to nothing keeps an unlock back")
		}
	})
}

// Who makes a service that there was not does not change one that another made meanwhile.
func TestNewServiceIsNew(t *testing.T) {
	t.Parallel()
	a := apptest.New(t, apptest.Options{})
	ctx, op := t.Context(), a.Operator
	first := switchboard.Service{Code: "new", Name: "Gold loan", Review: "before", IfVersion: new(uint64)}
	for _, want := range []bool{true, false} { // the answer may have been lost
		if c := must(op.SetService(ctx, first))(t); c.Changed != want {
			t.Errorf("a new service is a change: %t", c.Changed)
		}
	}
	second := switchboard.Service{Code: "new", Name: "Gold loan", IfVersion: new(uint64)}
	_, err := op.SetService(ctx, second)
	wantFault(t, err, "conflict")
	must(op.RemoveService(ctx, "new"))(t)
	second.Restore = true
	_, err = op.SetService(ctx, second)
	wantFault(t, err, "conflict")
	second.IfVersion = nil // does not ask
	must(op.SetService(ctx, second))(t)
}

// Neither an endpoint that leads elsewhere is switched on, nor a guard against replays loosened that another tightened, and
// of a document of two ladders of which one has changed neither is taken.
func TestOpensWhatWasSeen(t *testing.T) {
	t.Parallel()
	bothWays(t, func(t *testing.T, _ *apptest.App, op *switchboard.Operator) {
		ctx, hooks := t.Context(), op.Webhooks()
		hook := must(hooks.Add(ctx, switchboard.NewWebhook{Partner: sandbox.PartnerID, URL: "https://hooks.example.com/a"}))(t).Webhook.ID
		seen := must(hooks.Set(ctx, hook, switchboard.WebhookChange{Enabled: new(bool)}))(t).Version
		partner := must(op.Partners(ctx))(t)[0]
		must(op.SetReplay(ctx, sandbox.DeveloperKey, "strict"))(t) // of the same partner, and nothing to the endpoint
		_, err := op.SetReplayFrom(ctx, sandbox.DeveloperKey, partner.Version, "observe")
		wantFault(t, err, "conflict")

		on, elsewhere := true, "https://elsewhere.example.com/"
		must(hooks.Set(ctx, hook, switchboard.WebhookChange{URL: &elsewhere, IfVersion: seen}))(t)
		_, err = hooks.Set(ctx, hook, switchboard.WebhookChange{Enabled: &on, IfVersion: seen})
		wantFault(t, err, "conflict")
		now := must(hooks.Get(ctx, hook))(t)
		if got := must(hooks.Set(ctx, hook, switchboard.WebhookChange{Enabled: &on, IfVersion: now.Version}))(t); got.State != "enabled" {
			t.Errorf("the endpoint is %+v", got)
		}

		both := `<X><PASSWORD_ATTEMPT_PARAMETERS><ATTEMPTS><ATTEMPT NAME='A' ACTION='LOCK'>4</ATTEMPT></ATTEMPTS></PASSWORD_ATTEMPT_PARAMETERS>
<OTP_ATTEMPT_PARAMETERS><ATTEMPTS><ATTEMPT NAME='A' ACTION='LOCK'>4</ATTEMPT></ATTEMPTS></OTP_ATTEMPT_PARAMETERS></X>`
		opt := switchboard.LadderImport{IfVersions: map[string]uint64{"PASSWORD": 0, "OTP": 0}}
		must(op.SetLadder(ctx, switchboard.Ladder{Security: "OTP", Steps: []switchboard.LadderStep{{Attempts: 3, Flag: "FIRST", Action: "LOCK"}}}, false))(t)
		_, err = op.ImportLadders(ctx, strings.NewReader(both), opt)
		wantFault(t, err, "conflict")
		list := must(op.Ladders(ctx))(t)
		if list[0].Version != 0 || list[1].Version != 1 {
			t.Errorf("a document that is refused leaves %+v", list)
		}
		opt.IfVersions["OTP"] = 1
		if got := must(op.ImportLadders(ctx, strings.NewReader(both), opt))(t); !got[0].Changed || !got[1].Changed {
			t.Errorf("imported %+v", got)
		}
	})
}
