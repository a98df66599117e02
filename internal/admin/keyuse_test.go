package admin_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/apptest"
	"github.com/switchboard-platform/switchboard/internal/sandbox"
)

// lastUses are when the keys of the test below were last used.
func lastUses(t *testing.T, op *switchboard.Operator) (uses map[string]time.Time) {
	t.Helper()
	ctx := t.Context()
	uses = map[string]time.Time{
		"developer key": partnerOf(t, op, sandbox.PartnerID).Keys[0].LastUsedAt,
		"secret":        channelOf(t, op, sandbox.ChannelID).Secrets[0].LastUsedAt,
		"partner token": must(op.PartnerTokens(ctx, sandbox.PartnerID))(t)[0].LastUsedAt,
	}
	for _, o := range must(op.Operators(ctx))(t) {
		for _, t := range o.Tokens {
			uses["operator token of "+o.Name] = t.LastUsedAt
		}
	}
	for _, s := range must(op.Switches(ctx))(t) {
		uses["switch token of "+s.ID] = s.Tokens[0].LastUsedAt
	}
	return uses
}

// Of every kind of key the desk sees when it was last used, and still does after a restart.
func TestLastUseOfKeys(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	a := apptest.New(t, apptest.Options{Data: data})
	ctx := t.Context()
	asha := must(a.Operator.AddOperator(ctx, switchboard.NewDeskOperator{Name: "asha", Roles: []string{"viewer"}}))(t)
	must(a.Operator.AddOperator(ctx, switchboard.NewDeskOperator{Name: "idle", Roles: []string{"viewer"}}))(t)
	token := must(a.Operator.AddPartnerToken(ctx, sandbox.PartnerID, switchboard.NewBearerToken{}))(t)
	for what, at := range lastUses(t, a.Operator) {
		if !at.IsZero() {
			t.Errorf("%s was used at %v before anybody did", what, at)
		}
	}

	began := time.Now().Truncate(time.Minute)
	must(a.Sandbox().Catalogue(ctx))(t)
	opens(t, a, switchboard.IssuedSecret{Channel: sandbox.ChannelID, Secret: sandbox.ChannelSecret})
	must(as(a, asha.Token).Status(ctx))(t)
	for _, bearer := range []string{token.Token, sandbox.SwitchToken} {
		header := http.Header{"Authorization": {"Bearer " + bearer}}
		if got := roundTrip(t, http.DefaultTransport, http.MethodGet, a.URL+"/v1/events?limit=1", "", header); got.StatusCode != http.StatusOK {
			t.Fatalf("a token is answered %s %s", got.Status, got.body)
		}
	}
	check := func(op *switchboard.Operator) {
		t.Helper()
		for what, at := range lastUses(t, op) {
			used := what != "operator token of idle"
			if at.IsZero() == used || used && (at.Before(began) || at.Second() != 0) {
				t.Errorf("%s was last used at %v", what, at)
			}
		}
	}
	check(a.Operator)
	a.Stop(t)
	check(apptest.New(t, apptest.Options{Data: data}).Operator)
}

// Where a partner may call from holds from the next request on, however it comes.
func TestPartnerAddresses(t *testing.T) {
	t.Parallel()
	bothWays(t, func(t *testing.T, a *apptest.App, op *switchboard.Operator) {
		ctx := t.Context()
		for _, c := range []struct {
			list    []string
			changed bool
			want    string // as it is shown
			in      bool   // from 127.0.0.1
		}{
			{nil, false, "", true},
			{[]string{"192.0.2.7"}, true, "192.0.2.7/32", false},
			{[]string{"192.0.2.7/32"}, false, "192.0.2.7/32", false},
			{[]string{"127.0.0.0/8"}, true, "127.0.0.0/8", true},
			{[]string{}, true, "", true},
		} {
			if got := must(op.SetPartnerAddresses(ctx, sandbox.PartnerID, c.list))(t); got.Changed != c.changed {
				t.Errorf("%v changed: %t", c.list, got.Changed)
			}
			shown := ""
			for _, n := range partnerOf(t, op, sandbox.PartnerID).Addresses {
				shown += n
			}
			_, err := a.Sandbox().Catalogue(ctx)
			if shown != c.want || (err == nil) != c.in {
				t.Errorf("%v is shown as %q, and a call gives %v", c.list, shown, err)
			}
		}
		after := must(op.LatestEvent(ctx))(t)
		must(op.SetPartnerAddresses(ctx, sandbox.PartnerID, []string{"2001:db8::/32", "192.0.2.7"}))(t)
		e := must(op.Events(ctx, after, 10, 0))(t).Events[0]
		if e.Kind != "partner.addresses_changed" || e.Subject != "partner:"+sandbox.PartnerID || string(e.Data) != `{"to":"2001:db8::/32,192.0.2.7/32"}` {
			t.Errorf("recorded is %+v", e)
		}
		_, err := a.Sandbox().Catalogue(ctx)
		refused := find(t, must(op.Requests(ctx, sandbox.PartnerID, switchboard.RequestQuery{}))(t).Items,
			func(r switchboard.LoggedRequest) bool { return r.Cause == "address_not_permitted" })
		if err == nil || refused.Address != "127.0.0.1" || refused.Key != sandbox.DeveloperKey {
			t.Errorf("%v; the log has %+v", err, refused)
		}
	})
	t.Run("faults", func(t *testing.T) {
		t.Parallel()
		a := apptest.New(t, apptest.Options{})
		_, err := a.Operator.SetPartnerAddresses(t.Context(), "p99", nil)
		wantFault(t, err, "not_found")
		_, err = a.Operator.SetPartnerAddresses(t.Context(), sandbox.PartnerID, []string{"bank.example"})
		wantFault(t, err, "invalid")
		_, err = a.Operator.SetPartnerAddresses(t.Context(), sandbox.PartnerID, make([]string, 101))
		wantFault(t, err, "invalid")
		for _, body := range []string{"{}", `{"addresses":null}`, `{"addresses":"192.0.2.7"}`} {
			if f := send(t, a, http.MethodPut, "/partners/"+sandbox.PartnerID+"/addresses", body).fault(t); f.Code != "invalid" {
				t.Errorf("%s: %+v", body, f)
			}
		}
	})
}
