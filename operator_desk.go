package switchboard

import "time"

// The types of the operator's API for people at the desk: who signs in, what waits for them, how they find things,
// and what they look at from above.

// IdleHeader marks requests that a page makes by itself: they do not keep a session from falling idle.
const IdleHeader = "Switchboard-Idle"

// SignIn asks for a session with a name and a password.
type SignIn struct {
	Name     string `json:"name"`
	Password string `json:"password"`
}

// SignedIn is what became of a step of signing in: a session, or the next step.
type SignedIn struct {
	Operator  string    `json:"operator"`
	Session   string    `json:"session,omitempty"` // a bearer token for this API; told once
	ExpiresAt time.Time `json:"expires_at,omitzero"`

	// A passkey is needed as well: Passkey is what navigator.credentials.get takes, with publicKey in it, and Pending goes with
	// the answer to it.
	Pending string  `json:"pending,omitempty"`
	Passkey RawJSON `json:"passkey,omitempty"`
}

// PasskeyAnswer is what a browser answered to a challenge, as PublicKeyCredential.toJSON writes it.
type PasskeyAnswer struct {
	Pending    string  `json:"pending"`
	Credential RawJSON `json:"credential,omitempty"`

	// Of a new passkey: what its owner calls it, and the owner's password.
	Label    string `json:"label,omitempty"`
	Password string `json:"password,omitempty"`
}

// PasskeyChallenge begins the making of a passkey: Options is what navigator.credentials.create takes, with
// publicKey in it.
type PasskeyChallenge struct {
	Pending string  `json:"pending"`
	Options RawJSON `json:"options"`
}

// SignInWays says how people may sign in here.
type SignInWays struct {
	Password bool   `json:"password"`
	OpenID   string `json:"openid,omitempty"` // what the button says: the provider's name; "" where there is none
}

// OpenIDBegin asks for a sign-in at the OpenID provider.
type OpenIDBegin struct {
	Fresh bool `json:"fresh,omitempty"` // the person proves anew who they are, whatever session they have there
}

// OpenIDStart is where a browser goes to sign in at the OpenID provider. State comes back with it.
type OpenIDStart struct {
	URL     string `json:"url"`
	Pending string `json:"pending"` // kept by the browser, and shown with the answer
}

// OpenIDAnswer is what the provider sent the browser back with.
type OpenIDAnswer struct {
	Pending string `json:"pending"`
	State   string `json:"state"`
	Code    string `json:"code"`
}

// OpenIDPerson is who an operator is at the OpenID provider: the value of the claim that the settings name.
type OpenIDPerson struct {
	Value string `json:"value"`
}

// Me is the operator who asks.
type Me struct {
	Name  string   `json:"name"` // "token" for whoever uses the shared token
	Roles []string `json:"roles"`
	May   []string `json:"may"`  // the routes this person may use, like "POST /blocks", and "POST /audit/verify with replay"
	Owns  []string `json:"owns"` // whose blocks this person may place and lift

	SignedInAt  time.Time `json:"signed_in_at,omitzero"` // of a session
	ProvenAt    time.Time `json:"proven_at,omitzero"`    // when this person last proved who they are, with all that it takes; absent when a provider did not tell
	ExpiresAt   time.Time `json:"expires_at,omitzero"`
	Session     string    `json:"session_id,omitempty"`
	MustChange  bool      `json:"must_change_password,omitempty"` // and may do nothing else before
	HasPassword bool      `json:"has_password"`
	PasswordAt  time.Time `json:"password_at,omitzero"` // when it was set
	Passkeys    []Passkey `json:"passkeys"`
	Sessions    []Session `json:"sessions"`

	Tokens   []BearerToken `json:"tokens"`             // of this person, whoever made them
	OpenID   string        `json:"openid,omitempty"`   // who they are at the OpenID provider …
	OpenIDAt time.Time     `json:"openid_at,omitzero"` // … and since when

	ReviewTarget string `json:"review_target"` // how long a review should wait at most, like "4h0m0s"
	TimeZone     string `json:"time_zone"`     // of the server
	Mode         string `json:"mode"`          // "production" or "sandbox"
	Version      string `json:"version"`
}

// Passkey is a device with which an operator proves a sign-in.
type Passkey struct {
	ID         string    `json:"id"`
	Label      string    `json:"label"`
	CreatedAt  time.Time `json:"created_at"`
	LastUsedAt time.Time `json:"last_used_at,omitzero"`
}

// Session is one browser in which an operator is signed in.
type Session struct {
	ID        string    `json:"id"`
	Way       string    `json:"way"` // "password", "passkey" (password and passkey) or "openid"
	Address   string    `json:"address,omitempty"`
	Agent     string    `json:"user_agent,omitempty"`
	CreatedAt time.Time `json:"created_at"`
	SeenAt    time.Time `json:"seen_at"`
	ExpiresAt time.Time `json:"expires_at"`
}

// NewPassword replaces one's own password.
type NewPassword struct {
	Old string `json:"old"`
	New string `json:"new"`
}

// PasswordChanged tells that it was. A session goes on under a new token, told once: the one it had is good no more.
type PasswordChanged struct {
	Changed   bool      `json:"changed"`
	Session   string    `json:"session,omitempty"` // "" for who came with a token of their own
	ExpiresAt time.Time `json:"expires_at,omitzero"`
}

// IssuedPassword is a password that is told once, and must be replaced at the first sign-in.
type IssuedPassword struct {
	Operator string `json:"operator"`
	Password string `json:"password"`
}

