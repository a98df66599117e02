package switchboard

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/switchboard-platform/switchboard/internal/sign"
)

// The headers of a webhook, as Standard Webhooks names them.
const (
	WebhookID        = "Webhook-Id"        // names the message: the same for every attempt
	WebhookTimestamp = "Webhook-Timestamp" // of this attempt, in seconds
	WebhookSignature = "Webhook-Signature" // one signature for each live secret, with spaces between them
)

// WebhookTolerance is how far the timestamp of a webhook may be from the receiver's clock, either way.
const WebhookTolerance = 5 * time.Minute

// WebhookMessage is the body of a webhook.
type WebhookMessage struct {
	ID        string    `json:"-"` // from the header: whoever has seen it has nothing more to do
	Type      string    `json:"type"`
	Timestamp time.Time `json:"timestamp"` // when it happened
	Data      RawJSON   `json:"data"`      // a FeedEvent, unless Type is "webhook.test"
}

// Event gives the event that a message tells of. It fails for a test.
func (m *WebhookMessage) Event() (e FeedEvent, err error) {
	if m.Type == "webhook.test" {
		return e, errors.New("the message is a test and tells of no event")
	}
	return e, json.Unmarshal(m.Data, &e)
}

// VerifyWebhook checks that a request comes from the server that shares the secret ("whsec_…"), that its body is
// whole and that it is not an old one sent again, and gives the message. A receiver answers 400 when it fails. Two
// secrets that are changed over are checked one after the other.
func VerifyWebhook(secret Secret, header http.Header, body []byte, now time.Time) (m WebhookMessage, err error) {
	key, ok := sign.WebhookKey(string(secret))
	if !ok {
		return m, errors.New("the secret is none: it is whsec_ and base64, as it was shown when the endpoint was made")
	}
	id, signature := header.Get(WebhookID), header.Get(WebhookSignature)
	seconds, err := strconv.ParseInt(header.Get(WebhookTimestamp), 10, 64)
	if id == "" || signature == "" || err != nil {
		return m, errors.New("the request has not the headers of a webhook")
	}
	at := time.Unix(seconds, 0)
	if !sign.WebhookSigned(key, id, at, body, signature) {
		return m, errors.New("the signature is not that of this secret and this body")
	}
	if age := now.Sub(at); age > WebhookTolerance || age < -WebhookTolerance {
		return m, errors.New("the timestamp is more than " + WebhookTolerance.String() + " from the clock")
	}
	err = json.Unmarshal(body, &m)
	m.ID = id
	return m, err
}
