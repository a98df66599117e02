package storetest

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard/internal/access"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/store"
)

func accountCases() []testCase {
	return []testCase{
		{"SaveAccount/every field comes back, by operator, and the directory stays", accountRoundTrip},
		{"SaveSession/every field comes back, and the directory stays", sessionRoundTrip},
		{"SeeSession/notes a later time, and brings none back", sessionSeen},
		{"DeleteSession/takes one away, once", sessionDeleted},
		{"DeleteSessions/takes all of an operator away but one", sessionsDeleted},
		{"ForgetSessions/takes away what has ended or was not used", sessionsForgotten},
		{"SaveTally/every field comes back, those that are locked by what they are about", tallyRoundTrip},
		{"ForgetTallies/those that are old and not locked, so many at a time", talliesForgotten},
	}
}

func newAccount(operator string) access.Account {
	return access.Account{Operator: operator, Password: "$hash$ of " + operator, PasswordAt: At(1), MustChange: true, SignedInAt: At(2)}
}

func newSession(n int, operator string) access.Session {
	s := access.Session{Hash: sha256.Sum256([]byte{byte(n)}), Operator: operator, Way: access.ByPassword, Address: "2001:db8::1",
		Agent: "Mozilla/5.0", MustChange: true, CreatedAt: At(n), ProvenAt: At(n + 5), SeenAt: At(n + 10), ExpiresAt: At(n + 100)}
	s.ID = access.SessionID(s.Hash)
	return s
}

func newTally(about string, n int) access.Tally {
	return access.Tally{About: about, Wrong: n, At: At(n), LockedUntil: At(10 * n)}
}

// sameDirectory checks that what fn writes does not change the directory.
func sameDirectory(t *testing.T, s store.Store, fn func(tx store.Tx) error) {
	t.Helper()
	before, err := s.Directory(t.Context())
	must(t, err)
	update(t, s, fn)
	after, err := s.Directory(t.Context())
	must(t, err)
	samePointer(t, "after what is not in it", after, before, true)
}

func accountRoundTrip(t *testing.T, s store.Store) {
	alice, bob := newAccount("alice"), access.Account{Operator: "bob"}
	complete(t, "account", alice)
	sameDirectory(t, s, func(tx store.Tx) error { return errors.Join(tx.SaveAccount(bob), tx.SaveAccount(alice)) })
	check := func() {
		t.Helper()
		equalAll(t, "accounts", view(t, s, store.Tx.Accounts), []access.Account{alice, bob})
		for _, want := range []access.Account{alice, bob, {Operator: "carol"}} {
			equal(t, "account", view(t, s, func(tx store.Tx) (access.Account, error) { return tx.Account(want.Operator) }), want)
		}
	}
	check()
	alice = access.Account{Operator: "alice", Password: "another", PasswordAt: At(5)}
	update(t, s, func(tx store.Tx) error { return tx.SaveAccount(alice) })
	check()
}

// wantSessions checks the sessions of an operator, or with "" of all, and each by its id.
func wantSessions(t *testing.T, s store.Store, operator string, want ...access.Session) {
	t.Helper()
	equalAll(t, "sessions of "+operator, view(t, s, func(tx store.Tx) ([]access.Session, error) { return tx.Sessions(operator) }), want)
	for _, x := range want {
		equal(t, "session", view(t, s, func(tx store.Tx) (access.Session, error) { return tx.Session(x.ID) }), x)
	}
}

func saveSessions(t *testing.T, s store.Store, list ...access.Session) {
	t.Helper()
	for _, x := range list {
		update(t, s, func(tx store.Tx) error { return tx.SaveSession(x) })
	}
}

func sessionRoundTrip(t *testing.T, s store.Store) {
	first, second, other := newSession(1, "alice"), newSession(2, "alice"), newSession(3, "bob")
	complete(t, "session", first)
	sameDirectory(t, s, func(tx store.Tx) error {
		return errors.Join(tx.SaveSession(other), tx.SaveSession(second), tx.SaveSession(first))
	})
	wantSessions(t, s, "alice", first, second)
	wantSessions(t, s, "bob", other)
	wantSessions(t, s, "nobody")
	first = access.Session{ID: first.ID, Operator: "carol", Way: access.ByOpenID, CreatedAt: At(50)}
	saveSessions(t, s, first)
	wantSessions(t, s, "", second, other, first)
	notFound(t, s, "a session that is not there", fault.NotFound, func(tx store.Tx) (access.Session, error) { return tx.Session("session-none") })
}

