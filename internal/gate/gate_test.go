package gate_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard/internal/access"
	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/gate"
	"github.com/switchboard-platform/switchboard/internal/limit"
	"github.com/switchboard-platform/switchboard/internal/network"
	"github.com/switchboard-platform/switchboard/internal/partner"
	"github.com/switchboard-platform/switchboard/internal/registry"
	"github.com/switchboard-platform/switchboard/internal/secret"
	"github.com/switchboard-platform/switchboard/internal/secret/secrettest"
	"github.com/switchboard-platform/switchboard/internal/sign"
	"github.com/switchboard-platform/switchboard/internal/store"
	"github.com/switchboard-platform/switchboard/internal/store/sqlite"
	"github.com/switchboard-platform/switchboard/internal/trail"
)

// house is a server whose only business is its door: whoever is let in is told who they are.
type house struct {
	*registry.Registry
	t        *testing.T
	url      string
	clock    atomic.Int64 // milliseconds
	stamps   atomic.Int64
	trail    *trail.Log
	log      bytes.Buffer // read after the requests that write it
	replayed []sign.Verdict
	partner  partner.Partner
	creds    registry.Credentials
	token    secret.Text // of the partner
	tokenID  string
}

// open builds a house; refusals bounds the refused credentials of an address, nil for no bound.
func open(t *testing.T, refusals *limit.Buckets, replay partner.Replay) *house {
	t.Helper()
	s, err := sqlite.Open(t.Context(), sqlite.Config{Path: filepath.Join(t.TempDir(), "db")})
	must(t, err)
	t.Cleanup(func() { _ = s.Close() })
	h := &house{t: t, trail: trail.New(20)}
	h.clock.Store(time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC).UnixMilli())
	h.Registry = registry.New(registry.Config{Store: s, Sealer: secrettest.New(t).Sealer, Now: h.now})
	h.partner, h.creds, err = h.AddPartner(t.Context(), h.desk(), partner.Partner{Name: "Kirana", InitiatorID: "9000000001"}, replay)
	must(t, err)
	issued, err := h.AddToken(t.Context(), h.desk(), access.HolderPartner, h.partner.ID, registry.Overlap{})
	must(t, err)
	h.token, h.tokenID = issued.Text, issued.Token.ID
	door := gate.New(gate.Config{Registry: h.Registry, Window: time.Minute, Refusals: refusals, Trail: h.trail,
		Log: slog.New(slog.NewJSONHandler(&h.log, nil)), Replayed: func(v sign.Verdict) { h.replayed = append(h.replayed, v) }})
	h.pass(2 * time.Minute) // what was signed before the door opened is old
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { h.serve(door, w, r) }))
	t.Cleanup(server.Close)
	h.url = server.URL
	return h
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (h *house) now() time.Time       { return time.UnixMilli(h.clock.Load()).UTC() }
func (h *house) pass(d time.Duration) { h.clock.Add(d.Milliseconds()) }
func (h *house) desk() registry.Caller {
	return registry.Caller{Cause: event.Cause{Actor: "operator:test", At: h.now()}}
}

// serve lets the caller in, or says why not, as a dialect does.
func (h *house) serve(door *gate.Gate, w http.ResponseWriter, r *http.Request) {
	who, err := enter(door, gate.Request{Request: r, ID: r.Header.Get("X-Id"), Address: r.Header.Get("X-From"), Now: h.now()})
	if err == nil {
		_, _ = io.WriteString(w, who)
		return
	}
	f := fault.As(err)
	w.WriteHeader(map[fault.Code]int{fault.Unauthenticated: 403, fault.TooMany: 429}[f.Code])
	_, _ = fmt.Fprintf(w, "%s %s", f.Message, f.RetryAfter)
}

func enter(door *gate.Gate, r gate.Request) (string, error) {
	if gate.Bears(r.Header) {
		b, _, err := door.Bearer(r)
		return b.Actor(), err
	}
	s, err := door.Signature(r)
	if err != nil {
		return "", err
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return "", err
	}
	return "partner:" + s.Key.Partner.ID, door.Replay(r, s, body)
}

