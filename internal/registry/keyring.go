package registry

import (
	"context"
	"crypto/subtle"
	"log/slog"
	"slices"
	"time"

	"github.com/switchboard-platform/switchboard/internal/channel"
	"github.com/switchboard-platform/switchboard/internal/partner"
	"github.com/switchboard-platform/switchboard/internal/sandbox"
	"github.com/switchboard-platform/switchboard/internal/secret"
	"github.com/switchboard-platform/switchboard/internal/sign"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// Key is a developer key ready to check signatures with.
type Key struct {
	partner.Key
	Partner  partner.Partner
	Verifier *sign.Verifier
	used     *keyUse
}

// Used notes that the key has let somebody in.
func (k *Key) Used(at time.Time) { k.used.note(at) }

// keyring is the directory's keys and channels, made ready to be checked. It belongs to one directory
// and goes with it.
type keyring struct {
	dir     *store.Directory
	keys    map[string]*Key
	doors   map[string]door
	bearers map[[32]byte]*Bearer
}

// door is a channel with its secrets.
type door struct {
	channel channel.Channel
	secrets []channel.Secret
	used    []*keyUse // of the secrets
}

// Entry is a channel with the secret that opens its door.
type Entry struct {
	Channel  channel.Channel
	SecretID string
	used     *keyUse
}

// Used notes that the secret has let somebody in.
func (e *Entry) Used(at time.Time) { e.used.note(at) }

// Key finds a key that is live at a time in the directory that f stands on. ok is false for one that does not exist,
// is expired or revoked, cannot be opened, or is the sandbox's in production.
func (r *Registry) Key(f Footing, developerKey string, now time.Time) (k *Key, ok bool) {
	k = r.keyring(f.Dir).keys[developerKey]
	return k, k != nil && k.Live(now)
}

// keyring gives the keys of a directory.
func (r *Registry) keyring(dir *store.Directory) *keyring {
	ring := r.ring.Load()
	if ring == nil || ring.dir != dir {
		ring = r.openKeys(dir)
		ring.doors = r.doors(dir)
		ring.bearers = r.openTokens(dir)
		r.ring.Store(ring)
	}
	return ring
}

// UnusableKeys counts the keys that let nobody in, whatever their dates say: see openKeys.
func (r *Registry) UnusableKeys(ctx context.Context) (int, error) {
	dir, err := r.store.Directory(ctx)
	if err != nil {
		return 0, err
	}
	ring := r.keyring(dir)
	return len(ring.dir.Keys) - len(ring.keys), nil
}

// openKeys decrypts the keys of a directory. One that cannot be opened lets nobody in.
func (r *Registry) openKeys(dir *store.Directory) *keyring {
	ring := &keyring{dir: dir, keys: make(map[string]*Key, len(dir.Keys))}
	for _, k := range dir.Keys {
		p, ok := dir.Partner(k.PartnerID)
		access, err := r.sealer.Open(k.Sealed, sealContext(k.DeveloperKey))
		if !ok || err != nil {
			slog.Error("a developer key cannot be opened and is refused: is this the master key of this database?", "developer_key", k.DeveloperKey)
			continue
		}
		if !r.sandbox && isSandboxKey(k, p, access) {
			slog.Error("the public sandbox credentials stand in a production database; they are refused", "developer_key", k.DeveloperKey)
			continue
		}
		ring.keys[k.DeveloperKey] = &Key{Key: k, Partner: p, Verifier: sign.NewVerifier(access),
			used: r.keyUses.find(store.DeveloperKey, k.DeveloperKey)}
	}
	return ring
}

// isSandboxKey reports whether any part of the credentials is what EPS publishes for tests.
func isSandboxKey(k partner.Key, p partner.Partner, access secret.Text) bool {
	return k.DeveloperKey == sandbox.DeveloperKey || p.ID == sandbox.PartnerID || access.Equal(secret.NewText(sandbox.AccessKey))
}

// doors gives the channels that may be let in at all: not the sandbox's, in production.
func (r *Registry) doors(dir *store.Directory) map[string]door {
	public := secret.HashToken(secret.NewText(sandbox.ChannelSecret))
	doors := make(map[string]door, len(dir.Channels))
	for _, c := range dir.Channels {
		d := door{channel: c, secrets: dir.SecretsOf(c.ID)}
		if !r.sandbox && (c.ID == sandbox.ChannelID || slices.ContainsFunc(d.secrets, func(s channel.Secret) bool { return s.Hash == public })) {
			slog.Error("the public sandbox channel stands in a production database; it is refused", "channel", c.ID)
			continue
		}
		for _, s := range d.secrets {
			d.used = append(d.used, r.keyUses.find(store.ChannelSecret, s.ID))
		}
		doors[c.ID] = d
	}
	return doors
}

// ChannelOf finds the channel whose id and secret these are in the directory that f stands on. ok is false, after
// the same work, for a channel that does not exist or is revoked, a secret that is not live, and the
// sandbox's in production. Address lists are not looked at.
func (r *Registry) ChannelOf(f Footing, id string, text secret.Text, now time.Time) (e Entry, ok bool) {
	hash := secret.HashToken(text)
	d := r.keyring(f.Dir).doors[id]
	for i, s := range d.secrets {
		if subtle.ConstantTimeCompare(hash[:], s.Hash[:]) == 1 && s.Live(now) && !d.channel.Revoked() {
			return Entry{d.channel, s.ID, d.used[i]}, true
		}
	}
	return e, false
}

// sealContext binds a sealed access key to its developer key, so that the two cannot be swapped.
func sealContext(developerKey string) string { return "developer_key:" + developerKey }
