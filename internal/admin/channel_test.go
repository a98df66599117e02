package admin_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/apptest"
	"github.com/switchboard-platform/switchboard/internal/sandbox"
)

func channelOf(t *testing.T, op *switchboard.Operator, id string) switchboard.Channel {
	t.Helper()
	return find(t, must(op.Channels(t.Context()))(t), func(c switchboard.Channel) bool { return c.ID == id })
}

// opens says whether a secret of a channel opens the door of the mobile banking API.
func opens(t *testing.T, a *apptest.App, s switchboard.IssuedSecret) bool {
	t.Helper()
	c := switchboard.NewMobileClient(a.URL, s.Channel, switchboard.Secret(s.Secret))
	r, err := c.MOCheckUser(t.Context(), switchboard.MOCheckUserRequest{MSISDN: sandbox.MSISDN})
	return err == nil && r.Status == switchboard.MobileFound
}

func TestChannelAndSecrets(t *testing.T) {
	t.Parallel()
	bothWays(t, func(t *testing.T, a *apptest.App, op *switchboard.Operator) {
		ctx := t.Context()
		first := must(op.AddChannel(ctx, switchboard.NewChannel{ID: "ussd", Name: "USSD gateway", Rate: 50, Burst: 100}))(t)
		if first.Channel != "ussd" || first.SecretID == "" || len(first.Secret) < 32 {
			t.Fatalf("issued %s of %s, %d bytes", first.SecretID, first.Channel, len(first.Secret))
		}
		if !opens(t, a, first) {
			t.Fatal("the new secret opens no door")
		}
		if c := channelOf(t, op, "ussd"); c.Name != "USSD gateway" || c.State != "live" || c.Rate != 50 || c.Burst != 100 || c.CreatedAt.IsZero() {
			t.Errorf("the channel is %+v", c)
		}

		second := must(op.RotateSecret(ctx, "ussd", switchboard.NewSecret{Overlap: "1h"}))(t)
		secrets := channelOf(t, op, "ussd").Secrets
		if len(secrets) != 2 || secrets[0].State != "expiring" || secrets[1].State != "live" || secrets[1].ID != second.SecretID {
			t.Fatalf("the secrets are %+v", secrets)
		}
		if !opens(t, a, first) || !opens(t, a, second) {
			t.Error("in the overlap one of the secrets opens no door")
		}
		_, err := op.RotateSecret(ctx, "ussd", switchboard.NewSecret{})
		wantFault(t, err, "conflict")

		for i, want := range []bool{true, false} {
			if got := must(op.RevokeSecret(ctx, "ussd", first.SecretID))(t); got.Changed != want {
				t.Errorf("revocation %d changed: %t", i, got.Changed)
			}
		}
		if opens(t, a, first) || !opens(t, a, second) {
			t.Error("the wrong secret was revoked")
		}
		third := must(op.RotateSecret(ctx, "ussd", switchboard.NewSecret{Overlap: "0s"}))(t)
		if opens(t, a, second) || !opens(t, a, third) {
			t.Error("with no overlap the older secret opens the door")
		}

		for i, want := range []bool{true, false} {
			if got := must(op.RevokeChannel(ctx, "ussd"))(t); got.Changed != want {
				t.Errorf("revocation %d of the channel changed: %t", i, got.Changed)
			}
		}
		if opens(t, a, third) {
			t.Error("a revoked channel is let in")
		}
		c := channelOf(t, op, "ussd")
		if c.State != "revoked" || c.RevokedAt.IsZero() {
			t.Errorf("the channel is %+v", c)
		}
		for _, s := range c.Secrets {
			if s.State != "revoked" || s.RevokedAt.IsZero() {
				t.Errorf("a secret of a revoked channel is %+v", s)
			}
		}
		_, err = op.RotateSecret(ctx, "ussd", switchboard.NewSecret{})
		wantFault(t, err, "conflict")
	})
}

// A change changes what it names and nothing else; an empty list of networks is not the same as none.
func TestSetChannel(t *testing.T) {
	t.Parallel()
	a := apptest.New(t, apptest.Options{})
	op, ctx := a.Operator, t.Context()
	s := must(op.AddChannel(ctx, switchboard.NewChannel{ID: "app", Name: "App", Addresses: []string{"192.0.2.7", "198.51.100.5/24"}, Rate: 9, Burst: 10}))(t)
	if opens(t, a, s) {
		t.Error("a channel calls from elsewhere than it may")
	}
	name, rate, burst := "New app", 0.5, 7
	for _, step := range []struct {
		change  switchboard.ChannelChange
		changed bool
		want    string // name, addresses, rate, burst
	}{
		{switchboard.ChannelChange{}, false, `["App",["192.0.2.7/32","198.51.100.0/24"],9,10]`},
		{switchboard.ChannelChange{Name: &name}, true, `["New app",["192.0.2.7/32","198.51.100.0/24"],9,10]`},
		{switchboard.ChannelChange{Name: &name}, false, `["New app",["192.0.2.7/32","198.51.100.0/24"],9,10]`},
		{switchboard.ChannelChange{Rate: &rate, Burst: &burst}, true, `["New app",["192.0.2.7/32","198.51.100.0/24"],0.5,7]`},
		{switchboard.ChannelChange{Addresses: &[]string{"127.0.0.0/8"}}, true, `["New app",["127.0.0.0/8"],0.5,7]`},
		{switchboard.ChannelChange{Addresses: &[]string{}}, true, `["New app",[],0.5,7]`},
	} {
		if got := must(op.SetChannel(ctx, "app", step.change))(t); got.Changed != step.changed {
			t.Errorf("%+v changed: %t", step.change, got.Changed)
		}
		c := channelOf(t, op, "app")
		got, _ := json.Marshal([]any{c.Name, c.Addresses, c.Rate, c.Burst})
		if string(got) != step.want {
			t.Errorf("%+v makes %s, want %s", step.change, got, step.want)
		}
	}
	if !opens(t, a, s) {
		t.Error("a channel that may call from anywhere is not let in")
	}
}

// Lists never show what opens a door.
func TestChannelsShowNoSecret(t *testing.T) {
	t.Parallel()
	a := apptest.New(t, apptest.Options{})
	s := must(a.Operator.AddChannel(t.Context(), switchboard.NewChannel{ID: "ussd"}))(t)
	if list := send(t, a, "GET", "/channels", "").body; strings.Contains(list, s.Secret) || !strings.Contains(list, s.SecretID) || strings.Contains(list, "hash") {
		t.Errorf("the list is %s", list)
	}
}

// The sandbox's channel is nobody's in production.
func TestProductionHasNoSandboxChannel(t *testing.T) {
	t.Parallel()
	a := apptest.New(t, apptest.Options{Mode: "production"})
	_, err := a.Operator.AddChannel(t.Context(), switchboard.NewChannel{ID: sandbox.ChannelID})
	wantFault(t, err, "invalid")
	if list := must(a.Operator.Channels(t.Context()))(t); len(list) != 0 {
		t.Errorf("a new production server has channels: %+v", list)
	}
}
