package tables

import (
	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/network"
	"github.com/switchboard-platform/switchboard/internal/partner"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// Directory implements store.PartnerTx.
func (t *Tx) Directory() (*store.Directory, error) {
	if d := t.own.HeldDirectory(); d != nil {
		return d, nil
	}
	return t.c.Directory()
}

// Directory reads the small, shared part of the state.
func (c *Conn) Directory() (*store.Directory, error) {
	partners, err := c.partners()
	if err != nil {
		return nil, err
	}
	keys, err := c.keys()
	if err != nil {
		return nil, err
	}
	services, err := c.services()
	if err != nil {
		return nil, err
	}
	channels, err := c.channels()
	if err != nil {
		return nil, err
	}
	secrets, err := c.secrets()
	if err != nil {
		return nil, err
	}
	ladders, err := c.ladders()
	if err != nil {
		return nil, err
	}
	d := &store.Directory{Partners: partners, Keys: keys, Services: services, Channels: channels, Secrets: secrets, Ladders: ladders}
	if err := c.accessDirectory(d); err != nil {
		return nil, err
	}
	return d.Index(), nil
}

func (c *Conn) partners() (list []partner.Partner, err error) {
	q := c.Prepare(`SELECT partner_id, name, initiator_id, created_at, version, seq, hash, addresses FROM partners ORDER BY partner_id`)
	for q.Next() {
		p := partner.Partner{ID: q.Str(), Name: q.Str(), InitiatorID: q.Str(), CreatedAt: q.Time(), Head: q.readHead()}
		if p.Addresses, err = network.Read(q.Str()); err != nil {
			_ = q.Done()
			return nil, fault.Wrap(err, fault.Internal, "The address list of partner %s cannot be read: restore a backup.", p.ID)
		}
		list = append(list, p)
	}
	return list, q.Err
}

func (c *Conn) keys() (list []partner.Key, err error) {
	q := c.Prepare(`SELECT developer_key, partner_id, sealed, replay, created_at, expires_at, revoked_at
 FROM partner_keys ORDER BY developer_key`)
	for q.Next() {
		k := partner.Key{DeveloperKey: q.Str(), PartnerID: q.Str(), Sealed: q.newBytes(), Replay: partner.Replay(q.Num())}
		k.CreatedAt, k.ExpiresAt, k.RevokedAt = q.Time(), q.Time(), q.Time()
		list = append(list, k)
	}
	return list, q.Err
}

func (c *Conn) services() (list []agent.Service, err error) {
	q := c.Prepare(`SELECT service_code, name, provider, review, needs_latlong, created_at, updated_at, removed, version, seq, hash,
 confirm, fence_metres, fence_country, fence_slack, dormant_days, verify_days FROM services ORDER BY length(service_code), service_code`)
	for q.Next() {
		s := agent.Service{Code: q.Str(), Name: q.Str(), Provider: q.Str(), Review: agent.Review(q.Num()), NeedsLatLong: q.Num() == 1}
		s.CreatedAt, s.UpdatedAt, s.Removed, s.Head = q.Time(), q.Time(), q.Num() == 1, q.readHead()
		s.Confirm = agent.Confirm(q.Num())
		s.Fence = agent.Fence{Distance: int(q.Num()), Country: q.Str(), Tolerance: int(q.Num())}
		s.DormantDays, s.VerifyDays = int(q.Num()), int(q.Num())
		list = append(list, s)
	}
	return list, q.Err
}

// SavePartner implements store.PartnerTx.
func (t *Tx) SavePartner(p partner.Partner) error {
	if err := t.write(""); err != nil {
		return err
	}
	q := t.c.Prepare(`INSERT INTO partners (partner_id, name, initiator_id, created_at, version, seq, hash, addresses)
 VALUES (?,?,?,?,?,?,?,?) ON CONFLICT (partner_id) DO UPDATE SET name=excluded.name, initiator_id=excluded.initiator_id,
 created_at=excluded.created_at, version=excluded.version, seq=excluded.seq, hash=excluded.hash, addresses=excluded.addresses`)
	q.Text(p.ID, p.Name, p.InitiatorID).Int(store.Micro(p.CreatedAt)).Head(p.Head)
	return t.wroteDirectory(q.Text(p.Addresses.String()).Run())
}

// SaveKey implements store.PartnerTx.
func (t *Tx) SaveKey(k partner.Key) error {
	if err := t.write(""); err != nil {
		return err
	}
	q := t.c.Prepare(`INSERT INTO partner_keys (developer_key, partner_id, sealed, replay, created_at, expires_at, revoked_at)
 VALUES (?,?,?,?,?,?,?) ON CONFLICT (developer_key) DO UPDATE SET sealed=excluded.sealed, replay=excluded.replay,
 created_at=excluded.created_at, expires_at=excluded.expires_at, revoked_at=excluded.revoked_at
 WHERE partner_keys.partner_id = excluded.partner_id`)
	q.Text(k.DeveloperKey, k.PartnerID).Blob(k.Sealed)
	q.Int(int64(k.Replay), store.Micro(k.CreatedAt), store.Micro(k.ExpiresAt), store.Micro(k.RevokedAt))
	if err := q.Run(); err != nil {
		return err
	}
	if !t.c.Changed() {
		return exists("The developer key belongs to another partner.")
	}
	return t.wroteDirectory(nil)
}
