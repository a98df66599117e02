package registry

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/network"
	"github.com/switchboard-platform/switchboard/internal/partner"
	"github.com/switchboard-platform/switchboard/internal/sandbox"
	"github.com/switchboard-platform/switchboard/internal/secret"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// Credentials is a key as its partner gets it: once, when it is made.
type Credentials struct {
	Key       partner.Key
	AccessKey secret.Text
}

// AddPartner makes a partner with a first key. Exists when the initiator id is taken.
func (r *Registry) AddPartner(ctx context.Context, by Caller, p partner.Partner, replay partner.Replay) (partner.Partner, Credentials, error) {
	var bad fault.Fields
	if p.Check(&bad); p.InitiatorID == sandbox.InitiatorID && !r.sandbox {
		bad.Add("initiator_id", "is the public sandbox's; a production server never accepts it")
	}
	if err := bad.Err(); err != nil {
		return p, Credentials{}, err
	}
	cred, err := r.newCredentials(replay, by.Cause.At)
	if err != nil {
		return p, cred, err
	}
	err = r.update(ctx, by, func(tx store.Tx) (err error) {
		if p.ID, err = newPartnerID(tx); err != nil {
			return err
		}
		p.CreatedAt, p.Head, cred.Key.PartnerID = by.Cause.At, event.Head{}, p.ID
		return addPartner(tx, by.Cause, &p, cred.Key)
	})
	if fault.Is(err, fault.Exists) {
		err = fault.Wrap(err, fault.Exists, "Another partner has initiator_id %s.", p.InitiatorID)
	}
	return p, cred, err
}

// addPartner records and saves a new partner with its first key.
func addPartner(tx store.Tx, c event.Cause, p *partner.Partner, k partner.Key) error {
	if err := savePartner(tx, p, p.Record(event.PartnerAdded, c, "initiator_id", p.InitiatorID)); err != nil {
		return err
	}
	if err := savePartner(tx, p, p.Record(event.KeyAdded, c, "developer_key", k.DeveloperKey, "replay", k.Replay.String())); err != nil {
		return err
	}
	return tx.SaveKey(k)
}

// savePartner appends an event of the partner's chain and saves the partner with its new head.
func savePartner(tx store.Tx, p *partner.Partner, e event.Event) error {
	if err := tx.AppendEvent(&e); err != nil {
		return err
	}
	p.Head = e.Head()
	return tx.SavePartner(*p)
}

const partnerCounter = "last_partner"

// newPartnerID gives "p1", "p2", …
func newPartnerID(tx store.Tx) (string, error) {
	value, err := tx.Setting(partnerCounter)
	if err != nil {
		return "", err
	}
	last, _ := strconv.Atoi(value)
	return fmt.Sprintf("p%d", last+1), tx.SetSetting(partnerCounter, strconv.Itoa(last+1))
}

func (r *Registry) newCredentials(replay partner.Replay, at time.Time) (Credentials, error) {
	developerKey, access := secret.NewDeveloperKey(), secret.NewAccessKey()
	return r.seal(developerKey, access, replay, at)
}

func (r *Registry) seal(developerKey string, access secret.Text, replay partner.Replay, at time.Time) (Credentials, error) {
	sealed, err := r.sealer.Seal(access, sealContext(developerKey))
	if err != nil {
		return Credentials{}, fault.Wrap(err, fault.Internal, "The access key cannot be encrypted.")
	}
	return Credentials{AccessKey: access, Key: partner.Key{DeveloperKey: developerKey, Sealed: sealed, Replay: replay, CreatedAt: at}}, nil
}

// RotateKey gives a partner a new key. Its older live keys stay good for overlap, and no longer.
func (r *Registry) RotateKey(ctx context.Context, by Caller, partnerID string, replay *partner.Replay, overlap time.Duration) (Credentials, error) {
	cred, err := r.newCredentials(partner.Observe, by.Cause.At)
	if err != nil {
		return cred, err
	}
	err = r.update(ctx, by, func(tx store.Tx) error {
		p, live, err := partnerKeys(tx, partnerID, by.Cause.At)
		if err != nil {
			return err
		}
		if len(live) >= partner.MaxLiveKeys {
			return fault.New(fault.Conflict, "Partner %s has %d live keys; revoke one first.", partnerID, len(live))
		}
		cred.Key.PartnerID, cred.Key.Replay = partnerID, inherit(replay, live)
		if err := expireKeys(tx, by.Cause, &p, live, by.Cause.At.Add(overlap)); err != nil {
			return err
		}
		e := p.Record(event.KeyAdded, by.Cause, "developer_key", cred.Key.DeveloperKey, "replay", cred.Key.Replay.String())
		if err := savePartner(tx, &p, e); err != nil {
			return err
		}
		return tx.SaveKey(cred.Key)
	})
	return cred, err
}

