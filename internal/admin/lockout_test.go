package admin_test

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/apptest"
)

// guessSignIn tries a password, from a network if that is named, and gives the status and what the answer says.
func guessSignIn(t *testing.T, a *apptest.App, name, password string) answer {
	t.Helper()
	tr := &http.Transport{}
	defer tr.CloseIdleConnections()
	return roundTrip(t, tr, "POST", "http://"+a.At.Operator+switchboard.OperatorPath+"/session", fmt.Sprintf(`{"name":%q,"password":%q}`, name, password), http.Header{})
}

// A guesser is locked out for longer and longer, of a name that nobody has as well, and so is the owner; a restart
// helps neither. The lock ends with time.
func TestGuessersAreLockedOut(t *testing.T) {
	t.Parallel()
	c := newClock()
	opt := c.options()
	a := apptest.New(t, opt)
	atDesk(t, a, "asha", "plenty of green tea", "viewer")
	opt.Data = a.Config.Data
	for _, wait := range []time.Duration{time.Minute, 2 * time.Minute, 4 * time.Minute, 8 * time.Minute, 16 * time.Minute} {
		for _, name := range []string{"asha", "nobody"} {
			tries := 1
			if wait == time.Minute {
				tries = 5
			}
			for range tries {
				if got := guessSignIn(t, a, name, "a wrong password"); got.StatusCode != 401 || got.fault(t).Code != "unauthenticated" {
					t.Fatalf("%s: a wrong password is answered %s: %s", name, got.Status, got.body)
				}
			}
			for _, password := range []string{"plenty of green tea", "a wrong password"} {
				got := guessSignIn(t, a, name, password)
				if got.StatusCode != 429 || got.fault(t).Code != "too_many" || got.Header.Get("Retry-After") != strconv.Itoa(int(wait.Seconds())) {
					t.Fatalf("%s: locked for %s, the answer is %s after %s: %s", name, wait, got.Status, got.Header.Get("Retry-After"), got.body)
				}
			}
		}
		if wait == 4*time.Minute {
			a.Stop(t)
			a = apptest.New(t, opt)
		}
		c.pass(wait)
	}
	if list := must(a.Operator.Operators(t.Context()))(t); !list[0].LockedUntil.IsZero() && list[0].LockedUntil.After(c.now()) {
		t.Errorf("still locked until %s", list[0].LockedUntil)
	}
	signIn(t, a, "asha", "plenty of green tea")
	if got := guessSignIn(t, a, "asha", "a wrong password"); got.StatusCode != 401 {
		t.Errorf("what was wrong before the right one still counts: %s", got.Status)
	}
	kinds := chainOf(t, a, "asha")
	if n := len(slices.DeleteFunc(kinds, func(k string) bool { return k != "operator.locked_out" })); n != 5 {
		t.Errorf("%d lock-outs are on record, want 5", n)
	}
}

// An administrator lets in who is locked out.
func TestLockoutEndsWithNewPassword(t *testing.T) {
	t.Parallel()
	c := newClock()
	a := apptest.New(t, c.options())
	atDesk(t, a, "asha", "plenty of green tea", "viewer")
	for range 5 {
		refusedSignIn(t, a, "asha", "a wrong password", "unauthenticated")
	}
	refusedSignIn(t, a, "asha", "plenty of green tea", "too_many")
	if list := must(a.Operator.Operators(t.Context()))(t); !list[0].LockedUntil.Equal(c.now().Add(time.Minute)) || !list[0].HasPassword {
		t.Errorf("the list has %+v", list[0])
	}
	issued := must(a.Operator.IssuePassword(t.Context(), "asha"))(t)
	signIn(t, a, "asha", issued.Password)
}

// However many guesses come at once, no more are compared than are free.
func TestGuessesAtOnce(t *testing.T) {
	t.Parallel()
	a := apptest.New(t, newClock().options())
	atDesk(t, a, "asha", "plenty of green tea", "viewer")
	var mu sync.Mutex
	statuses := map[int]int{}
	var all sync.WaitGroup
	for range 12 {
		all.Go(func() {
			got := guessSignIn(t, a, "asha", "a wrong password")
			mu.Lock()
			defer mu.Unlock()
			statuses[got.StatusCode]++
		})
	}
	all.Wait()
	if statuses[401] > 5 || statuses[401]+statuses[429]+statuses[503] != 12 {
		t.Errorf("the answers are %v", statuses)
	}
}

// Whoever tries one password for many names is locked out by where they are.
func TestSprayersAreLockedOut(t *testing.T) {
	t.Parallel()
	c := newClock()
	a := apptest.New(t, c.options())
	op := atDesk(t, a, "asha", "plenty of green tea", "viewer")
	for n := range 20 {
		name := "name" + strconv.Itoa(n)
		if n%2 == 0 {
			name = "näme " + name // none that anybody can have
		}
		refusedSignIn(t, a, name, "a wrong password", "unauthenticated")
	}
	refusedSignIn(t, a, "asha", "plenty of green tea", "too_many")
	must(op.Me(t.Context()))(t) // who is in stays in
	c.pass(time.Minute)
	signIn(t, a, "asha", "plenty of green tea")
}

// Whoever guesses a name from outside does not keep its owner, who is in, from changing the password; an open browser
// lets nobody guess on and on either.
func TestOwnChecksCountApart(t *testing.T) {
	t.Parallel()
	a := apptest.New(t, newClock().options())
	own := atDesk(t, a, "asha", "plenty of green tea", "viewer")
	for range 5 {
		refusedSignIn(t, a, "asha", "a wrong password", "unauthenticated")
	}
	refusedSignIn(t, a, "asha", "plenty of green tea", "too_many")
	changed := must(own.ChangePassword(t.Context(), switchboard.NewPassword{Old: "plenty of green tea", New: "plenty of black tea"}))(t)
	own = as(a, changed.Session)
	for _, code := range []string{"unauthenticated", "unauthenticated", "unauthenticated", "unauthenticated", "unauthenticated", "too_many"} {
		_, err := own.ChangePassword(t.Context(), switchboard.NewPassword{Old: "a wrong password", New: "plenty of white tea"})
		wantFault(t, err, code)
	}
}
