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

// person adds an operator and gives a client with their token.
func person(t *testing.T, a *apptest.App, name string, roles ...string) *switchboard.Operator {
	t.Helper()
	k := must(a.Operator.AddOperator(t.Context(), switchboard.NewDeskOperator{Name: name, Roles: roles}))(t)
	return switchboard.NewOperator("http://"+a.At.Operator, k.Token)
}

func TestBlocksOverTheAPI(t *testing.T) {
	t.Parallel()
	a := apptest.New(t, apptest.Options{})
	ctx, fraud, compliance, viewer := t.Context(), person(t, a, "asha", "fraud"), person(t, a, "ravi", "compliance"), person(t, a, "vera", "viewer")
	soon := time.Now().Add(time.Hour).UTC().Truncate(time.Microsecond)
	ask := switchboard.NewBlock{Agent: sandbox.UserCode, Service: "45", Owner: "fraud", Reason: "Case 4711", From: soon, Until: soon.Add(time.Hour)}
	later := must(fraud.PlaceBlock(ctx, ask))(t)
	if later.State != "scheduled" || later.PlacedBy != "operator:asha" || later.Reason != ask.Reason || !later.From.Equal(soon) || later.ID == "" {
		t.Errorf("placed %+v", later)
	}
	now := must(compliance.PlaceBlock(ctx, switchboard.NewBlock{Agent: sandbox.UserCode, Owner: "compliance", Reason: "KYC"}))(t)
	service := must(a.Operator.PlaceBlock(ctx, switchboard.NewBlock{Service: "45", Reason: "Maintenance"}))(t)
	if got := must(viewer.Block(ctx, now.ID))(t); got != now || got.State != "acting" {
		t.Errorf("shown %+v, placed %+v", got, now)
	}
	if got := must(viewer.Agent(ctx, sandbox.UserCode, 0))(t).Blocks; !slices.Equal(got, []switchboard.Block{later, now}) {
		t.Errorf("the agent has %+v", got)
	}
	_, err := viewer.PlaceBlock(ctx, ask)
	wantFault(t, err, "forbidden")
	_, err = compliance.LiftBlock(ctx, later.ID, switchboard.BlockLift{Reason: "no"})
	wantFault(t, err, "forbidden")
	_, err = a.Operator.LiftBlock(ctx, later.ID, switchboard.BlockLift{})
	wantFault(t, err, "invalid")
	_, err = a.Operator.LiftBlock(ctx, "none", switchboard.BlockLift{})
	wantFault(t, err, "not_found")
	_, err = fraud.PlaceBlock(ctx, switchboard.NewBlock{Agent: sandbox.UserCode, Owner: "nobody", Reason: "x"})
	wantFault(t, err, "invalid")
	if l := must(fraud.LiftBlock(ctx, later.ID, switchboard.BlockLift{}))(t); !l.Changed || l.Asked || l.Block.State != "cancelled" {
		t.Errorf("lifted: %+v", l)
	}
	if l := must(a.Operator.LiftBlock(ctx, now.ID, switchboard.BlockLift{Reason: "a mistake"}))(t); !l.Changed || l.Block.State != "lifted" {
		t.Errorf("lifted: %+v", l)
	}
	if l := must(fraud.LiftBlock(ctx, later.ID, switchboard.BlockLift{}))(t); l.Changed {
		t.Errorf("lifted again: %+v", l)
	}
	ids := func(q switchboard.BlockQuery) (list string) {
		for {
			page := must(viewer.Blocks(ctx, q))(t)
			for _, b := range page.Items {
				list += map[string]string{later.ID: "l", now.ID: "n", service.ID: "s"}[b.ID]
			}
			if q.After = page.Next; q.After == "" {
				return list
			}
		}
	}
	for want, q := range map[string]switchboard.BlockQuery{
		"snl": {Limit: 1}, "s": {Open: true}, "nl": {Agent: sandbox.UserCode}, "sl": {Service: "45"}, "n": {Owner: "compliance"}, "": {Partner: sandbox.PartnerID},
	} {
		if got := ids(q); got != want {
			t.Errorf("%+v lists %q, want %q", q, got, want)
		}
	}
}

