package sqlite

import (
	"net/netip"
	"strings"

	"github.com/switchboard-platform/switchboard/internal/channel"
	"github.com/switchboard-platform/switchboard/internal/fault"
)

func (c *conn) channels() (list []channel.Channel, err error) {
	q := c.prepare(`SELECT channel_id, name, addresses, rate, burst, created_at, revoked_at, version, seq, hash
 FROM channels ORDER BY channel_id`)
	for q.next() {
		ch := channel.Channel{ID: q.str(), Name: q.str()}
		nets, err := readNetworks(q.str())
		if err != nil {
			_ = q.done()
			return nil, fault.Wrap(err, fault.Internal, "The address list of channel %s cannot be read: restore a backup.", ch.ID)
		}
		ch.Addresses, ch.Rate, ch.Burst = nets, q.real(), int(q.num())
		ch.CreatedAt, ch.RevokedAt, ch.Head = q.time(), q.time(), q.readHead()
		list = append(list, ch)
	}
	return list, wrap(q.err)
}

func (q *query) real() float64 { q.col++; return q.ColumnFloat(q.col - 1) }

func readNetworks(s string) (list []netip.Prefix, err error) {
	if s == "" {
		return nil, nil
	}
	for part := range strings.SplitSeq(s, ",") {
		p, err := netip.ParsePrefix(part)
		if err != nil {
			return nil, err
		}
		list = append(list, p)
	}
	return list, nil
}

func writeNetworks(list []netip.Prefix) string {
	parts := make([]string, len(list))
	for i, p := range list {
		parts[i] = p.String()
	}
	return strings.Join(parts, ",")
}

func (c *conn) secrets() (list []channel.Secret, err error) {
	q := c.prepare(`SELECT secret_id, channel_id, digest, created_at, expires_at, revoked_at
 FROM channel_secrets ORDER BY channel_id, created_at, secret_id`)
	for q.next() {
		s := channel.Secret{ID: q.str(), ChannelID: q.str()}
		q.bytes(s.Hash[:])
		s.CreatedAt, s.ExpiresAt, s.RevokedAt = q.time(), q.time(), q.time()
		list = append(list, s)
	}
	return list, wrap(q.err)
}

// SaveChannel implements store.ChannelTx.
func (t *tx) SaveChannel(c channel.Channel) error {
	if err := t.write(""); err != nil {
		return err
	}
	q := t.c.prepare(`INSERT INTO channels (channel_id, name, addresses, rate, burst, created_at, revoked_at, version, seq, hash)
 VALUES (?,?,?,?,?,?,?,?,?,?) ON CONFLICT (channel_id) DO UPDATE SET name=excluded.name, addresses=excluded.addresses,
 rate=excluded.rate, burst=excluded.burst, created_at=excluded.created_at, revoked_at=excluded.revoked_at,
 version=excluded.version, seq=excluded.seq, hash=excluded.hash`)
	q.text(c.ID, c.Name, writeNetworks(c.Addresses)).float(c.Rate)
	q.int(int64(c.Burst), micro(c.CreatedAt), micro(c.RevokedAt))
	return t.wroteDirectory(q.head(c.Head).run())
}

// SaveSecret implements store.ChannelTx.
func (t *tx) SaveSecret(s channel.Secret) error {
	if err := t.write(""); err != nil {
		return err
	}
	q := t.c.prepare(`INSERT INTO channel_secrets (secret_id, channel_id, digest, created_at, expires_at, revoked_at)
 VALUES (?,?,?,?,?,?) ON CONFLICT (secret_id) DO UPDATE SET digest=excluded.digest, created_at=excluded.created_at,
 expires_at=excluded.expires_at, revoked_at=excluded.revoked_at WHERE channel_id = excluded.channel_id`)
	q.text(s.ID, s.ChannelID).blob(s.Hash[:])
	if err := q.int(micro(s.CreatedAt), micro(s.ExpiresAt), micro(s.RevokedAt)).run(); err != nil {
		return err
	}
	if t.c.Changes() == 0 {
		return exists("The secret belongs to another channel.")
	}
	return t.wroteDirectory(nil)
}
