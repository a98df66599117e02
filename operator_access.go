package switchboard

import "time"

// The types of the operator's API for who calls with a bearer token: operators, transaction switches, and
// partners who do not sign.

// DeskOperator is a person at the desk, known by name.
type DeskOperator struct {
	Name      string        `json:"name"`
	State     string        `json:"state"` // "live" or "revoked"
	Roles     []string      `json:"roles"` // of "viewer", "support", "reviewer", "fraud", "compliance", "administrator"
	CreatedAt time.Time     `json:"created_at"`
	RevokedAt time.Time     `json:"revoked_at,omitzero"`
	Tokens    []BearerToken `json:"tokens"`

	HasPassword bool      `json:"has_password"`
	Passkeys    int       `json:"passkeys"`
	OpenID      string    `json:"openid,omitempty"`      // who the person is at the OpenID provider
	LockedUntil time.Time `json:"locked_until,omitzero"` // after wrong passwords
	SeenAt      time.Time `json:"seen_at,omitzero"`      // at the desk in a browser
}

// NewDeskOperator asks for an operator.
type NewDeskOperator struct {
	Name  string   `json:"name"`
	Roles []string `json:"roles"`

	Password bool `json:"password,omitempty"` // make a password to begin with, for the desk in the browser
	NoToken  bool `json:"no_token,omitempty"` // make no token
}

// AddedOperator is a new operator with what was asked for them to begin with. All of it is told once and never again.
type AddedOperator struct {
	IssuedToken
	Password string `json:"password,omitempty"` // to be replaced at the first sign-in
}

// TransactionSwitch is a transaction switch: it asks for decisions about every agent.
type TransactionSwitch struct {
	ID        string        `json:"id"`
	Name      string        `json:"name,omitempty"`
	State     string        `json:"state"` // "live" or "revoked"
	CreatedAt time.Time     `json:"created_at"`
	RevokedAt time.Time     `json:"revoked_at,omitzero"`
	Tokens    []BearerToken `json:"tokens"`
}

// NewTransactionSwitch asks for a switch.
type NewTransactionSwitch struct {
	ID   string `json:"id"`
	Name string `json:"name,omitempty"`
}

// BearerToken is what is told of a token after it was issued.
type BearerToken struct {
	ID         string    `json:"id"`
	State      string    `json:"state"` // "live", "expiring", "expired" or "revoked"
	CreatedAt  time.Time `json:"created_at"`
	LastUsedAt time.Time `json:"last_used_at,omitzero"` // to the minute
	ExpiresAt  time.Time `json:"expires_at,omitzero"`
	RevokedAt  time.Time `json:"revoked_at,omitzero"`
}

// NewBearerToken asks for one more token of a holder.
type NewBearerToken struct {
	Overlap string `json:"overlap,omitempty"` // how long the older ones stay good, like "168h" (the default)
	Keep    bool   `json:"keep,omitempty"`    // the older ones stay as they are
}

// IssuedToken is a new bearer token, which is told once and never again.
type IssuedToken struct {
	Holder   string `json:"holder"` // "operator", "switch" or "partner"
	HolderID string `json:"holder_id"`
	TokenID  string `json:"token_id"`
	Token    string `json:"token"`
}
