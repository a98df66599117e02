package storetest

import (
	"reflect"
	"testing"

	"github.com/switchboard-platform/switchboard/internal/access"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/store"
)

func passkeyCases() []testCase {
	return []testCase{
		{"SavePasskey/every field comes back, the oldest first", passkeyRoundTrip},
		{"SavePasskey/changes label, count and use, and nothing else", passkeyChanges},
		{"SavePasskey/another one is of the same credential", passkeyExists},
		{"DeletePasskey/of its operator alone", passkeyDeleted},
		{"SaveLink/every field comes back, by operator and by identity", linkRoundTrip},
		{"SaveLink/the identity is another's", linkExists},
		{"DeleteLink/frees the identity", linkDeleted},
		{"SpendChallenge/once, until it is forgotten", challengeOnce},
		{"Passkeys, links and challenges/are not in the directory", passkeysKeepDirectory},
	}
}

func newPasskey(id, operator string) access.Passkey {
	return access.Passkey{ID: id, Operator: operator, Label: "मेरा फ़ोन", Credential: []byte("credential " + id), Public: []byte{0, 0xff, 'k'},
		Transports: "usb,nfc", Synced: true, Count: 1<<32 - 1, CreatedAt: At(1), UsedAt: At(2)}
}

// passkeys checks what an operator has.
func passkeys(t *testing.T, s store.Store, operator string, want ...access.Passkey) {
	t.Helper()
	got := view(t, s, func(tx store.Tx) ([]access.Passkey, error) { return tx.Passkeys(operator) })
	if len(got)+len(want) > 0 && !reflect.DeepEqual(got, want) {
		t.Errorf("passkeys of %q:\n got %+v\nwant %+v", operator, got, want)
	}
}

func passkeyRoundTrip(t *testing.T, s store.Store) {
	young, old, johns := newPasskey("a", "asha"), newPasskey("b", "asha"), newPasskey("c", "john")
	old.CreatedAt, old.UsedAt, old.Synced, old.Transports = At(0), At(0), false, ""
	complete(t, "passkey", young)
	for _, k := range []access.Passkey{young, old, johns} {
		update(t, s, func(tx store.Tx) error { return tx.SavePasskey(k) })
	}
	passkeys(t, s, "asha", old, young)
	passkeys(t, s, "john", johns)
	passkeys(t, s, "", old, young, johns)
	passkeys(t, s, "jo")
}

func passkeyChanges(t *testing.T, s store.Store) {
	k := newPasskey("a", "asha")
	update(t, s, func(tx store.Tx) error { return tx.SavePasskey(k) })
	other := newPasskey("a", "john")
	other.Label, other.Count, other.UsedAt, other.Credential, other.CreatedAt = "Key", 7, At(9), []byte("x"), At(8)
	update(t, s, func(tx store.Tx) error { return tx.SavePasskey(other) })
	k.Label, k.Count, k.UsedAt = other.Label, other.Count, other.UsedAt
	passkeys(t, s, "", k)
}

func passkeyExists(t *testing.T, s store.Store) {
	k := newPasskey("a", "asha")
	update(t, s, func(tx store.Tx) error { return tx.SavePasskey(k) })
	again := newPasskey("b", "john")
	again.Credential = k.Credential
	refused(t, s, "the same credential", fault.Exists, func(tx store.Tx) error { return tx.SavePasskey(again) })
	passkeys(t, s, "", k)
}

func passkeyDeleted(t *testing.T, s store.Store) {
	first, second, johns := newPasskey("a", "asha"), newPasskey("b", "asha"), newPasskey("c", "john")
	for _, k := range []access.Passkey{first, second, johns} {
		update(t, s, func(tx store.Tx) error { return tx.SavePasskey(k) })
	}
	update(t, s, func(tx store.Tx) error {
		for _, c := range []struct {
			operator, id string
			want         bool
		}{{"john", "a", false}, {"asha", "a", true}, {"asha", "a", false}} {
			if got, err := tx.DeletePasskey(c.operator, c.id); err != nil || got != c.want {
				return differ("deleted "+c.id+" of "+c.operator, got, c.want)
			}
		}
		return nil
	})
	passkeys(t, s, "", second, johns)
	update(t, s, func(tx store.Tx) error {
		n, err := tx.DeletePasskeys("asha")
		if err != nil {
			return err
		}
		return differ("deleted of asha", n, 1)
	})
	passkeys(t, s, "", johns)
}

