package admin_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/apptest"
)

// leak is what no answer may show: SQL, paths of files, Go's own words.
var leak = regexp.MustCompile(`(?i)\b(select|insert|update|delete) .*\b(from|into|set|where)\b|sqlite|\.go\b|goroutine|panic|runtime|/tmp/|/home/|switchboard\.db|json: |strconv|net/http|\bEOF\b|0x[0-9a-f]{6,}|\*[a-z]+\.[A-Z]`)

func TestLeakIsNoticed(t *testing.T) {
	t.Parallel()
	for _, s := range []string{
		"SELECT a FROM b", "sqlite: disk I/O error", "store.go:12", "open /tmp/x: no such file", "json: unknown field", "unexpected EOF",
	} {
		if !leak.MatchString(s) {
			t.Errorf("%q goes unnoticed", s)
		}
	}
}

// badInput is a request that must be refused, and how.
type badInput struct {
	method, path, body string
	status             int
	code, field        string // field "" for none
}

func TestBadInput(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 70<<10)
	refuseAll(t, map[string]badInput{
		"no address":             {"GET", "/nothing", "", 404, "no_route", ""},
		"another method":         {"DELETE", "/agents", "", 404, "no_route", ""},
		"no body":                {"POST", "/partners", "", 400, "invalid", ""},
		"not JSON":               {"POST", "/partners", "name=Acme", 400, "invalid", ""},
		"half a body":            {"POST", "/partners", `{"name":"Acme"`, 400, "invalid", ""},
		"a list":                 {"POST", "/partners", `[]`, 400, "invalid", ""},
		"two bodies":             {"POST", "/partners", `{"name":"Acme","initiator_id":"9876543210"} {}`, 400, "invalid", ""},
		"unknown field":          {"POST", "/partners", `{"name":"Acme","initiator_id":"9876543210","admin":true}`, 400, "invalid", ""},
		"wrong type":             {"POST", "/partners", `{"name":7,"initiator_id":"9876543210"}`, 400, "invalid", ""},
		"too large":              {"POST", "/partners", `{"name":"` + long + `"}`, 413, "too_large", ""},
		"partner without name":   {"POST", "/partners", `{"initiator_id":"9876543210"}`, 400, "invalid", "name"},
		"initiator of letters":   {"POST", "/partners", `{"name":"Acme","initiator_id":"98765abcde"}`, 400, "invalid", "initiator_id"},
		"unknown replay":         {"POST", "/partners", `{"name":"Acme","initiator_id":"9876543210","replay":"loose"}`, 400, "invalid", "replay"},
		"overlap in words":       {"POST", "/partners/sandbox/keys", `{"overlap":"a week"}`, 400, "invalid", "overlap"},
		"negative overlap":       {"POST", "/partners/sandbox/keys", `{"overlap":"-1h"}`, 400, "invalid", "overlap"},
		"replay of a new key":    {"POST", "/partners/sandbox/keys", `{"replay":"loose"}`, 400, "invalid", "replay"},
		"no replay":              {"POST", "/keys/becbbce45f79c6f5109f848acd540567/replay", `{}`, 400, "invalid", "replay"},
		"another replay":         {"POST", "/keys/becbbce45f79c6f5109f848acd540567/replay", `{"replay":"STRICT"}`, 400, "invalid", "replay"},
		"service without name":   {"PUT", "/services/77", `{}`, 400, "invalid", "name"},
		"service code with dots": {"PUT", "/services/..7", `{"name":"Dots"}`, 400, "invalid", "service_code"},
		"two service codes":      {"PUT", "/services/77", `{"name":"Loans","service_code":"78"}`, 400, "invalid", "service_code"},
		"unknown review":         {"PUT", "/services/77", `{"name":"Loans","review":"sometimes"}`, 400, "invalid", "review"},
		"limit of letters":       {"GET", "/agents?limit=many", "", 400, "invalid", "limit"},
		"negative limit":         {"GET", "/agents?limit=-1", "", 400, "invalid", "limit"},
		"limit too high":         {"GET", "/activations?limit=1001", "", 400, "invalid", "limit"},
		"events of letters":      {"GET", "/agents/20810200?events=all", "", 400, "invalid", "events"},
		"too many events":        {"GET", "/agents/20810200?events=10001", "", 400, "invalid", "events"},
		"unknown status":         {"GET", "/activations?status=on", "", 400, "invalid", "status"},
		"waiting in words":       {"GET", "/activations?waiting=yes", "", 400, "invalid", "waiting"},
		"user code with blanks":  {"POST", "/agents", `{"partner":"sandbox","user_code":"a b"}`, 400, "invalid", "user_code"},
		"bad profile":            {"POST", "/agents", `{"partner":"sandbox","profile":{"mobile":"12"}}`, 400, "invalid", "mobile"},
		"unknown standing":       {"POST", "/agents/20810200/standing", `{"standing":"asleep"}`, 400, "invalid", "standing"},
		"no reason":              {"POST", "/agents/20810200/standing", `{"standing":"closed"}`, 400, "invalid", "reason"},
		"a reason too long":      {"POST", "/agents/20810200/standing", `{"standing":"closed","reason":"` + long[:300] + `"}`, 400, "invalid", "reason"},
		"a comment too long":     {"POST", "/agents/20810200/services/45/activate", `{"comment":"` + long[:300] + `"}`, 400, "invalid", "comment"},
		"unknown format":         {"POST", "/import?partner=sandbox&format=xlsx", "", 400, "invalid", ""},
		"import for nobody":      {"POST", "/import?partner=p99&format=csv", "user_code\n1\n", 404, "not_found", ""},
		"import with no header":  {"POST", "/import?partner=sandbox&format=csv", "", 400, "invalid", ""},
		"import, unknown column": {"POST", "/import?partner=sandbox&format=csv", "user_code,colour\n", 400, "invalid", ""},
		"import, a dry word":     {"POST", "/import?partner=sandbox&format=csv&dry_run=1", "user_code\nx1\n", 400, "invalid", "dry_run"},
		"path upwards":           {"GET", "/agents/..%2F..%2Fetc%2Fpasswd", "", 404, "unknown_agent", ""},
		"SQL in a name":          {"GET", "/agents/'%20OR%20'1'='1", "", 404, "unknown_agent", ""},
		"agent with a zero byte": {"GET", "/agents/%00", "", 404, "unknown_agent", ""},
	})
}

