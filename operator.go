package switchboard

import "time"

// The types of the operator's API, version 1. Times are RFC 3339 in UTC; one that never was is
// left out.

// OperatorPath is where the operator's API lives.
const OperatorPath = "/operator/v1"

// ServerStatus says how a server is doing.
type ServerStatus struct {
	Version      string    `json:"version"`
	Mode         string    `json:"mode"` // "production" or "sandbox"
	StartedAt    time.Time `json:"started_at"`
	Now          time.Time `json:"now"`
	Listen       string    `json:"listen"` // where partners are served; "" when they are not
	Data         string    `json:"data"`
	Events       int64     `json:"events"`
	SizeBytes    int64     `json:"size_bytes"`
	WALBytes     int64     `json:"wal_bytes"`
	CachedAgents int       `json:"cached_agents"`
	UnusableKeys int       `json:"unusable_keys"` // developer keys that the master key does not open
	TimeZone     string    `json:"time_zone"`
}

// Check is the outcome of reading the whole store.
type Check struct {
	OK      bool   `json:"ok"`
	Problem string `json:"problem,omitempty"`
}

// Partner is an API user.
type Partner struct {
	ID          string         `json:"id"`
	Name        string         `json:"name"`
	InitiatorID string         `json:"initiator_id"`
	CreatedAt   time.Time      `json:"created_at"`
	Addresses   []string       `json:"addresses,omitempty"` // networks it may call from; none means anywhere
	Version     uint64         `json:"version"`             // of the partner and its keys
	Keys        []DeveloperKey `json:"keys"`
}

// DeveloperKey is the public half of a partner's credentials.
type DeveloperKey struct {
	DeveloperKey string    `json:"developer_key"`
	State        string    `json:"state"`  // "live", "expiring", "expired" or "revoked"
	Replay       string    `json:"replay"` // "observe", "same-source" or "strict"
	CreatedAt    time.Time `json:"created_at"`
	LastUsedAt   time.Time `json:"last_used_at,omitzero"` // to the minute
	ExpiresAt    time.Time `json:"expires_at,omitzero"`
	RevokedAt    time.Time `json:"revoked_at,omitzero"`
}

// NewPartner asks for a partner.
type NewPartner struct {
	Name        string `json:"name"`
	InitiatorID string `json:"initiator_id"`
	Replay      string `json:"replay,omitempty"` // "observe" by default
}

// NewKey asks for one more key of a partner.
type NewKey struct {
	Overlap string `json:"overlap,omitempty"` // how long the older keys stay good, like "168h" (the default)
	Replay  string `json:"replay,omitempty"`  // that of the older keys by default
}

// IssuedKey is a new key with its secret half, which is told once and never again.
type IssuedKey struct {
	Partner      string `json:"partner"`
	InitiatorID  string `json:"initiator_id"`
	DeveloperKey string `json:"developer_key"`
	AccessKey    string `json:"access_key"`
	Replay       string `json:"replay"`
}

// Service is an entry of the catalogue.
type Service struct {
	Code         string    `json:"service_code"`
	Name         string    `json:"name"`
	Provider     string    `json:"provider,omitempty"`
	Review       string    `json:"review"` // "none", "before" or "after"
	NeedsLatLong bool      `json:"needs_latlong"`
	Removed      bool      `json:"removed"`
	CreatedAt    time.Time `json:"created_at,omitzero"`
	UpdatedAt    time.Time `json:"updated_at,omitzero"`

	Confirm        []string `json:"confirm,omitempty"`         // what takes two people: "activation", "approval", "lifting"
	FenceDistance  int      `json:"fence_distance,omitempty"`  // metres from the registered place; 0: anywhere
	FenceCountry   string   `json:"fence_country,omitempty"`   // two letters; "": any
	FenceTolerance int      `json:"fence_tolerance,omitempty"` // metres beyond the country that still count as inside
	DormantDays    int      `json:"dormant_days,omitempty"`    // not used for so many days, an activation is blocked; 0: never
	VerifyDays     int      `json:"verify_days,omitempty"`     // for so many days a verification is good; 0: for ever

	// To set one: a change asks to be refused (Conflict) when the service was changed since the Version that was seen, 0
	// when there must be none yet, nil for not asking; and one that was removed is brought back with Restore alone.
	Version   uint64  `json:"version,omitempty"` // told, and not heeded when it is set
	IfVersion *uint64 `json:"if_version,omitempty"`
	Restore   bool    `json:"restore,omitempty"`
}

