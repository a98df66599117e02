package storetest

import (
	"net/netip"
	"reflect"
	"testing"

	"github.com/switchboard-platform/switchboard/internal/channel"
	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/store"
)

func channelCases() []testCase {
	return []testCase{
		{"SaveChannel/every field comes back, by id, revoked ones included", channelRoundTrip},
		{"SaveChannel/replaces", channelReplaced},
		{"SaveSecret/every field comes back, by channel and age", secretRoundTrip},
		{"SaveSecret/replaces", secretReplaced},
		{"SaveSecret/another channel has its id", secretExists},
	}
}

// wantChannels checks the channels of both directories.
func wantChannels(t *testing.T, s store.Store, what string, want ...channel.Channel) {
	t.Helper()
	bothDirectories(t, s, func(dir *store.Directory) {
		t.Helper()
		if !reflect.DeepEqual(dir.Channels, want) {
			t.Errorf("%s:\n got %+v\nwant %+v", what, dir.Channels, want)
		}
		for _, c := range want {
			if got, ok := dir.Channel(c.ID); !ok || !reflect.DeepEqual(got, c) {
				t.Errorf("%s: Channel(%q) gives %+v, %v", what, c.ID, got, ok)
			}
		}
	})
}

func channelRoundTrip(t *testing.T, s store.Store) {
	revoked := newChannel("_1")
	revoked.RevokedAt = At(9)
	bare := channel.Channel{ID: "a", CreatedAt: At(0)}
	odd := newChannel("a-b.c_0")
	odd.Name, odd.Rate, odd.Burst = "चैनल \"x\" 😀 '; --", 1.0/3, 1_000_000
	odd.Addresses = []netip.Prefix{
		netip.MustParsePrefix("0.0.0.0/0"), netip.MustParsePrefix("::/0"), netip.MustParsePrefix("::ffff:192.0.2.1/128"), netip.MustParsePrefix("10.1.2.3/8"),
	}
	want := []channel.Channel{revoked, bare, odd, newChannel("b")}
	for _, i := range []int{3, 0, 2, 1} {
		update(t, s, func(tx store.Tx) (err error) {
			want[i], err = addChannel(tx, want[i])
			return err
		})
	}
	complete(t, "channel", want[0])
	wantChannels(t, s, "channels", want...)
	_, ok := directoryOf(t, s).Channel("c")
	equal(t, "channel that is not there found", ok, false)
}

func channelReplaced(t *testing.T, s store.Store) {
	var c, other channel.Channel
	update(t, s, func(tx store.Tx) (err error) {
		if c, err = addChannel(tx, newChannel("a")); err == nil {
			other, err = addChannel(tx, newChannel("b"))
		}
		return err
	})
	for _, change := range []func(){
		func() { c.Name, c.Addresses = "", nil },
		func() { c.Addresses = []netip.Prefix{netip.MustParsePrefix("203.0.113.9/32")} },
		func() { c.Rate, c.Burst = 0, 0 },
		func() { c.RevokedAt, c.CreatedAt = At(5), At(3) },
	} {
		change()
		update(t, s, func(tx store.Tx) error {
			e := c.Record(event.ChannelChanged, Cause(5))
			if err := tx.AppendEvent(&e); err != nil {
				return err
			}
			c.Head = e.Head()
			return tx.SaveChannel(c)
		})
		wantChannels(t, s, "as replaced", c, other)
	}
}

// wantSecrets checks the secrets of both directories.
func wantSecrets(t *testing.T, s store.Store, what string, want ...channel.Secret) {
	t.Helper()
	bothDirectories(t, s, func(dir *store.Directory) {
		t.Helper()
		equalAll(t, what, dir.Secrets, want)
	})
}

func secretRoundTrip(t *testing.T, s store.Store) {
	old, young, same, foreign := newSecret("b", "z"), newSecret("b", "a"), newSecret("b", "b"), newSecret("a", "zz")
	old.ExpiresAt, old.RevokedAt = At(8), At(7)
	young.CreatedAt, same.CreatedAt, foreign.CreatedAt = At(5), At(5), At(9)
	young.Hash = [32]byte{1: 255, 31: 1}
	for _, secret := range []channel.Secret{same, young, old, foreign} {
		update(t, s, func(tx store.Tx) error { return tx.SaveSecret(secret) })
	}
	complete(t, "secret", old)
	wantSecrets(t, s, "secrets", foreign, old, young, same)
	bothDirectories(t, s, func(dir *store.Directory) {
		equalAll(t, "secrets of a channel", dir.SecretsOf("b"), []channel.Secret{old, young, same})
		equalAll(t, "secrets of another", dir.SecretsOf("a"), []channel.Secret{foreign})
		equalAll(t, "secrets of none", dir.SecretsOf("c"), nil)
	})
}

func secretReplaced(t *testing.T, s store.Store) {
	secret, other := newSecret("a", "1"), newSecret("a", "2")
	update(t, s, func(tx store.Tx) error { return tx.SaveSecret(secret) })
	update(t, s, func(tx store.Tx) error { return tx.SaveSecret(other) })
	secret.ExpiresAt, secret.RevokedAt = At(20), At(10)
	update(t, s, func(tx store.Tx) error { return tx.SaveSecret(secret) })
	wantSecrets(t, s, "after it was replaced", secret, other)
	secret.ExpiresAt, secret.CreatedAt, secret.Hash = At(21), At(3), [32]byte{7}
	update(t, s, func(tx store.Tx) error { return tx.SaveSecret(secret) })
	wantSecrets(t, s, "after it was replaced again", other, secret)
}

func secretExists(t *testing.T, s store.Store) {
	secret, foreign := newSecret("a", "1"), newSecret("b", "1")
	update(t, s, func(tx store.Tx) error { return tx.SaveSecret(secret) })
	refused(t, s, "another channel saves the secret", fault.Exists, func(tx store.Tx) error { return tx.SaveSecret(foreign) })
	secret.RevokedAt = At(1)
	update(t, s, func(tx store.Tx) error { return tx.SaveSecret(secret) })
	refused(t, s, "another channel saves the secret once it is revoked", fault.Exists, func(tx store.Tx) error { return tx.SaveSecret(foreign) })
	wantSecrets(t, s, "secrets", secret)
}
