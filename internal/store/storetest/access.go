package storetest

import (
	"crypto/sha256"
	"errors"
	"testing"

	"github.com/switchboard-platform/switchboard/internal/access"
	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/store"
)

func accessCases() []testCase {
	return []testCase{
		{"SaveOperator/every field comes back, by name, revoked ones included", operatorRoundTrip},
		{"SaveOperatorHead/moves the end of a chain, and not the directory", operatorHeads},
		{"SaveOperatorHead/nobody of that name", operatorHeadMissing},
		{"SaveSwitch/every field comes back, by id, revoked ones included", switchRoundTrip},
		{"SaveToken/every field comes back, by id, dead ones included", tokenRoundTrip},
		{"SaveToken/changes when a token ends, and nothing else", tokenEnds},
		{"SaveToken/another token has its digest", tokenExists},
	}
}

// head is the end of some chain.
func head(n uint64) event.Head {
	return event.Head{Version: n, Seq: 10 * n, Hash: event.Hash{byte(n), 0, 0xff}}
}

func newOperator(name string) access.Operator {
	return access.Operator{Name: name, Roles: access.Viewer | access.Administrator, CreatedAt: At(0)}
}

func newSwitch(id string) access.Switch {
	return access.Switch{ID: id, Name: "स्विच \"" + id + "\"", CreatedAt: At(0), Head: head(4)}
}

// newToken is a live token with a digest of its own.
func newToken(id string, holder access.Holder, holderID string) access.Token {
	return access.Token{ID: id, Holder: holder, HolderID: holderID, Hash: sha256.Sum256([]byte(id)), CreatedAt: At(0)}
}

func operatorRoundTrip(t *testing.T, s store.Store) {
	revoked, plain := newOperator("alice"), newOperator("carol")
	revoked.RevokedAt, plain.Roles = At(9), access.Support
	want := []access.Operator{revoked, newOperator("bob"), plain, {Name: "dave"}}
	check := func() {
		t.Helper()
		bothDirectories(t, s, func(dir *store.Directory) {
			t.Helper()
			equalAll(t, "operators", dir.Operators, want)
			for _, o := range want {
				got, ok := dir.Operator(o.Name)
				equal(t, "operator found", ok, true)
				equal(t, "operator", got, o)
			}
			_, ok := dir.Operator("Alice")
			equal(t, "an operator that is not there found", ok, false)
		})
	}
	for _, i := range []int{3, 0, 2, 1} {
		update(t, s, func(tx store.Tx) error { return tx.SaveOperator(want[i]) })
	}
	complete(t, "operator", want[0])
	check()
	want[1] = access.Operator{Name: "bob", Roles: access.Fraud | access.Compliance, CreatedAt: At(1), RevokedAt: At(2)}
	want[0].RevokedAt = plain.RevokedAt
	for i := range 2 {
		update(t, s, func(tx store.Tx) error { return tx.SaveOperator(want[i]) })
	}
	check()
}

func operatorHeads(t *testing.T, s store.Store) {
	update(t, s, func(tx store.Tx) error {
		return errors.Join(tx.SaveOperator(newOperator("alice")), tx.SaveOperator(newOperator("bob")))
	})
	wantHead := func(name string, want event.Head) {
		t.Helper()
		equal(t, "head of "+name, view(t, s, func(tx store.Tx) (event.Head, error) { return tx.OperatorHead(name) }), want)
	}
	wantHead("alice", event.Head{})
	wantHead("nobody", event.Head{})
	before, err := s.Directory(t.Context())
	must(t, err)
	update(t, s, func(tx store.Tx) error {
		if err := tx.SaveOperatorHead("alice", head(1)); err != nil {
			return err
		}
		h, err := tx.OperatorHead("alice")
		return errors.Join(err, differ("head in the same Update", h, head(1)), tx.SaveOperatorHead("alice", head(2)))
	})
	after, err := s.Directory(t.Context())
	must(t, err)
	samePointer(t, "once the end of a chain has moved", after, before, true)
	wantHead("alice", head(2))
	wantHead("bob", event.Head{})
	update(t, s, func(tx store.Tx) error { return tx.SaveOperator(access.Operator{Name: "alice"}) })
	wantHead("alice", head(2))
}

