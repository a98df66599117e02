package switchboard

import "time"

// The types of the operator's API for mobile banking: channels, members and ladders.

// Channel is a caller of the mobile banking API: a USSD gateway, an app's back end.
type Channel struct {
	ID        string          `json:"id"`
	Name      string          `json:"name"`
	State     string          `json:"state"`     // "live" or "revoked"
	Addresses []string        `json:"addresses"` // networks it may call from; none means anywhere
	Rate      float64         `json:"rate"`      // requests a second; 0 means the server's setting
	Burst     int             `json:"burst"`     // with Rate
	Version   uint64          `json:"version"`   // of the channel and its secrets
	CreatedAt time.Time       `json:"created_at"`
	RevokedAt time.Time       `json:"revoked_at,omitzero"`
	Secrets   []ChannelSecret `json:"secrets"`
}

// ChannelSecret is what is told of a channel's secret after it was issued.
type ChannelSecret struct {
	ID         string    `json:"id"`
	State      string    `json:"state"` // "live", "expiring", "expired" or "revoked"
	CreatedAt  time.Time `json:"created_at"`
	LastUsedAt time.Time `json:"last_used_at,omitzero"` // to the minute
	ExpiresAt  time.Time `json:"expires_at,omitzero"`
	RevokedAt  time.Time `json:"revoked_at,omitzero"`
}

// NewChannel asks for a channel.
type NewChannel struct {
	ID        string   `json:"id"` // what it calls itself in HTTP Basic
	Name      string   `json:"name,omitempty"`
	Addresses []string `json:"addresses,omitempty"`
	Rate      float64  `json:"rate,omitempty"`
	Burst     int      `json:"burst,omitempty"`
}

// ChannelChange changes a channel. What is nil stays as it is.
type ChannelChange struct {
	Name      *string   `json:"name,omitempty"`
	Addresses *[]string `json:"addresses,omitempty"` // an empty list: anywhere
	Rate      *float64  `json:"rate,omitempty"`
	Burst     *int      `json:"burst,omitempty"`

	IfVersion uint64 `json:"if_version,omitempty"` // Conflict when the channel has changed since; 0 does not ask
}

// NewSecret asks for one more secret of a channel.
type NewSecret struct {
	Overlap string `json:"overlap,omitempty"` // how long the older one stays good, like "168h" (the default)
}

// IssuedSecret is a new secret of a channel, which is told once and never again.
type IssuedSecret struct {
	Channel  string `json:"channel"`
	SecretID string `json:"secret_id"`
	Secret   string `json:"secret"`
}

// Member is somebody who banks by phone.
type Member struct {
	ID           string    `json:"id"` // stands for the member in events, and in the place of the phone number once that was erased
	MSISDN       string    `json:"msisdn"`
	MemberNumber string    `json:"member_number,omitempty"`
	FullName     string    `json:"full_name"`
	IdentityType string    `json:"identity_type,omitempty"` // "NATIONAL_ID", "PASSPORT_NO" or "DRIVING_LICENSE"
	Identity     string    `json:"identity,omitempty"`
	Standing     string    `json:"standing"`         // "open" or "closed"
	IMSI         string    `json:"imsi,omitempty"`   // the SIM bound to the member
	AppID        string    `json:"app_id,omitempty"` // the mobile app bound to the member
	PIN          string    `json:"pin"`              // "none", "issued" (to be replaced at the first use) or "chosen"
	PINSetAt     time.Time `json:"pin_set_at,omitzero"`
	Password     Tally     `json:"password"` // wrong PINs from a bound device
	Foreign      Tally     `json:"foreign"`  // wrong PINs from anywhere else
	OTP          Tally     `json:"otp"`      // wrong one-time passwords, as the channels report them
	// WrongIdentities were shown with a right PIN since the last right one.
	WrongIdentities int `json:"wrong_identities"`

	CreatedAt time.Time `json:"created_at,omitzero"`
	UpdatedAt time.Time `json:"updated_at,omitzero"`
	Version   uint64    `json:"version"` // what IfVersion of a change takes
	Events    []Event   `json:"events,omitempty"`
}

