package feed

import (
	"encoding/json"
	"time"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/webhook"
)

// Message makes the body of the webhook that tells of an event.
func Message(p event.Public) string {
	data, _ := json.Marshal(Wire(p)) // particulars are JSON, or they would not be in an event
	return message(p.Kind, p.At, data)
}

// TestMessage makes the body of a webhook that somebody asked for to see whether it arrives.
func TestMessage(endpointID string, at time.Time) string {
	data, _ := json.Marshal(map[string]string{"endpoint": endpointID}) // strings always marshal
	return message(webhook.Test, at, data)
}

func message(kind event.Kind, at time.Time, data []byte) string {
	b, _ := json.Marshal(switchboard.WebhookMessage{Type: string(kind), Timestamp: at, Data: data}) // made of what marshals
	return string(b)
}
