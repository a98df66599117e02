package eps_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/apptest"
	"github.com/switchboard-platform/switchboard/internal/config"
	"github.com/switchboard-platform/switchboard/internal/sandbox"
)

// dawn is when a world's clock stands still; in Asia/Kolkata it is 15:50:30.
func dawn() time.Time { return time.Date(2024, 3, 5, 10, 20, 30, 0, time.UTC) }

// clock is a clock that moves only when it is told to.
type clock struct{ millis atomic.Int64 }

func (c *clock) Now() time.Time { return time.UnixMilli(c.millis.Load()) }

func (c *clock) forward(d time.Duration) { c.millis.Add(d.Milliseconds()) }

// world is a running application with a clock and a log of its own.
type world struct {
	*apptest.App
	clock   *clock
	log     *apptest.Logbook
	stamps  atomic.Int64
	mobiles atomic.Int64
}

// newWorld starts an application; the options' clock and log are the world's.
func newWorld(t *testing.T, opt apptest.Options) *world {
	t.Helper()
	w := &world{clock: &clock{}, log: &apptest.Logbook{}}
	w.clock.millis.Store(dawn().UnixMilli())
	w.start(t, opt)
	return w
}

func (w *world) start(t *testing.T, opt apptest.Options) {
	t.Helper()
	opt.Now, opt.Log = w.clock.Now, w.log
	w.App = apptest.New(t, opt)
}

// another gives another node over the world's database or, where that is no shared one, the world.
func (w *world) another(t *testing.T, change func(*config.Config)) *world {
	t.Helper()
	if !w.Config.Shared() {
		return w
	}
	node := &world{clock: w.clock, log: w.log}
	node.start(t, apptest.Options{DatabaseURL: w.Config.DatabaseURL, Config: func(c *config.Config) {
		c.MasterKeyFile = filepath.Join(w.Config.Data, "master.key")
		change(c)
	}})
	return node
}

// settings make options that change the configuration.
func settings(change func(*config.Config)) apptest.Options { return apptest.Options{Config: change} }

// creds are what requests are signed with.
type creds struct{ developerKey, accessKey, initiator string }

func sandboxCreds() creds {
	return creds{sandbox.DeveloperKey, sandbox.AccessKey, sandbox.InitiatorID}
}

func credsOf(k switchboard.IssuedKey) creds { return creds{k.DeveloperKey, k.AccessKey, k.InitiatorID} }

// client makes a client that signs by the world's clock.
func (w *world) client(c creds) *switchboard.Client {
	return switchboard.NewClient(w.URL, switchboard.Credentials{
		DeveloperKey: c.developerKey, AccessKey: switchboard.Secret(c.accessKey), InitiatorID: c.initiator,
	}, switchboard.WithClock(w.clock.Now))
}

