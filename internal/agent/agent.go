package agent

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/switchboard-platform/switchboard/internal/block"
	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
)

// Standing is what the operator says of an agent as a whole.
type Standing uint8

// The standings. Only an open agent can have services activated; switching off and reading
// always work.
const (
	Open      Standing = 0
	Suspended Standing = 1
	Closed    Standing = 2
)

// String is the standing as commands and files spell it.
func (s Standing) String() string { return [...]string{"open", "suspended", "closed"}[s%3] }

// ParseStanding reads what String wrote.
func ParseStanding(s string) (Standing, bool) {
	for _, x := range []Standing{Open, Suspended, Closed} {
		if x.String() == s {
			return x, true
		}
	}
	return Open, false
}

// Agent is somebody who sells services: a retailer, known by a user_code.
type Agent struct {
	UserCode   string
	PartnerID  string // the partner who onboarded the agent
	Standing   Standing
	StandSince time.Time // when the standing was last changed; zero: never
	LatLong    string    // the registered place, "" when there is none; an activation may have one of its own
	Devices    Devices   // from which alone the agent may transact; none: from any
	Profile    Profile
	ErasedAt   time.Time // when the personal data was erased; zero: it was not
	CreatedAt  time.Time
	UpdatedAt  time.Time  // zero until the first change
	Head       event.Head // of the last event about the agent itself; see Record.Head
}

// Record is an agent with every activation it ever had, in order of service code, and the open blocks on
// it and on its activations, in order of id. (The chain records a block in an event of the agent itself.)
type Record struct {
	Agent       Agent
	Activations []Activation
	Blocks      []block.Block
}

// Head is the end of the agent's chain: the latest event of the agent or of any activation.
// Each row keeps the head of its own latest event, so that a change writes one row and not two.
func (r *Record) Head() event.Head {
	head := r.Agent.Head
	for i := range r.Activations {
		if h := r.Activations[i].Head; h.Version > head.Version {
			head = h
		}
	}
	return head
}

// ActivationIndex finds the place of a service in Activations, -1 for none.
func (r *Record) ActivationIndex(serviceCode string) int {
	for i := range r.Activations {
		if r.Activations[i].ServiceCode == serviceCode {
			return i
		}
	}
	return -1
}

// Activation finds the agent's activation of a service; one that never was is in state Absent.
func (r *Record) Activation(serviceCode string) Activation {
	if i := r.ActivationIndex(serviceCode); i >= 0 {
		return r.Activations[i]
	}
	return Activation{UserCode: r.Agent.UserCode, ServiceCode: serviceCode, State: Absent}
}

// Onboard makes a new agent and the event that says so. The profile must be valid.
func Onboard(userCode, partnerID string, p Profile, c event.Cause) (Agent, event.Event) {
	a := Agent{UserCode: userCode, PartnerID: partnerID, Profile: p, CreatedAt: c.At}
	return a, event.Head{}.Next(event.Event{
		Subject: event.Subject{Kind: event.Agent, ID: userCode},
		Kind:    event.AgentOnboarded,
		Cause:   c,
		Data:    event.Data("partner", partnerID),
	})
}

// SetStanding changes what the operator says of the agent. The event, which has no version and hash yet,
// is nil when nothing changes. Faults: Invalid, Conflict.
func (r *Record) SetStanding(to Standing, reason string, c event.Cause) (Agent, *event.Event, error) {
	a := r.Agent
	if a.Standing == to {
		return a, nil, nil
	}
	if err := a.notErased(); err != nil {
		return a, nil, err
	}
	if to != Open && reason == "" {
		return a, nil, &fault.Error{Code: fault.Invalid, Message: "Say why: a reason is required.",
			Fields: []fault.Field{{Name: "reason", Problem: "is required"}}}
	}
	e := a.record(event.AgentStatus, c, "from", a.Standing.String(), "to", to.String())
	e.Private = event.Private("reason", reason)
	a.Standing, a.StandSince, a.UpdatedAt = to, c.At, c.At
	return a, e, nil
}