func newLink(operator, value string) access.Link {
	return access.Link{Operator: operator, Identity: access.Identity{Issuer: "https://id.example.com", Claim: "sub", Value: value}, At: At(3)}
}

func linkRoundTrip(t *testing.T, s store.Store) {
	asha, john := newLink("asha", "1001"), newLink("john", "1002")
	complete(t, "link", asha)
	for _, l := range []access.Link{john, newLink("asha", "1000"), asha} { // the last one takes the place of that before
		update(t, s, func(tx store.Tx) error { return tx.SaveLink(l) })
	}
	equalAll(t, "links", view(t, s, store.Tx.Links), []access.Link{asha, john})
	linked := func(i access.Identity) func(store.Tx) (access.Link, error) {
		return func(tx store.Tx) (access.Link, error) { return tx.Linked(i) }
	}
	equal(t, "link", view(t, s, linked(asha.Identity)), asha)
	for _, i := range []access.Identity{newLink("", "1000").Identity, newLink("", "").Identity, {Issuer: "https://id.example.org", Claim: "sub", Value: "1001"},
		{Issuer: asha.Identity.Issuer, Claim: "email", Value: "1001"}} {
		notFound(t, s, "link of "+i.Value, fault.NotFound, linked(i))
	}
}

func linkExists(t *testing.T, s store.Store) {
	asha := newLink("asha", "1001")
	update(t, s, func(tx store.Tx) error { return tx.SaveLink(asha) })
	refused(t, s, "the identity of another", fault.Exists, func(tx store.Tx) error { return tx.SaveLink(newLink("john", "1001")) })
	equalAll(t, "links", view(t, s, store.Tx.Links), []access.Link{asha})
}

func linkDeleted(t *testing.T, s store.Store) {
	update(t, s, func(tx store.Tx) error { return tx.SaveLink(newLink("asha", "1001")) })
	for _, want := range []bool{true, false} {
		update(t, s, func(tx store.Tx) error {
			got, err := tx.DeleteLink("asha")
			if err != nil {
				return err
			}
			return differ("deleted", got, want)
		})
	}
	update(t, s, func(tx store.Tx) error { return tx.SaveLink(newLink("john", "1001")) })
}

func challengeOnce(t *testing.T, s store.Store) {
	spend := func(id string, seconds int) func(store.Tx) error {
		return func(tx store.Tx) error { return tx.SpendChallenge(id, At(seconds)) }
	}
	update(t, s, spend("a", 5))
	update(t, s, spend("b", 6))
	refused(t, s, "a challenge again", fault.Exists, spend("a", 5))
	refused(t, s, "a challenge again, for longer", fault.Exists, spend("a", 9))
	update(t, s, func(tx store.Tx) error {
		n, err := tx.ForgetChallenges(At(5))
		if err != nil {
			return err
		}
		return differ("forgotten", n, 1)
	})
	update(t, s, spend("a", 5))
	refused(t, s, "one that is not forgotten", fault.Exists, spend("b", 6))
}

func passkeysKeepDirectory(t *testing.T, s store.Store) {
	before := directoryOf(t, s)
	update(t, s, func(tx store.Tx) error { return tx.SavePasskey(newPasskey("a", "asha")) })
	update(t, s, func(tx store.Tx) error { return tx.SaveLink(newLink("asha", "1001")) })
	update(t, s, func(tx store.Tx) error { return tx.SpendChallenge("a", At(5)) })
	samePointer(t, "after them", directoryOf(t, s), before, true)
}
