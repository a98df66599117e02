package sign_test

import (
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard/internal/sign"
)

// The example that the specification of Standard Webhooks publishes with its reference libraries.
const (
	publishedSecret    = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	publishedID        = "msg_p5jXN8AQM9LWM0D4loKWxJek"
	publishedTime      = 1614265330
	publishedBody      = `{"test": 2432232314}`
	publishedSignature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
)

func TestWebhookVector(t *testing.T) {
	t.Parallel()
	key, ok := sign.WebhookKey(publishedSecret)
	if !ok {
		t.Fatal("the published secret is refused")
	}
	if got := sign.Webhook(key, publishedID, time.Unix(publishedTime, 0), []byte(publishedBody)); got != publishedSignature {
		t.Errorf("the signature is %s, want %s", got, publishedSignature)
	}
}

func TestWebhookSigned(t *testing.T) {
	t.Parallel()
	key, _ := sign.WebhookKey(publishedSecret)
	at := time.Unix(publishedTime, 0)
	for name, c := range map[string]struct {
		id, body, header string
		at               time.Time
		want             bool
	}{
		"right":             {publishedID, publishedBody, publishedSignature, at, true},
		"among others":      {publishedID, publishedBody, "v1,AAAA v2,x " + publishedSignature + " v1a,y", at, true},
		"another id":        {publishedID + "x", publishedBody, publishedSignature, at, false},
		"another body":      {publishedID, publishedBody + " ", publishedSignature, at, false},
		"another time":      {publishedID, publishedBody, publishedSignature, at.Add(time.Second), false},
		"another version":   {publishedID, publishedBody, "v2" + publishedSignature[2:], at, false},
		"without a version": {publishedID, publishedBody, publishedSignature[3:], at, false},
		"cut":               {publishedID, publishedBody, publishedSignature[:20], at, false},
		"none":              {publishedID, publishedBody, "", at, false},
	} {
		if got := sign.WebhookSigned(key, c.id, c.at, []byte(c.body), c.header); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

func TestWebhookKey(t *testing.T) {
	t.Parallel()
	for secret, want := range map[string]bool{
		publishedSecret: true, publishedSecret[6:]: true, "": false, "whsec_": false, "whsec_AAAA": false, "whsec_!!!!": false, "whsec_" + publishedSecret: false,
	} {
		if _, ok := sign.WebhookKey(secret); ok != want {
			t.Errorf("%q is taken: %v, want %v", secret, ok, want)
		}
	}
}
