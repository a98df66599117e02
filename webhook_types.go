package switchboard

import "time"

// Webhook is an endpoint that events are delivered to.
type Webhook struct {
	ID           string          `json:"id"`
	Partner      string          `json:"partner"`
	URL          string          `json:"url"`
	Description  string          `json:"description,omitempty"`
	Kinds        []string        `json:"kinds"`            // of events wanted: "activation.deactivated", "block.*"; none: all
	Services     []string        `json:"services"`         // service codes wanted; none: all
	State        string          `json:"state"`            // "enabled" or "disabled"
	Reason       string          `json:"reason,omitempty"` // why it is disabled: "partner", "operator", "gone" or "failing"
	DisabledAt   time.Time       `json:"disabled_at,omitzero"`
	FailingSince time.Time       `json:"failing_since,omitzero"` // the first attempt that failed since one succeeded
	Waiting      int             `json:"waiting"`                // deliveries that have not arrived yet
	Secrets      []WebhookSecret `json:"secrets"`                // those that messages are signed with
	CreatedAt    time.Time       `json:"created_at"`
	UpdatedAt    time.Time       `json:"updated_at,omitzero"`
	Version      uint64          `json:"version,omitempty"` // of one that an operator asks for: what IfVersion of a change takes
}

// WebhookSecret says of a secret when it was made and when it ends. The secret itself is shown once.
type WebhookSecret struct {
	Number    int       `json:"number"`
	CreatedAt time.Time `json:"created_at"`
	ExpiresAt time.Time `json:"expires_at,omitzero"`
}

// NewWebhook asks for an endpoint.
type NewWebhook struct {
	Partner     string   `json:"partner,omitempty"` // for operators alone; a partner's is its own
	URL         string   `json:"url"`
	Description string   `json:"description,omitempty"`
	Kinds       []string `json:"kinds,omitempty"`
	Services    []string `json:"services,omitempty"`
}

// WebhookChange says what to change of an endpoint; what is nil stays.
type WebhookChange struct {
	URL         *string   `json:"url,omitempty"`
	Description *string   `json:"description,omitempty"`
	Kinds       *[]string `json:"kinds,omitempty"`
	Services    *[]string `json:"services,omitempty"`
	Enabled     *bool     `json:"enabled,omitempty"`
	SkipMissed  bool      `json:"skip_missed,omitempty"` // on enabling: leave out what happened while it was disabled

	IfVersion uint64 `json:"if_version,omitempty"` // of an operator: Conflict when the endpoint has changed since; 0 does not ask
}

// IssuedWebhook is an endpoint with a new secret, which is told once and never again.
type IssuedWebhook struct {
	Webhook Webhook `json:"webhook"`
	Secret  string  `json:"secret"` // "whsec_…"
}

// WebhookDelivery is one message for one endpoint, and how far it has come.
type WebhookDelivery struct {
	Number    uint64    `json:"number"`     // among those of the endpoint
	MessageID string    `json:"message_id"` // the webhook-id header
	Type      string    `json:"type"`
	Seq       uint64    `json:"seq,omitempty"` // of the event
	State     string    `json:"state"`         // "waiting", "delivered" or "failed"
	Attempts  int       `json:"attempts"`
	CreatedAt time.Time `json:"created_at"`
	NextAt    time.Time `json:"next_at,omitzero"` // when it is tried next; left out while it waits for an earlier one
	DoneAt    time.Time `json:"done_at,omitzero"`

	// Of one delivery that is asked for by its number.
	Body RawJSON          `json:"body,omitempty"` // that is sent
	Log  []WebhookAttempt `json:"log,omitempty"`
}

// WebhookAttempt is one try of a delivery.
type WebhookAttempt struct {
	Attempt    int       `json:"attempt"`
	URL        string    `json:"url"`
	At         time.Time `json:"at"` // its webhook-timestamp, to the second
	DurationMS float64   `json:"duration_ms"`
	Status     int       `json:"status,omitempty"`  // of HTTP; left out when there was no answer
	Problem    string    `json:"problem,omitempty"` // why there was none
	Header     string    `json:"answer_header,omitempty"`
	Body       string    `json:"answer_body,omitempty"` // its first 4 KiB
}

// Redelivery asks for one delivery to be made again, or for those made since a time.
type Redelivery struct {
	Number uint64    `json:"number,omitempty"`
	Since  time.Time `json:"since,omitzero"`
	All    bool      `json:"all,omitempty"` // with Since: those that arrived, too
}

// Redelivered says how many deliveries will be made again.
type Redelivered struct {
	Redelivered int `json:"redelivered"`
}
