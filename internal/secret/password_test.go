package secret

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/switchboard-platform/switchboard/internal/fault"
)

func mustPasswords(t testing.TB, k MasterKey) *Passwords {
	t.Helper()
	p, err := NewPasswords(k, true)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func mustTurn(t testing.TB, p *Passwords) *PasswordTurn {
	t.Helper()
	turn, err := p.Enter("")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(turn.Leave)
	return turn
}

// TestPasswordsMatch: a hash is good for one operator, under one master key, and is no PIN's.
func TestPasswordsMatch(t *testing.T) {
	t.Parallel()
	k, password := mustKey(t), NewText("plenty of green tea")
	turn := mustTurn(t, mustPasswords(t, k))
	hash := turn.Hash("asha", password)
	if ok, stale := turn.Match(hash, "asha", password); !ok || stale {
		t.Errorf("the password matches: %t, stale: %t", ok, stale)
	}
	for name, ok := range map[string]bool{
		"another password": first(turn.Match(hash, "asha", NewText("plenty of green teA"))),
		"another operator": first(turn.Match(hash, "john", password)),
		"no hash":          first(turn.Match("", "asha", password)),
		"another key":      first(mustTurn(t, mustPasswords(t, mustKey(t))).Match(hash, "asha", password)),
		"as a PIN":         first(mustEnter(t, mustPINs(t, k, cheap)).Match(hash, "asha", password)),
	} {
		if ok {
			t.Errorf("%s matches", name)
		}
	}
}

func first(ok, _ bool) bool { return ok }

// TestPasswordsCost: outside of the sandbox a hash takes what OWASP asks for or more, and a weak one is replaced.
func TestPasswordsCost(t *testing.T) {
	t.Parallel()
	k := mustKey(t)
	p, err := NewPasswords(k, false)
	if err != nil {
		t.Fatal(err)
	}
	weak := mustTurn(t, mustPasswords(t, k)).Hash("asha", NewText("x"))
	turn := mustTurn(t, p)
	if ok, stale := turn.Match(weak, "asha", NewText("x")); !ok || !stale {
		t.Errorf("a weak hash matches: %t, stale: %t", ok, stale)
	}
	h, ok := parsePINHash(turn.Hash("asha", NewText("x")))
	if !ok || h.cost.memoryKiB < 19456 || h.cost.passes < 2 {
		t.Errorf("a hash costs %+v", h.cost)
	}
}

func TestPasswordsQueue(t *testing.T) {
	t.Parallel()
	p := mustPasswords(t, mustKey(t))
	places := p.pins.places
	for range places {
		mustTurn(t, p)
	}
	_, err := p.Enter("")
	if refused(t, err, fault.Unavailable, "Too many passwords"); fault.As(err).RetryAfter <= 0 {
		t.Error("nobody is told when to come again")
	}
	if text := fmt.Sprintf("%v %+v %#v %s", p, p, p, p); strings.Contains(text, "pins") {
		t.Errorf("it prints as %s", text)
	}
}

// TestPasswordsShare: one network takes a quarter of the places, and leaves the rest to others.
func TestPasswordsShare(t *testing.T) {
	t.Parallel()
	p := mustPasswords(t, mustKey(t))
	entered := 0
	for ; entered < p.pins.places; entered++ {
		turn, err := p.Enter("192.0.2.1")
		if err != nil {
			break
		}
		t.Cleanup(turn.Leave)
	}
	if entered != p.pins.places/4 {
		t.Errorf("one network takes %d of %d places", entered, p.pins.places)
	}
	for _, other := range []string{"192.0.2.2", ""} {
		turn, err := p.Enter(other)
		if err != nil {
			t.Fatalf("%q finds no place: %v", other, err)
		}
		t.Cleanup(turn.Leave)
	}
}

// TestNamesAreDigested: a name is always known by the same, which is another one under another master key.
func TestNamesAreDigested(t *testing.T) {
	t.Parallel()
	k := mustKey(t)
	p, again, other := mustPasswords(t, k), mustPasswords(t, k), mustPasswords(t, mustKey(t))
	if d := p.Digest("asha"); d != again.Digest("asha") || d == other.Digest("asha") || d == p.Digest("john") || len(d) != 32 {
		t.Errorf("asha is known by %s, %s, %s", d, again.Digest("asha"), other.Digest("asha"))
	}
}

func TestNewPassword(t *testing.T) {
	t.Parallel()
	form, seen := regexp.MustCompile(`^[a-hj-km-np-z2-9]{4}(-[a-hj-km-np-z2-9]{4}){3}$`), map[string]bool{}
	for range 200 {
		p := NewPassword().Reveal()
		if !form.MatchString(p) || seen[p] {
			t.Errorf("%q is not of the form, or came twice", p)
		}
		seen[p] = true
	}
}