func operatorHeadMissing(t *testing.T, s store.Store) {
	refused(t, s, "an operator who is not there", fault.NotFound, func(tx store.Tx) error { return tx.SaveOperatorHead("alice", head(1)) })
}

func switchRoundTrip(t *testing.T, s store.Store) {
	revoked := newSwitch("b")
	revoked.RevokedAt = At(9)
	want := []access.Switch{newSwitch("a"), revoked, {ID: "c"}}
	check := func() {
		t.Helper()
		bothDirectories(t, s, func(dir *store.Directory) {
			t.Helper()
			equalAll(t, "switches", dir.Switches, want)
			for _, x := range want {
				got, ok := dir.Switch(x.ID)
				equal(t, "switch found", ok, true)
				equal(t, "switch", got, x)
			}
			_, ok := dir.Switch("d")
			equal(t, "a switch that is not there found", ok, false)
		})
	}
	for _, i := range []int{2, 0, 1} {
		update(t, s, func(tx store.Tx) error { return tx.SaveSwitch(want[i]) })
	}
	complete(t, "switch", want[1])
	check()
	want[0] = access.Switch{ID: "a", Name: "Renamed", CreatedAt: At(1), RevokedAt: At(2), Head: head(5)}
	update(t, s, func(tx store.Tx) error { return tx.SaveSwitch(want[0]) })
	check()
}

// wantTokens checks the tokens of both directories.
func wantTokens(t *testing.T, s store.Store, what string, want ...access.Token) {
	t.Helper()
	bothDirectories(t, s, func(dir *store.Directory) {
		t.Helper()
		equalAll(t, what, dir.Tokens, want)
	})
}

func tokenRoundTrip(t *testing.T, s store.Store) {
	dead := newToken("t2", access.HolderOperator, "alice")
	dead.ExpiresAt, dead.RevokedAt = At(8), At(9)
	want := []access.Token{newToken("t1", access.HolderPartner, partnerID), dead, newToken("t3", access.HolderSwitch, "core"), newToken("t4", access.HolderSwitch, "core")}
	for _, i := range []int{3, 1, 0, 2} {
		update(t, s, func(tx store.Tx) error { return tx.SaveToken(want[i]) })
	}
	complete(t, "token", dead)
	wantTokens(t, s, "tokens", want...)
}

func tokenEnds(t *testing.T, s store.Store) {
	token, other := newToken("t1", access.HolderPartner, partnerID), newToken("t2", access.HolderPartner, partnerID)
	update(t, s, func(tx store.Tx) error { return tx.SaveToken(other) })
	for _, end := range []func(){
		func() {}, func() { token.ExpiresAt = At(5) }, func() { token.RevokedAt = At(4) }, func() { token.ExpiresAt, token.RevokedAt = At(0), At(0) },
	} {
		end()
		update(t, s, func(tx store.Tx) error { return tx.SaveToken(token) })
		wantTokens(t, s, "tokens", token, other)
	}
	changed := newToken("t1", access.HolderOperator, "mallory")
	changed.Hash, changed.CreatedAt, changed.ExpiresAt, changed.RevokedAt = newToken("t9", "", "").Hash, At(7), token.ExpiresAt, token.RevokedAt
	update(t, s, func(tx store.Tx) error { return tx.SaveToken(changed) })
	wantTokens(t, s, "tokens once one was saved as another holder's", token, other)
}

func tokenExists(t *testing.T, s store.Store) {
	token := newToken("t1", access.HolderPartner, partnerID)
	update(t, s, func(tx store.Tx) error { return tx.SaveToken(token) })
	again := newToken("t2", access.HolderSwitch, "core")
	again.Hash = token.Hash
	refused(t, s, "the same digest again", fault.Exists, func(tx store.Tx) error { return tx.SaveToken(again) })
	wantTokens(t, s, "tokens", token)
}
