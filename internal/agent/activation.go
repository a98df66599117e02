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
	NeedsLatLong bool    // its own activation call (PUT /user/service/activate) must say where the agent stands
	Confirm      Confirm // what takes two people
	Fence        Fence   // where it may be used
	DormantDays  int     // not used for so many days, an activation is blocked; 0: never
	VerifyDays   int     // for so many days a verification is good; 0: for ever
	CreatedAt    time.Time
	UpdatedAt    time.Time  // zero until the first change
	Removed      bool       // can no longer be activated; what runs can be switched off
	Head         event.Head // the end of the service's own chain
}

// Confirm is what a second person must confirm: a set.
type Confirm uint8

// What can take two people. Switching off never does.
const (
	ConfirmActivation Confirm = 1 << iota // whoever asked for an activation does not approve it
	ConfirmApproval                       // two approve
	ConfirmLifting                        // two lift a block
)

// Fence says where a service may be used. The zero Fence demands nothing.
type Fence struct {
	Distance  int    // metres from the registered place; 0: anywhere
	Country   string // ISO 3166-1 alpha-2; "": any
	Tolerance int    // metres beyond the country's outline that still count as inside
}

// Demanded says whether a place must be told at all.
func (f Fence) Demanded() bool { return f.Distance > 0 || f.Country != "" }

// Activation is one service of one agent.
type Activation struct {
	UserCode    string
	ServiceCode string
	State       State
	Dates       Dates
	Comment     string // the reviewer's reason, "" when there is none
	LatLong     string // where the agent stood when it was activated, "" when nobody said
	RequestedBy string // the actor who asked for it, if it had to wait for a review
	EndorsedBy  string // the first of two who approve, while the second is waited for
	// WaitingSince is when it began to wait for a review; zero for one that does not. The first of two approvals and
	// new dates do not begin the wait anew.
	WaitingSince time.Time

	CreatedAt time.Time
	UpdatedAt time.Time  // zero until the first change after the activation was first asked for
	Head      event.Head // the event that made it what it is
}

// Dates bound when an activation may be used. Zero times do not bind. They outlast switching off: only an
// activation that brings From or Until replaces these two, and only a reviewer moves VerifyBy once it is set.
type Dates struct {
	From     time.Time // not before
	Until    time.Time // not from then on
	VerifyBy time.Time // from then on only when it has been verified anew
}

// Command is what somebody asks of an activation.
type Command struct {
	Kind      CommandKind
	LatLong   string // on Activate
	Dates     Dates  // on Activate: From and Until; on Approve and Renew: VerifyBy, or else by the service's rule
	Comment   string // on Reject: why; required
	Reference string // the caller's client_ref_id, for the record
}

// Apply decides cmd on the agent's activation of svc. It gives the activation as it is afterwards and
// the event to record, which has no version and hash yet; nil when there is nothing to change.
//
// Faults: UnknownService, AgentInactive (Activate only), Invalid, Conflict.
func (r *Record) Apply(svc Service, cmd Command, c event.Cause) (Activation, *event.Event, error) {
	was := r.Activation(svc.Code)
	if err := r.mayApply(svc, was, cmd); err != nil {
		return was, nil, err
	}
	to, ok := svc.transition(was.State, cmd.Kind)
	if !ok {
		return was, nil, fault.New(fault.Conflict, "Cannot %s service %s of agent %s: it is %s, not %s.",
			cmd.Kind, svc.Code, r.Agent.UserCode, was.State, wanted[cmd.Kind])
	}
	if cmd.Kind == Approve || cmd.Kind == Renew {
		return r.approve(svc, was, to, cmd, c)
	}
	if to == PendingReview && to != was.State {
		if err := svc.mayAsk(c); err != nil {
			return was, nil, err
		}
	}
	if to != was.State {
		return r.change(svc, was, to, cmd, c)
	}
	if d := cmd.Dates; cmd.Kind == Activate && (!d.From.IsZero() || !d.Until.IsZero()) {
		return r.Reschedule(svc, Dates{d.From, d.Until, was.Dates.VerifyBy}, c)
	}
	return was, nil, nil
}

// wanted is what a command that is refused in a state would have needed.
var wanted = map[CommandKind]string{Approve: "waiting for a review", Reject: "waiting for a review", Renew: "active and reviewed"}

// transition is Transition under all the rules of the service: where switching on takes two people,
// it begins as a request.
func (s Service) transition(from State, cmd CommandKind) (State, bool) {
	review := s.Review
	if s.Confirm&ConfirmActivation != 0 {
		review = ReviewBefore
	}
	return Transition(from, cmd, review)
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
	if cmd.LatLong != "" && cmd.Kind.Verifies() {
		bad.Add("latlong", "is of an activation: who verifies one does not move its place")
	}
	cmd.Dates.check(&bad)
	return bad.Err()
}

