package eps_test

import (
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/apptest"
)

func TestHeaderNamesInAnyCase(t *testing.T) {
	t.Parallel()
	w := newWorld(t, apptest.Options{})
	user := w.agent(t, "sandbox")
	for name, spell := range map[string]func(string) string{
		"lower": strings.ToLower, "upper": strings.ToUpper, "canonical": http.CanonicalHeaderKey,
		"mixed": func(s string) string { return strings.ToUpper(s[:3]) + s[3:] },
	} {
		t.Run(name, func(t *testing.T) {
			req := w.build(t, activate(user, "45"))
			spelled := http.Header{}
			for name, values := range req.Header {
				spelled[spell(name)] = values
			}
			req.Header = spelled
			resp, err := httpClient().Do(req)
			if err != nil {
				t.Fatal(err)
			}
			readReply(t, resp).want(t, done())
		})
	}
}

// TestBodyForms: JSON or a form, with a charset or not, by length or chunked.
func TestBodyForms(t *testing.T) {
	t.Parallel()
	w := newWorld(t, apptest.Options{})
	user := w.agent(t, "sandbox")
	form := url.Values{"initiator_id": {"9962981729"}, "user_code": {user}, "service_code": {"45"}, "latlong": {"28.6139,77.2090"}, "client_ref_id": {""}}.Encode()
	object := fmt.Sprintf(`{"initiator_id":"9962981729","user_code":%q,"service_code":45}`, user)
	for media, body := range map[string]string{
		"application/json":                                     object,
		"application/json; charset=utf-8":                      object,
		"application/json;charset=UTF-8":                       object,
		"Application/JSON ; charset=\"utf-8\"":                 object,
		"application/json;":                                    " \r\n" + object + "\n",
		"application/x-www-form-urlencoded":                    form,
		"application/x-www-form-urlencoded; charset=UTF-8":     form,
		"application/x-www-form-urlencoded;charset=ISO-8859-1": form,
	} {
		for _, chunked := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/chunked=%t", media, chunked), func(t *testing.T) {
				r := put("/user/service/activate", body)
				r.media, r.chunked = media, chunked
				w.send(t, r).want(t, done())
			})
		}
	}
}

func TestWrongMediaType(t *testing.T) {
	t.Parallel()
	w := newWorld(t, apptest.Options{})
	for _, media := range []string{"-", "text/plain", "application/xml", "multipart/form-data; boundary=x", "application/jsonp", "json", "*/*", ";"} {
		t.Run(media, func(t *testing.T) {
			w.records(t, 0, func() {
				for _, r := range []request{activate("20810200", "45"), deactivate("20810200", "45"), bbps("20810200"),
					post("/user/network/eps-agent", onboarding("7123456789")), put("/user/account", onboarding("7123456789"))} {
					r.media = media
					w.send(t, r).want(t, look{415, 1, 1, 1297}).says(t, "application/json")
				}
			})
		})
	}
	t.Run("compressed", func(t *testing.T) {
		r := activate("20810200", "45")
		r.header = http.Header{"Content-Encoding": {"gzip"}}
		w.send(t, r).want(t, look{415, 1, 1, 1297})
	})
}

func TestGetIsNeverRefusedForItsMediaType(t *testing.T) {
	t.Parallel()
	w := newWorld(t, apptest.Options{})
	for _, media := range []string{"-", "text/plain", "application/xml", "multipart/form-data", ";", "application/x-www-form-urlencoded"} {
		for _, r := range []request{services("20810200"), get("/user/services/user_code:20810200?initiator_id=9962981729")} {
			r.media = media
			w.send(t, r).want(t, listed())
			r.body = "whatever: a read's body is not looked at"
			w.send(t, r).want(t, listed())
		}
	}
}

func TestCompressedOnlyForClientsThatAsk(t *testing.T) {
	t.Parallel()
	w := newWorld(t, apptest.Options{})
	for i := range 120 {
		s := switchboard.Service{Code: fmt.Sprint(1000 + i), Name: "A service with a name of some length", Provider: "Somebody", Review: "none"}
		if _, err := w.Operator.SetService(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
	long, short := get("/tools/catalog/service-codes?initiator_id=9962981729"), services("20810200")
	plain := w.send(t, long).want(t, look{200, 0, -1, 1280})
	for accept, compressed := range map[string]bool{
		"": false, "identity": false, "br": false, "gzip;q=0": false, "gzip; q=0.000, br": false,
		"gzip": true, "br, gzip": true, "deflate, gzip;q=0.5": true, "gzip;q=1.0": true,
	} {
		t.Run(accept, func(t *testing.T) {
			long.header = http.Header{"Accept-Encoding": {accept}}
			r := w.send(t, long)
			if got := r.header.Get("Content-Encoding") == "gzip"; got != compressed {
				t.Fatalf("compressed: %t, want %t", got, compressed)
			}
			body := r.body
			if compressed {
				body = gunzip(t, body)
			}
			if body != plain.body {
				t.Errorf("the body differs: %s", body)
			}
			if r.header.Get("Vary") != "Accept-Encoding" {
				t.Error("a cache is not told that the answer varies")
			}
		})
	}
	short.header = http.Header{"Accept-Encoding": {"gzip"}}
	if r := w.send(t, short); r.header.Get("Content-Encoding") != "" {
		t.Error("a short answer is compressed")
	}
}

func gunzip(t *testing.T, s string) string {
	t.Helper()
	z, err := gzip.NewReader(strings.NewReader(s))
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
