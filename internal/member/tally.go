package member

import (
	"time"

	"github.com/switchboard-platform/switchboard/internal/fault"
)

// Tally is where a member stands on a ladder.
type Tally struct {
	Attempts int
	Flag     string // the name of the last step reached
	Action   Action
	Until    time.Time // of a suspension
	Imposed  bool      // a right PIN whose comparison had begun before does not lift the action
}

// maxReported is how many attempts a channel may say there were: more than anybody can make one by
// one, and so few that adding to it overflows nothing.
const maxReported = 1_000_000_000

// Check adds what is wrong with a tally that a channel sets, under the names of the wire.
func (t Tally) Check(bad *fault.Fields) {
	if t.Attempts < 0 || t.Attempts > maxReported {
		bad.Add("auth_attempts", "must be from 0 to %d", maxReported)
	}
	if !plain(t.Flag, maxFlag) {
		bad.Add("auth_flag", "must be plain text of at most %d bytes", maxFlag)
	}
	if t.Action > Lock {
		bad.Add("auth_action", "must be NONE, WARN, SUSPEND or LOCK")
	}
	if t.Action == Suspend && t.Until.IsZero() {
		bad.Add("auth_action_valid_date", "is required with SUSPEND")
	}
}

// raise is the tally at so many attempts, or more if it has more; reached says that it got to a step of
// the ladder on the way. A block in force is not made weaker.
func (t Tally) raise(l Ladder, to int, now time.Time) (after Tally, reached bool) {
	s, reached := l.Between(t.Attempts, to)
	t.Attempts = max(t.Attempts, to)
	if due := t.step(s, now); reached && !due.weaker(t, now) {
		return due, true
	}
	return t, false
}

// step is the tally with what a step of the ladder leads to.
func (t Tally) step(s Step, now time.Time) Tally {
	t.Flag, t.Action, t.Until, t.Imposed = s.Flag, s.Action, time.Time{}, false
	if s.Action == Suspend {
		t.Until = now.Add(s.For)
	}
	return t
}

// block says what the tally forbids at a time: Suspended with its end, Locked, or nothing.
func (t Tally) block(now time.Time) (Refusal, time.Time) {
	switch {
	case t.Action == Lock:
		return Locked, time.Time{}
	case t.Action == Suspend && now.Before(t.Until):
		return Suspended, t.Until
	}
	return Allowed, time.Time{}
}

// weaker says whether t forbids less than what u forbids now.
func (t Tally) weaker(u Tally, now time.Time) bool {
	is, until := t.block(now)
	was, wasUntil := u.block(now)
	if is == was {
		return until.Before(wasUntil)
	}
	return was == Locked || is == Allowed
}
