package access_test

import (
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard/internal/access"
)

func noon() time.Time { return time.Date(2024, 3, 5, 12, 0, 0, 0, time.UTC) }

// TestTallyLocks: so many wrong ones are free, then each locks twice as long as the one before, up to a bound.
func TestTallyLocks(t *testing.T) {
	t.Parallel()
	for name, l := range map[string]access.Limit{"account": access.AccountLimit(), "network": access.NetworkLimit()} {
		l.Forget = 1000 * time.Hour
		at, tally := noon(), access.Tally{}
		for n := 1; n < l.Free; n++ {
			if tally = tally.Count(l, at); tally.Locked(at) != 0 {
				t.Fatalf("%s: locked after %d", name, n)
			}
		}
		for want := l.First; want < 4*l.Most; want *= 2 {
			tally = tally.Count(l, at)
			if got := tally.Locked(at); got != min(want, l.Most) {
				t.Errorf("%s: wrong password %d locks for %s, want %s", name, tally.Wrong, got, min(want, l.Most))
			}
			at = tally.LockedUntil
			if tally.Locked(at) != 0 || tally.Locked(at.Add(-1)) == 0 {
				t.Errorf("%s: a lock does not end at its end", name)
			}
		}
	}
}

// TestTallyForgets: one is forgotten every so often, and a clock that goes back forgets nothing.
func TestTallyForgets(t *testing.T) {
	t.Parallel()
	l := access.Limit{Free: 100, First: time.Minute, Most: time.Hour, Forget: time.Hour}
	tally := access.Tally{}
	for range 5 {
		tally = tally.Count(l, noon())
	}
	for after, want := range map[time.Duration]int{-time.Hour: 6, 0: 6, time.Hour - 1: 6, time.Hour: 5, 150 * time.Minute: 4, 5 * time.Hour: 1, 1000 * time.Hour: 1} {
		if got := tally.Count(l, noon().Add(after)); got.Wrong != want {
			t.Errorf("%s later it is wrong password %d, want %d", after, got.Wrong, want)
		}
	}
	half := tally.Count(l, noon().Add(90*time.Minute)) // half an hour towards the next is not lost
	if got := half.Count(l, noon().Add(2*time.Hour)); got.Wrong != 5 {
		t.Errorf("two hours later there are %d, want 5", got.Wrong)
	}
}

// TestGuesserGetsFew: whoever tries whenever a lock has ended gets some two dozen guesses a day at one name.
func TestGuesserGetsFew(t *testing.T) {
	t.Parallel()
	tally, guesses := access.Tally{}, 0
	for at := noon(); at.Before(noon().Add(30 * 24 * time.Hour)); at = at.Add(time.Second) {
		if tally.Locked(at) == 0 {
			tally = tally.Count(access.AccountLimit(), at)
			guesses++
		}
	}
	if guesses > 30*25+15 {
		t.Errorf("%d guesses in 30 days", guesses)
	}
}

func TestTakeBack(t *testing.T) {
	t.Parallel()
	l := access.Limit{Free: 2, First: time.Minute, Most: time.Hour, Forget: time.Hour}
	one := access.Tally{}.Count(l, noon())
	two := one.Count(l, noon())
	if got := two.TakeBack(two); got.Wrong != 1 || got.Locked(noon()) != 0 {
		t.Errorf("what was right still counts: %+v", got)
	}
	three := two.Count(l, noon())
	if got := three.TakeBack(two); got.Wrong != 2 || got.Locked(noon()) == 0 {
		t.Errorf("a lock that another has earned is gone: %+v", got)
	}
	if got := (access.Tally{}).TakeBack(two); got.Wrong != 0 {
		t.Errorf("below zero: %+v", got)
	}
}
