package switchboard_test

import (
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/switchboard-platform/switchboard"
)

// signed makes a request's headers with the reference library.
func signed(t *testing.T, secret, id string, at time.Time, body string) http.Header {
	t.Helper()
	reference, err := standardwebhooks.NewWebhook(secret)
	if err != nil {
		t.Fatal(err)
	}
	signature, err := reference.Sign(id, at, []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	return http.Header{"Webhook-Id": {id}, "Webhook-Timestamp": {strconv.FormatInt(at.Unix(), 10)}, "Webhook-Signature": {signature}}
}

func TestVerifyWebhook(t *testing.T) {
	t.Parallel()
	const body = `{"type":"activation.activated","timestamp":"2026-03-01T09:00:00Z","data":{"seq":7,"kind":"activation.activated","agent":"20810200","service":"45","data":{}}}`
	secret := "whsec_" + base64.StdEncoding.EncodeToString([]byte(strings.Repeat("k", 32)))
	now := time.Date(2026, 3, 1, 9, 0, 1, 0, time.UTC)
	for name, c := range map[string]struct {
		secret string
		body   string
		now    time.Time
		change func(http.Header)
		want   string // in the error; "" for none
	}{
		"right":              {secret, body, now, nil, ""},
		"without the prefix": {secret[6:], body, now, nil, ""},
		"almost too old":     {secret, body, now.Add(5 * time.Minute), nil, ""},
		"too old":            {secret, body, now.Add(5*time.Minute + time.Second), nil, "timestamp"},
		"too new":            {secret, body, now.Add(-5*time.Minute - time.Second), nil, "timestamp"},
		"another secret":     {"whsec_" + base64.StdEncoding.EncodeToString([]byte(strings.Repeat("x", 32))), body, now, nil, "signature"},
		"no secret":          {"", body, now, nil, "secret"},
		"another body":       {secret, body + "\n", now, nil, "signature"},
		"no id":              {secret, body, now, func(h http.Header) { h.Del("webhook-id") }, "headers"},
		"no signature":       {secret, body, now, func(h http.Header) { h.Del("webhook-signature") }, "headers"},
		"no timestamp":       {secret, body, now, func(h http.Header) { h.Del("webhook-timestamp") }, "headers"},
		"another timestamp":  {secret, body, now, func(h http.Header) { h.Set("webhook-timestamp", "1772355602") }, "signature"},
		"a second signature": {secret, body, now, func(h http.Header) { h.Set("webhook-signature", "v1,AAAA "+h.Get("webhook-signature")) }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := signed(t, secret, "evt_1", now, body)
			if c.change != nil {
				c.change(h)
			}
			m, err := switchboard.VerifyWebhook(switchboard.Secret(c.secret), h, []byte(c.body), c.now)
			if c.want != "" {
				if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "kkkk") {
					t.Errorf("the error is %v, want one of the %s", err, c.want)
				}
				return
			}
			e, eventErr := m.Event()
			if err != nil || eventErr != nil || m.ID != "evt_1" || e.Agent != "20810200" || e.Seq != 7 {
				t.Errorf("it gives %+v and %+v (%v, %v)", m, e, err, eventErr)
			}
		})
	}
}