func (d Dates) check(bad *fault.Fields) {
	for _, x := range [...]struct {
		name string
		at   time.Time
	}{{"from", d.From}, {"until", d.Until}, {"verify_by", d.VerifyBy}} {
		if !event.ValidDate(x.at) {
			bad.Add(x.name, event.DateProblem)
		}
	}
	if !d.From.IsZero() && !d.Until.IsZero() && !d.From.Before(d.Until) {
		bad.Add("until", "must be later than from")
	}
}

// mayAsk refuses the shared token where whoever switches on must not be who approves: it may be anybody.
func (s Service) mayAsk(c event.Cause) error {
	if s.Confirm&ConfirmActivation != 0 && c.Actor == event.SharedToken {
		return fault.New(fault.Conflict, "Service %s takes two people: ask for it with a credential of your own, not with the shared token.", s.Code)
	}
	return nil
}

// approve approves or renews, with a second person where the service asks for one.
func (r *Record) approve(svc Service, was Activation, to State, cmd Command, c event.Cause) (Activation, *event.Event, error) {
	two := svc.Confirm & (ConfirmActivation | ConfirmApproval)
	if two != 0 && !c.Person() {
		return was, nil, fault.New(fault.Conflict, "Service %s takes two people: approve it with a credential of your own, not with the shared token.", svc.Code)
	}
	if two&ConfirmActivation != 0 && was.RequestedBy == c.Actor {
		return was, nil, fault.New(fault.Conflict, "Service %s takes two people: %s asked for it, so that somebody else must approve it.", svc.Code, c.Actor)
	}
	if two&ConfirmActivation != 0 && was.State.Status == Pending && (was.RequestedBy == "" || was.RequestedBy == event.SharedToken) {
		// It was asked for before the service took two people.
		return was, nil, fault.New(fault.Conflict, "Service %s takes two people, and who asked for it is not known: deactivate it and ask for it anew.", svc.Code)
	}
	if two&ConfirmApproval == 0 {
		return r.change(svc, was, to, cmd, c)
	}
	if later(svc.verifyBy(Command{}, c.At), svc.verifyBy(cmd, c.At)) {
		return was, nil, fault.New(fault.Conflict, "Service %s takes two people to approve: one of them alone can not make a verification good for longer than its %d days.", svc.Code, svc.VerifyDays)
	}
	switch was.EndorsedBy {
	case c.Actor:
		return was, nil, fault.New(fault.Conflict, "Service %s takes two people: %s has approved it, so that somebody else must as well.", svc.Code, c.Actor)
	case "":
		now := was
		now.EndorsedBy, now.UpdatedAt = c.Actor, c.At
		return now, r.record(event.ActivationEndorsed, now, c, "from", was.State.String(), "to", was.State.String(), "command", cmd.Kind.String()), nil
	}
	return r.change(svc, was, to, cmd, c)
}

// change makes the activation that to says and the event that records it.
func (r *Record) change(svc Service, was Activation, to State, cmd Command, c event.Cause) (Activation, *event.Event, error) {
	now := was
	now.State, now.Comment, now.EndorsedBy, now.WaitingSince = to, cmd.Comment, "", was.waitsSince(to, c.At)
	if cmd.LatLong != "" {
		now.LatLong = cmd.LatLong
	}
	switch {
	case to.Status == Deactivated:
		now.RequestedBy = "" // the dates stay: whom they bind does not shake them off by off and on
	case cmd.Kind == Activate:
		now.RequestedBy = requester(to, c)
		if from, until := cmd.Dates.From, cmd.Dates.Until; !from.IsZero() || !until.IsZero() {
			now.Dates.From, now.Dates.Until = from, until
		}
	}
	if to.Status == Activated && (cmd.Kind != Activate || was.Dates.VerifyBy.IsZero()) {
		now.Dates.VerifyBy = svc.verifyBy(cmd, c.At)
	}
	if was.State == Absent {
		now.CreatedAt = c.At
	} else {
		now.UpdatedAt = c.At
	}
	e := r.record(kindOf(cmd.Kind, to), now, c, "from", was.State.String(), "to", to.String(), "client_ref_id", cmd.Reference)
	e.Private = event.Private("comment", cmd.Comment, "latlong", cmd.LatLong)
	return now, e, nil
}

// waitsSince is since when what an activation becomes at a time waits for a review.
func (was Activation) waitsSince(to State, at time.Time) time.Time {
	switch {
	case !to.Waiting():
		return time.Time{}
	case was.State.Waiting():
		return was.WaitingSince
	}
	return at
}

