package app_test

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/app"
	"github.com/switchboard-platform/switchboard/internal/apptest"
	"github.com/switchboard-platform/switchboard/internal/config"
)

// TestWebhookSecretsStayWhereTheyBelong: the secrets of an endpoint are told once, and stand nowhere else in the
// clear: in no log, no answer, no database, no message.
func TestWebhookSecretsStayWhereTheyBelong(t *testing.T) {
	t.Parallel()
	log, bodies, messages := &buffer{}, &buffer{}, &buffer{}
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		_ = r.Header.Write(messages)
		_, _ = messages.Write(body)
		w.WriteHeader(http.StatusTeapot)
	}))
	t.Cleanup(receiver.Close)
	a := apptest.New(t, apptest.Options{Mode: app.Production, Log: log, Config: func(c *config.Config) {
		c.LogLevel, c.WebhookAllowHTTP, c.WebhookAllowNetworks = slog.LevelDebug, true, []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}
	}})
	ctx := t.Context()
	_, k := a.Partner(t, "Acme", "9876543210")
	hooks := client(a, bodies, k).Webhooks()
	made, err := a.Operator.Webhooks().Add(ctx, switchboard.NewWebhook{Partner: k.Partner, URL: receiver.URL})
	if err != nil {
		t.Fatal(err)
	}
	id := made.Webhook.ID
	rotated, err := a.Operator.Webhooks().Rotate(ctx, id, switchboard.NewSecret{})
	if err != nil {
		t.Fatal(err)
	}
	d, err := hooks.Test(ctx, id)
	for until := time.Now().Add(20 * time.Second); err == nil && d.State != "failed" && time.Now().Before(until); time.Sleep(5 * time.Millisecond) {
		d, err = hooks.Delivery(ctx, id, d.Number)
	}
	if err != nil || d.State != "failed" {
		t.Fatalf("the test is %s: %v", d.State, err)
	}
	if _, err := hooks.Get(ctx, id); err != nil {
		t.Fatal(err)
	}
	if _, err := hooks.Add(ctx, switchboard.NewWebhook{URL: "https://10.0.0.1"}); err == nil {
		t.Error("a private address is taken")
	}
	places := map[string][]byte{"the log": log.bytes(), "an answer": bodies.bytes(), "a message": messages.bytes()}
	for _, end := range []string{"", "-wal"} { // while it runs: afterwards the log is gone
		places["the database"+end] = []byte(read(t, app.DatabasePath(a.Config.Data)+end))
	}
	secrets := map[string][]byte{}
	for name, i := range map[string]switchboard.IssuedWebhook{"the first secret": made, "the second secret": rotated} {
		secrets[name] = []byte(strings.TrimPrefix(i.Secret, "whsec_"))
	}
	for place, text := range places {
		if len(text) == 0 {
			t.Errorf("there is nothing in %s", place)
		}
	}
	if where := found(secrets, places); len(where) > 0 {
		t.Errorf("found:\n%s", strings.Join(where, "\n"))
	}
	if len(found(map[string][]byte{"the endpoint": []byte(id)}, map[string][]byte{"the database": places["the database-wal"]})) == 0 {
		t.Error("the endpoint's id is not in the database: what is searched is not what is written")
	}
}
