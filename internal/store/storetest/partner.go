package storetest

import (
	"net/netip"
	"reflect"
	"slices"
	"testing"

	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/network"
	"github.com/switchboard-platform/switchboard/internal/partner"
	"github.com/switchboard-platform/switchboard/internal/store"
)

func partnerCases() []testCase {
	return []testCase{
		{"SavePartner/every field comes back, by id", partnerRoundTrip},
		{"SavePartner/replaces", partnerReplaced},
		{"SavePartner/another one has the initiator id", partnerExists},
		{"SaveKey/every field comes back, by developer key", keyRoundTrip},
		{"SaveKey/replaces", keyReplaced},
		{"SaveKey/another partner has the key", keyExists},
	}
}

// bothDirectories checks something in the store's directory and in that of a transaction.
func bothDirectories(t *testing.T, s store.Store, check func(dir *store.Directory)) {
	t.Helper()
	check(directoryOf(t, s))
	check(view(t, s, store.Tx.Directory))
}

// wantKeys checks the keys of both directories.
func wantKeys(t *testing.T, s store.Store, what string, want ...partner.Key) {
	t.Helper()
	bothDirectories(t, s, func(dir *store.Directory) {
		t.Helper()
		if !reflect.DeepEqual(dir.Keys, want) {
			t.Errorf("%s:\n got %+v\nwant %+v", what, dir.Keys, want)
		}
	})
}

func partnerRoundTrip(t *testing.T, s store.Store) {
	var want []partner.Partner
	for i, id := range []string{"p2", "P1", "p10", "p1", "_"} {
		want = append(want, AddPartner(t, s, id, "900000000"+string(rune('0'+i))))
	}
	slices.SortFunc(want, func(a, b partner.Partner) int { return slices.Compare([]byte(a.ID), []byte(b.ID)) })
	bothDirectories(t, s, func(dir *store.Directory) { equalAll(t, "partners", dir.Partners, want) })
}

func partnerReplaced(t *testing.T, s store.Store) {
	buildWorld(t, s)
	dir := directoryOf(t, s)
	p, other := dir.Partners[0], dir.Partners[1]
	update(t, s, func(tx store.Tx) error {
		e := p.Record(event.KeyAdded, Cause(5), "key", "key-a")
		if err := tx.AppendEvent(&e); err != nil {
			return err
		}
		p.Name, p.InitiatorID, p.CreatedAt, p.Head = "भागीदार \"x\" 😀", "9000000000", At(77), e.Head()
		p.Addresses = network.List{netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("2001:db8::7/128")}
		return tx.SavePartner(p)
	})
	bothDirectories(t, s, func(dir *store.Directory) {
		equalAll(t, "partners", dir.Partners, []partner.Partner{p, other})
	})
	p.Addresses = nil
	update(t, s, func(tx store.Tx) error { return tx.SavePartner(p) })
	bothDirectories(t, s, func(dir *store.Directory) {
		equalAll(t, "partners, one from anywhere again", dir.Partners, []partner.Partner{p, other})
	})
}

func partnerExists(t *testing.T, s store.Store) {
	buildWorld(t, s)
	dir := directoryOf(t, s)
	first, second := dir.Partners[0], dir.Partners[1]
	taking := second
	taking.InitiatorID = first.InitiatorID
	refused(t, s, "a partner that is there takes it", fault.Exists, func(tx store.Tx) error { return tx.SavePartner(taking) })
	refused(t, s, "a new partner takes it", fault.Exists, func(tx store.Tx) error {
		return tx.SavePartner(partner.Partner{ID: "p9", Name: "New", InitiatorID: first.InitiatorID, CreatedAt: At(0)})
	})
	bothDirectories(t, s, func(dir *store.Directory) {
		equalAll(t, "partners", dir.Partners, []partner.Partner{first, second})
	})
	update(t, s, func(tx store.Tx) error { return tx.SavePartner(first) })
	freed := first
	freed.InitiatorID = "9000000000"
	update(t, s, func(tx store.Tx) error { return tx.SavePartner(freed) })
	update(t, s, func(tx store.Tx) error { return tx.SavePartner(taking) })
	bothDirectories(t, s, func(dir *store.Directory) {
		equalAll(t, "partners once the initiator id was free", dir.Partners, []partner.Partner{freed, taking})
	})
}

func keyRoundTrip(t *testing.T, s store.Store) {
	buildWorld(t, s)
	plain, full, foreign := newKey(partnerID, "key-c"), newKey(partnerID, "key-B"), newKey(otherPartnerID, "key-a")
	full.Replay, full.ExpiresAt, full.RevokedAt = partner.Strict, At(100), At(50)
	foreign.Replay, foreign.ExpiresAt = partner.SameSource, At(100)
	for _, k := range []partner.Key{plain, full, foreign} {
		update(t, s, func(tx store.Tx) error { return tx.SaveKey(k) })
	}
	wantKeys(t, s, "keys", full, foreign, plain)
}

func keyReplaced(t *testing.T, s store.Store) {
	buildWorld(t, s)
	key, other := newKey(partnerID, "key-a"), newKey(partnerID, "key-b")
	update(t, s, func(tx store.Tx) error { return tx.SaveKey(key) })
	update(t, s, func(tx store.Tx) error { return tx.SaveKey(other) })
	key.Replay, key.Sealed, key.ExpiresAt, key.RevokedAt = partner.Strict, []byte{0, 255, 0}, At(20), At(10)
	update(t, s, func(tx store.Tx) error { return tx.SaveKey(key) })
	wantKeys(t, s, "after it was replaced", key, other)
	key.Replay, key.ExpiresAt, key.CreatedAt = partner.Observe, At(0).Add(-1000), At(3)
	key.ExpiresAt = store.Cut(key.ExpiresAt)
	update(t, s, func(tx store.Tx) error { return tx.SaveKey(key) })
	wantKeys(t, s, "after it was replaced again", key, other)
}

func keyExists(t *testing.T, s store.Store) {
	buildWorld(t, s)
	key := newKey(partnerID, "key-a")
	update(t, s, func(tx store.Tx) error { return tx.SaveKey(key) })
	foreign := newKey(otherPartnerID, "key-a")
	refused(t, s, "another partner saves the key", fault.Exists, func(tx store.Tx) error { return tx.SaveKey(foreign) })
	key.RevokedAt = At(1)
	update(t, s, func(tx store.Tx) error { return tx.SaveKey(key) })
	refused(t, s, "another partner saves the key once it is revoked", fault.Exists, func(tx store.Tx) error { return tx.SaveKey(foreign) })
	wantKeys(t, s, "keys", key)
}
