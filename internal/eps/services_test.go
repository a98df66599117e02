package eps_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/apptest"
	"github.com/switchboard-platform/switchboard/internal/config"
)

// TestEntry: every field of an entry of service_status_list through its life.
func TestEntry(t *testing.T) {
	t.Parallel()
	w := newWorld(t, apptest.Options{})
	client := w.client(sandboxCreds())
	city, name, mobile, state, provider := "Pune", "Ravi Kumar", "7000000001", "Maharashtra", "Fingpay"
	want := switchboard.ServiceStatus{StatusDesc: "ACTIVATED", City: &city, UserName: &name, Mobile: &mobile, State: &state,
		ServiceProvider: &provider, VerificationStatus: 3, CreatedAt: "2024-03-05 15:50:30.0", UserCode: w.agent(t, "sandbox"), ServiceCode: "43", Status: 1}
	if _, err := client.ActivateService(t.Context(), want.UserCode, "43", switchboard.ActivateOptions{}); err != nil {
		t.Fatal(err)
	}
	wantEntry(t, w.service(t, client, want.UserCode, "43"), want)

	w.clock.forward(36*time.Hour + 1500*time.Millisecond)
	reason := "the photo is blurred; \"send\" <another> – आशा"
	w.review(t, want.UserCode, "43", "reject", reason)
	want.StatusDesc, want.Status, want.VerificationStatus, want.Comments, want.UpdatedAt = "DEACTIVATED", 0, 2, &reason, "2024-03-07 03:50:31.0"
	wantEntry(t, w.service(t, client, want.UserCode, "43"), want)

	w.clock.forward(time.Minute)
	if _, err := client.ActivateService(t.Context(), want.UserCode, "43", switchboard.ActivateOptions{}); err != nil {
		t.Fatal(err)
	}
	want.StatusDesc, want.Status, want.VerificationStatus, want.Comments, want.UpdatedAt = "ACTIVATED", 1, 3, nil, "2024-03-07 03:51:31.0"
	wantEntry(t, w.service(t, client, want.UserCode, "43"), want)

	list, err := client.EnquireServices(t.Context(), want.UserCode)
	if err != nil || list.UserCode != want.UserCode || list.InitiatorID != "9962981729" || len(list.Services) != 1 {
		t.Fatalf("the older enquiry gives %+v, %v", list, err)
	}
	wantEntry(t, list.Services[0], want)
}

func wantEntry(t *testing.T, got, want switchboard.ServiceStatus) {
	t.Helper()
	g, _ := json.Marshal(got)
	x, _ := json.Marshal(want)
	if string(g) != string(x) {
		t.Errorf("the entry is\n%s, want\n%s", g, x)
	}
}

// review lets the operator decide.
func (w *world) review(t *testing.T, user, service, command, comment string) {
	t.Helper()
	c, err := w.Operator.ChangeService(t.Context(), user, service, command, switchboard.ServiceCommand{Comment: comment})
	if err != nil || !c.Changed {
		t.Fatalf("%s gives %+v, %v", command, c, err)
	}
}

// TestEntryFields: exactly those of the contract; what is not known is null, a time that never was "".
func TestEntryFields(t *testing.T) {
	t.Parallel()
	w := newWorld(t, apptest.Options{})
	a, err := w.Operator.AddAgent(t.Context(), switchboard.NewAgent{Partner: "sandbox"})
	if err != nil {
		t.Fatal(err)
	}
	w.send(t, activate(a.UserCode, "45")).want(t, done())
	r := w.send(t, services(a.UserCode)).want(t, listed())
	want := `{"user_code":"` + a.UserCode + `","initiator_id":"9962981729","service_status_list":[{"comments":null,"status_desc":"ACTIVATED","city":null,` +
		`"user_name":null,"mobile":null,"service_provider":null,"verification_status":0,"createdAt":"2024-03-05 15:50:30.0","user_code":"` + a.UserCode +
		`","service_code":"45","state":null,"status":1,"updatedAt":""}]}`
	if string(r.Data) != want {
		t.Errorf("the data is\n%s, want\n%s", r.Data, want)
	}
}

func TestTimeZoneIsASetting(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings(func(c *config.Config) { c.TimeZone = time.UTC }))
	w.send(t, activate("20810200", "45")).want(t, done())
	if s := w.service(t, w.client(sandboxCreds()), "20810200", "45"); s.CreatedAt != "2024-03-05 10:20:30.0" {
		t.Errorf("createdAt is %q", s.CreatedAt)
	}
}

