package sqlite

import (
	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/partner"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// Directory implements store.PartnerTx. The writer has what is in memory for as long as nothing of
// it was written in this transaction: nobody else changes it.
func (t *tx) Directory() (*store.Directory, error) {
	if t.writable && !t.directory {
		return t.s.dir.Load(), nil
	}
	return t.c.directory()
}

// directory reads the small, shared part of the state.
func (c *conn) directory() (*store.Directory, error) {
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

func (c *conn) partners() (list []partner.Partner, err error) {
	q := c.prepare(`SELECT partner_id, name, initiator_id, created_at, version, seq, hash FROM partners ORDER BY partner_id`)
	for q.next() {
		list = append(list, partner.Partner{ID: q.str(), Name: q.str(), InitiatorID: q.str(), CreatedAt: q.time(), Head: q.readHead()})
	}
	return list, wrap(q.err)
}

func (c *conn) keys() (list []partner.Key, err error) {
	q := c.prepare(`SELECT developer_key, partner_id, sealed, replay, created_at, expires_at, revoked_at
 FROM partner_keys ORDER BY developer_key`)
	for q.next() {
		k := partner.Key{DeveloperKey: q.str(), PartnerID: q.str(), Sealed: q.newBytes(), Replay: partner.Replay(q.num())}
		k.CreatedAt, k.ExpiresAt, k.RevokedAt = q.time(), q.time(), q.time()
		list = append(list, k)
	}
	return list, wrap(q.err)
}

func (q *query) newBytes() []byte {
	b := make([]byte, q.ColumnLen(q.col))
	q.bytes(b)
	return b
}

func (c *conn) services() (list []agent.Service, err error) {
	q := c.prepare(`SELECT service_code, name, provider, review, needs_latlong, created_at, updated_at, removed, version, seq, hash,
 confirm, fence_metres, fence_country, fence_slack, dormant_days, verify_days FROM services ORDER BY length(service_code), service_code`)
	for q.next() {
		s := agent.Service{Code: q.str(), Name: q.str(), Provider: q.str(), Review: agent.Review(q.num()), NeedsLatLong: q.num() == 1}
		s.CreatedAt, s.UpdatedAt, s.Removed, s.Head = q.time(), q.time(), q.num() == 1, q.readHead()
		s.Confirm = agent.Confirm(q.num())
		s.Fence = agent.Fence{Distance: int(q.num()), Country: q.str(), Tolerance: int(q.num())}
		s.DormantDays, s.VerifyDays = int(q.num()), int(q.num())
		list = append(list, s)
	}
	return list, wrap(q.err)
}

// SavePartner implements store.PartnerTx.
func (t *tx) SavePartner(p partner.Partner) error {
	if err := t.write(""); err != nil {
		return err
	}
	q := t.c.prepare(`INSERT INTO partners (partner_id, name, initiator_id, created_at, version, seq, hash)
 VALUES (?,?,?,?,?,?,?) ON CONFLICT (partner_id) DO UPDATE SET name=excluded.name, initiator_id=excluded.initiator_id,
 created_at=excluded.created_at, version=excluded.version, seq=excluded.seq, hash=excluded.hash`)
	return t.wroteDirectory(q.text(p.ID, p.Name, p.InitiatorID).int(micro(p.CreatedAt)).head(p.Head).run())
}

// SaveKey implements store.PartnerTx.
func (t *tx) SaveKey(k partner.Key) error {
	if err := t.write(""); err != nil {
		return err
	}
	q := t.c.prepare(`INSERT INTO partner_keys (developer_key, partner_id, sealed, replay, created_at, expires_at, revoked_at)
 VALUES (?,?,?,?,?,?,?) ON CONFLICT (developer_key) DO UPDATE SET sealed=excluded.sealed, replay=excluded.replay,
 created_at=excluded.created_at, expires_at=excluded.expires_at, revoked_at=excluded.revoked_at
 WHERE partner_id = excluded.partner_id`)
	q.text(k.DeveloperKey, k.PartnerID).blob(k.Sealed)
	q.int(int64(k.Replay), micro(k.CreatedAt), micro(k.ExpiresAt), micro(k.RevokedAt))
	if err := q.run(); err != nil {
		return err
	}
	if t.c.Changes() == 0 {
		return exists("The developer key belongs to another partner.")
	}
	return t.wroteDirectory(nil)
}