// Tally is where a member stands on a ladder of wrong attempts.
type Tally struct {
	State    string    `json:"state"` // what it means now: "free", "warned", "suspended" or "locked"
	Attempts int       `json:"attempts"`
	Flag     string    `json:"flag,omitempty"` // the name of the last step reached
	Action   string    `json:"action"`         // of that step: "NONE", "WARN", "SUSPEND" or "LOCK"
	Until    time.Time `json:"until,omitzero"` // of a suspension, also one that is over
}

// NewMember asks for a member.
type NewMember struct {
	MSISDN       string `json:"msisdn"`
	MemberNumber string `json:"member_number,omitempty"`
	FullName     string `json:"full_name"`
	IdentityType string `json:"identity_type,omitempty"`
	Identity     string `json:"identity,omitempty"`
	IMSI         string `json:"imsi,omitempty"`
	AppID        string `json:"app_id,omitempty"`
}

// NewBinding gives a member a device, in place of the one of its type.
type NewBinding struct {
	Type   string `json:"type"` // "APP_ID" or "IMSI"
	ID     string `json:"id"`
	Reason string `json:"reason"`

	// IfVersion asks to be refused (Conflict) when the member has changed since that Version; 0 does not ask. Wrong PINs
	// that led to nothing are no change.
	IfVersion uint64 `json:"if_version,omitempty"`
}

// Unbinding takes devices from a member.
type Unbinding struct {
	Devices []string `json:"devices,omitempty"` // of "APP_ID" and "IMSI"; the app alone when left out
	Reason  string   `json:"reason"`

	IfVersion uint64 `json:"if_version,omitempty"` // as in NewBinding
}

// Because goes with a change that needs nothing but a reason. The reason is kept in the history for
// ever: it must hold nothing personal.
type Because struct {
	Reason string `json:"reason"`

	IfVersion uint64 `json:"if_version,omitempty"` // as in NewBinding
}

// MemberStanding opens or closes a member.
type MemberStanding struct {
	Standing string `json:"standing"` // "open" or "closed"
	Reason   string `json:"reason"`

	IfVersion uint64 `json:"if_version,omitempty"` // as in NewBinding
}

// IssuedPIN is a new PIN, which is told once and never again. It must be replaced at the first use.
type IssuedPIN struct {
	MSISDN string `json:"msisdn"`
	PIN    string `json:"pin"`
}

// Ladder says what how many wrong attempts lead to.
type Ladder struct {
	Security string       `json:"security"` // "PASSWORD" (PINs) or "OTP" (one-time passwords)
	Steps    []LadderStep `json:"steps"`    // by attempts
	// After the last step every Every further attempts lead to Further; Every 0: each leads to the last step again.
	Every   int        `json:"every"`
	Further LadderStep `json:"further,omitzero"` // its Attempts are left out

	Version   uint64  `json:"version,omitempty"`    // told, and not heeded when a ladder is set; 0: nobody ever set it
	IfVersion *uint64 `json:"if_version,omitempty"` // to set one: Conflict when it has changed since; nil does not ask
}

// LadderStep is what so many wrong attempts lead to.
type LadderStep struct {
	Attempts int    `json:"attempts,omitempty"`
	Flag     string `json:"flag"`               // its name, such as FIRST_WARNING
	Action   string `json:"action"`             // "NONE", "WARN", "SUSPEND" or "LOCK"
	Duration string `json:"duration,omitempty"` // of a suspension, like "60m"
}

// LadderChange is what became of a change of a ladder.
type LadderChange struct {
	Changed bool   `json:"changed"` // false when it was so already
	DryRun  bool   `json:"dry_run,omitempty"`
	Before  Ladder `json:"before"`
	After   Ladder `json:"after"`
}
