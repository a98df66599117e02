package eps_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/switchboard-platform/switchboard/internal/apptest"
)

// badFields are the names of data.errors, sorted; each must stand in the message too.
func badFields(t *testing.T, r reply) (names []string) {
	t.Helper()
	d := data[struct {
		Errors []struct{ Field, Problem string }
	}](t, r)
	for _, e := range d.Errors {
		names = append(names, e.Field)
		r.says(t, e.Field+" "+e.Problem)
	}
	slices.Sort(names)
	return names
}

// TestBadFields: every bad field is named at once, each once, and nothing changes.
func TestBadFields(t *testing.T) {
	t.Parallel()
	w := newWorld(t, apptest.Options{})
	byPath := func(body string) []request {
		return []request{put(activate("20810200", "45").path, body)}
	}
	off := func(body string) []request { return []request{put(deactivate("20810200", "45").path, body)} }
	inBody := func(body string) []request { return []request{put("/user/service/activate", body)} }
	reads := func(query string) []request {
		return []request{get("/user/account/services?user_code=20810200&" + query), get("/user/services/user_code:20810200?" + query),
			get("/tools/catalog/service-codes?" + query), get("/user/services?" + query)}
	}
	long := strings.Repeat("x", 151)
	for _, c := range []struct {
		requests []request
		want     string
	}{
		{byPath(`{}`), "initiator_id"},
		{off(`{}`), "initiator_id"},
		{byPath(`{"initiator_id":null}`), "initiator_id"},
		{byPath(`{"initiator_id":""}`), "initiator_id"},
		{byPath(`{"initiator_id":"  "}`), "initiator_id"},
		{byPath(`{"initiator_id":"996298172"}`), "initiator_id"},
		{byPath(`{"initiator_id":"+919962981729"}`), "initiator_id"},
		{byPath(`{"initiator_id":9962981729.5}`), "initiator_id"},
		{byPath(`{"initiator_id":["9962981729"]}`), "initiator_id"},
		{byPath(`{"initiator_id":{"id":"9962981729"}}`), "initiator_id"},
		{byPath(`{"initiator_id":true}`), "initiator_id"},
		{byPath(`{"Initiator_ID":"9962981729"}`), "initiator_id"},
		{byPath(`{"latlong":"91,0","client_ref_id":"` + long + `"}`), "client_ref_id initiator_id latlong"},
		{off(`{"latlong":"91,0","client_ref_id":"` + long + `"}`), "client_ref_id initiator_id"},
		{byPath(`{"initiator_id":"9962981729","client_ref_id":{"a":1}}`), "client_ref_id"},
		{byPath(`{"initiator_id":"9962981729","client_ref_id":"a\u0000b"}`), "client_ref_id"},
		{byPath(`{"initiator_id":"9962981729","latlong":"91,0"}`), "latlong"},
		{byPath(`{"initiator_id":"9962981729","latlong":"0,180.001"}`), "latlong"},
		{byPath(`{"initiator_id":"9962981729","latlong":"28.6"}`), "latlong"},
		{byPath(`{"initiator_id":"9962981729","latlong":"28.6,77.2,1"}`), "latlong"},
		{byPath(`{"initiator_id":"9962981729","latlong":"NaN,0"}`), "latlong"},
		{byPath(`{"initiator_id":"9962981729","latlong":28.6}`), "latlong"},
		{byPath(`{"initiator_id":"9962981729","latlong":[28.6,77.2]}`), "latlong"},
		{inBody(`{}`), "initiator_id latlong service_code user_code"},
		{inBody(`{"initiator_id":"9962981729","user_code":null,"service_code":null,"latlong":null}`), "latlong service_code user_code"},
		{inBody(`{"initiator_id":"9962981729","user_code":"20810200","service_code":53}`), "latlong"},
		{inBody(`{"initiator_id":"9962981729","user_code":"20810200","service_code":53,"latlong":""}`), "latlong"},
		{inBody(`{"initiator_id":"9962981729","user_code":"20810200","service_code":53,"latlong":[1,2]}`), "latlong"},
		{inBody(`{"initiator_id":"9962981729","user_code":"20810200","service_code":53,"latlong":"x"}`), "latlong"},
		{inBody(`{"initiator_id":"9962981729","user_code":["20810200"],"service_code":true}`), "latlong service_code user_code"},
		{reads(``), "initiator_id"},
		{reads(`initiator_id=`), "initiator_id"},
		{reads(`initiator_id=null`), "initiator_id"},
		{reads(`initiator_id=12345678901`), "initiator_id"},
		{[]request{get("/user/account/services")}, "initiator_id user_code"},
		{[]request{get("/user/account/services?initiator_id=9962981729&user_code=")}, "user_code"},
		{[]request{get("/user/services/user_code:")}, "initiator_id user_code"},
	} {
		for _, r := range c.requests {
			t.Run(r.path+r.body, func(t *testing.T) {
				w.records(t, 0, func() {
					if got := strings.Join(badFields(t, w.send(t, r).want(t, malformed())), " "); got != c.want {
						t.Errorf("the bad fields are %q, want %q", got, c.want)
					}
				})
			})
		}
	}
}