// Agent is somebody who sells services, with every activation it ever had.
type Agent struct {
	UserCode    string       `json:"user_code"`
	Partner     string       `json:"partner"`
	Standing    string       `json:"standing"` // "open", "suspended" or "closed"
	Profile     Profile      `json:"profile"`
	CreatedAt   time.Time    `json:"created_at,omitzero"`
	UpdatedAt   time.Time    `json:"updated_at,omitzero"`
	ErasedAt    time.Time    `json:"erased_at,omitzero"` // when the personal data was erased
	LatLong     string       `json:"latlong,omitempty"`  // where the agent trades
	Devices     []string     `json:"devices,omitempty"`  // from which alone the agent may transact; none: from any
	Version     uint64       `json:"version,omitempty"`  // of one agent with all activations: what IfVersion of a change takes
	Activations []Activation `json:"activations,omitempty"`
	Blocks      []Block      `json:"blocks,omitempty"` // those that are not lifted
	Events      []Event      `json:"events,omitempty"`
}

// Profile is what is known of an agent as a person and a shop.
type Profile struct {
	PAN        string  `json:"pan_number,omitempty"`
	Mobile     string  `json:"mobile,omitempty"`
	FirstName  string  `json:"first_name,omitempty"`
	MiddleName string  `json:"middle_name,omitempty"`
	LastName   string  `json:"last_name,omitempty"`
	Email      string  `json:"email,omitempty"`
	DOB        string  `json:"dob,omitempty"` // YYYY-MM-DD
	ShopName   string  `json:"shop_name,omitempty"`
	Address    Address `json:"residence_address,omitzero"`
}

// Address is where an agent lives or trades.
type Address struct {
	Line     string `json:"line,omitempty"`
	City     string `json:"city,omitempty"`
	State    string `json:"state,omitempty"`
	Pincode  string `json:"pincode,omitempty"`
	District string `json:"district,omitempty"`
	Area     string `json:"area,omitempty"`
}

// NewAgent asks for an agent.
type NewAgent struct {
	Partner  string  `json:"partner"`
	UserCode string  `json:"user_code,omitempty"` // "" to be given one
	Profile  Profile `json:"profile"`
}

// NewStanding opens, suspends or closes an agent.
type NewStanding struct {
	Standing string `json:"standing"`
	Reason   string `json:"reason,omitempty"` // required to suspend or close

	IfVersion uint64 `json:"if_version,omitempty"` // Conflict when the agent itself has changed since; 0 does not ask
}

// Place says where an agent trades.
type Place struct {
	LatLong string `json:"latlong"` // "latitude,longitude" in decimal degrees; "" for nowhere

	IfVersion uint64 `json:"if_version,omitempty"` // as in NewStanding
}

// DevicesChange changes from which devices alone an agent may transact: all at once with Devices, or some with
// Add and Remove.
type DevicesChange struct {
	Devices *[]string `json:"devices,omitempty"` // an empty list: from any
	Add     []string  `json:"add,omitempty"`
	Remove  []string  `json:"remove,omitempty"`

	IfVersion uint64 `json:"if_version,omitempty"` // as in NewStanding
}

// Devices are an agent's devices after a change.
type Devices struct {
	Changed bool     `json:"changed"` // false when it was so already
	Devices []string `json:"devices"`
}

// Activation is one service of one agent.
type Activation struct {
	UserCode     string    `json:"user_code"`
	ServiceCode  string    `json:"service_code"`
	Status       string    `json:"status"`       // "ACTIVATED", "PENDING" or "DEACTIVATED"
	Verification int       `json:"verification"` // 0 not applicable, 1 verified, 2 rejected, 3 waiting
	Comment      string    `json:"comment,omitempty"`
	LatLong      string    `json:"latlong,omitempty"`
	From         time.Time `json:"from,omitzero"`          // may not be used before
	Until        time.Time `json:"until,omitzero"`         // nor from then on
	VerifyBy     time.Time `json:"verify_by,omitzero"`     // nor from then on, unless it was verified anew
	RequestedBy  string    `json:"requested_by,omitempty"` // who asked for it, if it had to wait for a review
	EndorsedBy   string    `json:"endorsed_by,omitempty"`  // the first of two who approve, while the second is waited for
	CreatedAt    time.Time `json:"created_at,omitzero"`
	UpdatedAt    time.Time `json:"updated_at,omitzero"`
}