// Review is an activation that waits for somebody to look at it.
type Review struct {
	Activation
	Partner      string    `json:"partner"`
	Name         string    `json:"name"` // of the agent, or of the shop
	City         string    `json:"city,omitempty"`
	State        string    `json:"state,omitempty"`
	WaitingSince time.Time `json:"waiting_since"`
	Confirm      bool      `json:"confirm,omitempty"` // the service wants two to approve
	ClaimedBy    string    `json:"claimed_by,omitempty"`
	ClaimedAt    time.Time `json:"claimed_at,omitzero"`
	ClaimedUntil time.Time `json:"claimed_until,omitzero"` // it is free again then
}

// ReviewQuery says which reviews to list, the oldest first; zero fields do not restrict.
type ReviewQuery struct {
	Service string
	Partner string
	Claimed string // "me", "nobody", "others"; "" for all
	After   string // Page.Next of the page before
	Limit   int
}

// ReviewSummary is how the queue stands.
type ReviewSummary struct {
	Waiting    int              `json:"waiting"`
	OverTarget int              `json:"over_target"`
	Mine       int              `json:"mine"`            // claimed by who asks
	Second     int              `json:"second"`          // endorsed by one, wait for a second
	Oldest     time.Time        `json:"oldest,omitzero"` // since when the oldest waits
	ByService  []ReviewsWaiting `json:"by_service,omitempty"`
}

// ReviewsWaiting is how many wait of one service.
type ReviewsWaiting struct {
	Service string    `json:"service_code"`
	Waiting int       `json:"waiting"`
	Oldest  time.Time `json:"oldest"`
}

// Claimed is what became of a claim of a review.
type Claimed struct {
	Changed bool      `json:"changed"`
	By      string    `json:"by,omitempty"`
	Until   time.Time `json:"until,omitzero"`
}

// Found is one thing that a search found.
type Found struct {
	Kind    string `json:"kind"`              // "agent", "member", "call", "request", "event", "partner", "key", "service", "channel", "operator", "block", "plan" or "webhook"
	ID      string `json:"id"`                // what its kind is known by; of a call the agent's user_code
	Title   string `json:"title"`             // who or what it is
	Detail  string `json:"detail,omitempty"`  // what else helps to tell it from others
	Match   string `json:"match"`             // the field that fits: "user_code", "name", "mobile", "pan", "msisdn", "client_ref_id", "request_id", …
	Seq     uint64 `json:"seq,omitempty"`     // of an event or what one recorded
	Partner string `json:"partner,omitempty"` // of a key or a request: whose it is
}

// EventQuery says which events to look for, the youngest first; zero fields do not restrict.
type EventQuery struct {
	Subject string    // "agent:20810200", or a kind alone: "service"
	Kind    string    // "activation.deactivated", or "block.*"
	Actor   string    // "operator:asha", or a kind alone: "operator"
	Service string    // service code
	Since   time.Time // …
	Until   time.Time // … not including it
	Before  uint64    // seq; EventSearch.Next of the page before
	Limit   int
}

// EventSearch is a page of what a search for events found. A search looks at a bounded number of events at a time:
// Next is where it goes on, 0 at the beginning of the record, and ReachedAt is how far back it is.
type EventSearch struct {
	Events    []RecordedEvent `json:"events"`
	Next      uint64          `json:"next,omitempty"`
	ReachedAt time.Time       `json:"reached_at,omitzero"`
}

// Activity is what went on, counted in steps of time.
type Activity struct {
	From   time.Time        `json:"from"` // of the first step
	Step   int              `json:"step"` // seconds
	Steps  int              `json:"steps"`
	Series []ActivitySeries `json:"series"`
}

// ActivitySeries is one thing counted: how many in each step.
type ActivitySeries struct {
	Name   string  `json:"name"`            // "requests", "refusals", "decisions", "reasons", "actions", "changes", "deliveries"
	Label  string  `json:"label,omitempty"` // of refusals and actions the outcome, of decisions "allowed" or "denied", of reasons the code, of changes the kind, of deliveries the outcome
	Counts []int64 `json:"counts"`
}

// MapQuery says what to show of the map.
type MapQuery struct {
	South, West, North, East float64 // degrees
	Zoom                     int     // 0 (the world) to 18
	Service                  string  // service code; "" for agents, whatever they may run
	State                    string  // "activated", "pending", "deactivated", "blocked"; "" for any
	Outside                  bool    // only those outside the fence of a service
}

// MapView is a part of the map.
type MapView struct {
	Ready    bool         `json:"ready"`    // false: the agents are still being read, and Read of Total are
	Read     int          `json:"read"`     // agents
	Total    int          `json:"total"`    // agents that fit the query, in the whole world
	Nowhere  int          `json:"nowhere"`  // agents that fit and whose place is not known
	Shown    int          `json:"shown"`    // in this part
	Clusters []MapCluster `json:"clusters"` // several agents near each other, or one
}

// MapCluster is one dot on the map.
type MapCluster struct {
	Lat     float64 `json:"lat"`
	Lng     float64 `json:"lng"`
	Agents  int     `json:"agents"`
	Outside int     `json:"outside"`         // outside the fence
	Waiting int     `json:"waiting"`         // with a review that waits
	Blocked int     `json:"blocked"`         // with an open block, suspended or closed
	Agent   string  `json:"agent,omitempty"` // the user_code, of one alone
	South   float64 `json:"south"`           // the bounds of those in it
	West    float64 `json:"west"`
	North   float64 `json:"north"`
	East    float64 `json:"east"`
}