// record makes an event of the agent itself, without version and hash.
func (a Agent) record(kind event.Kind, c event.Cause, pairs ...string) *event.Event {
	return &event.Event{Subject: event.Subject{Kind: event.Agent, ID: a.UserCode}, Kind: kind, Cause: c, Data: event.Data(pairs...)}
}

// SetPlace registers where the agent trades, "" for nowhere. The event, without version and hash, is nil
// when nothing changes. Faults: Invalid, Conflict.
func (r *Record) SetPlace(latLong string, c event.Cause) (Agent, *event.Event, error) {
	a := r.Agent
	if latLong != "" && !ValidLatLong(latLong) {
		var bad fault.Fields
		bad.Add("latlong", "must be latitude,longitude in decimal degrees, like 28.6139,77.2090")
		return a, nil, bad.Err()
	}
	if a.LatLong == latLong {
		return a, nil, nil
	}
	if err := a.notErased(); err != nil {
		return a, nil, err
	}
	e := a.record(event.AgentPlaced, c)
	e.Private = event.Private("latlong", latLong)
	a.LatLong, a.UpdatedAt = latLong, c.At
	return a, e, nil
}

// MaxDevices is how many devices may be an agent's.
const MaxDevices = 20

// SetDevices says from which devices alone the agent may transact; none: from any. The event, without
// version and hash, is nil when nothing changes. Faults: Invalid, Conflict.
func (r *Record) SetDevices(list []string, c event.Cause) (Agent, *event.Event, error) {
	a := r.Agent
	list = slices.Compact(slices.Sorted(slices.Values(list)))
	var bad fault.Fields
	if len(list) > MaxDevices {
		bad.Add("devices", "must be at most %d", MaxDevices)
	}
	for _, d := range list {
		if !ValidDevice(d) {
			bad.Add("devices", "%.80q must be 1 to 64 letters, digits, dashes, dots, colons or underscores", d)
		}
	}
	devices := Devices(strings.Join(list, " "))
	if err := bad.Err(); err != nil || a.Devices == devices {
		return a, nil, err
	}
	if err := a.notErased(); err != nil {
		return a, nil, err
	}
	e := a.record(event.AgentDevices, c, "from", strconv.Itoa(len(a.Devices.List())), "to", strconv.Itoa(len(list)))
	e.Private = event.Private("devices", string(devices))
	a.Devices, a.UpdatedAt = devices, c.At
	return a, e, nil
}

// Devices are names of devices in order, with a space between them.
type Devices string

// List gives the devices one by one.
func (d Devices) List() []string { return strings.Fields(string(d)) }

// Has says whether a device is one of them.
func (d Devices) Has(device string) bool {
	for own := range strings.FieldsSeq(string(d)) {
		if own == device {
			return true
		}
	}
	return false
}

// ValidDevice reports whether s can name a device.
func ValidDevice(s string) bool {
	return len(s) > 0 && len(s) <= 64 && strings.IndexFunc(s, func(r rune) bool {
		return !(r == '-' || r == '_' || r == '.' || r == ':' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z')
	}) < 0
}

// Erase takes the personal data out of the agent: profile, places, devices, comments. Only a closed agent
// can be erased. The event, without version and hash, is nil when it was erased already. Faults: Conflict.
func (r *Record) Erase(c event.Cause) (Agent, *event.Event, error) {
	a := r.Agent
	if !a.ErasedAt.IsZero() {
		return a, nil, nil
	}
	if a.Standing != Closed {
		return a, nil, fault.New(fault.Conflict, "Agent %s is %s: close it before its personal data is erased.", a.UserCode, a.Standing)
	}
	e := a.record(event.AgentErased, c)
	a.Profile, a.LatLong, a.Devices, a.ErasedAt, a.UpdatedAt = Profile{}, "", "", c.At, c.At
	return a, e, nil
}

// notErased refuses what would bring an erased agent back to life, or personal data back to it.
func (a Agent) notErased() error {
	if a.ErasedAt.IsZero() {
		return nil
	}
	return fault.New(fault.Conflict, "The personal data of agent %s was erased: nothing about the agent can be changed any more. Onboard a new agent.", a.UserCode)
}