// Where activating takes two people, a partner's activation waits as any other that does, and a person approves.
func TestTwoPeopleForAPartnersActivation(t *testing.T) {
	t.Parallel()
	a := apptest.New(t, apptest.Options{})
	ctx, asha, ravi := t.Context(), person(t, a, "asha", "administrator"), person(t, a, "ravi", "administrator")
	services := must(a.Operator.Services(ctx))(t)
	s := find(t, services, func(x switchboard.Service) bool { return x.Code == "45" })
	s.Confirm = []string{"activation", "approval"}
	must(asha.SetService(ctx, s))(t)
	res, err := a.Sandbox().ActivateService(ctx, sandbox.UserCode, "45", switchboard.ActivateOptions{})
	if err != nil || res.ResponseStatusID != switchboard.StatusVerifying || res.ServiceStatus != "2" {
		t.Fatalf("the partner is answered %+v, %v", res, err)
	}
	_, err = overTCP(t, a).ChangeService(ctx, sandbox.UserCode, "45", "approve", switchboard.ServiceCommand{})
	wantFault(t, err, "conflict") // with the shared token
	first := must(asha.ChangeService(ctx, sandbox.UserCode, "45", "approve", switchboard.ServiceCommand{}))(t)
	if first.Activation.Status != "PENDING" || first.Activation.EndorsedBy != "operator:asha" || first.Activation.RequestedBy != "partner:"+sandbox.PartnerID {
		t.Errorf("after the first: %+v", first)
	}
	_, err = asha.ChangeService(ctx, sandbox.UserCode, "45", "approve", switchboard.ServiceCommand{})
	wantFault(t, err, "conflict")
	if second := must(ravi.ChangeService(ctx, sandbox.UserCode, "45", "approve", switchboard.ServiceCommand{}))(t); second.Activation.Status != "ACTIVATED" {
		t.Errorf("after the second: %+v", second)
	}
	s.Confirm = nil
	if c := must(asha.SetService(ctx, s))(t); c.Changed || !c.Asked {
		t.Errorf("one makes it less strict: %+v", c)
	}
	if c := must(ravi.SetService(ctx, s))(t); !c.Changed || c.Asked {
		t.Errorf("two do not make it less strict: %+v", c)
	}
}

func TestDatesOverTheAPI(t *testing.T) {
	t.Parallel()
	a := apptest.New(t, apptest.Options{})
	ctx, op := t.Context(), a.Operator
	at := func(days int) time.Time { return time.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, days) }
	text := func(days int) *string { s := at(days).Format(time.RFC3339); return &s }
	c := must(op.ChangeService(ctx, sandbox.UserCode, "45", "activate", switchboard.ServiceCommand{From: at(1), Until: at(9)}))(t)
	if x := c.Activation; !x.From.Equal(at(1)) || !x.Until.Equal(at(9)) || x.RequestedBy != "" {
		t.Errorf("activated: %+v", x)
	}
	none, tomorrow := "", "tomorrow"
	c = must(op.SetDates(ctx, sandbox.UserCode, "45", switchboard.ServiceDates{From: &none, VerifyBy: text(5)}))(t)
	if x := c.Activation; !c.Changed || !x.From.IsZero() || !x.Until.Equal(at(9)) || !x.VerifyBy.Equal(at(5)) {
		t.Errorf("rescheduled: %+v", c)
	}
	_, err := op.SetDates(ctx, sandbox.UserCode, "45", switchboard.ServiceDates{From: &tomorrow})
	wantFault(t, err, "invalid")
	_, err = op.SetDates(ctx, sandbox.UserCode, "43", switchboard.ServiceDates{From: text(1)})
	wantFault(t, err, "conflict")
	c = must(op.ChangeService(ctx, sandbox.UserCode, "45", "renew", switchboard.ServiceCommand{VerifyBy: at(30)}))(t)
	if x := c.Activation; x.Verification != 1 || !x.VerifyBy.Equal(at(30)) {
		t.Errorf("renewed: %+v", x)
	}
	checkOffAndOn(t, op, c.Activation)
	out := must(op.Rehearse(ctx, switchboard.RehearsalQuery{At: at(10)}))(t)
	if len(out.Items) != 1 || out.Agents != 1 || out.Next != "" || len(out.Items[0].Reasons) != 1 {
		t.Fatalf("rehearsed: %+v", out)
	}
	if r := out.Items[0].Reasons[0]; r.Code != "no_longer" || !r.Since.Equal(at(9)) || r.Owner != "operator" || r.Message == "" || r.Next == "" {
		t.Errorf("the reason is %+v", r)
	}
	_, err = op.Rehearse(ctx, switchboard.RehearsalQuery{At: at(-1)})
	wantFault(t, err, "invalid")
}

