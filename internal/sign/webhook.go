package sign

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"strconv"
	"strings"
	"time"
)

// WebhookSecretPrefix begins the text of a secret of Standard Webhooks; base64 of the key follows.
const WebhookSecretPrefix = "whsec_"

// minWebhookKey is the shortest key that is taken, in bytes: what Standard Webhooks asks for.
const minWebhookKey = 24

// WebhookKey reads a secret of Standard Webhooks. ok is false for a text that is none.
func WebhookKey(secret string) (key []byte, ok bool) {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, WebhookSecretPrefix))
	return key, err == nil && len(key) >= minWebhookKey
}

// webhookVersion names the only signature there is: HMAC-SHA256.
const webhookVersion = "v1,"

// Webhook signs a message as Standard Webhooks asks: its id, the time in seconds and the body.
func Webhook(key []byte, id string, at time.Time, body []byte) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(id + "." + strconv.FormatInt(at.Unix(), 10) + "."))
	mac.Write(body)
	return webhookVersion + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// WebhookSigned says whether one of the signatures in a header, separated by spaces, is right. It takes
// the same time wherever they differ.
func WebhookSigned(key []byte, id string, at time.Time, body []byte, header string) (ok bool) {
	want := []byte(Webhook(key, id, at, body))
	for given := range strings.FieldsSeq(header) {
		ok = hmac.Equal([]byte(given), want) || ok
	}
	return ok
}
