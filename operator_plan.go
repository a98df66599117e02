package switchboard

import "time"

// The types of the operator's API for plans: changes of many activations at once.

// NewPlan asks for a plan.
type NewPlan struct {
	Action    string     `json:"action"`             // "activate", "deactivate", "block" or "dates"
	Reason    string     `json:"reason,omitempty"`   // for blocks required
	Owner     string     `json:"owner,omitempty"`    // of blocks, "operator" by default
	From      time.Time  `json:"from,omitzero"`      // of blocks, and of what is activated or gets dates
	Until     time.Time  `json:"until,omitzero"`     // the same
	VerifyBy  time.Time  `json:"verify_by,omitzero"` // of what gets dates
	Filter    PlanFilter `json:"filter,omitzero"`
	FromFile  bool       `json:"from_file,omitempty"`  // FillPlan says which activations, and not the filter
	Pace      int        `json:"pace,omitempty"`       // items a second; 0: as fast as it goes
	MaxErrors int        `json:"max_errors,omitempty"` // so many items that fail stop it, 10 by default
}

// PlanFilter says which activations a plan is about; "" does not restrict.
type PlanFilter struct {
	Service string `json:"service,omitempty"` // required, but for blocks on whole agents
	Partner string `json:"partner,omitempty"`
	Status  string `json:"status,omitempty"` // "none", "activated", "pending" or "deactivated"; by default what the action can change
	City    string `json:"city,omitempty"`   // of the agent's address
	State   string `json:"state,omitempty"`  // of the agent's address
}

// Plan is a change of many activations, or blocks on many.
type Plan struct {
	ID        string     `json:"id"`
	Action    string     `json:"action"`
	State     string     `json:"state"` // "making", "draft", "confirmed", "applying", "stopped", "applied", "undoing", "undo-stopped", "undone" or "discarded"
	Reason    string     `json:"reason,omitempty"`
	Owner     string     `json:"owner,omitempty"`
	From      time.Time  `json:"from,omitzero"`
	Until     time.Time  `json:"until,omitzero"`
	VerifyBy  time.Time  `json:"verify_by,omitzero"`
	Filter    PlanFilter `json:"filter,omitzero"`
	FromFile  bool       `json:"from_file,omitempty"`
	Pace      int        `json:"pace,omitempty"`
	MaxErrors int        `json:"max_errors"`

	Counts PlanCounts  `json:"counts"`
	Totals []PlanTotal `json:"totals,omitempty"` // of one plan alone, by service and place

	MadeBy      string    `json:"made_by"`
	MadeAt      time.Time `json:"made_at"`
	ConfirmedBy string    `json:"confirmed_by,omitempty"`
	ConfirmedAt time.Time `json:"confirmed_at,omitzero"`
	UndoneBy    string    `json:"undone_by,omitempty"`
	EndedAt     time.Time `json:"ended_at,omitzero"`
}

// PlanCounts are how many items of a plan are where.
type PlanCounts struct {
	Items     int `json:"items"`
	Unchanged int `json:"unchanged"` // not among the items: were so already when the plan was made
	Refused   int `json:"refused"`   // could not be done then, and are not tried
	Left      int `json:"left"`      // have their turn to come
	Done      int `json:"done"`
	Skipped   int `json:"skipped"` // somebody else changed them meanwhile
	Failed    int `json:"failed"`
	Undone    int `json:"undone"`
	Kept      int `json:"kept"` // not undone, because somebody else has changed them since
}

// PlanTotal is how many items a plan has of a service in a place.
type PlanTotal struct {
	Service string `json:"service,omitempty"`
	State   string `json:"state,omitempty"`
	City    string `json:"city,omitempty"`
	Items   int    `json:"items"`
}

// PlanItem is one activation of a plan, or one agent.
type PlanItem struct {
	N        int    `json:"n"`
	UserCode string `json:"user_code"`
	Service  string `json:"service_code,omitempty"`
	State    string `json:"state"`           // "ready", "refused", "done", "skipped", "failed", "undone" or "kept"
	Was      string `json:"was,omitempty"`   // the activation when the plan was made, like "activated(1)"
	Block    string `json:"block,omitempty"` // the one that was placed
	Problem  string `json:"problem,omitempty"`
}
