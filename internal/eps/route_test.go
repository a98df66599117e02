package eps_test

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/switchboard-platform/switchboard/internal/apptest"
)

// address is one address of the contract with a request that succeeds there.
type address struct {
	name string
	request
	want look
}

// addresses gives every address of the contract, older ones included, for a fresh agent.
func (w *world) addresses(t *testing.T) []address {
	t.Helper()
	return w.addressesOf(w.agent(t, "sandbox"))
}

func (w *world) addressesOf(user string) []address {
	return []address{
		{"activate", activate(user, "45"), done()},
		{"deactivate", deactivate(user, "45"), done()},
		{"activate BBPS", bbps(user), bbpsDone()},
		{"onboard", post("/user/network/eps-agent", onboarding(w.mobile())), onboarded()},
		{"onboard, account", put("/user/account", onboarding(w.mobile())), onboarded()},
		{"onboard, onboard", put("/user/onboard", onboarding(w.mobile())), onboarded()},
		{"services", services(user), listed()},
		{"enquiry", get("/user/services/user_code:" + user + "?initiator_id=9962981729"), listed()},
		{"catalogue", get("/tools/catalog/service-codes?initiator_id=9962981729"), look{200, 0, -1, 1280}},
		{"catalogue, older", get("/user/services?initiator_id=9962981729"), look{200, 0, -1, 1280}},
	}
}

func onboarding(mobile string) string {
	return fmt.Sprintf(`{"initiator_id":"9962981729","pan_number":"ABCDE1234F","mobile":%q,"first_name":"Asha","last_name":"Verma",
		"email":"asha@example.com","dob":"1990-01-31","shop_name":"Verma Stores","residence_address":{"line":"12 Station Road","city":"New Delhi","state":"Delhi","pincode":"110001"}}`, mobile)
}

func prefixes() []string {
	return []string{"/ekoapi/v1", "/ekoapi/v2", "/ekoapi/v3", "/ekoicici/v1", "/ekoicici/v2", "/ekoicici/v3"}
}

func TestEveryAddressUnderEveryPrefix(t *testing.T) {
	t.Parallel()
	w := newWorld(t, apptest.Options{})
	for _, prefix := range prefixes() {
		for _, a := range w.addresses(t) {
			a.path = prefix + a.path
			w.send(t, a.request).want(t, a.want)
		}
	}
}

// TestSlashesMakeNoDifference: no redirect, because a redirected PUT loses its body.
func TestSlashesMakeNoDifference(t *testing.T) {
	t.Parallel()
	w := newWorld(t, apptest.Options{})
	for name, spell := range map[string]func(string) string{
		"trailing":         func(p string) string { return p + "/" },
		"trailing doubled": func(p string) string { return p + "//" },
		"leading doubled":  func(p string) string { return "/" + p },
		"all doubled":      func(p string) string { return strings.ReplaceAll(p, "/", "//") + "//" },
	} {
		for _, a := range w.addresses(t) {
			t.Run(name+"/"+a.name, func(t *testing.T) {
				path, query, _ := strings.Cut("/ekoapi/v3"+a.path, "?")
				a.path = spell(path) + "?" + query
				w.send(t, a.request).want(t, a.want)
			})
		}
	}
}

func TestEscapedPaths(t *testing.T) {
	t.Parallel()
	w := newWorld(t, apptest.Options{})
	user := w.agent(t, "sandbox")
	plain := w.send(t, get("/user/services/user_code:"+user+"?initiator_id=9962981729")).want(t, listed())
	for _, path := range []string{"user_code%3A" + user, "user_code%3a" + user, "%75ser_code:" + user} {
		if r := w.send(t, get("/user/services/"+path+"?initiator_id=9962981729")).want(t, listed()); r.body != plain.body {
			t.Errorf("%s is answered otherwise: %s", path, r.body)
		}
	}
	// An escaped slash stays in its segment: it neither ends the code nor makes another address.
	w.send(t, activate(user+"%2F", "45")).want(t, unknownAgent())
	w.send(t, activate(user, "45%2Factivate")).want(t, failed())
	w.send(t, put("/admin/network/agent/"+user+"/service%2F45/activate", initiatorOnly)).want(t, look{404, 1, 1, 1297})
	w.send(t, put("/ekoapi%2Fv3/user/service/activate", initiatorOnly)).want(t, look{404, 1, 1, 1297})
	w.send(t, activate(user, "45")).want(t, done())
}