// requester is who asked for an activation, for as long as somebody else may have to approve it.
func requester(to State, c event.Cause) string {
	if !to.Waiting() {
		return ""
	}
	return c.Actor
}

// verifyBy is until when a verification made at a time is good.
func (s Service) verifyBy(cmd Command, at time.Time) time.Time {
	switch {
	case !cmd.Dates.VerifyBy.IsZero() && cmd.Kind != Activate: // who asks does not say how long it is good
		return cmd.Dates.VerifyBy
	case s.VerifyDays > 0:
		return at.AddDate(0, 0, s.VerifyDays)
	}
	return time.Time{}
}

// record makes the event of an activation: the particulars given, and all its dates.
func (r *Record) record(kind event.Kind, a Activation, c event.Cause, pairs ...string) *event.Event {
	pairs = append(pairs, "effective_from", event.Date(a.Dates.From), "effective_until", event.Date(a.Dates.Until),
		"verify_by", event.Date(a.Dates.VerifyBy))
	return &event.Event{
		Subject: event.Subject{Kind: event.Agent, ID: r.Agent.UserCode},
		Kind:    kind, Service: a.ServiceCode, Cause: c, Data: event.Data(pairs...),
	}
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
	case cmd == Renew:
		return event.ActivationRenewed
	case to == PendingReview:
		return event.ServiceRequested
	}
	return event.ServiceActivated
}

// Reschedule sets all dates of an activation that is on or waits. The event, without version and hash,
// is nil when nothing changes. Where switching on takes two people, dates can be narrowed here and not
// widened. Faults: Invalid, Conflict.
func (r *Record) Reschedule(svc Service, d Dates, c event.Cause) (Activation, *event.Event, error) {
	was := r.Activation(svc.Code)
	var bad fault.Fields
	if d.check(&bad); len(bad) > 0 {
		return was, nil, bad.Err()
	}
	if was.State.Status != Activated && was.State.Status != Pending {
		return was, nil, fault.New(fault.Conflict, "Service %s of agent %s is %s: activate it with the dates that it is to have.", svc.Code, r.Agent.UserCode, was.State)
	}
	if svc.Confirm&ConfirmActivation != 0 && was.Dates.widerIn(d) {
		return was, nil, fault.New(fault.Conflict, "Service %s takes two people to switch on, so that its dates can not be widened: deactivate it and activate it with the new dates.", svc.Code)
	}
	if svc.Confirm&(ConfirmActivation|ConfirmApproval) != 0 && later(was.Dates.VerifyBy, d.VerifyBy) {
		return was, nil, fault.New(fault.Conflict, "Service %s takes two people to approve: renew its verification instead of moving the date.", svc.Code)
	}
	if was.Dates == d {
		return was, nil, nil
	}
	now := was
	now.Dates, now.UpdatedAt, now.EndorsedBy = d, c.At, "" // the first of two approved other dates
	return now, r.record(event.ActivationRescheduled, now, c, "from", was.State.String(), "to", was.State.String()), nil
}

// widerIn says whether d permits a time that the dates do not.
func (was Dates) widerIn(d Dates) bool { return d.From.Before(was.From) || later(was.Until, d.Until) }

// later says whether an end, where zero is never, moves to later.
func later(was, to time.Time) bool { return !was.IsZero() && (to.IsZero() || to.After(was)) }

// Restore brings an activation back to what it was before a plan changed it: state and dates. Where
// switching on takes two people, or the approval that it had did, it becomes a request. The event is nil
// when nothing changes. Faults: AgentInactive, UnknownService, Conflict, as Apply.
func (r *Record) Restore(svc Service, to State, d Dates, c event.Cause) (Activation, *event.Event, error) {
	was := r.Activation(svc.Code)
	if to.Status == Activated || to.Status == Pending {
		if err := r.mayApply(svc, was, Command{Kind: Activate}); err != nil {
			return was, nil, err
		}
		two := svc.Confirm&ConfirmActivation != 0 || svc.Confirm&ConfirmApproval != 0 && to.Verification == Verified
		if two && was.State.Status != Activated {
			to = PendingReview
			if err := svc.mayAsk(c); err != nil {
				return was, nil, err
			}
		}
	}
	if to == Absent && was.State != Absent { // what was once asked for stays in the record
		to, d = Off, Dates{}
	}
	if was.State == to && was.Dates == d {
		return was, nil, nil
	}
	now := was
	now.WaitingSince = was.waitsSince(to, c.At)
	now.State, now.Dates, now.UpdatedAt, now.EndorsedBy, now.RequestedBy, now.Comment = to, d, c.At, "", requester(to, c), ""
	return now, r.record(event.ActivationRestored, now, c, "from", was.State.String(), "to", to.String()), nil
}
