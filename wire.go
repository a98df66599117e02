package switchboard

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"
)

// The response_status_ids worth telling apart.
const (
	StatusOK             = 0   // done
	StatusRead           = -1  // a read succeeded
	StatusFailed         = 1   // failed; the message says why
	StatusExists         = 17  // active or there already
	StatusAgentInactive  = 31  // the operator suspended or closed the agent
	StatusWrongInitiator = 319 // initiator_id is not this partner's
	StatusVerifying      = 327 // activated, waiting for a review
	StatusUnknownAgent   = 463 // no such agent, or another partner's
)

// envelope is around every answer of the agent service API.
type envelope struct {
	Status           int             `json:"status"`
	ResponseStatusID int             `json:"response_status_id"`
	Message          string          `json:"message"`
	ResponseTypeID   int             `json:"response_type_id"`
	Data             json.RawMessage `json:"data"`
}

// Result is what an activation or deactivation answered.
type Result struct {
	Message          string
	ResponseStatusID int // StatusOK or StatusVerifying
	ResponseTypeID   int
	RequestID        string
	// What the answer says of the service; empty where it says nothing.
	ServiceCode       string
	ServiceStatus     string // "1", "2" or "activated"
	ServiceStatusDesc string // "Activated" or "Pending"
}

// Verifying reports whether a reviewer has still to look at the activation.
func (r Result) Verifying() bool { return r.ResponseStatusID == StatusVerifying }

// resultData is the data of a Result; service_code is a number in one shape and text in the others.
type resultData struct {
	ServiceCode       flexText `json:"service_code"`
	ServiceStatus     flexText `json:"service_status"`
	ServiceStatusDesc string   `json:"service_status_desc"`
}

// flexText is text that may come as a JSON number.
type flexText string

// UnmarshalJSON takes a string, a number or null.
func (t *flexText) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] != '"' {
		if !bytes.Equal(b, []byte("null")) {
			*t = flexText(b)
		}
		return nil
	}
	return json.Unmarshal(b, (*string)(t))
}

// Onboarded is a new agent.
type Onboarded struct {
	UserCode    string `json:"user_code"`
	InitiatorID string `json:"initiator_id"`
}

// ServiceStatus is an entry of the list of an agent's services. What the server does not know is nil.
type ServiceStatus struct {
	Comments           *string `json:"comments"`
	StatusDesc         string  `json:"status_desc"` // "ACTIVATED", "PENDING" or "DEACTIVATED"
	City               *string `json:"city"`
	UserName           *string `json:"user_name"`
	Mobile             *string `json:"mobile"`
	ServiceProvider    *string `json:"service_provider"`
	VerificationStatus int     `json:"verification_status"` // 0 not applicable, 1 verified, 2 rejected, 3 waiting
	CreatedAt          string  `json:"createdAt"`           // "2019-11-11 13:21:25.0", in the operator's time zone
	UserCode           string  `json:"user_code"`
	ServiceCode        string  `json:"service_code"`
	State              *string `json:"state"`
	Status             int     `json:"status"`    // 0 deactivated, 1 activated, 2 pending
	UpdatedAt          string  `json:"updatedAt"` // "" when it never was
}

// AgentServices are an agent's services.
type AgentServices struct {
	UserCode    string          `json:"user_code"`
	InitiatorID string          `json:"initiator_id"`
	Services    []ServiceStatus `json:"service_status_list"`
}

// CatalogueEntry is a service that can be activated.
type CatalogueEntry struct {
	Name     string `json:"service_name"`
	Code     string `json:"service_code"`
	Provider string `json:"provider_name"`
}

// Error is an answer that says no. It is rebuilt from the body, whatever the HTTP status.
type Error struct {
	HTTPStatus       int
	Status           int // never 0
	ResponseStatusID int
	ResponseTypeID   int
	Message          string
	Fields           []FieldFault // the bad fields, when the request was malformed
	UserCode         string       // of the agent that exists already (StatusExists on onboarding)
	RequestID        string       // tell it to the operator
	RetryAfter       time.Duration
}

// Error is the message with what is needed to find the request again.
func (e *Error) Error() string {
	return fmt.Sprintf("%s (HTTP %d, response_status_id %d, request %s)", e.Message, e.HTTPStatus, e.ResponseStatusID, e.RequestID)
}