// ServiceCommand goes with a change of an activation.
type ServiceCommand struct {
	Comment  string    `json:"comment,omitempty"` // required to reject
	LatLong  string    `json:"latlong,omitempty"`
	From     time.Time `json:"from,omitzero"`      // to activate: its first moment
	Until    time.Time `json:"until,omitzero"`     // to activate: its end
	VerifyBy time.Time `json:"verify_by,omitzero"` // to approve and renew: until when it is good, if not as the service says

	IfVersion uint64 `json:"if_version,omitempty"` // Conflict when the activation or the agent itself has changed since; 0 does not ask
}

// ServiceDates changes the dates of an activation: nil leaves one as it is, "" takes it away, and everything
// else is a time like "2027-01-01T00:00:00Z".
type ServiceDates struct {
	From     *string `json:"from,omitempty"`
	Until    *string `json:"until,omitempty"`
	VerifyBy *string `json:"verify_by,omitempty"`

	IfVersion uint64 `json:"if_version,omitempty"` // as in ServiceCommand
}

// ServiceChange is what became of a change of an activation.
type ServiceChange struct {
	Changed    bool       `json:"changed"` // false when it was so already
	Activation Activation `json:"activation"`
}

// Changed is what became of a change that has nothing more to tell.
type Changed struct {
	Changed bool `json:"changed"`         // false when it was so already
	Asked   bool `json:"asked,omitempty"` // it takes two people, and you are the first: nothing has changed yet
}

// Event is one recorded change.
type Event struct {
	Seq       uint64    `json:"seq"`
	Version   uint64    `json:"version"` // its place in the history of its subject, from 1
	Kind      string    `json:"kind"`
	Service   string    `json:"service_code,omitempty"`
	Actor     string    `json:"actor"`
	Key       string    `json:"developer_key,omitempty"`
	Address   string    `json:"address,omitempty"`
	RequestID string    `json:"request_id,omitempty"`
	At        time.Time `json:"at"`
	Data      RawJSON   `json:"data"`
	Hash      string    `json:"hash"`
}

// Page is one page of a list. Next, where it is not empty, asks for the page after.
type Page[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next,omitempty"`
}

// ImportLine is one line of the answer to an import: exactly one of its fields is set.
type ImportLine struct {
	Progress *ImportCounts  `json:"progress,omitempty"`
	Refused  *RefusedRow    `json:"refused,omitempty"`
	Done     *ImportCounts  `json:"done,omitempty"` // the last line of an import that went through
	Error    *OperatorFault `json:"error,omitempty"`
}

// ImportCounts counts what became of the rows of an import.
type ImportCounts struct {
	Rows      int   `json:"rows"`
	Created   int   `json:"created"`   // agents or members made
	Activated int   `json:"activated"` // services activated or put up for review; members have none
	Skipped   int   `json:"skipped"`   // rows that were done already
	Refused   int   `json:"refused"`
	Bytes     int64 `json:"bytes"` // of the file read so far
	DryRun    bool  `json:"dry_run,omitempty"`
}

// RefusedRow says why a row was not taken.
type RefusedRow struct {
	Line     int    `json:"line"`
	UserCode string `json:"user_code,omitempty"` // of an agent
	MSISDN   string `json:"msisdn,omitempty"`    // of a member
	Reason   string `json:"reason"`
}

// OperatorFault is an error of the operator's API.
type OperatorFault struct {
	Code      string       `json:"code"`
	Message   string       `json:"message"`
	Fields    []FieldFault `json:"fields,omitempty"`
	RequestID string       `json:"request_id,omitempty"`
}

// Error is the message.
func (f *OperatorFault) Error() string { return f.Message }

// FieldFault is one bad field of a request.
type FieldFault struct {
	Field   string `json:"field"`
	Problem string `json:"problem"`
}