// knock sends a request with these headers and gives what came back.
func (h *house) knock(id, body string, headers http.Header) (status int, text string) {
	h.t.Helper()
	r, err := http.NewRequestWithContext(h.t.Context(), http.MethodPut, h.url+"/v1/x?pin=1", strings.NewReader(body))
	must(h.t, err)
	r.Header = headers
	r.Header.Set("X-Id", id)
	if r.Header.Get("X-From") == "" {
		r.Header.Set("X-From", "192.0.2.1")
	}
	answer, err := http.DefaultClient.Do(r)
	must(h.t, err)
	defer answer.Body.Close()
	b, err := io.ReadAll(answer.Body)
	must(h.t, err)
	return answer.StatusCode, string(b)
}

func bearer(values ...string) http.Header { return http.Header{"Authorization": values} }

// signed gives the right headers for a timestamp some way from now.
func (h *house) signed(off time.Duration) http.Header {
	stamp := strconv.FormatInt(h.now().Add(off).UnixMilli()+h.stamps.Add(1), 10)
	return http.Header{sign.DeveloperKeyHeader: {h.creds.Key.DeveloperKey},
		sign.SignatureHeader: {sign.EPS(h.creds.AccessKey.Reveal(), stamp)}, sign.TimestampHeader: {stamp}}
}

// logged gives what the log says of a request.
func (h *house) logged(id string) (line map[string]string) {
	for _, text := range strings.Split(h.log.String(), "\n") {
		var all map[string]any
		if json.Unmarshal([]byte(text), &all) == nil && all["request_id"] == id {
			line = map[string]string{}
			for name, value := range all {
				line[name] = fmt.Sprint(value)
			}
		}
	}
	return line
}

// TestBearer over every way to send a token.
func TestBearer(t *testing.T) {
	t.Parallel()
	h := open(t, nil, partner.Observe)
	token := h.token.Reveal()
	for i, c := range []struct {
		header []string
		want   string // the cause of the refusal; "": let in
	}{
		{[]string{"Bearer " + token}, ""},
		{[]string{"bearer " + token}, ""},
		{[]string{"BEARER " + token}, ""},
		{[]string{"Bearer   " + token + " "}, ""},
		{[]string{""}, "no_token"},
		{[]string{"Bearer"}, "no_token"},
		{[]string{"Bearer "}, "no_token"},
		{[]string{token}, "no_token"},
		{[]string{"Basic " + token}, "no_token"},
		{[]string{"Bearer" + token}, "no_token"},
		{[]string{"Bearer " + token, "Bearer " + token}, "no_token"},
		{[]string{"Bearer x"}, "wrong_token"},
		{[]string{"Bearer " + token + "x"}, "wrong_token"},
		{[]string{"Bearer " + token[:len(token)-1]}, "wrong_token"},
		{[]string{"Bearer " + strings.ToUpper(token)}, "wrong_token"},
		{[]string{"Bearer " + h.creds.AccessKey.Reveal()}, "wrong_token"},
	} {
		id := fmt.Sprint("r", i)
		status, text := h.knock(id, "", bearer(c.header...))
		if c.want == "" {
			if status != 200 || text != "partner:"+h.partner.ID {
				t.Errorf("%.12q…: %d %s", c.header, status, text)
			}
			continue
		}
		if status != 403 || !strings.HasPrefix(text, gate.DeniedBearer) {
			t.Errorf("%q: %d %s", c.header, status, text)
		}
		if line := h.logged(id); line["cause"] != c.want || line["address"] != "192.0.2.1" {
			t.Errorf("%q: the log says %v, want %s", c.header, line, c.want)
		}
	}
	if strings.Contains(h.log.String(), token) || strings.Contains(h.log.String(), h.creds.AccessKey.Reveal()) {
		t.Error("the log has a secret")
	}
	if list := h.trail.List(h.partner.ID, trail.Filter{Limit: 10}); len(list) != 0 {
		t.Errorf("a token that nobody knows stands in somebody's request log: %+v", list)
	}
}