// TestUnfilledTemplates: what a client forgot to fill in is an unknown agent, no more.
func TestUnfilledTemplates(t *testing.T) {
	t.Parallel()
	w := newWorld(t, apptest.Options{})
	for name, r := range map[string]request{
		"braces, escaped":  activate("%7Buser_code%7D", "45"),
		"braces, enquiry":  get("/user/services/user_code:%7Buser_code%7D?initiator_id=9962981729"),
		"null, query":      services("null"),
		"undefined, query": services("undefined"),
		"null, path":       deactivate("null", "45"),
		"null, enquiry":    get("/user/services/user_code:null?initiator_id=9962981729"),
		"null, body":       bbps("null"),
	} {
		t.Run(name, func(t *testing.T) { w.send(t, r).want(t, unknownAgent()) })
	}
	t.Run("braces, literal", func(t *testing.T) {
		r := activate("X", "45")
		w.sendRaw(t, "PUT /ekoapi/v3/admin/network/agent/{user_code}/service/45/activate HTTP/1.1", r).want(t, unknownAgent())
	})
}

// sendRaw sends a request whose first line no client library would write.
func (w *world) sendRaw(t *testing.T, line string, r request) reply {
	t.Helper()
	conn, err := net.Dial("tcp", w.At.Partners)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	var text strings.Builder
	fmt.Fprintf(&text, "%s\r\nhost: switchboard\r\ncontent-length: %d\r\nconnection: close\r\n", line, len(r.body))
	for name, values := range w.build(t, r).Header {
		fmt.Fprintf(&text, "%s: %s\r\n", name, values[0])
	}
	if _, err := conn.Write([]byte(text.String() + "\r\n" + r.body)); err != nil {
		t.Fatal(err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	return readReply(t, resp)
}

func TestWrongAddress(t *testing.T) {
	t.Parallel()
	w := newWorld(t, apptest.Options{})
	for _, path := range []string{
		"/ekoapi/v4/user/services", "/ekoapi/user/services", "/eko/v3/user/services", "/ekoapi/v3", "/ekoapi/v3/",
		"/ekoapi/v3/user/service", "/ekoapi/v3/user/service/activate/more", "/ekoapi/v3/User/services",
		"/ekoapi/v3/user/services/20810200", "/ekoapi/v3/admin/network/agent//service/45/activate",
		"/ekoapi/v3/a/b/c/d/e/f/g/h/i/j/k/l/m", "/ekoapi/v3/../v3/user/services",
	} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			for _, method := range []string{"GET", "PUT", "DELETE"} {
				w.send(t, request{method: method, path: path, body: initiatorOnly}).want(t, look{404, 1, 1, 1297})
			}
		})
	}
}

func TestWrongMethod(t *testing.T) {
	t.Parallel()
	w := newWorld(t, apptest.Options{})
	for path, allow := range map[string]string{
		"/admin/network/agent/1/service/2/activate": "PUT", "/admin/network/agent/1/service/2/deactivate": "PUT",
		"/user/service/activate": "PUT", "/user/network/eps-agent": "POST", "/user/account": "PUT", "/user/onboard": "PUT",
		"/user/account/services": "GET, HEAD", "/user/services/user_code:1": "GET, HEAD",
		"/tools/catalog/service-codes": "GET, HEAD", "/user/services": "GET, HEAD",
	} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			for _, method := range []string{"GET", "PUT", "POST", "DELETE", "PATCH", "OPTIONS"} {
				if strings.Contains(allow, method) {
					continue
				}
				r := w.send(t, request{method: method, path: path, body: initiatorOnly}).want(t, look{405, 1, 1, 1297})
				if got := r.header.Get("Allow"); got != allow {
					t.Errorf("%s: Allow is %q, want %q", method, got, allow)
				}
			}
		})
	}
}

func TestHeadIsAGetWithoutBody(t *testing.T) {
	t.Parallel()
	w := newWorld(t, apptest.Options{})
	full := w.send(t, services("20810200"))
	r := services("20810200")
	r.method = "HEAD"
	resp, err := httpClient().Do(w.build(t, r))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != 200 || resp.ContentLength != int64(len(full.body)) {
		t.Errorf("HEAD gives %s and a length of %d, GET %d bytes", resp.Status, resp.ContentLength, len(full.body))
	}
}