// refuseAll sends bad requests to a sandbox: each is refused as it should be, and nothing is changed.
func refuseAll(t *testing.T, all map[string]badInput) {
	a := apptest.New(t, apptest.Options{})
	before := must(a.Operator.Status(t.Context()))(t).Events
	for name, c := range all {
		t.Run(name, func(t *testing.T) {
			got := send(t, a, c.method, c.path, c.body)
			f := got.fault(t)
			if got.StatusCode != c.status || f.Code != c.code || f.Message == "" {
				t.Fatalf("got %s %+v, want %d %s", got.Status, f, c.status, c.code)
			}
			if named := len(f.Fields) > 0 && f.Fields[0].Field == c.field && f.Fields[0].Problem != ""; c.field != "" && !named {
				t.Errorf("the fields are %+v, want %s", f.Fields, c.field)
			}
			if found := leak.FindString(got.body); found != "" {
				t.Errorf("the answer shows %q: %s", found, got.body)
			}
			if ct := got.Header.Get("Content-Type"); ct != "application/json" {
				t.Errorf("the content type is %q", ct)
			}
		})
	}
	if after := must(a.Operator.Status(t.Context()))(t).Events; after != before {
		t.Errorf("bad input changed something: %d events became %d", before, after)
	}
}

// A field that names several bad values names them all.
func TestAllBadFieldsAtOnce(t *testing.T) {
	t.Parallel()
	a := apptest.New(t, apptest.Options{})
	f := send(t, a, "POST", "/agents", `{"partner":"sandbox","user_code":"a b","profile":{"mobile":"1","pan_number":"2","email":"3","dob":"4"}}`).fault(t)
	for _, name := range []string{"user_code", "mobile", "pan_number", "email", "dob"} {
		find(t, f.Fields, func(x switchboard.FieldFault) bool { return x.Field == name })
		if !strings.Contains(f.Message, name) {
			t.Errorf("the message does not name %s: %s", name, f.Message)
		}
	}
}

// A store that is closed under the API is our fault, and shows nothing of it.
func TestFaultOfOursShowsNothing(t *testing.T) {
	t.Parallel()
	h := closedHandler(t)
	for _, path := range []string{"/status", "/partners", "/services", "/agents", "/agents/20810200", "/activations", "/backup",
		"/channels", "/members", "/members/254712345678", "/ladders", "/ladders/OTP/xml"} {
		w := record(h, "GET", path)
		if w.Code != http.StatusServiceUnavailable && w.Code != http.StatusInternalServerError {
			t.Errorf("%s: got %d %s", path, w.Code, w.Body)
		}
		if found := leak.FindString(w.Body.String()); found != "" {
			t.Errorf("%s shows %q: %s", path, found, w.Body)
		}
	}
}
