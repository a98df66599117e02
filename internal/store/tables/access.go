package tables

import (
	"github.com/switchboard-platform/switchboard/internal/access"
	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// accessDirectory reads the blocks on services and partners, who calls with tokens, and who wants webhooks.
func (c *Conn) accessDirectory(d *store.Directory) (err error) {
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

func (c *Conn) operators() (list []access.Operator, err error) {
	q := c.Prepare(`SELECT name, roles, created_at, revoked_at FROM operators ORDER BY name`)
	for q.Next() {
		list = append(list, access.Operator{Name: q.Str(), Roles: access.Roles(q.Num()), CreatedAt: q.Time(), RevokedAt: q.Time()})
	}
	return list, q.Err
}

func (c *Conn) switches() (list []access.Switch, err error) {
	q := c.Prepare(`SELECT switch_id, name, created_at, revoked_at, version, seq, hash FROM switches ORDER BY switch_id`)
	for q.Next() {
		list = append(list, access.Switch{ID: q.Str(), Name: q.Str(), CreatedAt: q.Time(), RevokedAt: q.Time(), Head: q.readHead()})
	}
	return list, q.Err
}

func (c *Conn) tokens() (list []access.Token, err error) {
	q := c.Prepare(`SELECT token_id, holder, holder_id, digest, created_at, expires_at, revoked_at FROM tokens ORDER BY token_id`)
	for q.Next() {
		t := access.Token{ID: q.Str(), Holder: access.Holder(q.Str()), HolderID: q.Str()}
		q.bytes(t.Hash[:])
		t.CreatedAt, t.ExpiresAt, t.RevokedAt = q.Time(), q.Time(), q.Time()
		list = append(list, t)
	}
	return list, q.Err
}

// SaveOperator implements store.AccessTx.
func (t *Tx) SaveOperator(o access.Operator) error {
	if err := t.write(""); err != nil {
		return err
	}
	q := t.c.Prepare(`INSERT INTO operators (name, roles, created_at, revoked_at, version, seq, hash) VALUES (?,?,?,?,?,?,?)
 ON CONFLICT (name) DO UPDATE SET roles=excluded.roles, created_at=excluded.created_at, revoked_at=excluded.revoked_at`)
	return t.wroteDirectory(q.Text(o.Name).Int(int64(o.Roles), store.Micro(o.CreatedAt), store.Micro(o.RevokedAt)).Head(event.Head{}).Run())
}

// OperatorHead implements store.AccessTx.
func (t *Tx) OperatorHead(name string) (h event.Head, err error) {
	q := t.c.Prepare(`SELECT version, seq, hash FROM operators WHERE name = ?`)
	if q.Text(name); !q.Next() {
		return h, q.Err
	}
	h = q.readHead()
	return h, q.Done()
}

// SaveOperatorHead implements store.AccessTx. The directory does not have it.
func (t *Tx) SaveOperatorHead(name string, h event.Head) error {
	if err := t.write(""); err != nil {
		return err
	}
	q := t.c.Prepare(`UPDATE operators SET version = ?, seq = ?, hash = ? WHERE name = ?`)
	if err := q.Head(h).Text(name).Run(); err != nil {
		return err
	}
	if !t.c.Changed() {
		return fault.New(fault.NotFound, "There is no operator %.50q.", name)
	}
	return nil
}

// SaveSwitch implements store.AccessTx.
func (t *Tx) SaveSwitch(s access.Switch) error {
	if err := t.write(""); err != nil {
		return err
	}
	q := t.c.Prepare(`INSERT INTO switches (switch_id, name, created_at, revoked_at, version, seq, hash) VALUES (?,?,?,?,?,?,?)
 ON CONFLICT (switch_id) DO UPDATE SET name=excluded.name, created_at=excluded.created_at, revoked_at=excluded.revoked_at,
 version=excluded.version, seq=excluded.seq, hash=excluded.hash`)
	return t.wroteDirectory(q.Text(s.ID, s.Name).Int(store.Micro(s.CreatedAt), store.Micro(s.RevokedAt)).Head(s.Head).Run())
}

// SaveToken implements store.AccessTx.
func (t *Tx) SaveToken(k access.Token) error {
	if err := t.write(""); err != nil {
		return err
	}
	q := t.c.Prepare(`INSERT INTO tokens (token_id, holder, holder_id, digest, created_at, expires_at, revoked_at) VALUES (?,?,?,?,?,?,?)
 ON CONFLICT (token_id) DO UPDATE SET expires_at=excluded.expires_at, revoked_at=excluded.revoked_at`)
	q.Text(k.ID, string(k.Holder), k.HolderID).Blob(k.Hash[:])
	return t.wroteDirectory(q.Int(store.Micro(k.CreatedAt), store.Micro(k.ExpiresAt), store.Micro(k.RevokedAt)).Run())
}
