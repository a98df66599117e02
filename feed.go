package switchboard

import "time"

// FeedEvent is one recorded change as callers from outside see it.
type FeedEvent struct {
	Seq       uint64    `json:"seq"`  // its place in the record: resume after it
	Kind      string    `json:"kind"` // "activation.activated", "block.placed", …
	At        time.Time `json:"at"`
	By        string    `json:"by"`                   // "partner", "operator" or "system"
	Agent     string    `json:"agent,omitempty"`      // user_code, of an event about an agent
	Service   string    `json:"service,omitempty"`    // service_code, of an event about a service or an activation
	Partner   string    `json:"partner,omitempty"`    // of an event about a partner itself
	RequestID string    `json:"request_id,omitempty"` // of the reader's own request
	Data      RawJSON   `json:"data"`                 // the particulars, by kind
}

// FeedPage is a page of the feed. Next is where the next one begins, even if no event was for the reader.
type FeedPage struct {
	Events []FeedEvent `json:"events"`
	Next   uint64      `json:"next"`
}

// LoggedRequest is one request as its partner sees it afterwards.
type LoggedRequest struct {
	Seq        uint64    `json:"seq"` // its place in the partner's request log
	At         time.Time `json:"at"`
	RequestID  string    `json:"request_id"`
	Operation  string    `json:"operation,omitempty"` // "" for a request that was refused at the door
	Method     string    `json:"method"`
	Path       string    `json:"path"`
	Status     int       `json:"status"`           // of HTTP
	Outcome    string    `json:"outcome"`          // "ok", or the code of the error
	Cause      string    `json:"cause,omitempty"`  // of a refused signature or token: why precisely
	Detail     string    `json:"detail,omitempty"` // … and what to do about it
	Key        string    `json:"key,omitempty"`    // the developer key, or the token's id
	Address    string    `json:"address,omitempty"`
	DurationMS float64   `json:"duration_ms"`
}

// RecordedEvent is one recorded change of anything, as operators see it.
type RecordedEvent struct {
	Subject string `json:"subject"` // what it is about, like "agent:20810200"
	Event
}

// RecordPage is a page of the record, for operators. Next is where the next one begins.
type RecordPage struct {
	Events []RecordedEvent `json:"events"`
	Next   uint64          `json:"next"`
}
