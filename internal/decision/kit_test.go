package decision_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard/internal/access"
	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/apptest"
	"github.com/switchboard-platform/switchboard/internal/block"
	"github.com/switchboard-platform/switchboard/internal/decision"
	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/gate"
	"github.com/switchboard-platform/switchboard/internal/limit"
	"github.com/switchboard-platform/switchboard/internal/origin"
	"github.com/switchboard-platform/switchboard/internal/registry"
	"github.com/switchboard-platform/switchboard/internal/sandbox"
	"github.com/switchboard-platform/switchboard/internal/secret"
	"github.com/switchboard-platform/switchboard/internal/secret/secrettest"
	"github.com/switchboard-platform/switchboard/internal/sign"
	"github.com/switchboard-platform/switchboard/internal/store"
	"github.com/switchboard-platform/switchboard/internal/store/sqlite"
	"github.com/switchboard-platform/switchboard/internal/trail"
)

var update = flag.Bool("update", false, "write the golden files anew")

// dawn is when a world's clock begins.
func dawn() time.Time { return time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC) }

// world is a sandbox's handler over a real store, with a clock of its own. The sandbox's agent may use
// service 45.
type world struct {
	t       testing.TB
	reg     *registry.Registry
	store   store.Store
	handler *decision.Handler
	trail   *trail.Log
	log     *apptest.Logbook
	clock   atomic.Int64 // microseconds
	stamp   atomic.Int64 // the last timestamp signed
	decided atomic.Int64
}

// The services of the sandbox that the tests use.
const (
	vendors = "45" // no review
	aeps    = "43" // reviewed after
)

