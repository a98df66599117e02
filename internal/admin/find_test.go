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

// found looks for a text, and gives what was found as "kind id match".
func found(t *testing.T, op *switchboard.Operator, text string, limit int) (list []string) {
	t.Helper()
	for _, f := range must(op.Find(t.Context(), text, limit))(t).Items {
		if f.Title == "" {
			t.Errorf("%q finds %s %s without a title", text, f.Kind, f.ID)
		}
		list = append(list, f.Kind+" "+f.ID+" "+f.Match)
	}
	return list
}

// waitFor waits until a text finds something: a name is found a moment after it came.
func waitFor(t *testing.T, op *switchboard.Operator, text string) {
	t.Helper()
	for len(found(t, op, text, 0)) == 0 {
		time.Sleep(5 * time.Millisecond)
	}
}

// finds checks what some texts find.
func finds(t *testing.T, op *switchboard.Operator, want map[string][]string) {
	t.Helper()
	for text, want := range want {
		if got := found(t, op, text, 0); !slices.Equal(got, want) {
			t.Errorf("%q finds %q, want %q", text, got, want)
		}
	}
}

// addShops makes some agents, and waits until they are found by their names.
func addShops(t *testing.T, op *switchboard.Operator) {
	t.Helper()
	for code, p := range map[string]switchboard.Profile{
		"shop-1": {FirstName: "Ravi", LastName: "Kumar", ShopName: "Kumar Bhandar", Mobile: "9000000001", PAN: "ABCDE1234F", Address: switchboard.Address{City: "Pune"}},
		"shop-2": {FirstName: "Ravindra", MiddleName: "K", LastName: "Rao", Mobile: "9000000002", PAN: "ABCDE1234G"},
		"shop-3": {FirstName: "रवि", LastName: "कुमार", ShopName: "José Traders"},
	} {
		must(op.AddAgent(t.Context(), switchboard.NewAgent{Partner: sandbox.PartnerID, UserCode: code, Profile: p}))(t)
	}
	for _, text := range []string{"bhandar", "ravindra", "jose"} {
		waitFor(t, op, text)
	}
}

func TestFindAgents(t *testing.T) {
	t.Parallel()
	a := apptest.New(t, apptest.Options{})
	addShops(t, a.Operator)
	both := []string{"agent shop-1 name", "agent shop-2 name"}
	finds(t, a.Operator, map[string][]string{
		"shop-1":               {"agent shop-1 user_code"},
		"SHOP-":                {"agent shop-1 user_code", "agent shop-2 user_code", "agent shop-3 user_code"},
		"ravi":                 both,
		"RAV k":                both,
		"kumar":                {"agent shop-1 name"},
		"kumar ravi":           {"agent shop-1 name"},
		"rav kum bha":          {"agent shop-1 name"},
		"bhand":                {"agent shop-1 shop_name"},
		"rao ravindra":         {"agent shop-2 name"},
		"kumar kumar":          {"agent shop-1 name"},
		"kumar kumar kumar":    nil,
		"umar":                 nil,
		"रवि":                  {"agent shop-3 name"},
		"कुम रवि":              {"agent shop-3 name"},
		"JOSE":                 {"agent shop-3 shop_name"},
		"9000000001":           {"agent shop-1 mobile"},
		"+91 90000 00002":      {"agent shop-2 mobile"},
		"900000":               {"agent shop-1 mobile", "agent shop-2 mobile"},
		"abcde1234f":           {"agent shop-1 pan"},
		"ABCDE":                {"agent shop-1 pan", "agent shop-2 pan"},
		"%":                    nil,
		"no such thing at all": nil,
	})
	if got := found(t, a.Operator, "shop-", 2); len(got) != 2 {
		t.Errorf("of two asked for %q are found", got)
	}
	one := must(a.Operator.Find(t.Context(), "shop-1", 0))(t).Items[0]
	if one.Title != "Ravi Kumar" || !strings.HasPrefix(one.Detail, "Kumar Bhandar, Pune, ") || strings.Contains(one.Detail, "ABCDE1234F") {
		t.Errorf("the agent is shown as %+v", one)
	}
}

func TestFindMembers(t *testing.T) {
	t.Parallel()
	a := apptest.New(t, apptest.Options{})
	waitFor(t, a.Operator, "john")
	who := "member " + sandbox.MSISDN + " "
	finds(t, a.Operator, map[string][]string{
		sandbox.MSISDN:       {who + "msisdn"},
		"+254 712 345-678":   {who + "msisdn"},
		"2547123456":         {who + "msisdn", "member " + sandbox.NewMSISDN + " msisdn"},
		sandbox.MemberNumber: {who + "member_number"},
		"doe joh":            {who + "name"},
	})
	for _, e := range allEvents(t, a) {
		if id, is := strings.CutPrefix(e.Subject, "member:"); is {
			if got := found(t, a.Operator, id, 0); len(got) != 1 || !strings.HasSuffix(got[0], " member_id") {
				t.Errorf("the member of event %d is found as %q", e.Seq, got)
			}
		}
	}
}