func sessionSeen(t *testing.T, s store.Store) {
	x, other := newSession(1, "alice"), newSession(2, "alice")
	saveSessions(t, s, x, other)
	for _, at := range []int{20, 15, 30} {
		sameDirectory(t, s, func(tx store.Tx) error {
			return errors.Join(tx.SeeSession(x.ID, At(at)), tx.SeeSession("session-none", At(at)))
		})
	}
	x.SeenAt = At(30)
	wantSessions(t, s, "", x, other)
}

func sessionDeleted(t *testing.T, s store.Store) {
	x, other := newSession(1, "alice"), newSession(2, "alice")
	saveSessions(t, s, x, other)
	for _, want := range []bool{true, false} {
		update(t, s, func(tx store.Tx) error {
			was, err := tx.DeleteSession(x.ID)
			return errors.Join(err, differ("was there", was, want))
		})
	}
	wantSessions(t, s, "", other)
}

func sessionsDeleted(t *testing.T, s store.Store) {
	list := []access.Session{newSession(1, "alice"), newSession(2, "alice"), newSession(3, "alice"), newSession(4, "bob")}
	saveSessions(t, s, list...)
	for _, c := range []struct {
		but  string
		want int
	}{{list[1].ID, 2}, {list[1].ID, 0}, {"", 1}} {
		update(t, s, func(tx store.Tx) error {
			n, err := tx.DeleteSessions("alice", c.but)
			return errors.Join(err, differ("how many", n, c.want))
		})
	}
	wantSessions(t, s, "", list[3])
}

func sessionsForgotten(t *testing.T, s store.Store) {
	ended, idle, live := newSession(1, "alice"), newSession(2, "alice"), newSession(3, "bob")
	ended.ExpiresAt, idle.SeenAt = At(60), At(30)
	ended.SeenAt, live.SeenAt, live.ExpiresAt = At(59), At(31), At(61)
	saveSessions(t, s, ended, idle, live)
	for _, want := range []int{2, 0} {
		sameDirectory(t, s, func(tx store.Tx) error {
			n, err := tx.ForgetSessions(At(60), At(30))
			return errors.Join(err, differ("how many", n, want))
		})
	}
	wantSessions(t, s, "", live)
}

func tallyRoundTrip(t *testing.T, s store.Store) {
	a, b, c := newTally("operator:alice", 1), newTally("network:192.0.2.0", 2), access.Tally{About: "operator:bob", Wrong: 1, At: At(3)}
	complete(t, "tally", a)
	sameDirectory(t, s, func(tx store.Tx) error { return errors.Join(tx.SaveTally(a), tx.SaveTally(b), tx.SaveTally(c)) })
	for _, want := range []access.Tally{a, b, c, {About: "operator:carol"}} {
		equal(t, "tally", view(t, s, func(tx store.Tx) (access.Tally, error) { return tx.Tally(want.About) }), want)
	}
	locked := func(after time.Time) []access.Tally {
		return view(t, s, func(tx store.Tx) ([]access.Tally, error) { return tx.Tallies(after) })
	}
	equalAll(t, "locked after 9", locked(At(9)), []access.Tally{b, a})
	equalAll(t, "locked after 10", locked(At(10)), []access.Tally{b})
	a.Wrong, a.LockedUntil = 7, time.Time{}
	update(t, s, func(tx store.Tx) error {
		return errors.Join(tx.SaveTally(a), tx.ForgetTally(b.About), tx.ForgetTally("operator:carol"))
	})
	equal(t, "saved again", view(t, s, func(tx store.Tx) (access.Tally, error) { return tx.Tally(a.About) }), a)
	equal(t, "forgotten", view(t, s, func(tx store.Tx) (access.Tally, error) { return tx.Tally(b.About) }), access.Tally{About: b.About})
}

func talliesForgotten(t *testing.T, s store.Store) {
	for n := range 5 {
		update(t, s, func(tx store.Tx) error {
			return tx.SaveTally(access.Tally{About: fmt.Sprintf("operator:%d", n), Wrong: 1, At: At(n)})
		})
	}
	locked := access.Tally{About: "operator:locked", Wrong: 9, At: At(0), LockedUntil: At(5)}
	update(t, s, func(tx store.Tx) error { return tx.SaveTally(locked) })
	for _, want := range []int{3, 1, 0} {
		update(t, s, func(tx store.Tx) error {
			n, err := tx.ForgetTallies(At(4), 3)
			return errors.Join(err, differ("how many", n, want))
		})
	}
	left := view(t, s, func(tx store.Tx) (n int, err error) {
		for _, about := range []string{"operator:4", locked.About} {
			x, err := tx.Tally(about)
			if err != nil {
				return n, err
			}
			n += x.Wrong
		}
		return n, nil
	})
	equal(t, "wrong passwords that stay", left, 10)
}
