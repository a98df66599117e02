package eps_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/apptest"
	"github.com/switchboard-platform/switchboard/internal/config"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestAnswers compares the whole answer of every row of the contract with its file. The file holds
// the HTTP status and the body; codes and ids that the server gives stand as placeholders.
func TestAnswers(t *testing.T) {
	t.Parallel()
	w := newWorld(t, apptest.Options{})
	stranger := credsOf(w.partner(t, "9000000001", ""))
	user := func(steps ...request) string {
		u := w.agent(t, "sandbox")
		for _, s := range steps {
			s.path, s.body = strings.ReplaceAll(s.path, "USER", u), strings.ReplaceAll(s.body, "USER", u)
			w.send(t, s)
		}
		return u
	}
	older := func(u, service string) request {
		return put("/user/service/activate", fmt.Sprintf(`{"initiator_id":"9962981729","user_code":%q,"service_code":%q}`, u, service))
	}
	bad := services("20810200")
	bad.signature = "x"
	media := activate("20810200", "45")
	media.media = "text/plain"
	spent := activate(user(activate("USER", "45").named("SPENT"), deactivate("USER", "45")), "45")
	for name, c := range map[string]struct {
		request
		want look
	}{
		"activated":                 {activate(user(), "45"), done()},
		"activated-again":           {activate(user(activate("USER", "45")), "45"), done()},
		"activated-waiting":         {activate(user(), "1"), pending()},
		"activated-waiting-running": {activate(user(), "43"), pending()},
		"deactivated":               {deactivate(user(activate("USER", "45")), "45"), done()},
		"deactivated-again":         {deactivate(user(activate("USER", "45"), deactivate("USER", "45")), "45"), done()},
		"bbps-activated":            {bbps(user()), bbpsDone()},
		"bbps-active":               {bbps(user(bbps("USER"))), look{200, 1, 17, 1388}},
		"older-activated":           {older(user(), "45"), done()},
		"older-activated-again":     {older(user(activate("USER", "45")), "45"), done()},
		"older-waiting":             {older(user(), "1"), pending()},
		"older-aeps":                {older(user(), "43"), look{200, 0, 327, 1259}},
		"onboarded":                 {post("/user/network/eps-agent", onboarding("7123456789")), onboarded()},
		"onboarded-before":          {post("/user/network/eps-agent", onboarding(w.onboard(t))), exists()},
		"services":                  {services(user(activate("USER", "43"), activate("USER", "45"), deactivate("USER", "45"))), listed()},
		"services-none":             {services(user()), listed()},
		"enquiry":                   {get("/user/services/user_code:" + user(activate("USER", "1")) + "?initiator_id=9962981729"), listed()},
		"catalogue":                 {get("/tools/catalog/service-codes?initiator_id=9962981729"), look{200, 0, -1, 1280}},
		"agent-unknown":             {activate("99999999", "45"), unknownAgent()},
		"agent-of-another":          {activate(user(), "45").by(stranger), unknownAgent()},
		"initiator-wrong":           {activate("20810200", "45").by(creds{sandboxCreds().developerKey, sandboxCreds().accessKey, "9000000001"}), look{200, 1, 319, 1297}},
		"service-unknown":           {activate("20810200", `9%0A"9`), failed()},
		"agent-suspended":           {activate(w.standing(t, "suspended"), "45"), inactive()},
		"agent-closed":              {activate(w.standing(t, "closed"), "45"), inactive()},
		"reference-reused":          {activate(user(activate("USER", "45").with(`"latlong":"1,1"`).named("REUSED")), "45").named("REUSED"), failed()},
		"reference-spent":           {spent.named("SPENT"), failed()},
		"field-missing":             {put(activate("20810200", "45").path, `{}`), malformed()},
		"fields-missing":            {put("/user/service/activate", `{}`), malformed()},
		"fields-malformed":          {put("/user/account", `{"initiator_id":1,"pan_number":"x","mobile":[],"middle_name":{},"email":"@","dob":"today","residence_address":"[object Object]","client_ref_id":{}}`), malformed()},
		"body-not-json":             {put("/user/service/activate", `initiator_id=1`), malformed()},
		"body-too-large":            {put("/user/service/activate", strings.Repeat(" ", 64<<10+1)), look{413, 1, 1, 1297}},
		"signature-wrong":           {bad, forbidden()},
		"address-wrong":             {get("/nowhere"), look{404, 1, 1, 1297}},
		"method-wrong":              {get("/user/service/activate"), look{405, 1, 1, 1297}},
		"media-wrong":               {media, look{415, 1, 1, 1297}},
	} {
		t.Run(name, func(t *testing.T) {
			w.send(t, c.request).want(t, c.want).golden(t, name)
		})
	}
}

// TestAnswersOfReviewedBBPS: the shapes of 003 when the operator has BBPS reviewed.
func TestAnswersOfReviewedBBPS(t *testing.T) {
	t.Parallel()
	w := newWorld(t, apptest.Options{})
	s := switchboard.Service{Code: "53", Name: "BBPS Bill Payments", Review: "before", NeedsLatLong: true}
	if _, err := w.Operator.SetService(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	w.send(t, bbps("20810200")).want(t, look{200, 0, 327, 1388}).golden(t, "bbps-waiting")
	w.review(t, "20810200", "53", "approve", "")
	w.send(t, bbps("20810200")).want(t, look{200, 1, 17, 1388}).golden(t, "bbps-active")
}

func TestAnswersOfLimitsAndFaults(t *testing.T) {
	apptest.Embedded(t)
	t.Parallel()
	w := newWorld(t, settings(func(c *config.Config) { c.PartnerRate, c.PartnerBurst = 1, 1 }))
	breakTables(t, w.Config)
	w.send(t, activate("20810200", "45")).want(t, look{500, 1, 1, 1297}).golden(t, "fault")
	w.send(t, services("20810200")).want(t, tooMany()).golden(t, "too-many")
}

// onboard onboards somebody and gives the mobile number.
func (w *world) onboard(t *testing.T) string {
	t.Helper()
	mobile := w.mobile()
	w.send(t, post("/user/network/eps-agent", onboarding(mobile))).want(t, onboarded())
	return mobile
}

// standing gives an agent who is suspended or closed.
func (w *world) standing(t *testing.T, standing string) string {
	t.Helper()
	u := w.agent(t, "sandbox")
	w.stand(t, u, standing)
	return u
}

// golden compares the answer with testdata/answers/NAME.json.
func (r reply) golden(t *testing.T, name string) {
	t.Helper()
	body := strings.ReplaceAll(r.body, r.header.Get("X-Request-Id"), "REQUEST_ID")
	body = regexp.MustCompile(`"user_code":"\d{8}"`).ReplaceAllString(body, `"user_code":"USER_CODE"`)
	body = regexp.MustCompile(`"mobile":"7\d{9}"`).ReplaceAllString(body, `"mobile":"MOBILE"`)
	var indented bytes.Buffer
	if err := json.Indent(&indented, []byte(body), "  ", "  "); err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprintf("{\n  \"http\": %d,\n  \"body\": %s\n}\n", r.http, &indented)
	path := filepath.Join("testdata", "answers", name+".json")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("the answer is\n%s, want\n%s", got, want)
	}
}
