package console_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/apptest"
	"github.com/switchboard-platform/switchboard/internal/config"
	"github.com/switchboard-platform/switchboard/internal/console"
	"github.com/switchboard-platform/switchboard/internal/origin"
	"github.com/switchboard-platform/switchboard/internal/sandbox"
)

// client is somebody signed in who sends what no page would.
type client struct {
	*http.Client
	t    *testing.T
	base string
}

func signedIn(t *testing.T, a *apptest.App) client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	c := client{&http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}, t, "http://" + a.At.Operator}
	if code, _ := c.post("/signin", url.Values{"name": {sandbox.OperatorName}, "password": {sandbox.OperatorPassword}}.Encode()); code != http.StatusSeeOther {
		t.Fatal(code)
	}
	return c
}

func (c client) post(path, body string) (int, string) {
	c.t.Helper()
	r, err := c.Post(c.base+path, "application/x-www-form-urlencoded", strings.NewReader(body))
	return c.read(r, err)
}

func (c client) get(path string) (int, string) {
	c.t.Helper()
	r, err := c.Get(c.base + path)
	return c.read(r, err)
}

func (c client) read(r *http.Response, err error) (int, string) {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return r.StatusCode, string(b)
}

// A form that cannot be read, or came in part, opens nothing that was closed; and what does takes a tick.
func TestBrokenForms(t *testing.T) {
	t.Parallel()
	a := apptest.New(t, apptest.Options{})
	c, ctx := signedIn(t, a), t.Context()
	devices, addresses := []string{"dev-1"}, []string{"10.0.0.0/8"}
	if _, err := a.Operator.SetDevices(ctx, sandbox.UserCode, switchboard.DevicesChange{Devices: &devices}); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Operator.SetPartnerAddresses(ctx, sandbox.PartnerID, addresses); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Operator.SetChannel(ctx, sandbox.ChannelID, switchboard.ChannelChange{Addresses: &addresses}); err != nil {
		t.Fatal(err)
	}
	forms := map[string]string{"devices": "/agents/" + sandbox.UserCode + "/devices", "partner": "/partners/" + sandbox.PartnerID + "/addresses", "channel": "/channels/" + sandbox.ChannelID}
	now := func() map[string][]string {
		agent, err := a.Operator.Agent(ctx, sandbox.UserCode, 1)
		partners, err2 := a.Operator.Partners(ctx)
		channels, err3 := a.Operator.Channels(ctx)
		if err != nil || err2 != nil || err3 != nil {
			t.Fatal(err, err2, err3)
		}
		return map[string][]string{"devices": agent.Devices, "partner": partners[0].Addresses, "channel": channels[0].Addresses}
	}
	shown := func(path string) string { // what a page hides in the form
		page := strings.TrimSuffix(strings.TrimSuffix(path, "/devices"), "/addresses")
		return c.form(page, path).Encode() + "&"
	}
	const empty = "page=/&any=yes&name=x&rate=&burst="
	for body, want := range map[string]int{
		empty + "&devices=d&addresses=10.0.0.1" + strings.Repeat("x", 2<<20): http.StatusRequestEntityTooLarge,
		empty + "&devices=d%zz&addresses=10.0.0.1%zz":                        http.StatusBadRequest,
		empty: http.StatusBadRequest,
		"page=/&name=x&rate=&burst=&devices=&addresses=": http.StatusBadRequest,
	} {
		for what, path := range forms {
			if got, _ := c.post(path, shown(path)+body); got != want {
				t.Errorf("%s: %.60s: status %d, want %d", what, body, got, want)
			}
		}
	}
	for what, list := range now() {
		if len(list) != 1 {
			t.Errorf("%s: a broken form left %q", what, list)
		}
	}
	if r, err := c.Post(c.base+forms["devices"], "text/plain", strings.NewReader(empty+"&devices=")); err != nil || r.StatusCode != http.StatusBadRequest {
		t.Error("a text is taken for a form:", r, err)
	}
	for what, path := range forms {
		if got, body := c.post(path, shown(path)+empty+"&devices=&addresses="); got != http.StatusSeeOther {
			t.Errorf("%s: ticked and emptied: status %d: %s", what, got, body)
		}
	}
	for what, list := range now() {
		if len(list) != 0 {
			t.Errorf("%s: after the tick there are still %q", what, list)
		}
	}
}

