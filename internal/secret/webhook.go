package secret

import "encoding/base64"

// NewWebhookSecret makes the secret that a webhook endpoint's messages are signed with: 32 random bytes,
// in the form of Standard Webhooks.
func NewWebhookSecret() Text {
	return NewText("whsec_" + base64.StdEncoding.EncodeToString(random(32)))
}
