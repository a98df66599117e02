package console_test

import (
	"encoding/csv"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/apptest"
	"github.com/switchboard-platform/switchboard/internal/console"
	"github.com/switchboard-platform/switchboard/internal/origin"
)

// sendParts sends a form of parts, and gives the status. One that is too long does not end before it is answered.
func (k *clerk) sendParts(path, parts string, endless bool) int {
	k.t.Helper()
	body, w := io.Pipe()
	defer w.Close()
	go func() {
		_, _ = io.WriteString(w, parts) // whoever refuses it does not read it all
		if !endless {
			w.Close()
		}
	}()
	return k.send(http.MethodPost, path, body, "Content-Type", "multipart/form-data; boundary=x").status
}

// Whatever comes with a form, or in the place of one, is bounded: a file in one that takes none, and all that comes before
// the file in one that does.
func TestFormsAreBounded(t *testing.T) {
	t.Parallel()
	a := apptest.New(t, apptest.Options{})
	viewer, support := settled(t, a, "vera", "viewer"), settled(t, a, "sam", "support")
	p, err := support.api.MakePlan(t.Context(), switchboard.NewPlan{Action: "deactivate", FromFile: true})
	if err != nil {
		t.Fatal(err)
	}
	part := func(name, text string) string {
		return "--x\r\nContent-Disposition: form-data; " + name + "\r\n\r\n" + text + "\r\n"
	}
	if got := viewer.sendParts("/audit/verify", part(`name="f"; filename="f"`, strings.Repeat("a", 2<<20)), true); got != http.StatusRequestEntityTooLarge {
		t.Errorf("a file to a form without one: %d", got)
	}
	fill := "/plans/" + p.ID + "/import"
	for name, c := range map[string]struct {
		parts string
		want  int
	}{
		"a long field":         {part(`name="page"`, strings.Repeat("a", 70<<10)), http.StatusRequestEntityTooLarge},
		"a long head":          {part(`name="`+strings.Repeat("a", 70<<10)+`"`, ""), http.StatusRequestEntityTooLarge},
		"a field of no form":   {part(`name="f"`, "a") + "--x", http.StatusBadRequest},
		"a field twice":        {part(`name="page"`, "/") + part(`name="page"`, "/") + "--x", http.StatusBadRequest},
		"a field of that name": {part(`name="file"`, "a") + "--x", http.StatusBadRequest},
	} {
		if got := support.sendParts(fill, c.parts, c.want == http.StatusRequestEntityTooLarge); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
	if got := viewer.sendParts(fill, part(`name="page"`, "/"), false); got != http.StatusForbidden {
		t.Errorf("a viewer's file: %d", got)
	}
	// The file itself may be as long as it likes.
	file := "user_code,service_code\n" + strings.Repeat("20810200,43\n", 10_000)
	whole := part(`name="page"`, "/plans/"+p.ID) + part(`name="file"; filename="agents.csv"`, file) + "--x--\r\n"
	if got := support.sendParts(fill, whole, false); got != http.StatusSeeOther {
		t.Errorf("a long file: %d", got)
	}
}

// A zone is kept once, however it is spelled, and there are only so many.
func TestZonesAreKeptOnce(t *testing.T) {
	t.Parallel()
	names := []string{"Europe/London", "Europe/./London", "Europe//London", "Europe/../Europe/London", "Europe/London/", "Europe/Nowhere",
		"Europe" + strings.Repeat("/", 100) + "London", "/etc/localtime", ""}
	if n := console.KeptZones(names); n != 1 {
		t.Errorf("%d zones are kept", n)
	}
}

// While a verification is under way who asks for another is told so; what costs most is for those who answer for it.
func TestVerificationsAreBounded(t *testing.T) {
	t.Parallel()
	a := apptest.New(t, apptest.Options{})
	for role, may := range map[string]bool{"viewer": false, "fraud": false, "compliance": true} {
		k := settled(t, a, "the-"+role, role)
		page := k.get("/audit/log").body
		if !strings.Contains(page, `action="/audit/verify"`) || strings.Contains(page, `name="replay"`) != may {
			t.Errorf("the form of a %s: %s", role, page)
		}
		for form, want := range map[string]bool{"": true, "yes": may} {
			r := k.post("/audit/verify", url.Values{"replay": {form}, "page": {"/audit/log"}})
			if (r.status == http.StatusOK) != want || (r.status == http.StatusForbidden) == want {
				t.Errorf("a %s asks for a verification, replay %q: %d", role, form, r.status)
			}
		}
	}

	api := http.NewServeMux()
	api.HandleFunc("GET "+switchboard.OperatorPath+"/me", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"name":"asha","may":["POST /audit/verify"]}`)
	})
	api.HandleFunc("POST "+switchboard.OperatorPath+"/audit/verify", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusTooManyRequests)
		_, _ = io.WriteString(w, `{"error":{"code":"too_many","message":"one at a time"}}`)
	})
	c, err := console.New(console.Config{API: api, Origin: origin.Finder{}})
	if err != nil {
		t.Fatal(err)
	}
	w, r := httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), "POST", "/audit/verify", strings.NewReader(""))
	r.Header = http.Header{"Content-Type": {"application/x-www-form-urlencoded"}, "Accept": {"application/x-ndjson"}, "Accept-Language": {"sw"}}
	r.AddCookie(&http.Cookie{Name: "switchboard_session", Value: "sbs_x"})
	if c.ServeHTTP(w, r); !strings.Contains(w.Body.String(), "tayari inasomwa") {
		t.Errorf("meanwhile: %d %s", w.Code, w.Body)
	}
}

// No cell of a table is a formula, and what stood in it can be had again.
func TestTablesHoldNoFormulas(t *testing.T) {
	t.Parallel()
	texts := map[string]string{"=1+1": "'=1+1", "+1": "'+1", "-1": "'-1", "@a": "'@a", `\t=1`: "'\t=1", `\r=1`: "'\r=1", "'=1": "''=1", "a=1": "a=1", "": ""}
	for text, want := range texts {
		lines := `{"export":1}` + "\n" + `{"seq":1,"request_id":"` + text + `","data":{}}` + "\n" + `{"end":1}` + "\n"
		var b strings.Builder
		if err := console.TableOf(&b, strings.NewReader(lines)); err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(strings.NewReader(b.String())).ReadAll()
		if err != nil || len(rows) != 2 || rows[1][9] != want || rows[1][10] != "{}" {
			t.Errorf("%q: %q: %v", text, rows, err)
		}
	}
}
