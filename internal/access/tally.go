package access

import "time"

// Tally counts wrong passwords: those for one name, whether it is an operator's or not, those from one network, or those of
// somebody who is signed in.
type Tally struct {
	About       string // TallyOf…
	Wrong       int
	At          time.Time // since when the oldest of them is on its way to be forgotten
	LockedUntil time.Time // zero: never was
}

// Limit is what wrong passwords lead to: so many are free, each one more locks for twice as long as the one before, and
// one is forgotten every so often.
type Limit struct {
	Free        int
	First, Most time.Duration
	Forget      time.Duration
}

// AccountLimit holds for a name. A guesser gets two dozen guesses a day; the owner, who signs in now and then, which
// forgets all, never comes near it.
func AccountLimit() Limit {
	return Limit{Free: 5, First: time.Minute, Most: time.Hour, Forget: 4 * time.Hour}
}

// NetworkLimit holds for a network, behind which may be a whole office.
func NetworkLimit() Limit {
	return Limit{Free: 20, First: time.Minute, Most: time.Hour, Forget: 5 * time.Minute}
}

// TallyOfName is what the wrong passwords for a name are counted under, by a digest of it: now and then it is a password
// that somebody typed in the place of their name.
func TallyOfName(digest string) string { return "name:" + digest }

// TallyOfKey is what the wrong passwords of who is let in already are counted under, by the id of the session or token.
func TallyOfKey(id string) string { return "key:" + id }

// TallyOfNetwork is what the wrong passwords from a network are counted under.
func TallyOfNetwork(network string) string { return "network:" + network }

// Locked says for how long nothing is compared: 0 when it is not locked.
func (t Tally) Locked(at time.Time) time.Duration { return max(0, t.LockedUntil.Sub(at)) }

// Count counts one more wrong password. It is called before the password is looked at, so that no more are compared
// than are counted, however many come at once; what turns out to be right is taken back.
func (t Tally) Count(l Limit, at time.Time) Tally {
	t = t.forget(l, at)
	if t.Wrong == 0 {
		t.At = at
	}
	if t.Wrong++; t.Wrong >= l.Free {
		t.LockedUntil = at.Add(l.lock(t.Wrong - l.Free))
	}
	return t
}

// lock is for how long the wrong password locks that comes so many after the first that does.
func (l Limit) lock(after int) time.Duration {
	for d := l.First; ; d *= 2 {
		if d >= l.Most {
			return l.Most
		}
		if after--; after < 0 {
			return d
		}
	}
}

// forget takes off what is forgotten by a time.
func (t Tally) forget(l Limit, at time.Time) Tally {
	n := min(int(at.Sub(t.At)/l.Forget), t.Wrong)
	if n > 0 { // and not when the clock went back
		t.Wrong -= n
		t.At = t.At.Add(time.Duration(n) * l.Forget)
	}
	return t
}

// TakeBack takes back what Count counted, which led to counted: the password was right. A lock that others have earned
// meanwhile stays.
func (t Tally) TakeBack(counted Tally) Tally {
	t.Wrong = max(0, t.Wrong-1)
	if t.LockedUntil.Equal(counted.LockedUntil) {
		t.LockedUntil = time.Time{}
	}
	return t
}
