package eps

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/gate"
	"github.com/switchboard-platform/switchboard/internal/registry"
)

// decoded makes the fields of a body as a request with that body has them.
func decoded(media, body string) (*fields, error) {
	r := httptest.NewRequest(http.MethodPut, "/", nil)
	r.Header.Set("Content-Type", media)
	return (&call{r: r, body: []byte(body)}).bodyFields()
}

// checkFields checks what holds for the fields of any request that was decoded.
func checkFields(t *testing.T, f *fields) {
	t.Helper()
	now := time.Date(2024, 3, 5, 0, 0, 0, 0, time.UTC)
	initiator, reference, latLong, user := f.initiator(), f.reference(), f.latLong(true), f.need("user_code")
	p := f.profile()
	p.CheckOnboarding(now, &f.bad)
	bad := map[string]bool{}
	for _, x := range firstOfEach(f.bad) {
		if bad[x.Name] || x.Name == "" || x.Problem == "" {
			t.Errorf("a bad field is told twice or not at all: %+v", x)
		}
		bad[x.Name] = true
	}
	for name, good := range map[string]bool{
		"initiator_id": agent.ValidMobile(initiator), "client_ref_id": len(reference) <= maxReference && agent.ValidText(reference),
		"latlong": agent.ValidLatLong(latLong), "user_code": user != "", "mobile": agent.ValidMobile(p.Mobile),
		"shop_name": p.ShopName != "" && agent.ValidText(p.ShopName),
	} {
		if !good && !bad[name] {
			t.Errorf("%s is wrong and was let pass", name)
		}
	}
	if len(bad) == 0 {
		checkProfileAgain(t, p, now)
	}
}

// checkProfileAgain: what was accepted is accepted again in its own words, and means the same.
func checkProfileAgain(t *testing.T, p agent.Profile, now time.Time) {
	t.Helper()
	body, err := json.Marshal(map[string]any{
		"pan_number": p.PAN, "mobile": p.Mobile, "first_name": p.FirstName, "middle_name": p.MiddleName, "last_name": p.LastName,
		"email": p.Email, "dob": p.DOB, "shop_name": p.ShopName, "residence_address": wireAddress(p.Address),
	})
	if err != nil {
		t.Fatal(err)
	}
	f, err := decoded(mediaJSON, string(body))
	if err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	var bad fault.Fields
	again := f.profile()
	again.CheckOnboarding(now, &bad)
	if again != p || len(f.bad)+len(bad) > 0 {
		t.Errorf("%+v comes back as %+v: %v %v", p, again, f.bad, bad)
	}
}

func wireAddress(a agent.Address) map[string]string {
	return map[string]string{"line": a.Line, "city": a.City, "state": a.State, "pincode": a.Pincode, "district": a.District, "area": a.Area}
}

func FuzzJSONBody(f *testing.F) {
	f.Add(`{}`)
	f.Fuzz(func(t *testing.T, body string) {
		got, err := decoded(mediaJSON, body)
		var object map[string]json.RawMessage // any would refuse numbers that no float64 holds
		if isObject := json.Unmarshal([]byte(body), &object) == nil && object != nil; isObject != (err == nil) {
			t.Fatalf("an object: %t, but decoded: %v", isObject, err)
		}
		if err != nil {
			wantInvalid(t, err)
			return
		}
		checkFields(t, got)
	})
}

func FuzzFormBody(f *testing.F) {
	f.Add("")
	f.Fuzz(func(t *testing.T, body string) {
		got, err := decoded(mediaForm, body)
		if err != nil {
			wantInvalid(t, err)
			return
		}
		checkFields(t, got)
	})
}

func FuzzQuery(f *testing.F) {
	f.Add("")
	f.Fuzz(func(t *testing.T, query string) {
		got, err := (&call{r: &http.Request{URL: &url.URL{RawQuery: query}}}).queryFields()
		if err != nil {
			wantInvalid(t, err)
			return
		}
		values, err := url.ParseQuery(query)
		if err != nil {
			t.Fatalf("decoded although %v", err)
		}
		for _, name := range []string{"initiator_id", "user_code"} {
			if s := got.get(name); s != strings.TrimSpace(values.Get(name)) {
				t.Errorf("%s is %q", name, s)
			}
		}
		checkFields(t, got)
	})
}

