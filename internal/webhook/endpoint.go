package webhook

import (
	"slices"
	"time"

	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
)

// Endpoint is an address of a partner that events are delivered to.
type Endpoint struct {
	ID          string // short, safe to show
	PartnerID   string
	URL         string
	Description string
	Kinds       event.Kinds // of events wanted; none: all
	Services    []string    // service codes wanted; none: all, and what concerns no service
	Secrets     []Secret    // by number
	CreatedAt   time.Time
	UpdatedAt   time.Time // zero until the first change
	Since       uint64    // events after this Seq are its
	DisabledAt  time.Time // zero: it is enabled
	Disabled    Reason    // why
}

// Reason is why an endpoint is disabled.
type Reason string

// The reasons.
const (
	ByPartner  Reason = "partner"  // the partner did
	ByOperator Reason = "operator" // an operator did
	Gone       Reason = "gone"     // the receiver answered 410
	Failing    Reason = "failing"  // nothing succeeded for as long as FailingFor
)

// FailingFor is how long nothing may succeed before an endpoint is disabled.
const FailingFor = 5 * 24 * time.Hour

// MaxEndpoints is how many endpoints a partner may have.
const MaxEndpoints = 10

// Secret is one secret of an endpoint. Messages are signed with all that are live.
type Secret struct {
	Number    int    // from 1
	Sealed    []byte // encrypted; only package secret can open it
	CreatedAt time.Time
	ExpiresAt time.Time // zero: never
}

// MaxLiveSecrets is how many secrets of an endpoint may be live at a time: a rotation needs two.
const MaxLiveSecrets = 2

// Live reports whether messages are signed with the secret at a time.
func (s Secret) Live(at time.Time) bool { return s.ExpiresAt.IsZero() || at.Before(s.ExpiresAt) }

// Enabled says whether events are delivered.
func (e *Endpoint) Enabled() bool { return e.DisabledAt.IsZero() }

// Live gives the secrets that are live at a time, the youngest first.
func (e *Endpoint) Live(at time.Time) (live []Secret) {
	for _, s := range slices.Backward(e.Secrets) {
		if s.Live(at) {
			live = append(live, s)
		}
	}
	return live
}

// Outlasting gives the secrets that are live yet, none for longer than until. Those that have ended are kept
// no longer: a partner may rotate as often as it likes.
func (e *Endpoint) Outlasting(now, until time.Time) (list []Secret) {
	for _, s := range e.Secrets {
		if s.ExpiresAt.IsZero() || s.ExpiresAt.After(until) {
			s.ExpiresAt = until
		}
		if s.Live(now) {
			list = append(list, s)
		}
	}
	return list
}

// Wants says whether an event passes the endpoint's filter.
func (e *Endpoint) Wants(p event.Public) bool {
	if len(e.Services) > 0 && !slices.Contains(e.Services, p.Service) {
		return false
	}
	return e.Kinds.Has(p.Kind)
}

// The bounds of what an endpoint says of itself.
const (
	maxDescription = 200
	maxFilter      = 100
)

// Check adds every field that is malformed, but for the URL. validText says what a text may be, validCode
// what a service code is.
func (e *Endpoint) Check(validText, validCode func(string) bool, bad *fault.Fields) {
	if len(e.Description) > maxDescription || !validText(e.Description) {
		bad.Add("description", "must be plain text of at most %d bytes", maxDescription)
	}
	if len(e.Kinds) > maxFilter {
		bad.Add("kinds", "must be at most %d", maxFilter)
	} else if kind, found := e.Kinds.Unknown(); found {
		bad.Add("kinds", "has %.60q, which no event is: use a kind like activation.deactivated, or a family like activation.*", kind)
	}
	if len(e.Services) > maxFilter {
		bad.Add("services", "must be at most %d", maxFilter)
	}
	for _, code := range e.Services {
		if !validCode(code) {
			bad.Add("services", "has %.60q, which is no service code", code)
			break
		}
	}
}