// TestNumbersAndStrings: either will do for the other, the fields in the path aside.
func TestNumbersAndStrings(t *testing.T) {
	t.Parallel()
	w := newWorld(t, apptest.Options{})
	for _, body := range []string{
		`{"initiator_id":"9962981729","user_code":"%s","service_code":53,"latlong":"28.6139,77.2090"}`,
		`{"initiator_id":9962981729,"user_code":%s,"service_code":"53","latlong":"28.6139,77.2090"}`,
		`{"initiator_id":9962981729,"user_code":"%s","service_code":" 53 ","latlong":" 28.6139, 77.2090 "}`,
		`{"initiator_id":"9962981729","user_code":%s,"service_code":53,"latlong":"-90,+180","client_ref_id":15}`,
	} {
		user := w.agent(t, "sandbox")
		w.send(t, put("/user/service/activate", fmt.Sprintf(body, user))).want(t, bbpsDone())
	}
	onboard := strings.NewReplacer(`"9962981729"`, `9962981729`, `"110001"`, `110001`, `"7123456789"`, `7123456789`).Replace(onboarding("7123456789"))
	w.send(t, post("/user/network/eps-agent", onboard)).want(t, onboarded())
	w.send(t, post("/user/network/eps-agent", onboarding("7123456789"))).want(t, exists())
}

// TestPathWinsOverBody: SDKs send strays, which do no harm.
func TestPathWinsOverBody(t *testing.T) {
	t.Parallel()
	w := newWorld(t, apptest.Options{})
	client := w.client(sandboxCreds())
	here, there := w.agent(t, "sandbox"), w.agent(t, "sandbox")
	strays := fmt.Sprintf(`"user_code":%q,"service_code":"4","status":0,"constructor":{"__proto__":[null]},"nothing":null`, there)
	w.send(t, activate(here, "45").with(strays)).want(t, done())
	w.send(t, activate(here, "4").with(`"user_code":{"is":["anything"]},"service_code":false`)).want(t, done())
	w.send(t, deactivate(here, "4").with(strays)).want(t, done())
	w.send(t, get("/user/services/user_code:"+here+"?initiator_id=9962981729&user_code="+there)).want(t, listed())
	w.send(t, get("/user/services?initiator_id=9962981729&user_code="+there)).want(t, look{200, 0, -1, 1280})
	if s := w.service(t, client, here, "45"); s.Status != 1 {
		t.Errorf("the service of the path is %+v", s)
	}
	if s := w.service(t, client, here, "4"); s.Status != 0 {
		t.Errorf("the service of the path is %+v", s)
	}
	if list, err := client.Services(t.Context(), there); err != nil || len(list.Services) != 0 {
		t.Errorf("the agent of the body has %+v, %v", list, err)
	}
	o := w.send(t, post("/user/network/eps-agent", strings.TrimSuffix(onboarding(w.mobile()), "}")+`,"user_code":"20810200"}`)).want(t, onboarded())
	if got := data[struct{ UserCode string }](t, o); got.UserCode == "20810200" {
		t.Error("a stray user_code was taken for the new agent's")
	}
}

