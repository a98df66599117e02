package agent

import (
	"fmt"
	"strconv"
	"time"

	"github.com/switchboard-platform/switchboard/internal/block"
)

// ReasonCode names a kind of reason; programs branch on it. The codes are part of the API and never change.
type ReasonCode string

// The reasons.
const (
	UnknownAgent      ReasonCode = "unknown_agent"      // no such agent, or another partner's
	UnknownService    ReasonCode = "unknown_service"    // not in the catalogue
	ServiceRemoved    ReasonCode = "service_removed"    // taken out of the catalogue
	AgentSuspended    ReasonCode = "agent_suspended"    // the operator suspended the agent
	AgentClosed       ReasonCode = "agent_closed"       // the operator closed the agent
	NotActivated      ReasonCode = "not_activated"      // nobody ever asked for it
	WasDeactivated    ReasonCode = "deactivated"        // switched off
	AwaitsReview      ReasonCode = "awaits_review"      // waits for a reviewer
	WasRejected       ReasonCode = "rejected"           // a reviewer rejected it
	NotYet            ReasonCode = "not_yet"            // its first day has not come
	NoLonger          ReasonCode = "no_longer"          // its last day has passed
	VerificationDue   ReasonCode = "verification_due"   // it had to be verified anew
	BlockedAgent      ReasonCode = "blocked_agent"      // a block on the agent
	BlockedActivation ReasonCode = "blocked_activation" // a block on this service of this agent
	BlockedService    ReasonCode = "blocked_service"    // a block on the whole service
	BlockedPartner    ReasonCode = "blocked_partner"    // a block on the partner
	DeviceRequired    ReasonCode = "device_required"    // the agent has devices, and none was named
	DeviceUnknown     ReasonCode = "device_unknown"     // it is not one of the agent's
	PlaceRequired     ReasonCode = "place_required"     // the service demands a place, and none was named
	PlaceUnregistered ReasonCode = "place_unregistered" // there is no registered place to compare with
	PlaceTooFar       ReasonCode = "place_too_far"      // too far from the registered one
	PlaceOutside      ReasonCode = "place_outside"      // outside the country
)

// Reason is one thing that stands against a use of a service.
type Reason struct {
	Code    ReasonCode
	Owner   block.Owner // of a block
	Rule    block.Rule  // of a block of the system
	Block   string      // id of the block, "" when it is none
	Since   time.Time   // zero: not known
	Until   time.Time   // when it ends by itself; zero: it does not
	Metres  float64     // how far off the place is
	Limit   int         // in metres: how far it may be
	Country string
}

// reasonTexts is what people are told of each reason: whose it is, who ends it, what to do next.
var reasonTexts = map[ReasonCode]struct {
	owner   string
	lifters []string
	what    string // what is the matter
	next    string // what to do
}{
	UnknownAgent:      {"partner", []string{"partner"}, "There is no such agent.", "Check the user_code; onboard the agent first."},
	UnknownService:    {"operator", []string{"operator"}, "The service is not in the catalogue.", "Check the service_code against the list of services."},
	ServiceRemoved:    {"operator", []string{"operator"}, "The service was taken out of the catalogue.", "Ask the operator whether it comes back."},
	AgentSuspended:    {"operator", []string{"operator"}, "The agent is suspended.", "Ask the operator's support what is needed to open the agent again."},
	AgentClosed:       {"operator", []string{"operator"}, "The agent is closed.", "Ask the operator's support; a closed agent is seldom opened again."},
	NotActivated:      {"partner", []string{"partner", "operator"}, "The service was never activated for this agent.", "Activate it."},
	WasDeactivated:    {"partner", []string{"partner", "operator"}, "The service is switched off for this agent.", "Activate it again."},
	AwaitsReview:      {"operator", []string{"reviewer"}, "The activation waits for a review.", "Wait for the operator's reviewers, or ask them."},
	WasRejected:       {"operator", []string{"partner", "operator"}, "A reviewer rejected the activation.", "Mend what the reviewer's comment says and activate it again."},
	NotYet:            {"operator", []string{"operator"}, "The activation begins later.", "Wait for its first day, or ask the operator for an earlier one."},
	NoLonger:          {"operator", []string{"operator"}, "The activation has ended.", "Ask the operator for a later last day. Switching it off and on does not move it."},
	VerificationDue:   {"operator", []string{"reviewer"}, "The verification is out of date.", "Have the agent verified anew by the operator's reviewers."},
	BlockedAgent:      {"", nil, "The agent is blocked", ""},
	BlockedActivation: {"", nil, "The service is blocked for this agent", ""},
	BlockedService:    {"", nil, "The whole service is blocked", ""},
	BlockedPartner:    {"", nil, "The partner is blocked", ""},
	DeviceRequired:    {"operator", []string{"operator"}, "The agent may transact from registered devices alone, and none was named.", "Send the device."},
	DeviceUnknown:     {"operator", []string{"operator"}, "The device is not one of the agent's.", "Use a registered device, or have the operator register this one."},
	PlaceRequired:     {"operator", []string{"operator"}, "The service demands a place, and none was named.", "Send the place as latitude,longitude."},
	PlaceUnregistered: {"operator", []string{"operator"}, "The agent has no registered place to compare with.", "Have the operator register where the agent trades."},
	PlaceTooFar:       {"operator", []string{"operator"}, "The place is too far from the registered one", "Transact at the registered place, or have the operator register the new one."},
	PlaceOutside:      {"operator", []string{"operator"}, "The place is outside the country", "Transact inside the country."},
}