func newWorld(t testing.TB, change ...func(*decision.Config)) *world {
	t.Helper()
	w := &world{t: t, log: &apptest.Logbook{}, trail: trail.New(100)}
	w.clock.Store(dawn().UnixMicro())
	var err error
	w.store, err = sqlite.Open(t.Context(), sqlite.Config{Path: filepath.Join(t.TempDir(), "switchboard.db")})
	must(t, err)
	t.Cleanup(func() { _ = w.store.Close() })
	keys := secrettest.New(t)
	stamper, err := secret.NewStamper(keys.Master)
	must(t, err)
	pins := keys.PINs(t, secret.PINConfig{MemoryKiB: 8, Passes: 1})
	w.reg = registry.New(registry.Config{Store: w.store, Sealer: keys.Sealer, PINs: pins, Receipts: stamper, Sandbox: true, Now: w.now})
	must(t, w.reg.Found(t.Context(), w.operator(), nil))
	log := slog.New(slog.NewJSONHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	cfg := decision.Config{Registry: w.reg, Trail: w.trail, Log: log,
		Gate:    gate.New(gate.Config{Registry: w.reg, Window: 2 * time.Minute, Log: log, Trail: w.trail, Refusals: limit.New(1, 20)}),
		Decided: func([]agent.Reason) { w.decided.Add(1) }}
	for _, f := range change {
		f(&cfg)
	}
	w.handler = decision.New(cfg)
	w.activate(vendors)
	return w
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (w *world) now() time.Time { return time.UnixMicro(w.clock.Load()).UTC() }

func (w *world) pass(d time.Duration) { w.clock.Add(d.Microseconds()) }

func (w *world) operator() registry.Caller {
	return registry.Caller{Cause: event.Cause{Actor: "operator:test", RequestID: "test", At: w.now()}, Roles: access.Administrator}
}

// command applies a command to the sandbox's agent.
func (w *world) command(service string, cmd agent.Command) {
	w.t.Helper()
	_, err := w.reg.ChangeService(w.t.Context(), w.operator(), registry.Change{UserCode: sandbox.UserCode, ServiceCode: service, Command: cmd})
	must(w.t, err)
}

func (w *world) activate(service string) { w.command(service, agent.Command{Kind: agent.Activate}) }

// write changes the store directly.
func (w *world) write(fn func(store.Tx) error) {
	w.t.Helper()
	must(w.t, w.store.Update(w.t.Context(), fn))
}

// service changes an entry of the catalogue.
func (w *world) service(code string, change func(*agent.Service)) {
	w.t.Helper()
	w.write(func(tx store.Tx) error {
		dir, err := tx.Directory()
		if err != nil {
			return err
		}
		s, _ := dir.Service(code)
		change(&s)
		return tx.SaveService(s)
	})
}

// agent changes the sandbox's agent.
func (w *world) agent(change func(*agent.Agent)) {
	w.t.Helper()
	w.write(func(tx store.Tx) error {
		rec, err := tx.Agent(sandbox.UserCode)
		if err != nil {
			return err
		}
		a := rec.Agent
		change(&a)
		return tx.UpdateAgent(a, rec.Agent.Head.Version)
	})
}

// block places a block.
func (w *world) block(id string, on block.Target, owner block.Owner, change ...func(*block.Block)) {
	w.t.Helper()
	b := block.Block{ID: id, Target: on, Owner: owner, Reason: "a secret suspicion", PlacedAt: w.now(), PlacedBy: "operator:test"}
	for _, f := range change {
		f(&b)
	}
	w.write(func(tx store.Tx) error { return tx.SaveBlock(b) })
}

// token gives a holder a bearer token.
func (w *world) token(id string, holder access.Holder, holderID string, change ...func(*access.Token)) string {
	w.t.Helper()
	text := "token-of-" + id
	tk := access.Token{ID: id, Holder: holder, HolderID: holderID, Hash: secret.HashToken(secret.NewText(text)), CreatedAt: w.now()}
	for _, f := range change {
		f(&tk)
	}
	w.write(func(tx store.Tx) error { return tx.SaveToken(tk) })
	return text
}

// request is one request; the zero value asks as the sandbox's switch.
type request struct {
	method string // POST by default
	path   string // /v1/decisions by default
	body   string
	token  string // the sandbox's switch by default; "-" for none
	signed *creds // instead of a token
	header map[string]string
	from   string // 192.0.2.1 by default
}

// creds sign.
type creds struct{ developerKey, accessKey string }

func sandboxCreds() *creds { return &creds{sandbox.DeveloperKey, sandbox.AccessKey} }

// reply is what came back.
type reply struct {
	status int
	header http.Header
	body   string
}

func (w *world) send(q request) reply {
	w.t.Helper()
	if q.method == "" {
		q.method = http.MethodPost
	}
	if q.path == "" {
		q.path = "/v1/decisions"
	}
	r := httptest.NewRequest(q.method, q.path, strings.NewReader(q.body))
	r.RemoteAddr = "192.0.2.1:1234"
	if q.from != "" {
		r.RemoteAddr = q.from + ":1234"
	}
	r.Header.Set("Content-Type", "application/json")
	switch {
	case q.signed != nil:
		w.sign(r, q.signed)
	case q.token == "":
		r.Header.Set("Authorization", "Bearer "+sandbox.SwitchToken)
	case q.token != "-":
		r.Header.Set("Authorization", "Bearer "+q.token)
	}
	for name, text := range q.header {
		if r.Header.Del(name); text != "" {
			r.Header[http.CanonicalHeaderKey(name)] = []string{text}
		}
	}
	rec := httptest.NewRecorder()
	w.handler.ServeHTTP(rec, r)
	return reply{rec.Code, rec.Header(), rec.Body.String()}
}

// sign signs with a timestamp of its own.
func (w *world) sign(r *http.Request, c *creds) {
	at := max(w.now().UnixMilli(), w.stamp.Load()+1)
	w.stamp.Store(at)
	text := strconv.FormatInt(at, 10)
	r.Header.Set("developer_key", c.developerKey)
	r.Header.Set("secret-key", sign.EPS(c.accessKey, text))
	r.Header.Set("secret-key-timestamp", text)
}

// question is a body.
func question(agent, service string, more ...string) string {
	m := map[string]string{"agent": agent, "service": service}
	for i := 0; i+1 < len(more); i += 2 {
		m[more[i]] = more[i+1]
	}
	b, _ := json.Marshal(m) // texts always marshal
	return string(b)
}

// codes gives the codes of the reasons in an answer, joined; "allowed" for none.
func (r reply) codes(t testing.TB) string {
	t.Helper()
	var d struct {
		Allowed bool
		Reasons []struct{ Code string }
		Receipt string
	}
	if err := json.Unmarshal([]byte(r.body), &d); err != nil || r.status != http.StatusOK || d.Receipt == "" {
		t.Fatalf("%d %s: %v", r.status, r.body, err)
	}
	var list []string
	for _, x := range d.Reasons {
		list = append(list, x.Code)
	}
	if d.Allowed != (len(list) == 0) {
		t.Fatalf("allowed %t with reasons %v", d.Allowed, list)
	}
	if d.Allowed {
		return "allowed"
	}
	return strings.Join(list, " ")
}

var receiptText = regexp.MustCompile(`"receipt":"[A-Za-z0-9_-]+"`)

// golden compares an answer, its receipts masked, with testdata/name.golden.
func golden(t *testing.T, name string, r reply) {
	t.Helper()
	var pretty bytes.Buffer
	must(t, json.Indent(&pretty, receiptText.ReplaceAll([]byte(r.body), []byte(`"receipt":"…"`)), "", "  "))
	got := "HTTP " + strconv.Itoa(r.status) + "\n" + pretty.String() + "\n"
	path := filepath.Join("testdata", name+".golden")
	if *update {
		must(t, os.MkdirAll(filepath.Dir(path), 0o755))
		must(t, os.WriteFile(path, []byte(got), 0o644))
	}
	want, err := os.ReadFile(path)
	must(t, err)
	if got != string(want) {
		t.Errorf("%s differs from %s (go test -update writes it anew):\n%s", name, path, got)
	}
}

// believe trusts a proxy.
func believe(f origin.Finder) func(*decision.Config) {
	return func(c *decision.Config) { c.Origin = f }
}