func TestNullsAndUnknownFieldsAreIgnored(t *testing.T) {
	t.Parallel()
	w := newWorld(t, apptest.Options{})
	user := w.agent(t, "sandbox")
	w.send(t, activate(user, "45").with(`"client_ref_id":null,"latlong":null,"x":{"y":[1,{"z":null}]}`)).want(t, done())
	w.send(t, put("/user/service/activate", bbps(user).with(`"client_ref_id":"","source":"NEWCONNECT","org_id":null`).body)).want(t, bbpsDone())
	w.send(t, get(services(user).path+"&source=x&client_ref_id=null&latlong=nowhere")).want(t, listed())
	w.send(t, post("/user/network/eps-agent", strings.TrimSuffix(onboarding(w.mobile()), "}")+`,"middle_name":null,"client_ref_id":null,"more":[]}`)).want(t, onboarded())
}

// TestLatLongIsKept on every activation that says it.
func TestLatLongIsKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t, apptest.Options{})
	user := w.agent(t, "sandbox")
	w.send(t, bbps(user)).want(t, bbpsDone())
	w.send(t, activate(user, "45").with(`"latlong":"1.5,-2"`)).want(t, done())
	w.send(t, activate(user, "4")).want(t, done())
	a, err := w.Operator.Agent(t.Context(), user, 0)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, x := range a.Activations {
		got[x.ServiceCode] = x.LatLong
	}
	if fmt.Sprint(got) != "map[4: 45:1.5,-2 53:28.6139,77.2090]" {
		t.Errorf("the places are %v", got)
	}
}

func TestBadBodies(t *testing.T) {
	t.Parallel()
	w := newWorld(t, apptest.Options{})
	long := `{"initiator_id":"9962981729","x":"` + strings.Repeat("x", 64<<10) + `"}`
	fits := `{"initiator_id":"9962981729","x":"` + strings.Repeat("x", 64<<10-len(`{"initiator_id":"9962981729","x":""}`)) + `"}`
	for _, c := range []struct {
		name, media, body string
		want              look
	}{
		{"empty", "", "", malformed()},
		{"not JSON", "", "initiator_id=9962981729", malformed()},
		{"cut short", "", `{"initiator_id":"9962981729"`, malformed()},
		{"two values", "", initiatorOnly + initiatorOnly, malformed()},
		{"array", "", "[" + initiatorOnly + "]", malformed()},
		{"null", "", "null", malformed()},
		{"text", "", `"` + "x" + `"`, malformed()},
		{"not a form", "application/x-www-form-urlencoded", "initiator_id=%zz", malformed()},
		{"semicolons", "application/x-www-form-urlencoded", "initiator_id=9962981729;x=1", malformed()},
		{"JSON as a form", "application/x-www-form-urlencoded", initiatorOnly, malformed()},
		{"64 KiB", "", fits, done()},
		{"over 64 KiB", "", long, look{413, 1, 1, 1297}},
		{"a form over 64 KiB", "application/x-www-form-urlencoded", "x=" + long, look{413, 1, 1, 1297}},
	} {
		for _, chunked := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/chunked=%t", c.name, chunked), func(t *testing.T) {
				r := put(activate("20810200", "45").path, c.body)
				r.media, r.chunked = c.media, chunked
				before := w.events(t)
				w.send(t, r).want(t, c.want)
				if c.want != done() && w.events(t) != before {
					t.Error("something was changed")
				}
			})
		}
	}
	t.Run("broken on its way", func(t *testing.T) {
		r := activate("20810200", "45")
		r.body += "\r\n" // where the length of a chunk should stand
		line := "PUT /ekoapi/v3" + r.path + " HTTP/1.1\r\ntransfer-encoding: chunked\r\nx-rest: "
		w.records(t, 0, func() { w.sendRaw(t, line, r).want(t, malformed()) })
	})
	t.Run("query", func(t *testing.T) {
		w.sendRaw(t, "GET /ekoapi/v3/user/services?initiator_id=%zz HTTP/1.1", get("/user/services")).want(t, malformed())
	})
}
