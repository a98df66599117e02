package switchboard

import "time"

// Block is a reason why an agent, one of its services, a whole service or a whole partner may not transact.
type Block struct {
	ID      string `json:"id"`
	Agent   string `json:"agent,omitempty"`
	Service string `json:"service,omitempty"` // with Agent: this service of the agent; without: the whole service
	Partner string `json:"partner,omitempty"`
	Owner   string `json:"owner"` // "operator", "compliance", "fraud", "partner" or "system": who lifts it
	Rule    string `json:"rule,omitempty"`
	Reason  string `json:"reason,omitempty"`
	State   string `json:"state"` // "scheduled", "acting", "ended", "lifted" or "cancelled"

	From        time.Time `json:"from,omitzero"`  // left out: since it was placed
	Until       time.Time `json:"until,omitzero"` // left out: until it is lifted
	PlacedAt    time.Time `json:"placed_at"`
	PlacedBy    string    `json:"placed_by,omitempty"`
	LiftAskedAt time.Time `json:"lift_asked_at,omitzero"` // where lifting takes two people: the first one's request
	LiftAskedBy string    `json:"lift_asked_by,omitempty"`
	LiftedAt    time.Time `json:"lifted_at,omitzero"`
	LiftedBy    string    `json:"lifted_by,omitempty"`
}

// NewBlock asks for a block on an agent, on a service of an agent (both are given), on a whole service or on a
// partner.
type NewBlock struct {
	Agent   string    `json:"agent,omitempty"`
	Service string    `json:"service,omitempty"`
	Partner string    `json:"partner,omitempty"`
	Owner   string    `json:"owner,omitempty"` // "operator" by default
	Reason  string    `json:"reason"`
	From    time.Time `json:"from,omitzero"`  // at once by default
	Until   time.Time `json:"until,omitzero"` // until it is lifted by default
}

// BlockLift asks for a block to be lifted.
type BlockLift struct {
	Reason string `json:"reason,omitempty"` // an administrator must say why, unless the block is of a role of theirs

	// IfAskedBy is Block.LiftAskedBy as it was seen, "" for nobody: Conflict when it is another by now, so that who wants to
	// ask as the first does not lift as the second. nil does not ask.
	IfAskedBy *string `json:"if_asked_by,omitempty"`
}

// LiftedBlock is what became of a BlockLift.
type LiftedBlock struct {
	Changed bool  `json:"changed"`         // false when it was lifted already
	Asked   bool  `json:"asked,omitempty"` // it takes two people, and you are the first: the block stands
	Block   Block `json:"block"`
}

// RehearsedService is an activation that may be used now, and not at the time of a rehearsal.
type RehearsedService struct {
	UserCode    string            `json:"user_code"`
	ServiceCode string            `json:"service_code"`
	Reasons     []RehearsedReason `json:"reasons"`
}

// RehearsedReason is one reason that will stand against it then.
type RehearsedReason struct {
	Code    string    `json:"code"` // as decisions name it
	Owner   string    `json:"owner"`
	Since   time.Time `json:"since,omitzero"`
	Message string    `json:"message"`
	Next    string    `json:"next"`
}

// Rehearsal is one page of a rehearsal.
type Rehearsal struct {
	At     time.Time          `json:"at"`
	Agents int                `json:"agents"` // how many were looked at
	Items  []RehearsedService `json:"items"`
	Next   string             `json:"next,omitempty"` // asks for the page after
}
