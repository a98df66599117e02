package tables

import (
	"cmp"
	"time"

	"github.com/switchboard-platform/switchboard/internal/access"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/store"
)

const passkeyColumns = `passkey_id, operator, label, credential, public_key, transports, synced, uses, created_at, used_at`

// Passkeys implements store.PasskeyTx.
func (t *Tx) Passkeys(operator string) (list []access.Passkey, err error) {
	q := t.c.Prepare(`SELECT ` + passkeyColumns + ` FROM passkeys WHERE operator = ?1 OR ?1 = '' ORDER BY created_at, passkey_id`)
	for q.Text(operator); q.Next(); {
		k := access.Passkey{ID: q.Str(), Operator: q.Str(), Label: q.Str(), Credential: q.newBytes(), Public: q.newBytes(), Transports: q.Str()}
		k.Synced, k.Count, k.CreatedAt, k.UsedAt = q.Num() == 1, uint32(q.Num()), q.Time(), q.Time()
		list = append(list, k)
	}
	return list, q.Err
}

// SavePasskey implements store.PasskeyTx.
func (t *Tx) SavePasskey(k access.Passkey) error {
	if err := t.write(""); err != nil {
		return err
	}
	q := t.c.Prepare(`INSERT INTO passkeys (` + passkeyColumns + `) VALUES (?,?,?,?,?,?,?,?,?,?)
 ON CONFLICT (passkey_id) DO UPDATE SET label=excluded.label, uses=excluded.uses, used_at=excluded.used_at`)
	q.Text(k.ID, k.Operator, k.Label).Blob(k.Credential).Blob(k.Public).Text(k.Transports)
	return q.Int(store.Flag(k.Synced), int64(k.Count), store.Micro(k.CreatedAt), store.Micro(k.UsedAt)).Run()
}

// DeletePasskey implements store.PasskeyTx.
func (t *Tx) DeletePasskey(operator, id string) (bool, error) {
	q := t.c.Prepare(`DELETE FROM passkeys WHERE passkey_id = ? AND operator = ?`)
	n, err := t.deleted(q.Text(id, operator))
	return n > 0, err
}

// DeletePasskeys implements store.PasskeyTx.
func (t *Tx) DeletePasskeys(operator string) (int, error) {
	q := t.c.Prepare(`DELETE FROM passkeys WHERE operator = ?`)
	return t.deleted(q.Text(operator))
}

const linkColumns = `operator, issuer, claim, value, linked_at`

func (q *Query) readLink() access.Link {
	return access.Link{Operator: q.Str(), Identity: access.Identity{Issuer: q.Str(), Claim: q.Str(), Value: q.Str()}, At: q.Time()}
}

// Linked implements store.LinkTx.
func (t *Tx) Linked(i access.Identity) (l access.Link, err error) {
	q := t.c.Prepare(`SELECT ` + linkColumns + ` FROM operator_links WHERE issuer = ? AND claim = ? AND value = ?`)
	if q.Text(i.Issuer, i.Claim, i.Value); !q.Next() {
		return l, cmp.Or(q.Err, error(fault.New(fault.NotFound, "Nobody is linked with this identity.")))
	}
	l = q.readLink()
	return l, q.Done()
}

// Links implements store.LinkTx.
func (t *Tx) Links() (list []access.Link, err error) {
	q := t.c.Prepare(`SELECT ` + linkColumns + ` FROM operator_links ORDER BY operator`)
	for q.Next() {
		list = append(list, q.readLink())
	}
	return list, q.Err
}

// SaveLink implements store.LinkTx.
func (t *Tx) SaveLink(l access.Link) error {
	if err := t.write(""); err != nil {
		return err
	}
	q := t.c.Prepare(`INSERT INTO operator_links (` + linkColumns + `) VALUES (?,?,?,?,?)
 ON CONFLICT (operator) DO UPDATE SET issuer=excluded.issuer, claim=excluded.claim, value=excluded.value, linked_at=excluded.linked_at`)
	return q.Text(l.Operator, l.Identity.Issuer, l.Identity.Claim, l.Identity.Value).Int(store.Micro(l.At)).Run()
}

// DeleteLink implements store.LinkTx.
func (t *Tx) DeleteLink(operator string) (bool, error) {
	q := t.c.Prepare(`DELETE FROM operator_links WHERE operator = ?`)
	n, err := t.deleted(q.Text(operator))
	return n > 0, err
}

// SpendChallenge implements store.ChallengeTx.
func (t *Tx) SpendChallenge(id string, until time.Time) error {
	if err := t.write(""); err != nil {
		return err
	}
	q := t.c.Prepare(`INSERT INTO spent_challenges (challenge_id, until) VALUES (?,?)`)
	return q.Text(id).Int(store.Micro(until)).Run()
}

// ForgetChallenges implements store.ChallengeTx.
func (t *Tx) ForgetChallenges(until time.Time) (int, error) {
	q := t.c.Prepare(`DELETE FROM spent_challenges WHERE until <= ?`)
	return t.deleted(q.Int(store.Micro(until)))
}
