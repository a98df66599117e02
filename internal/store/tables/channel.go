package tables

import (
	"github.com/switchboard-platform/switchboard/internal/channel"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/network"
	"github.com/switchboard-platform/switchboard/internal/store"
)

func (c *Conn) channels() (list []channel.Channel, err error) {
	q := c.Prepare(`SELECT channel_id, name, addresses, rate, burst, created_at, revoked_at, version, seq, hash
 FROM channels ORDER BY channel_id`)
	for q.Next() {
		ch := channel.Channel{ID: q.Str(), Name: q.Str()}
		nets, err := network.Read(q.Str())
		if err != nil {
			_ = q.Done()
			return nil, fault.Wrap(err, fault.Internal, "The address list of channel %s cannot be read: restore a backup.", ch.ID)
		}
		ch.Addresses, ch.Rate, ch.Burst = nets, q.real(), int(q.Num())
		ch.CreatedAt, ch.RevokedAt, ch.Head = q.Time(), q.Time(), q.readHead()
		list = append(list, ch)
	}
	return list, q.Err
}

func (q *Query) real() float64 { q.col++; return q.ColumnFloat(q.col - 1) }

func (c *Conn) secrets() (list []channel.Secret, err error) {
	q := c.Prepare(`SELECT secret_id, channel_id, digest, created_at, expires_at, revoked_at
 FROM channel_secrets ORDER BY channel_id, created_at, secret_id`)
	for q.Next() {
		s := channel.Secret{ID: q.Str(), ChannelID: q.Str()}
		q.bytes(s.Hash[:])
		s.CreatedAt, s.ExpiresAt, s.RevokedAt = q.Time(), q.Time(), q.Time()
		list = append(list, s)
	}
	return list, q.Err
}

// SaveChannel implements store.ChannelTx.
func (t *Tx) SaveChannel(c channel.Channel) error {
	if err := t.write(""); err != nil {
		return err
	}
	q := t.c.Prepare(`INSERT INTO channels (channel_id, name, addresses, rate, burst, created_at, revoked_at, version, seq, hash)
 VALUES (?,?,?,?,?,?,?,?,?,?) ON CONFLICT (channel_id) DO UPDATE SET name=excluded.name, addresses=excluded.addresses,
 rate=excluded.rate, burst=excluded.burst, created_at=excluded.created_at, revoked_at=excluded.revoked_at,
 version=excluded.version, seq=excluded.seq, hash=excluded.hash`)
	q.Text(c.ID, c.Name, c.Addresses.String()).Float(c.Rate)
	q.Int(int64(c.Burst), store.Micro(c.CreatedAt), store.Micro(c.RevokedAt))
	return t.wroteDirectory(q.Head(c.Head).Run())
}

// SaveSecret implements store.ChannelTx.
func (t *Tx) SaveSecret(s channel.Secret) error {
	if err := t.write(""); err != nil {
		return err
	}
	q := t.c.Prepare(`INSERT INTO channel_secrets (secret_id, channel_id, digest, created_at, expires_at, revoked_at)
 VALUES (?,?,?,?,?,?) ON CONFLICT (secret_id) DO UPDATE SET digest=excluded.digest, created_at=excluded.created_at,
 expires_at=excluded.expires_at, revoked_at=excluded.revoked_at WHERE channel_secrets.channel_id = excluded.channel_id`)
	q.Text(s.ID, s.ChannelID).Blob(s.Hash[:])
	if err := q.Int(store.Micro(s.CreatedAt), store.Micro(s.ExpiresAt), store.Micro(s.RevokedAt)).Run(); err != nil {
		return err
	}
	if !t.c.Changed() {
		return exists("The secret belongs to another channel.")
	}
	return t.wroteDirectory(nil)
}
