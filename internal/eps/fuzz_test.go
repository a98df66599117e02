package eps_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard/internal/apptest"
	"github.com/switchboard-platform/switchboard/internal/sandbox"
)

// FuzzAnswer sends rightly signed requests of any shape: each is answered with an envelope, and
// never as our fault.
func FuzzAnswer(f *testing.F) {
	a := apptest.New(f, apptest.Options{Now: dawn})
	methods := []string{"GET", "PUT", "POST", "DELETE"}
	client := &http.Client{Timeout: 10 * time.Second}
	f.Add(byte(0), "/user/services?initiator_id=9962981729", "", "")
	f.Fuzz(func(t *testing.T, method byte, path, media, body string) {
		req, err := http.NewRequest(methods[int(method)%len(methods)], a.URL+"/ekoapi/v3"+path, strings.NewReader(body))
		if err != nil || req.Host != a.At.Partners || strings.ContainsFunc(path, func(r rune) bool { return r <= ' ' || r == 0x7f }) || len(path) > 8<<10 {
			t.Skip("it is no HTTP")
		}
		const at = "1709634030000" // dawn
		req.Header = http.Header{"Developer_key": {sandbox.DeveloperKey}, "Secret-Key": {signEPS(sandbox.AccessKey, at)},
			"Secret-Key-Timestamp": {at}, "Content-Type": {media}}
		resp, err := client.Do(req)
		if err != nil {
			if strings.Contains(err.Error(), "invalid header field value") {
				t.Skip("it is no HTTP")
			}
			t.Fatal(err)
		}
		defer resp.Body.Close()
		b, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		e := readEnvelope(t, b)
		if ok := *e.Status == 0; resp.StatusCode >= 500 || ok && resp.StatusCode != 200 || (*e.Status != 0) != (*e.ResponseType == 1297 || *e.ResponseStatus == 17) {
			t.Errorf("HTTP %d: %s", resp.StatusCode, b)
		}
	})
}
