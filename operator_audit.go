package switchboard

import "time"

// LogKey is the public side of the log of events.
type LogKey struct {
	Origin string   `json:"origin"`
	Key    string   `json:"key"`                   // verifies the heads that are signed now
	Former []string `json:"former_keys,omitempty"` // verify older heads
}

// LogHead is a signed head of the log of events.
type LogHead struct {
	ID   uint64    `json:"id"`
	Size uint64    `json:"size"` // events it covers
	Root string    `json:"root"` // their hash, base64
	At   time.Time `json:"at"`
	Note string    `json:"note"` // the signed text
}

// AuditRequest asks for a verification of the whole store.
type AuditRequest struct {
	Keys   []string `json:"keys,omitempty"`   // public keys of the log; those of the store by default
	Heads  string   `json:"heads,omitempty"`  // signed heads that were kept elsewhere, one after the other
	Replay bool     `json:"replay,omitempty"` // play every agent's history again, too
}

// AuditReport is what a verification found.
type AuditReport struct {
	OK       bool           `json:"ok"`
	Origin   string         `json:"origin,omitempty"`
	Scope    string         `json:"scope,omitempty"` // of an export: "all", "span" or "agent"
	Subject  string         `json:"subject,omitempty"`
	First    uint64         `json:"first,omitempty"`
	Last     uint64         `json:"last,omitempty"`
	Events   uint64         `json:"events"`
	Chains   uint64         `json:"chains"` // subjects that have events
	Blocks   uint64         `json:"blocks"` // of the log, compared with those stored
	Heads    uint64         `json:"heads"`  // signed ones that were compared with the events
	External uint64         `json:"external_heads"`
	Signed   uint64         `json:"signed_events"` // how many events the youngest head covers
	Rows     uint64         `json:"rows"`          // compared with the events they come from
	Replayed uint64         `json:"replayed,omitempty"`
	Problems []AuditProblem `json:"problems,omitempty"` // the first ones
	Count    uint64         `json:"problem_count"`
}

// AuditProblem is one thing that does not fit.
type AuditProblem struct {
	Where string `json:"where"`
	What  string `json:"what"`
}

// AuditLine is one line of the answer to a verification: exactly one of its fields is set.
type AuditLine struct {
	Progress *AuditProgress `json:"progress,omitempty"`
	Done     *AuditReport   `json:"done,omitempty"`
	Error    *OperatorFault `json:"error,omitempty"`
}

// AuditProgress is how far a verification is.
type AuditProgress struct {
	Events uint64 `json:"events"`
	Total  uint64 `json:"total"`
}

// ExportQuery says which events to export; when it is zero, all.
type ExportQuery struct {
	Agent string
	Since time.Time
	Until time.Time
}