// TestBearerEnds: a token lets in until it expires, is revoked, or its holder is.
func TestBearerEnds(t *testing.T) {
	t.Parallel()
	h := open(t, nil, partner.Observe)
	enters := func(what string, token secret.Text, want bool) {
		t.Helper()
		status, text := h.knock(what, "", bearer("Bearer "+token.Reveal()))
		if (status == 200) != want {
			t.Errorf("%s: %d %s", what, status, text)
		}
	}
	second, err := h.AddToken(t.Context(), h.desk(), access.HolderPartner, h.partner.ID, registry.Overlap{For: time.Hour})
	must(t, err)
	enters("the older one meanwhile", h.token, true)
	enters("the newer one", second.Text, true)
	h.pass(time.Hour)
	enters("the older one later", h.token, false)
	h.checkTrail("the older one later", 0, "dead_token", h.tokenID)
	enters("the newer one later", second.Text, true)
	_, err = h.RevokeToken(t.Context(), h.desk(), second.Token.ID)
	must(t, err)
	enters("a revoked one", second.Text, false)
	h.checkTrail("a revoked one", 1, "dead_token", second.Token.ID)

	s, err := h.AddSwitch(t.Context(), h.desk(), "core", "Core switch")
	must(t, err)
	enters("a switch", s.Text, true)
	_, err = h.RevokeSwitch(t.Context(), h.desk(), "core")
	must(t, err)
	enters("a revoked switch", s.Text, false)
}

// TestSignature over what can be wrong with one: the caller is told one thing, log and request log the precise cause.
func TestSignature(t *testing.T) {
	t.Parallel()
	h := open(t, nil, partner.Observe)
	for name, c := range map[string]struct {
		spoil func(x http.Header)
		want  string // "": let in
		known bool   // whose key it is
	}{
		"right":             {func(http.Header) {}, "", true},
		"no headers":        {func(x http.Header) { clear(x) }, "missing_header", false},
		"no timestamp":      {func(x http.Header) { delete(x, sign.TimestampHeader) }, "missing_header", true},
		"two signatures":    {func(x http.Header) { x[sign.SignatureHeader] = append(x[sign.SignatureHeader], "y") }, "repeated_header", true},
		"a key of nobody":   {func(x http.Header) { x[sign.DeveloperKeyHeader] = []string{h.creds.AccessKey.Reveal()} }, "unknown_key", false},
		"wrong":             {func(x http.Header) { x[sign.SignatureHeader] = []string{"AAAA"} }, "wrong_signature", true},
		"too old":           {func(x http.Header) { setAll(x, h.signed(-61*time.Second)) }, "skew", true},
		"too new":           {func(x http.Header) { setAll(x, h.signed(61*time.Second)) }, "skew", true},
		"old enough":        {func(x http.Header) { setAll(x, h.signed(-59*time.Second)) }, "", true},
		"another timestamp": {func(x http.Header) { x[sign.TimestampHeader] = h.signed(0)[sign.TimestampHeader] }, "wrong_signature", true},
	} {
		headers := h.signed(0)
		c.spoil(headers)
		before := len(h.trail.List(h.partner.ID, trail.Filter{Limit: 100}))
		status, text := h.knock(name, "", headers)
		if c.want == "" {
			if status != 200 || text != "partner:"+h.partner.ID {
				t.Errorf("%s: %d %s", name, status, text)
			}
			continue
		}
		if status != 403 || !strings.HasPrefix(text, gate.DeniedSignature) {
			t.Errorf("%s: %d %s", name, status, text)
		}
		if line := h.logged(name); line["cause"] != c.want || (line["developer_key"] != "") != c.known {
			t.Errorf("%s: the log says %v, want %s", name, line, c.want)
		}
		owner := ""
		if c.known {
			owner = h.creds.Key.DeveloperKey
		}
		h.checkTrail(name, before, c.want, owner)
	}
	if strings.Contains(h.log.String(), h.creds.AccessKey.Reveal()) {
		t.Error("the log has the access key, which was sent as something else")
	}
}

