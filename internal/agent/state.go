package agent

import "strconv"

// Status is what an activation is, as the wire says it.
type Status uint8

// The statuses. None is that of an activation nobody ever asked for; it has no number on the wire.
const (
	Deactivated Status = 0
	Activated   Status = 1
	Pending     Status = 2
	None        Status = 255
)

// String is the status as the wire spells it.
func (s Status) String() string {
	switch s {
	case Deactivated:
		return "DEACTIVATED"
	case Activated:
		return "ACTIVATED"
	case Pending:
		return "PENDING"
	}
	return "NONE"
}

// Verification is what the operator's reviewers have said of an activation, as the wire says it.
type Verification uint8

// The verifications.
const (
	NotApplicable Verification = 0
	Verified      Verification = 1
	Rejected      Verification = 2
	Waiting       Verification = 3
)

// String is the verification in words.
func (v Verification) String() string {
	return [...]string{"not applicable", "verified", "rejected", "waiting"}[v&3]
}

// State is where an activation stands. Seven of the combinations can occur; States lists them.
type State struct {
	Status       Status
	Verification Verification
}

// The states an activation can be in.
var (
	Absent         = State{None, NotApplicable}
	PendingReview  = State{Pending, Waiting}
	Active         = State{Activated, NotApplicable}
	ActiveVerified = State{Activated, Verified}
	ActiveWaiting  = State{Activated, Waiting}
	Off            = State{Deactivated, NotApplicable}
	OffRejected    = State{Deactivated, Rejected}
)

// States gives every state there is, in the order of an activation's life.
func States() []State {
	return []State{Absent, PendingReview, Active, ActiveVerified, ActiveWaiting, Off, OffRejected}
}

// String is the state as events and error messages spell it: "activated(3)".
func (s State) String() string { return string(s.Append(nil)) }

// Append appends what String gives.
func (s State) Append(b []byte) []byte {
	switch s.Status {
	case None:
		return append(b, "none"...)
	case Deactivated:
		b = append(b, "deactivated"...)
	case Activated:
		b = append(b, "activated"...)
	case Pending:
		b = append(b, "pending"...)
	}
	return append(strconv.AppendUint(append(b, '('), uint64(s.Verification), 10), ')')
}

// MayTransact says whether an activation in this state may be used, dates and blocks aside: when it is
// on, and either needs no review, passed it, or is of a service whose review comes after. Of the twelve
// combinations of status and verification it is three.
func (s State) MayTransact(review Review) bool {
	return s.Status == Activated && (s.Verification == NotApplicable || s.Verification == Verified ||
		s.Verification == Waiting && review == ReviewAfter)
}

// ParseState reads what String wrote.
func ParseState(text string) (State, bool) {
	for _, s := range States() {
		if s.String() == text {
			return s, true
		}
	}
	return Absent, false
}

// Waiting reports whether a reviewer has still to look at it.
func (s State) Waiting() bool { return s.Verification == Waiting }

// Review says when the operator's reviewers look at an activation of a service.
type Review uint8

// The review rules.
const (
	ReviewNone   Review = 0 // never
	ReviewBefore Review = 1 // before the service runs
	ReviewAfter  Review = 2 // while the service runs already
)

// String is the rule as commands and files spell it.
func (r Review) String() string { return [...]string{"none", "before", "after"}[r%3] }

// ParseReview reads what String wrote.
func ParseReview(s string) (Review, bool) {
	for _, r := range []Review{ReviewNone, ReviewBefore, ReviewAfter} {
		if r.String() == s {
			return r, true
		}
	}
	return ReviewNone, false
}

// CommandKind is what somebody asks of an activation.
type CommandKind uint8

// The commands.
const (
	Activate CommandKind = iota
	Deactivate
	Approve
	Reject
	Renew // verify anew what runs
)

// Commands gives every command there is.
func Commands() []CommandKind { return []CommandKind{Activate, Deactivate, Approve, Reject, Renew} }

// String is the command in words.
func (k CommandKind) String() string {
	return [...]string{"activate", "deactivate", "approve", "reject", "renew"}[k%5]
}

// Verifies says whether a reviewer says with the command that all is well.
func (k CommandKind) Verifies() bool { return k == Approve || k == Renew }

// transitions is the life of an activation. A command that is not listed for a state is refused;
// one that leads to the state itself is answered as done and records nothing.
// Activate is listed for the states it starts from; where it leads is start's matter.
var transitions = map[State]map[CommandKind]State{
	Absent:         {Deactivate: Absent},
	PendingReview:  {Activate: PendingReview, Deactivate: Off, Approve: ActiveVerified, Reject: OffRejected},
	Active:         {Activate: Active, Deactivate: Off, Renew: ActiveVerified},
	ActiveVerified: {Activate: ActiveVerified, Deactivate: Off, Renew: ActiveVerified},
	ActiveWaiting:  {Activate: ActiveWaiting, Deactivate: Off, Approve: ActiveVerified, Reject: OffRejected},
	Off:            {Deactivate: Off},
	OffRejected:    {Deactivate: OffRejected},
}

// start is where Activate leads from the states that are off.
var start = map[Review]State{ReviewNone: Active, ReviewBefore: PendingReview, ReviewAfter: ActiveWaiting}

// Transition gives the state that follows from cmd under the service's review rule. ok is false
// when the command is not possible in that state. A result equal to from means: nothing to do, but for
// Renew, which sets a new date.
func Transition(from State, cmd CommandKind, review Review) (to State, ok bool) {
	if to, ok = transitions[from][cmd]; ok {
		return to, true
	}
	if _, known := transitions[from]; known && cmd == Activate {
		return start[review], true
	}
	return from, false
}