// TestEntriesInOrder: by number of the service, and only services that were ever asked for.
func TestEntriesInOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t, apptest.Options{})
	user := w.agent(t, "sandbox")
	if r := w.send(t, services(user)).want(t, listed()); !strings.HasSuffix(string(r.Data), `"service_status_list":[]}`) {
		t.Errorf("a new agent has %s", r.Data)
	}
	w.send(t, deactivate(user, "86")).want(t, done())
	for _, code := range []string{"63", "4", "45"} {
		w.send(t, activate(user, code)).want(t, done())
	}
	w.send(t, deactivate(user, "4")).want(t, done())
	list, err := w.client(sandboxCreds()).Services(t.Context(), user)
	if err != nil {
		t.Fatal(err)
	}
	var codes []string
	for _, s := range list.Services {
		codes = append(codes, s.ServiceCode+"="+s.StatusDesc)
	}
	if got := strings.Join(codes, " "); got != "4=DEACTIVATED 45=ACTIVATED 63=ACTIVATED" {
		t.Errorf("the list is %s", got)
	}
}

// TestCatalogue is the starting one of the contract, then what the operator makes of it.
func TestCatalogue(t *testing.T) {
	t.Parallel()
	w := newWorld(t, apptest.Options{})
	client := w.client(sandboxCreds())
	want := []switchboard.CatalogueEntry{
		{Code: "1", Name: "AePS (legacy)"}, {Code: "4", Name: "PAN Verification", Provider: "NSDL"},
		{Code: "39", Name: "AePS Fund Settlement", Provider: "Yes Bank"}, {Code: "43", Name: "AePS", Provider: "Fingpay"},
		{Code: "45", Name: "Vendor Payments (Fund Transfer)"}, {Code: "53", Name: "BBPS Bill Payments"},
		{Code: "58", Name: "Airtel CMS (Cashdrop)"}, {Code: "59", Name: "UPI Static QR"},
		{Code: "63", Name: "Credit Card Bill Payment"}, {Code: "86", Name: "VPA UPI Payment"},
	}
	wantCatalogue(t, client, want)
	if _, err := w.Operator.RemoveService(t.Context(), "4"); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Operator.SetService(t.Context(), switchboard.Service{Code: "100", Name: "A & B", Provider: "C", Review: "none"}); err != nil {
		t.Fatal(err)
	}
	want = append(append(want[:1:1], want[2:]...), switchboard.CatalogueEntry{Code: "100", Name: "A & B", Provider: "C"})
	wantCatalogue(t, client, want)
}

func wantCatalogue(t *testing.T, c *switchboard.Client, want []switchboard.CatalogueEntry) {
	t.Helper()
	got, err := c.Catalogue(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	g, _ := json.Marshal(got)
	x, _ := json.Marshal(want)
	if string(g) != string(x) {
		t.Errorf("the catalogue is\n%s, want\n%s", g, x)
	}
}

// TestRemovedService cannot be activated; what runs can be switched off, and is still listed.
func TestRemovedService(t *testing.T) {
	t.Parallel()
	w := newWorld(t, apptest.Options{})
	running, idle := w.agent(t, "sandbox"), w.agent(t, "sandbox")
	w.send(t, activate(running, "45")).want(t, done())
	if _, err := w.Operator.RemoveService(t.Context(), "45"); err != nil {
		t.Fatal(err)
	}
	never := w.send(t, activate(idle, "999")).want(t, failed())
	w.send(t, activate(idle, "45")).want(t, failed()).says(t, "not in the catalogue")
	w.send(t, activate(running, "45")).want(t, failed())
	w.send(t, deactivate(idle, "45")).want(t, failed())
	w.send(t, put("/user/service/activate", bbps(idle).with(`"service_code":"45"`).body)).want(t, failed())
	never.says(t, "999", "not in the catalogue")
	w.send(t, services(running)).want(t, listed())
	w.send(t, deactivate(running, "45")).want(t, done())
	if s := w.service(t, w.client(sandboxCreds()), running, "45"); s.Status != 0 {
		t.Errorf("the service is %+v", s)
	}
	if _, err := w.Operator.SetService(t.Context(), switchboard.Service{Code: "45", Name: "Back", Review: "none", Restore: true}); err != nil {
		t.Fatal(err)
	}
	w.send(t, activate(idle, "45")).want(t, done())
}
