package sqlite

import (
	"github.com/switchboard-platform/switchboard/internal/access"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// accessDirectory reads the blocks on services and partners, who calls with tokens, and who wants webhooks.
func (c *conn) accessDirectory(d *store.Directory) (err error) {
	if d.Blocks, err = c.sharedBlocks(); err != nil {
		return err
	}
	if d.Operators, err = c.operators(); err != nil {
		return err
	}
	if d.Switches, err = c.switches(); err != nil {
		return err
	}
	if d.Tokens, err = c.tokens(); err != nil {
		return err
	}
	d.Endpoints, err = c.endpoints()
	return err
}

func (c *conn) operators() (list []access.Operator, err error) {
	q := c.prepare(`SELECT name, roles, created_at, revoked_at, version, seq, hash FROM operators ORDER BY name`)
	for q.next() {
		list = append(list, access.Operator{Name: q.str(), Roles: access.Roles(q.num()), CreatedAt: q.time(), RevokedAt: q.time(), Head: q.readHead()})
	}
	return list, wrap(q.err)
}

func (c *conn) switches() (list []access.Switch, err error) {
	q := c.prepare(`SELECT switch_id, name, created_at, revoked_at, version, seq, hash FROM switches ORDER BY switch_id`)
	for q.next() {
		list = append(list, access.Switch{ID: q.str(), Name: q.str(), CreatedAt: q.time(), RevokedAt: q.time(), Head: q.readHead()})
	}
	return list, wrap(q.err)
}

func (c *conn) tokens() (list []access.Token, err error) {
	q := c.prepare(`SELECT token_id, holder, holder_id, digest, created_at, expires_at, revoked_at FROM tokens ORDER BY token_id`)
	for q.next() {
		t := access.Token{ID: q.str(), Holder: access.Holder(q.str()), HolderID: q.str()}
		q.bytes(t.Hash[:])
		t.CreatedAt, t.ExpiresAt, t.RevokedAt = q.time(), q.time(), q.time()
		list = append(list, t)
	}
	return list, wrap(q.err)
}

// SaveOperator implements store.AccessTx.
func (t *tx) SaveOperator(o access.Operator) error {
	if err := t.write(""); err != nil {
		return err
	}
	q := t.c.prepare(`INSERT INTO operators (name, roles, created_at, revoked_at, version, seq, hash) VALUES (?,?,?,?,?,?,?)
 ON CONFLICT (name) DO UPDATE SET roles=excluded.roles, created_at=excluded.created_at, revoked_at=excluded.revoked_at,
 version=excluded.version, seq=excluded.seq, hash=excluded.hash`)
	return t.wroteDirectory(q.text(o.Name).int(int64(o.Roles), micro(o.CreatedAt), micro(o.RevokedAt)).head(o.Head).run())
}

// SaveSwitch implements store.AccessTx.
func (t *tx) SaveSwitch(s access.Switch) error {
	if err := t.write(""); err != nil {
		return err
	}
	q := t.c.prepare(`INSERT INTO switches (switch_id, name, created_at, revoked_at, version, seq, hash) VALUES (?,?,?,?,?,?,?)
 ON CONFLICT (switch_id) DO UPDATE SET name=excluded.name, created_at=excluded.created_at, revoked_at=excluded.revoked_at,
 version=excluded.version, seq=excluded.seq, hash=excluded.hash`)
	return t.wroteDirectory(q.text(s.ID, s.Name).int(micro(s.CreatedAt), micro(s.RevokedAt)).head(s.Head).run())
}

// SaveToken implements store.AccessTx.
func (t *tx) SaveToken(k access.Token) error {
	if err := t.write(""); err != nil {
		return err
	}
	q := t.c.prepare(`INSERT INTO tokens (token_id, holder, holder_id, digest, created_at, expires_at, revoked_at) VALUES (?,?,?,?,?,?,?)
 ON CONFLICT (token_id) DO UPDATE SET expires_at=excluded.expires_at, revoked_at=excluded.revoked_at`)
	q.text(k.ID, string(k.Holder), k.HolderID).blob(k.Hash[:])
	return t.wroteDirectory(q.int(micro(k.CreatedAt), micro(k.ExpiresAt), micro(k.RevokedAt)).run())
}