// checkOffAndOn: a last day and a verification outlast off and on, and nobody has asked for what waits for nobody.
func checkOffAndOn(t *testing.T, op *switchboard.Operator, had switchboard.Activation) {
	t.Helper()
	for _, command := range []string{"deactivate", "activate"} {
		c := must(op.ChangeService(t.Context(), had.UserCode, had.ServiceCode, command, switchboard.ServiceCommand{}))(t)
		if x := c.Activation; !c.Changed || !x.From.Equal(had.From) || !x.Until.Equal(had.Until) || !x.VerifyBy.Equal(had.VerifyBy) || x.RequestedBy != "" {
			t.Errorf("after %s: %+v, want the dates of %+v", command, c, had)
		}
	}
}

// TestPartnersDoNotShakeOffDates: neither a last day nor a due verification goes away when the partner switches
// the service off and on, and only what the operator's people do lets the agent in again.
func TestPartnersDoNotShakeOffDates(t *testing.T) {
	t.Parallel()
	a := apptest.New(t, apptest.Options{})
	ctx, op, partner := t.Context(), a.Operator, a.Sandbox()
	yesterday := time.Now().UTC().Truncate(time.Second).AddDate(0, 0, -1)
	text := yesterday.Format(time.RFC3339)
	stands := func(when, want string) {
		t.Helper()
		var codes []string
		for _, r := range must(partner.Decide(ctx, switchboard.DecisionRequest{Agent: sandbox.UserCode, Service: "45"}))(t).Reasons {
			codes = append(codes, r.Code)
		}
		if got := strings.Join(codes, " "); got != want {
			t.Errorf("%s, what stands against it is %q, want %q", when, got, want)
		}
	}
	must(partner.ActivateService(ctx, sandbox.UserCode, "45", switchboard.ActivateOptions{}))(t)
	stands("activated", "")
	must(op.SetDates(ctx, sandbox.UserCode, "45", switchboard.ServiceDates{Until: &text, VerifyBy: &text}))(t)
	stands("ended and due", "no_longer verification_due")
	must(partner.DeactivateService(ctx, sandbox.UserCode, "45", ""))(t)
	stands("off", "deactivated no_longer verification_due")
	must(partner.ActivateService(ctx, sandbox.UserCode, "45", switchboard.ActivateOptions{}))(t)
	stands("off and on", "no_longer verification_due")
	must(op.ChangeService(ctx, sandbox.UserCode, "45", "deactivate", switchboard.ServiceCommand{}))(t)
	must(op.ChangeService(ctx, sandbox.UserCode, "45", "activate", switchboard.ServiceCommand{From: yesterday}))(t)
	stands("with dates of the operator's", "verification_due")
	must(op.ChangeService(ctx, sandbox.UserCode, "45", "renew", switchboard.ServiceCommand{}))(t)
	stands("renewed", "")
}

func TestPlaceAndDevicesOverTheAPI(t *testing.T) {
	t.Parallel()
	a := apptest.New(t, apptest.Options{})
	ctx, op := t.Context(), a.Operator
	for _, want := range []bool{true, false} {
		if c := must(op.SetPlace(ctx, sandbox.UserCode, switchboard.Place{LatLong: "28.6139,77.2090"}))(t); c.Changed != want {
			t.Errorf("changed: %t", c.Changed)
		}
	}
	for _, step := range []struct {
		n    switchboard.DevicesChange
		want string
	}{
		{switchboard.DevicesChange{Add: []string{"b", "a"}}, "a b"}, {switchboard.DevicesChange{Add: []string{"c"}, Remove: []string{"a"}}, "b c"},
		{switchboard.DevicesChange{Devices: &[]string{"x"}}, "x"}, {switchboard.DevicesChange{Devices: &[]string{}}, ""}, {switchboard.DevicesChange{Add: []string{"y"}}, "y"},
	} {
		if d := must(op.SetDevices(ctx, sandbox.UserCode, step.n))(t); !d.Changed || strings.Join(d.Devices, " ") != step.want {
			t.Errorf("%+v gives %+v", step.n, d)
		}
	}
	if got := must(op.Agent(ctx, sandbox.UserCode, 0))(t); got.LatLong != "28.6139,77.2090" || !slices.Equal(got.Devices, []string{"y"}) {
		t.Errorf("the agent is %+v", got)
	}
	_, err := op.SetDevices(ctx, sandbox.UserCode, switchboard.DevicesChange{Devices: &[]string{}, Add: []string{"a"}})
	wantFault(t, err, "invalid")
	_, err = op.SetDevices(ctx, "nobody", switchboard.DevicesChange{})
	wantFault(t, err, "unknown_agent")
	_, err = op.SetPlace(ctx, sandbox.UserCode, switchboard.Place{LatLong: "here"})
	wantFault(t, err, "invalid")
}