// ReasonCodes gives every code there is.
func ReasonCodes() []ReasonCode {
	return []ReasonCode{UnknownAgent, UnknownService, AgentSuspended, AgentClosed, BlockedAgent, BlockedActivation, BlockedService,
		BlockedPartner, ServiceRemoved, NotActivated, WasDeactivated, AwaitsReview, WasRejected, NotYet, NoLonger, VerificationDue,
		DeviceRequired, DeviceUnknown, PlaceRequired, PlaceUnregistered, PlaceTooFar, PlaceOutside}
}

// OwnedBy says whose the reason is: an owner of blocks, or "partner" or "operator".
func (r Reason) OwnedBy() string {
	if r.ofBlock() {
		return r.Owner.String()
	}
	return reasonTexts[r.Code].owner
}

// ofBlock says whether it is a block: one that there will be has a rule and no id yet.
func (r Reason) ofBlock() bool { return r.Block != "" || r.Rule != "" }

// LiftedBy lists who may end it.
func (r Reason) LiftedBy() []string {
	if !r.ofBlock() {
		return reasonTexts[r.Code].lifters
	}
	if r.Owner == block.System {
		return []string{"reviewer", "administrator"}
	}
	return []string{r.Owner.String(), "administrator"}
}

// Message says to people what is the matter.
func (r Reason) Message() string {
	t := reasonTexts[r.Code].what
	switch {
	case r.ofBlock() && r.Rule == block.Dormant:
		return t + ": it was not used for too long."
	case r.ofBlock():
		return t + " by " + r.Owner.String() + "."
	case r.Code == PlaceTooFar:
		return fmt.Sprintf("%s: %s away, %s allowed.", t, metres(r.Metres), metres(float64(r.Limit)))
	case r.Code == PlaceOutside:
		return fmt.Sprintf("%s %s by %s.", t, r.Country, metres(r.Metres))
	}
	return t
}

// Next says what to do about it.
func (r Reason) Next() string {
	switch {
	case !r.ofBlock():
		return reasonTexts[r.Code].next
	case r.Owner == block.System:
		return "Have the agent verified anew by the operator's reviewers."
	case r.Owner == block.Partner:
		return "Ask the partner, who placed it, to lift it."
	case r.Owner == block.Operator:
		return "Ask the operator's support to lift it."
	}
	return "Ask the operator's " + r.Owner.String() + " desk to lift it."
}

// metres is a distance for people.
func metres(m float64) string {
	if m < 10_000 {
		return strconv.Itoa(int(m+0.5)) + " m"
	}
	return strconv.FormatFloat(m/1000, 'f', 1, 64) + " km"
}

func (r *Record) standingReason() Reason {
	code := AgentSuspended
	if r.Agent.Standing == Closed {
		code = AgentClosed
	}
	return Reason{Code: code, Since: r.Agent.StandSince}
}

func blockReason(b *block.Block) Reason {
	code := map[block.Kind]ReasonCode{block.OnAgent: BlockedAgent, block.OnActivation: BlockedActivation,
		block.OnService: BlockedService, block.OnPartner: BlockedPartner}[b.Kind()]
	return Reason{Code: code, Owner: b.Owner, Rule: b.Rule, Block: b.ID, Since: b.Since(), Until: b.Until}
}

func deviceReason(device string) Reason {
	if device == "" {
		return Reason{Code: DeviceRequired}
	}
	return Reason{Code: DeviceUnknown}
}