// lines is a log that tests read while it is written.
type lines struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// broken is a console over an API that breaks down where one reads of somebody.
func broken(t *testing.T, log io.Writer, api http.HandlerFunc) *console.Console {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+switchboard.OperatorPath+"/me", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{"name":"asha"}`) })
	mux.HandleFunc("GET "+switchboard.OperatorPath+"/members/{msisdn}", api)
	mux.HandleFunc("GET "+switchboard.OperatorPath+"/map", api)
	c, err := console.New(console.Config{API: mux, Log: slog.New(slog.NewTextHandler(log, nil)), Origin: origin.Finder{Trusted: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}}})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func visit(c *console.Console, ctx context.Context, path string) *httptest.ResponseRecorder {
	w, r := httptest.NewRecorder(), httptest.NewRequestWithContext(ctx, "GET", path, nil)
	r.AddCookie(&http.Cookie{Name: "switchboard_session", Value: "sbs_x"})
	c.ServeHTTP(w, r)
	return w
}

// What breaks down is logged with its place in the program, and with nobody's number, and no browser is told of either.
func TestBreakdown(t *testing.T) {
	t.Parallel()
	log := &lines{}
	c := broken(t, log, func(http.ResponseWriter, *http.Request) { panic("the moon fell") })
	for _, path := range []string{"/members/254712345678", "/map/view?service=254712345678"} {
		w := visit(c, t.Context(), path)
		if w.Code != http.StatusInternalServerError || strings.Contains(w.Body.String(), "moon") || strings.Contains(w.Body.String(), "/map?") {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
	if out := log.String(); !strings.Contains(out, "the moon fell") || !strings.Contains(out, "defence_test.go") || !strings.Contains(out, "GET /members/{msisdn}") || strings.Contains(out, "2547") {
		t.Error(out)
	}
}

// Whoever leaves before the page is there is not worth a line.
func TestWhoeverLeaves(t *testing.T) {
	t.Parallel()
	log := &lines{}
	ctx, leave := context.WithCancel(t.Context())
	c := broken(t, log, func(http.ResponseWriter, *http.Request) {
		leave()
		time.Sleep(time.Millisecond)
	})
	visit(c, ctx, "/members/254712345678")
	if out := log.String(); out != "" {
		t.Error(out)
	}
}

// Cookies are for TLS alone where a trusted proxy says that it speaks it.
func TestCookiesOverTLS(t *testing.T) {
	t.Parallel()
	a := apptest.New(t, apptest.Options{Config: func(c *config.Config) { c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")} }})
	for proto, secure := range map[string]bool{"https": true, "http": false} {
		form := url.Values{"name": {sandbox.OperatorName}, "password": {sandbox.OperatorPassword}}.Encode()
		r, err := http.NewRequest("POST", "http://"+a.At.Operator+"/signin", strings.NewReader(form))
		if err != nil {
			t.Fatal(err)
		}
		r.Header = http.Header{"Content-Type": {"application/x-www-form-urlencoded"}, "X-Forwarded-Proto": {proto}}
		w, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		w.Body.Close()
		i := slices.IndexFunc(w.Cookies(), func(k *http.Cookie) bool { return strings.HasSuffix(k.Name, "switchboard_session") })
		if i < 0 {
			t.Fatal(w.Status, w.Cookies())
		}
		k := w.Cookies()[i]
		if k.Secure != secure || strings.HasPrefix(k.Name, "__Host-") != secure || (w.Header.Get("Strict-Transport-Security") != "") != secure {
			t.Errorf("over %s: %s, %v", proto, k, w.Header)
		}
	}
}

// What is found leads somewhere, and the box at the top lists what was found alone.
func TestFound(t *testing.T) {
	t.Parallel()
	a, p := desk(t)
	c := signedIn(t, a)
	r, err := http.NewRequest("GET", a.URL+"/ekoapi/v1/user/services?initiator_id=1&user_code=1", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("developer_key", sandbox.DeveloperKey) // known, though it signs nothing
	w, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	w.Body.Close()
	log, err := a.Operator.Requests(t.Context(), sandbox.PartnerID, switchboard.RequestQuery{})
	if err != nil || len(log.Items) == 0 {
		t.Fatal(log, err)
	}
	for _, text := range []string{log.Items[0].RequestID, sandbox.DeveloperKey, sandbox.UserCode, sandbox.PartnerID, sandbox.ChannelID} {
		_, body := c.get("/find?part=list&q=" + text)
		found := regexp.MustCompile(`data-href="([^"]*)"`).FindAllStringSubmatch(body, -1)
		if len(found) == 0 {
			t.Errorf("%s: nothing found", text)
		}
		for _, m := range found {
			if code, _ := c.get(m[1]); code != http.StatusOK {
				t.Errorf("%s: %s: %d", text, m[1], code)
			}
		}
	}
	p.Open("/agents")
	p.Fill("#find", sandbox.DeveloperKey)
	p.Wait(`!document.getElementById("finds").hidden`)
	p.Wait(`document.querySelectorAll("#finds > li").length === 1 && document.querySelector("#finds > li").dataset.href === "/partners/` + sandbox.PartnerID + `"`)
}

// A name is nothing but a name, whatever stands in it.
func TestNamesForgeNoChoice(t *testing.T) {
	t.Parallel()
	a := apptest.New(t, apptest.Options{})
	if _, err := a.Operator.AddPartner(t.Context(), switchboard.NewPartner{Name: "Rift|y:Bank", InitiatorID: "9811122233"}); err != nil {
		t.Fatal(err)
	}
	if _, body := signedIn(t, a).get("/blocks/new"); strings.Contains(body, `value="y"`) || !strings.Contains(body, ">Rift|y:Bank</option>") {
		t.Error(body)
	}
}
