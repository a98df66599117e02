package member

import "time"

// Tally is where a member stands on a ladder.
type Tally struct {
	Attempts int
	Flag     string // the name of the last step reached
	Action   Action
	Until    time.Time // of a suspension
	Imposed  bool      // a right PIN whose comparison had begun before does not lift the action
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

// Block says what the tally forbids at a time: Suspended with its end, Locked, or nothing.
func (t Tally) Block(now time.Time) (Refusal, time.Time) {
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
	is, until := t.Block(now)
	was, wasUntil := u.Block(now)
	if is == was {
		return until.Before(wasUntil)
	}
	return was == Locked || is == Allowed
}