func setAll(to, from http.Header) {
	for name, values := range from {
		to[name] = values
	}
}

// checkTrail: a refused request stands in the request log of whose key (or token's id) it used, "" for nobody's,
// once, with its precise cause.
func (h *house) checkTrail(id string, before int, cause, key string) {
	h.t.Helper()
	list := h.trail.List(h.partner.ID, trail.Filter{Limit: 100})
	if key == "" {
		if len(list) != before {
			h.t.Errorf("%s: it stands in somebody's request log: %+v", id, list[0])
		}
		return
	}
	if len(list) != before+1 {
		h.t.Errorf("%s: %d entries were added", id, len(list)-before)
		return
	}
	want := trail.Entry{Seq: list[0].Seq, At: h.now(), RequestID: id, Method: "PUT", Path: "/v1/x", Status: 403, Outcome: "unauthenticated",
		Cause: cause, Detail: list[0].Detail, Key: key, Address: "192.0.2.1"}
	if list[0] != want || list[0].Detail == "" {
		h.t.Errorf("%s: the request log says\n%+v, want\n%+v", id, list[0], want)
	}
}

// TestDeadKey: a revoked key lets nobody in, and its partner sees that it was tried.
func TestDeadKey(t *testing.T) {
	t.Parallel()
	h := open(t, nil, partner.Observe)
	_, err := h.RevokeKey(t.Context(), h.desk(), h.creds.Key.DeveloperKey)
	must(t, err)
	if status, text := h.knock("dead", "", h.signed(0)); status != 403 || !strings.HasPrefix(text, gate.DeniedSignature) {
		t.Errorf("%d %s", status, text)
	}
	h.checkTrail("dead", 0, "dead_key", h.creds.Key.DeveloperKey)
}

// TestReplay: the same signature with another request is told, and refused where the key is strict.
func TestReplay(t *testing.T) {
	t.Parallel()
	for level, want := range map[partner.Replay]struct {
		status  int
		verdict sign.Verdict
	}{partner.Observe: {200, sign.Reuse}, partner.SameSource: {403, sign.RefusedSource}, partner.Strict: {403, sign.RefusedStrict}} {
		t.Run(level.String(), func(t *testing.T) {
			t.Parallel()
			h := open(t, nil, level)
			headers := h.signed(0)
			for i, body := range []string{"a", "a"} { // the second is an honest retry
				if status, text := h.knock(fmt.Sprint("honest", i), body, headers); status != 200 {
					t.Errorf("an honest request: %d %s", status, text)
				}
			}
			headers.Set("X-From", "198.51.100.1")
			if status, text := h.knock("forged", "b", headers); status != want.status {
				t.Errorf("another request under the signature: %d %s, want %d", status, text, want.status)
			}
			if len(h.replayed) != 1 || h.replayed[0] != want.verdict {
				t.Errorf("told of %v, want %s", h.replayed, want.verdict)
			}
			list := h.trail.List(h.partner.ID, trail.Filter{Limit: 10})
			if want.status == 403 && (len(list) != 1 || list[0].Cause != want.verdict.String() || list[0].Address != "198.51.100.1") || want.status == 200 && len(list) != 0 {
				t.Errorf("the request log says %+v", list)
			}
		})
	}
}