// inherit gives the new key the level asked for, or else the strictest of the keys it follows.
func inherit(asked *partner.Replay, live []partner.Key) (level partner.Replay) {
	if asked != nil {
		return *asked
	}
	for _, k := range live {
		level = max(level, k.Replay)
	}
	return level
}

// expireKeys makes keys end at a time, unless they end earlier.
func expireKeys(tx store.Tx, c event.Cause, p *partner.Partner, keys []partner.Key, at time.Time) error {
	for _, k := range keys {
		if !k.ExpiresAt.IsZero() && k.ExpiresAt.Before(at) {
			continue
		}
		k.ExpiresAt = at
		if !at.After(c.At) { // at once, whatever the clocks of other nodes say
			k.RevokedAt = at
		}
		e := p.Record(event.KeyExpires, c, "developer_key", k.DeveloperKey, "at", at.Format(time.RFC3339))
		if err := savePartner(tx, p, e); err != nil {
			return err
		}
		if err := tx.SaveKey(k); err != nil {
			return err
		}
	}
	return nil
}

// partnerKeys finds a partner and its live keys.
func partnerKeys(tx store.Tx, partnerID string, at time.Time) (p partner.Partner, live []partner.Key, err error) {
	dir, err := tx.Directory()
	if err != nil {
		return p, nil, err
	}
	if p, err = dir.FindPartner(partnerID); err != nil {
		return p, nil, err
	}
	for _, k := range dir.Keys {
		if k.PartnerID == partnerID && k.Live(at) {
			live = append(live, k)
		}
	}
	return p, live, nil
}

// RevokeKey ends a key at once. changed is false when it was revoked already.
func (r *Registry) RevokeKey(ctx context.Context, by Caller, developerKey string) (changed bool, err error) {
	return r.changeKey(ctx, by, developerKey, event.KeyRevoked, nil, func(k *partner.Key) bool {
		if !k.RevokedAt.IsZero() {
			return false
		}
		k.RevokedAt = by.Cause.At
		return true
	})
}

// SetReplay sets a key's replay level. changed is false when it was so already.
func (r *Registry) SetReplay(ctx context.Context, by Caller, developerKey string, level partner.Replay) (changed bool, err error) {
	return r.changeKey(ctx, by, developerKey, event.KeyReplay, []string{"replay", level.String()}, func(k *partner.Key) bool {
		was := k.Replay
		k.Replay = level
		return was != level
	})
}

// changeKey changes one key and records it, when change says that there is something to change.
func (r *Registry) changeKey(ctx context.Context, by Caller, developerKey string, kind event.Kind, data []string, change func(*partner.Key) bool) (changed bool, err error) {
	err = r.update(ctx, by, func(tx store.Tx) error {
		dir, err := tx.Directory()
		if err != nil {
			return err
		}
		k, ok := dir.Key(developerKey)
		if !ok {
			return fault.New(fault.NotFound, "There is no developer key %.40q.", developerKey)
		}
		p, _ := dir.Partner(k.PartnerID)
		if changed = change(&k); !changed {
			return nil
		}
		if err := by.Seen.still(p.Head); err != nil {
			return err
		}
		if err := savePartner(tx, &p, p.Record(kind, by.Cause, append([]string{"developer_key", developerKey}, data...)...)); err != nil {
			return err
		}
		return tx.SaveKey(k)
	})
	return changed, err
}

// SetPartnerAddresses says from which networks a partner may call from now on; none: from anywhere. changed is false when
// it was so already. Faults: NotFound, Invalid; SignInAgain for opening to all in a session that is not fresh.
func (r *Registry) SetPartnerAddresses(ctx context.Context, by Caller, partnerID string, list network.List) (changed bool, err error) {
	var bad fault.Fields
	if list.Check("addresses", &bad); bad != nil {
		return false, bad.Err()
	}
	err = r.update(ctx, by, func(tx store.Tx) error {
		dir, err := tx.Directory()
		if err != nil {
			return err
		}
		p, err := dir.FindPartner(partnerID)
		was, now := p.Addresses.String(), list.String()
		if changed = err == nil && was != now; !changed {
			return err
		}
		if err := by.Seen.still(p.Head); err != nil {
			return err
		}
		if err := by.mayOpen(tx, p.Addresses, list); err != nil {
			return err
		}
		p.Addresses = list
		return savePartner(tx, &p, p.Record(event.PartnerAddresses, by.Cause, "from", was, "to", now))
	})
	return changed, err
}