func wantInvalid(t *testing.T, err error) {
	t.Helper()
	if f := fault.As(err); f.Code != fault.Invalid || f.Message == "" {
		t.Errorf("the error is %v", err)
	}
}

// FuzzAddress: an address that is read is read again from its object, and is never the broken one.
func FuzzAddress(f *testing.F) {
	f.Add([]byte(`null`))
	f.Fuzz(func(t *testing.T, value []byte) {
		if !json.Valid(value) {
			t.Skip("a decoder never passes it on")
		}
		var raw json.RawMessage
		if err := json.Unmarshal(value, &raw); err != nil {
			t.Fatal(err)
		}
		a, ok := readAddress(raw)
		if !ok {
			return
		}
		object, err := json.Marshal(wireAddress(a))
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(object), brokenAddress) {
			t.Errorf("the broken address passes: %+v", a)
		}
		if again, ok := readAddress(object); !ok || again != a {
			t.Errorf("%+v comes back as %+v, %t", a, again, ok)
		}
	})
}

// FuzzSplit: the parts of a path are never empty, and make the same path again when escaped.
func FuzzSplit(f *testing.F) {
	f.Add("/ekoapi/v3")
	f.Fuzz(func(t *testing.T, path string) {
		u, err := url.ParseRequestURI(path)
		if err != nil {
			t.Skip("a server never passes it on")
		}
		s, ok := split(u)
		if !ok {
			return
		}
		var again strings.Builder
		for _, part := range s.part[:s.n] {
			if part == "" {
				t.Errorf("%q has an empty part: %q", path, s.part[:s.n])
			}
			again.WriteString("//" + url.PathEscape(part))
		}
		escaped := again.String() + "/"
		plain, err := url.PathUnescape(escaped)
		if err != nil {
			t.Fatal(err)
		}
		if same, ok := split(&url.URL{Path: plain, RawPath: escaped}); !ok || same != s {
			t.Errorf("%q comes back as %q, %t", s.part[:s.n], same.part[:same.n], ok)
		}
		for i := range routes {
			if routes[i].matches(&s) && s.n != len(routes[i].pattern)+2 {
				t.Errorf("%q matches %v", s.part[:s.n], routes[i].pattern)
			}
		}
	})
}

// FuzzMediaType: what is taken for a form or JSON says so, and nothing else does.
func FuzzMediaType(f *testing.F) {
	f.Add("application/json", "")
	f.Fuzz(func(t *testing.T, media, encoding string) {
		c := &call{r: &http.Request{Header: http.Header{"Content-Type": {media}, "Content-Encoding": {encoding}}}}
		got := c.mediaType()
		named := strings.HasPrefix(strings.ToLower(strings.TrimSpace(media)), got)
		if got != "" && (got != mediaJSON && got != mediaForm || !named || encoding != "" && encoding != "identity") {
			t.Errorf("%q with the encoding %q is %q", media, encoding, got)
		}
	})
}

func TestAsksGzip(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]bool{
		"": false, "gzip": true, " gzip ": true, "gzip;q=0": false, "gzip; q=0.00": false, "gzip;q=0.01": true, "gzip;q=1": true,
		"xgzip": false, "gzip2": false, "deflate,gzip": true, "deflate, gzip ; q=0": false, "*": false,
	} {
		if got := asksGzip(header); got != want {
			t.Errorf("%q: %t, want %t", header, got, want)
		}
	}
}

// TestKeyEndsMeanwhile: a key that ends between the check of the signature and the change is
// refused in the words of every refusal; the log knows.
func TestKeyEndsMeanwhile(t *testing.T) {
	t.Parallel()
	var log strings.Builder
	logger := slog.New(slog.NewTextHandler(&log, nil))
	door := gate.New(gate.Config{Registry: registry.New(registry.Config{}), Window: time.Minute, Log: logger})
	c := &call{h: &Handler{log: logger, gate: door}, id: "r1"}
	a := c.refuse(httptest.NewRecorder(), fault.New(fault.Unauthenticated, "The developer key is no longer valid."))
	if a.http != 403 || a.message != gate.DeniedSignature {
		t.Errorf("answered %d: %s", a.http, a.message)
	}
	if text := log.String(); !strings.Contains(text, "cause=dead_key") || !strings.Contains(text, "request_id=r1") {
		t.Errorf("the log says %s", text)
	}
}