// TestRefusalsLimit: an address that was refused too often waits, whatever it sends; others do not.
func TestRefusalsLimit(t *testing.T) {
	t.Parallel()
	const burst = 3
	h := open(t, limit.New(0.1, burst), partner.Observe)
	good := func() http.Header { return bearer("Bearer " + h.token.Reveal()) }
	for range 5 { // what is let in counts for nothing
		if status, _ := h.knock("good", "", good()); status != 200 {
			t.Fatalf("a good token: %d", status)
		}
	}
	wrong := []http.Header{bearer("Bearer x"), bearer("x"), {}}
	for i, headers := range wrong {
		if status, _ := h.knock(fmt.Sprint("bad", i), "", headers); status != 403 {
			t.Errorf("refusal %d: %d", i, status)
		}
	}
	for name, headers := range map[string]http.Header{"bad": bearer("Bearer x"), "good": good(), "signed": h.signed(0)} {
		if status, text := h.knock(name, "", headers); status != 429 || !strings.HasSuffix(text, " 10s") {
			t.Errorf("%s after too many refusals: %d %s", name, status, text)
		}
	}
	elsewhere := good()
	elsewhere.Set("X-From", "198.51.100.1")
	if status, text := h.knock("elsewhere", "", elsewhere); status != 200 {
		t.Errorf("from another address: %d %s", status, text)
	}
	h.pass(10 * time.Second)
	if status, text := h.knock("later", "", good()); status != 200 {
		t.Errorf("later: %d %s", status, text)
	}
}

// TestAddresses: a partner with a list of networks is let in from them alone, by signature and by token, and told no more
// than anybody else who is refused; the log says why. A use that was let in is noted, and no other.
func TestAddresses(t *testing.T) {
	t.Parallel()
	h := open(t, nil, partner.Observe)
	list, err := network.Parse([]string{"192.0.2.0/28", "2001:db8::/64"})
	must(t, err)
	changed, err := h.SetPartnerAddresses(t.Context(), h.desk(), h.partner.ID, list)
	if err != nil || !changed {
		t.Fatalf("the list is set: %t, %v", changed, err)
	}
	used := func() map[store.KeyName]time.Time {
		t.Helper()
		last, err := h.KeyUses(t.Context())
		must(t, err)
		return last
	}
	for _, c := range []struct {
		from string
		in   bool
	}{{"198.51.100.1", false}, {"", false}, {"192.0.2.16", false}, {"2001:db8:0:1::1", false}, {"192.0.2.15", true}, {"::ffff:192.0.2.1", true}, {"2001:db8::7", true}} {
		for way, headers := range map[string]http.Header{gate.DeniedSignature: h.signed(0), gate.DeniedBearer: bearer("Bearer " + h.token.Reveal())} {
			id := way[:20] + c.from
			headers["X-From"] = []string{cmp.Or(c.from, "nowhere")}
			status, text := h.knock(id, "", headers)
			if c.in != (status == 200) || !c.in && !strings.HasPrefix(text, way) {
				t.Errorf("from %q: %d %s", c.from, status, text)
			}
			if line := h.logged(id); !c.in && (line["cause"] != "address_not_permitted" || !strings.HasPrefix(line["detail"], "address not permitted") || line["address"] != cmp.Or(c.from, "nowhere")) {
				t.Errorf("from %q: the log says %v", c.from, line)
			}
		}
		if uses := used(); len(uses) != 0 && !c.in {
			t.Errorf("from %q: uses are noted: %v", c.from, uses)
		}
	}
	minute := h.now().Truncate(time.Minute)
	for _, name := range []store.KeyName{{Kind: store.DeveloperKey, ID: h.creds.Key.DeveloperKey}, {Kind: store.BearerToken, ID: h.tokenID}} {
		if at := used()[name]; !at.Equal(minute) {
			t.Errorf("%s was last used at %v, want %v", name.Kind, at, minute)
		}
	}
	if list := h.trail.List(h.partner.ID, trail.Filter{Limit: 50}); len(list) != 8 || list[0].Cause != "address_not_permitted" {
		t.Errorf("the partner sees %d refusals", len(list))
	}
	_, err = h.SetPartnerAddresses(t.Context(), h.desk(), h.partner.ID, nil)
	must(t, err)
	if status, text := h.knock("free", "", h.signed(0)); status != 200 {
		t.Errorf("from anywhere: %d %s", status, text)
	}
}