// What is not an agent or a member is found as well: the best first.
func TestFindOthers(t *testing.T) {
	t.Parallel()
	a := apptest.New(t, apptest.Options{})
	op, ctx := a.Operator, t.Context()
	k := must(op.AddPartner(ctx, switchboard.NewPartner{Name: "Acme Payments", InitiatorID: "9876543210"}))(t)
	must(op.AddOperator(ctx, switchboard.NewDeskOperator{Name: "meera", Roles: []string{"viewer"}}))(t)
	b := must(op.PlaceBlock(ctx, switchboard.NewBlock{Agent: sandbox.UserCode, Reason: "papers"}))(t)
	p := must(op.MakePlan(ctx, switchboard.NewPlan{Action: "deactivate", Filter: switchboard.PlanFilter{Service: "43"}}))(t)
	finds(t, op, map[string][]string{
		"acme":               {"partner " + k.Partner + " name"},
		"9876543210":         {"partner " + k.Partner + " initiator_id"},
		k.DeveloperKey:       {"key " + k.DeveloperKey + " developer_key"},
		"meera":              {"operator meera name"},
		b.ID:                 {"block " + b.ID + " id"},
		p.ID:                 {"plan " + p.ID + " id"},
		sandbox.DeveloperKey: {"key " + sandbox.DeveloperKey + " developer_key"},
	})
	if got := found(t, op, "45", 0); len(got) == 0 || got[0] != "service 45 service_code" {
		t.Errorf("a service code finds %q", got)
	}
	_, err := op.Find(ctx, "  ", 0)
	wantFault(t, err, "invalid")
	_, err = op.Find(ctx, strings.Repeat("x", 201), 0)
	wantFault(t, err, "invalid")
	_, err = op.Find(ctx, "x", 101)
	wantFault(t, err, "invalid")
}

// A call is found by its client_ref_id, whichever address it was made to, and a request by its id: what it recorded, and how it
// ended.
func TestFindRequests(t *testing.T) {
	t.Parallel()
	a := apptest.New(t, apptest.Options{})
	op, ctx, partner := a.Operator, t.Context(), a.Sandbox()
	if _, err := partner.ActivateUserService(ctx, sandbox.UserCode, "45", switchboard.ActivateOptions{Reference: "ref-by-body"}); err != nil {
		t.Fatal(err)
	}
	done, err := partner.DeactivateService(ctx, sandbox.UserCode, "45", "ref-by-path")
	if err != nil {
		t.Fatal(err)
	}
	call := []string{"call " + sandbox.UserCode + " client_ref_id"}
	finds(t, op, map[string][]string{"ref-by-path": call, "ref-by-body": call, "ref-by": nil})
	got := must(op.Find(ctx, strings.ToUpper(done.RequestID), 0))(t).Items
	if len(got) == 0 || got[0].Kind != "event" || got[0].Title != "activation.deactivated" || got[0].Seq == 0 {
		t.Errorf("in capitals the request is found as %+v", got)
	}
	if got := must(op.Find(ctx, done.RequestID, 0))(t).Items; len(got) != 2 || got[0].Kind != "event" || got[1].Kind != "request" || got[1].ID != done.RequestID {
		t.Errorf("the request is found as %+v", got)
	}
	if _, err := a.Sandbox(switchboard.WithToken("wrong")).Catalogue(ctx); err != nil {
		t.Fatal(err)
	}
	for _, r := range must(op.Requests(ctx, sandbox.PartnerID, switchboard.RequestQuery{}))(t).Items {
		if got := must(op.Find(ctx, r.RequestID, 0))(t).Items; len(got) == 0 || got[len(got)-1].Kind != "request" {
			t.Errorf("request %s is found as %+v", r.RequestID, got)
		}
	}
}

// Who was erased is found by nothing but the code, at once.
func TestFindNobodyErased(t *testing.T) {
	t.Parallel()
	a := apptest.New(t, apptest.Options{})
	op, ctx := a.Operator, t.Context()
	addShops(t, op)
	waitFor(t, op, "john")
	must(op.SetStanding(ctx, "shop-1", switchboard.NewStanding{Standing: "closed", Reason: "gone"}))(t)
	must(op.EraseAgent(ctx, "shop-1"))(t)
	must(op.SetMemberStanding(ctx, sandbox.MSISDN, switchboard.MemberStanding{Standing: "closed", Reason: "gone"}))(t)
	must(op.EraseMember(ctx, sandbox.MSISDN))(t)
	finds(t, op, map[string][]string{
		"kumar": nil, "bhandar": nil, "9000000001": nil, "abcde1234f": nil, "john": nil, sandbox.MSISDN: nil, sandbox.MemberNumber: nil,
		"shop-1": {"agent shop-1 user_code"},
	})
}
