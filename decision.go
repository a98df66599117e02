package switchboard

import "time"

// DecisionRequest asks whether an agent may use a service.
type DecisionRequest struct {
	Agent   string    `json:"agent"`           // user_code
	Service string    `json:"service"`         // service_code
	Place   string    `json:"place,omitempty"` // where, as latitude,longitude; some services demand it
	At      time.Time `json:"at,omitzero"`     // when it is to happen; zero for now
	Device  string    `json:"device,omitempty"`
}

// Decision is the answer. Whoever is not told Allowed, for whatever cause, is not allowed.
type Decision struct {
	Allowed bool             `json:"allowed"`
	Reasons []DecisionReason `json:"reasons"` // all that stand against it; none when it is allowed
	Receipt string           `json:"receipt"` // proves later what was answered
}

// DecisionReason is one thing that stands against the use of a service. Programs branch on Code.
type DecisionReason struct {
	Code      string    `json:"code"`
	Message   string    `json:"message"`
	Owner     string    `json:"owner"`           // whose it is: operator, compliance, fraud, partner or system
	Block     string    `json:"block,omitempty"` // id of the block, of one that is a block
	Since     time.Time `json:"since,omitzero"`
	Until     time.Time `json:"until,omitzero"` // when it ends by itself
	LiftedBy  []string  `json:"lifted_by"`      // who may end it
	Next      string    `json:"next"`           // what to do about it
	DistanceM int       `json:"distance_m,omitempty"`
	LimitM    int       `json:"limit_m,omitempty"`
	Country   string    `json:"country,omitempty"`
}

// ReceiptCheck is what a receipt says. Of one that is not genuine nothing else is known.
type ReceiptCheck struct {
	Genuine      bool      `json:"genuine"`
	AnsweredAt   time.Time `json:"answered_at,omitzero"`
	Partner      string    `json:"partner,omitempty"` // who asked: one of the three
	Switch       string    `json:"switch,omitempty"`
	Operator     string    `json:"operator,omitempty"`
	Allowed      bool      `json:"allowed"`
	Reasons      []string  `json:"reasons"` // codes
	Agent        string    `json:"agent,omitempty"`
	AgentVersion uint64    `json:"agent_version"` // how many changes the agent's history had
	Service      string    `json:"service,omitempty"`
	Place        string    `json:"place,omitempty"`
	Device       string    `json:"device,omitempty"`
	At           time.Time `json:"at,omitzero"` // the time that was asked about, if one was
}
