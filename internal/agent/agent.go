package agent

import (
	"time"

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
	UserCode  string
	PartnerID string // the partner who onboarded the agent
	Standing  Standing
	Profile   Profile
	CreatedAt time.Time
	UpdatedAt time.Time  // zero until the first change
	Head      event.Head // of the last event about the agent itself; see Record.Head
}

// Record is an agent with every activation it ever had, in order of service code.
type Record struct {
	Agent       Agent
	Activations []Activation
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

// Activation finds the agent's activation of a service; one that never was is in state Absent.
func (r *Record) Activation(serviceCode string) Activation {
	for i := range r.Activations {
		if r.Activations[i].ServiceCode == serviceCode {
			return r.Activations[i]
		}
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

// SetStanding changes what the operator says of the agent. The event is nil when nothing changes.
func (r *Record) SetStanding(to Standing, reason string, c event.Cause) (Agent, *event.Event, error) {
	a := r.Agent
	if a.Standing == to {
		return a, nil, nil
	}
	if to != Open && reason == "" {
		return a, nil, &fault.Error{Code: fault.Invalid, Message: "Say why: a reason is required.",
			Fields: []fault.Field{{Name: "reason", Problem: "is required"}}}
	}
	e := r.Head().Next(event.Event{
		Subject: event.Subject{Kind: event.Agent, ID: a.UserCode},
		Kind:    event.AgentStatus,
		Cause:   c,
		Data:    event.Data("from", a.Standing.String(), "to", to.String(), "reason", reason),
	})
	a.Standing, a.UpdatedAt = to, c.At
	return a, &e, nil
}
