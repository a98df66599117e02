package agent

import (
	"time"

	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
)

// Service is an entry of the catalogue.
type Service struct {
	Code         string
	Name         string
	Provider     string // "" when there is none
	Review       Review
	NeedsLatLong bool // its own activation call (PUT /user/service/activate) must say where the agent stands
	CreatedAt    time.Time
	UpdatedAt    time.Time  // zero until the first change
	Removed      bool       // can no longer be activated; what runs can be switched off
	Head         event.Head // the end of the service's own chain
}

// Activation is one service of one agent.
type Activation struct {
	UserCode    string
	ServiceCode string
	State       State
	Comment     string // the reviewer's reason, "" when there is none
	LatLong     string // where the agent stood when it was activated, "" when nobody said
	CreatedAt   time.Time
	UpdatedAt   time.Time  // zero until the first change after the activation was first asked for
	Head        event.Head // the event that made it what it is
}

// Command is what somebody asks of an activation.
type Command struct {
	Kind      CommandKind
	LatLong   string // on Activate
	Comment   string // on Reject: why; required
	Reference string // the caller's client_ref_id, for the record
}

// Apply decides cmd on the agent's activation of svc. It gives the activation as it is afterwards
// and the event to record, nil when there is nothing to change.
//
// Faults: UnknownService, AgentInactive (Activate only), Invalid, Conflict.
func (r *Record) Apply(svc Service, cmd Command, c event.Cause) (Activation, *event.Event, error) {
	was := r.Activation(svc.Code)
	if err := r.mayApply(svc, was, cmd); err != nil {
		return was, nil, err
	}
	to, ok := Transition(was.State, cmd.Kind, svc.Review)
	if !ok {
		return was, nil, fault.New(fault.Conflict, "Cannot %s service %s of agent %s: it is %s, not waiting for a review.",
			cmd.Kind, svc.Code, r.Agent.UserCode, was.State)
	}
	if to == was.State {
		return was, nil, nil
	}
	return r.change(was, to, cmd, c)
}

// mayApply checks what the transition table does not know: the catalogue, the agent, the fields.
func (r *Record) mayApply(svc Service, was Activation, cmd Command) error {
	// What runs can always be switched off, whatever became of its service or its agent.
	if svc.Removed && (cmd.Kind == Activate || was.State == Absent) {
		return fault.New(fault.UnknownService, "Service code %s is not in the catalogue.", svc.Code)
	}
	if cmd.Kind == Activate && r.Agent.Standing != Open {
		return fault.New(fault.AgentInactive, "The agent is %s by the operator; no service can be activated.", r.Agent.Standing)
	}
	var bad fault.Fields
	if cmd.Kind == Reject && cmd.Comment == "" {
		bad.Add("comment", "is required: say why it is rejected")
	}
	if cmd.LatLong != "" && !ValidLatLong(cmd.LatLong) {
		bad.Add("latlong", "must be latitude,longitude in decimal degrees, like 28.6139,77.2090")
	}
	return bad.Err()
}

// change makes the activation that to says and the event that records it.
func (r *Record) change(was Activation, to State, cmd Command, c event.Cause) (Activation, *event.Event, error) {
	now := was
	now.State, now.Comment = to, cmd.Comment
	if cmd.LatLong != "" {
		now.LatLong = cmd.LatLong
	}
	if was.State == Absent {
		now.CreatedAt = c.At
	} else {
		now.UpdatedAt = c.At
	}
	e := r.Head().Next(event.Event{
		Subject: event.Subject{Kind: event.Agent, ID: r.Agent.UserCode},
		Kind:    kindOf(cmd.Kind, to),
		Service: was.ServiceCode,
		Cause:   c,
		Data: event.Data("from", was.State.String(), "to", to.String(),
			"comment", cmd.Comment, "latlong", cmd.LatLong, "client_ref_id", cmd.Reference),
	})
	return now, &e, nil
}

// kindOf names the event of a command that led to a state.
func kindOf(cmd CommandKind, to State) event.Kind {
	switch {
	case cmd == Deactivate:
		return event.ServiceDeactivated
	case cmd == Approve:
		return event.ServiceApproved
	case cmd == Reject:
		return event.ServiceRejected
	case to == PendingReview:
		return event.ServiceRequested
	}
	return event.ServiceActivated
}