// partner adds a partner with a key of a replay level, "" for the default.
func (w *world) partner(t *testing.T, initiator, replay string) switchboard.IssuedKey {
	t.Helper()
	k, err := w.Operator.AddPartner(t.Context(), switchboard.NewPartner{Name: "Partner " + initiator, InitiatorID: initiator, Replay: replay})
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// agent adds an agent of a partner.
func (w *world) agent(t *testing.T, partner string) string {
	t.Helper()
	a, err := w.Operator.AddAgent(t.Context(), switchboard.NewAgent{Partner: partner, Profile: switchboard.Profile{
		Mobile: w.mobile(), FirstName: "Ravi", LastName: "Kumar", ShopName: "Kumar & Sons",
		Address: switchboard.Address{City: "Pune", State: "Maharashtra"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	return a.UserCode
}

// mobile gives a number that nobody has.
func (w *world) mobile() string { return strconv.FormatInt(7_000_000_000+w.mobiles.Add(1), 10) }

// events counts everything that was ever recorded.
func (w *world) events(t *testing.T) int64 {
	t.Helper()
	s, err := w.Operator.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return s.Events
}

// records checks that fn records so many events.
func (w *world) records(t *testing.T, want int64, fn func()) {
	t.Helper()
	before := w.events(t)
	fn()
	if got := w.events(t) - before; got != want {
		t.Errorf("%d events were recorded, want %d", got, want)
	}
}

// request is one request, signed rightly unless it says otherwise.
type request struct {
	method, path string      // a path is below /ekoapi/v3 unless it begins with /eko
	body         string      // "" for none
	media        string      // application/json by default; "-" for none
	as           creds       // the sandbox's by default
	at           string      // the timestamp; a fresh one by default
	signature    string      // instead of the right one
	header       http.Header // more of them, spelled as they are
	chunked      bool
}

func get(path string) request        { return request{method: "GET", path: path} }
func put(path, body string) request  { return request{method: "PUT", path: path, body: body} }
func post(path, body string) request { return request{method: "POST", path: path, body: body} }

// activate and deactivate are the operations by path.
func activate(user, service string) request {
	return put("/admin/network/agent/"+user+"/service/"+service+"/activate", initiatorOnly)
}

func deactivate(user, service string) request {
	return put("/admin/network/agent/"+user+"/service/"+service+"/deactivate", initiatorOnly)
}

// bbps is the activation of BBPS by its own operation.
func bbps(user string) request {
	return put("/user/service/activate",
		fmt.Sprintf(`{"initiator_id":"9962981729","user_code":%q,"service_code":53,"latlong":"28.6139,77.2090"}`, user))
}

func services(user string) request {
	return get("/user/account/services?initiator_id=9962981729&user_code=" + user)
}

const initiatorOnly = `{"initiator_id":"9962981729"}`

// with gives the request with more fields at the end of its JSON body.
func (r request) with(fields string) request {
	r.body = strings.TrimSuffix(r.body, "}") + "," + fields + "}"
	return r
}

// by gives the request as another partner sends it.
func (r request) by(c creds) request {
	r.as = c
	r.body = strings.ReplaceAll(r.body, sandbox.InitiatorID, c.initiator)
	r.path = strings.ReplaceAll(r.path, sandbox.InitiatorID, c.initiator)
	return r
}

// from gives the request as a trusted proxy passes it on for an address.
func (r request) from(address string) request {
	r.header = http.Header{"X-Forwarded-For": {address}}
	return r
}

// timestamp gives one that no request had.
func (w *world) timestamp() string {
	return strconv.FormatInt(w.clock.Now().UnixMilli()+w.stamps.Add(1), 10)
}

// signEPS signs as the contract says, apart from the code under test.
func signEPS(accessKey, timestamp string) string {
	mac := hmac.New(sha256.New, []byte(base64.StdEncoding.EncodeToString([]byte(accessKey))))
	mac.Write([]byte(timestamp))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// reply is an answer with its envelope taken apart.
type reply struct {
	http   int
	header http.Header
	body   string
	envelope
}

// envelope is that of the contract; pointers tell what is missing.
type envelope struct {
	Status         *int            `json:"status"`
	Message        *string         `json:"message"`
	ResponseStatus *int            `json:"response_status_id"`
	ResponseType   *int            `json:"response_type_id"`
	Data           json.RawMessage `json:"data"`
}

// send sends a request and checks what holds for every answer there is.
func (w *world) send(t *testing.T, r request) reply {
	t.Helper()
	resp, err := httpClient().Do(w.build(t, r))
	if err != nil {
		t.Fatal(err)
	}
	return readReply(t, resp)
}

// httpClient neither follows redirects nor asks for compression.
func httpClient() *http.Client {
	return &http.Client{Transport: &http.Transport{DisableCompression: true, DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

func (w *world) build(t *testing.T, r request) *http.Request {
	t.Helper()
	if !strings.HasPrefix(strings.TrimLeft(r.path, "/"), "eko") {
		r.path = "/ekoapi/v3" + r.path
	}
	var body io.Reader
	if body = strings.NewReader(r.body); r.chunked {
		body = io.MultiReader(body) // its length cannot be seen
	}
	req, err := http.NewRequestWithContext(t.Context(), r.method, w.URL+r.path, body)
	if err != nil {
		t.Fatal(err)
	}
	if r.as == (creds{}) {
		r.as = sandboxCreds()
	}
	if r.at == "" {
		r.at = w.timestamp()
	}
	if r.signature == "" {
		r.signature = signEPS(r.as.accessKey, r.at)
	}
	req.Header = http.Header{"developer_key": {r.as.developerKey}, "secret-key": {r.signature}, "secret-key-timestamp": {r.at}}
	if r.media == "" {
		r.media = "application/json"
	}
	if r.media != "-" {
		req.Header["content-type"] = []string{r.media}
	}
	for name, values := range r.header {
		req.Header[name] = values
	}
	return req
}

func readReply(t *testing.T, resp *http.Response) reply {
	t.Helper()
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	r := reply{http: resp.StatusCode, header: resp.Header, body: string(b)}
	if resp.Header.Get("Content-Encoding") == "" {
		r.envelope = readEnvelope(t, b)
	}
	if got := resp.Header.Get("Content-Type"); got != "application/json" {
		t.Errorf("content type %q", got)
	}
	if resp.Header.Get("X-Request-Id") == "" {
		t.Error("no request id")
	}
	return r
}

// readEnvelope checks that the body has the five fields of the contract and no others.
func readEnvelope(t testing.TB, body []byte) (e envelope) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(&e); err != nil || d.More() {
		t.Fatalf("not an envelope (%v): %s", err, body)
	}
	if e.Status == nil || e.Message == nil || *e.Message == "" || e.ResponseStatus == nil || e.ResponseType == nil || !bytes.HasPrefix(e.Data, []byte("{")) {
		t.Fatalf("the envelope is not complete: %s", body)
	}
	return e
}

// look is a row of the contract's table of answers.
type look struct{ http, status, id, kind int }

// The rows that many tests need.
func done() look         { return look{200, 0, 0, 0} }
func bbpsDone() look     { return look{200, 0, 0, 1388} }
func pending() look      { return look{200, 0, 327, 0} }
func listed() look       { return look{200, 0, -1, 1299} }
func onboarded() look    { return look{200, 0, -1, 1290} }
func exists() look       { return look{200, 1, 17, 1297} }
func unknownAgent() look { return look{200, 1, 463, 1297} }
func inactive() look     { return look{200, 1, 31, 1297} }
func failed() look       { return look{200, 1, 1, 1297} }
func malformed() look    { return look{400, 1, 1, 1297} }
func forbidden() look    { return look{403, 1, 1, 1297} }
func tooMany() look      { return look{429, 1, 1, 1297} }

// want checks the reply's numbers.
func (r reply) want(t *testing.T, want look) reply {
	t.Helper()
	if got := (look{r.http, *r.Status, *r.ResponseStatus, *r.ResponseType}); got != want {
		t.Fatalf("HTTP, status, response_status_id, response_type_id are %v, want %v: %s", got, want, r.body)
	}
	return r
}

// says checks that the message contains each text.
func (r reply) says(t *testing.T, texts ...string) reply {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(*r.Message, text) {
			t.Errorf("the message does not say %q: %s", text, *r.Message)
		}
	}
	return r
}

// data decodes the payload.
func data[T any](t *testing.T, r reply) (v T) {
	t.Helper()
	if err := json.Unmarshal(r.Data, &v); err != nil {
		t.Fatalf("%v: %s", err, r.Data)
	}
	return v
}

// service gives the entry of one service in an agent's list.
func (w *world) service(t *testing.T, c *switchboard.Client, user, code string) switchboard.ServiceStatus {
	t.Helper()
	list, err := c.Services(t.Context(), user)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range list.Services {
		if s.ServiceCode == code {
			return s
		}
	}
	t.Fatalf("agent %s has no service %s: %+v", user, code, list)
	return switchboard.ServiceStatus{}
}
