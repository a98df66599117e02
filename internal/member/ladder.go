package member

import (
	"cmp"
	"slices"
	"time"

	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
)

// Action is what a number of wrong attempts leads to.
type Action uint8

// The actions, from the mildest to the hardest.
const (
	NoAction Action = 0
	Warn     Action = 1 // lets everything through
	Suspend  Action = 2 // until a date
	Lock     Action = 3 // until an operator unlocks
)

var actionNames = [...]string{"NONE", "WARN", "SUSPEND", "LOCK"}

// String is the action as the wire spells it.
func (a Action) String() string { return actionNames[a&3] }

// ParseAction reads what String wrote; "" is NoAction.
func ParseAction(s string) (Action, bool) {
	if s == "" {
		return NoAction, true
	}
	i := slices.Index(actionNames[:], s)
	return Action(max(i, 0)), i >= 0
}

// Security is what a ladder counts.
type Security string

// The two kinds of attempt that are counted apart, as the wire spells them.
const (
	Password Security = "PASSWORD" // PINs, which this server compares
	OTP      Security = "OTP"      // one-time passwords, which the channels compare and report
)

// Valid says whether it is one of the two.
func (s Security) Valid() bool { return s == Password || s == OTP }

// Ladder says what how many wrong attempts lead to. It is the operator's data.
type Ladder struct {
	Security Security
	Steps    []Step // by attempts, each number once
	// After the last step every Every further attempts lead to Further. Every 0: each leads to the last
	// step again, so that nobody is past the end, not even when the ladder was longer before.
	Every   int
	Further Step // its Attempts are 0
	Head    event.Head
}

// Step is one rung: at so many attempts, this happens.
type Step struct {
	Attempts int
	Flag     string // its name, such as FIRST_WARNING
	Action   Action
	For      time.Duration // of a suspension, whole seconds
}

// DefaultLadder is the published one, for PINs and one-time passwords alike.
func DefaultLadder(s Security) Ladder {
	return Ladder{Security: s, Steps: []Step{
		{Attempts: 2, Flag: "FIRST_WARNING", Action: Warn},
		{Attempts: 4, Flag: "FIRST_SUSPENSION", Action: Suspend, For: 60 * time.Minute},
		{Attempts: 5, Flag: "SECOND_WARNING", Action: Warn},
		{Attempts: 6, Flag: "SECOND_SUSPENSION", Action: Suspend, For: 24 * time.Hour},
		{Attempts: 7, Flag: "THIRD_WARNING", Action: Warn},
	}, Every: 2, Further: Step{Flag: "DEFAULT_SUSPEND", Action: Suspend, For: 30 * 24 * time.Hour}}
}

// At gives the step that the n-th attempt reaches, if it reaches one.
func (l Ladder) At(n int) (Step, bool) { return l.Between(n-1, n) }

// Between gives the hardest step that is reached from one number of attempts (exclusive) to another; of
// equally hard ones the first, of further ones the last.
func (l Ladder) Between(from, to int) (hardest Step, ok bool) {
	for _, s := range l.Steps {
		if s.Attempts > from && s.Attempts <= to && (!ok || s.harder(hardest)) {
			hardest, ok = s, true
		}
	}
	last, every, further := l.end()
	if every < 1 || to <= last {
		return hardest, ok
	}
	was, is := (max(from, last)-last)/every, (to-last)/every // how often further is reached by then
	if is <= was || ok && !further.harder(hardest) {
		return hardest, ok
	}
	further.Attempts = last + is*every
	return further, true
}

// end says what happens after the last step: every so many attempts lead to further.
func (l Ladder) end() (last, every int, further Step) {
	if n := len(l.Steps); n > 0 {
		last, every, further = l.Steps[n-1].Attempts, 1, l.Steps[n-1]
	}
	if l.Every > 0 {
		every, further = l.Every, l.Further
	}
	return last, every, further
}

// names says whether a flag is one of the ladder's.
func (l Ladder) names(flag string) bool {
	return flag == l.Further.Flag || slices.ContainsFunc(l.Steps, func(s Step) bool { return s.Flag == flag })
}

func (s Step) harder(t Step) bool {
	return cmp.Or(cmp.Compare(s.Action, t.Action), cmp.Compare(s.For, t.For)) > 0
}

// Record makes the next event of the ladder's chain.
func (l Ladder) Record(c event.Cause, pairs ...string) event.Event {
	return l.Head.Next(event.Event{
		Subject: event.Subject{Kind: event.Ladder, ID: string(l.Security)}, Kind: event.LadderSet, Cause: c, Data: event.Data(pairs...),
	})
}

// The bounds of a ladder. There are ten thousand PINs of four digits.
const (
	maxSteps     = 100
	maxAttempts  = 100
	maxFlag      = 100
	maxSuspended = 10 * 366 * 24 * time.Hour
)

// Check adds everything that is wrong with a ladder.
func (l Ladder) Check(bad *fault.Fields) {
	if !l.Security.Valid() {
		bad.Add("security", "must be PASSWORD or OTP")
	}
	if len(l.Steps) > maxSteps {
		bad.Add("steps", "must be at most %d", maxSteps)
	}
	last := 0
	for _, s := range l.Steps {
		if s.Attempts <= last || s.Attempts > maxAttempts {
			bad.Add("steps", "must be in order of attempts, each number from 1 to %d once; %d follows %d", maxAttempts, s.Attempts, last)
		}
		last = s.Attempts
		s.check(bad)
	}
	if l.Every < 0 || l.Every > maxAttempts {
		bad.Add("every", "must be a number of attempts from 0 to %d", maxAttempts)
	} else if l.Every > 0 {
		l.Further.check(bad)
	}
	if _, _, further := l.end(); further.Action < Suspend {
		bad.Add("steps", "must end by suspending or locking, every further time too: without that every PIN can be guessed")
	}
}

func (s Step) check(bad *fault.Fields) {
	if s.Flag == "" || !plain(s.Flag, maxFlag) {
		bad.Add("flag", "is required for every step, plain text of at most %d bytes", maxFlag)
	}
	if s.Action > Lock {
		bad.Add("action", "must be NONE, WARN, SUSPEND or LOCK (%s)", s.Flag)
	}
	if (s.Action == Suspend) != (s.For > 0) || s.For > maxSuspended || s.For%time.Second != 0 {
		bad.Add("duration", "is required for SUSPEND and for nothing else, from 1 second to ten years (%s)", s.Flag)
	}
}

// Ladders are the two in force.
type Ladders struct{ Password, OTP Ladder }

// Of gives the one for a kind of attempt.
func (l Ladders) Of(s Security) Ladder {
	if s == OTP {
		return l.OTP
	}
	return l.Password
}
