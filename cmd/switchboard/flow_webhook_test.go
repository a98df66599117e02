package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"regexp"
	"strings"
	"testing"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/app"
	"github.com/switchboard-platform/switchboard/internal/apptest"
	"github.com/switchboard-platform/switchboard/internal/config"
)

// issuedWebhook runs a command that prints a new secret of an endpoint, and from then on watches that nothing
// else does.
func (s *shell) issuedWebhook(args ...string) (i switchboard.IssuedWebhook) {
	s.t.Helper()
	s.into(&i, args...)
	if i.Webhook.ID == "" || !strings.HasPrefix(i.Secret, "whsec_") {
		s.t.Fatalf("%v gave %+v", args, i)
	}
	s.secrets = append(s.secrets, i.Secret)
	return i
}

var (
	messages  = regexp.MustCompile(`(evt|test)_[0-9a-z]+`)
	took      = regexp.MustCompile(`\d+\.\d ms`)
	endpoints = regexp.MustCompile(`wh-[0-9a-v]{20}`)
)

// The life of an endpoint, beside a server that sends to a receiver of ours.
func TestTheWebhookFlow(t *testing.T) {
	t.Parallel()
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Date", "Sun, 01 Mar 2026 09:00:00 GMT")
		if r.URL.Path == "/refuses" {
			w.WriteHeader(http.StatusBadGateway)
		}
		_, _ = io.WriteString(w, "seen at "+r.URL.Path+"\n")
	}))
	t.Cleanup(receiver.Close)
	s := newShell(t)
	s.words[receiver.URL] = "http://RECEIVER"
	s.run("init")
	apptest.New(t, apptest.Options{Mode: app.Production, Data: s.data, Config: func(c *config.Config) {
		c.WebhookAllowHTTP, c.WebhookAllowNetworks = true, []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}
	}})
	s.addAcme()
	id := s.issuedWebhook("webhook", "add", "p1", receiver.URL+"/hook", "--kinds", "activation.*,agent.onboarded", "--services", "45").Webhook.ID
	s.run("webhook", "list")
	s.run("webhook", "test", id)
	s.run("webhook", "set", id, "--url", receiver.URL+"/refuses", "--description", "the office")
	s.run("webhook", "test", id)
	s.run("webhook", "deliveries", id)
	s.run("webhook", "deliveries", id, "1")
	s.run("webhook", "deliveries", id, "--state", "failed", "--json")
	s.issuedWebhook("webhook", "rotate", id, "--overlap", "48h")
	s.try("webhook", "rotate", id)
	s.run("webhook", "disable", id)
	s.try("webhook", "test", id)
	s.try("webhook", "redeliver", id, "1")
	s.run("webhook", "enable", id, "--skip-missed")
	s.run("webhook", "redeliver", id, "--since", "2020-01-01")
	s.try("webhook", "redeliver", id, "--since", "soon")
	s.try("webhook", "redeliver", id)
	s.try("webhook", "redeliver", id, "7")
	s.try("webhook", "deliveries", id, "first")
	s.try("webhook", "set", id)
	s.try("webhook", "set", id, "--kinds", "activation.vanished")
	s.try("webhook", "add", "p1", "http://10.0.0.1/")
	s.try("webhook", "add", "p9", receiver.URL)
	s.run("webhook", "remove", id)
	s.try("webhook", "show", id)
	log := took.ReplaceAllString(messages.ReplaceAllString(s.log.String(), "${1}_MESSAGE"), "TOOK")
	golden(t, "flow/webhook", endpoints.ReplaceAllString(log, "wh-ENDPOINT"))
}
