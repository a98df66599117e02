package sqlite

import (
	"github.com/switchboard-platform/switchboard/internal/member"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// EraseAgent implements store.EraseTx. What is deleted or written over is overwritten in the database file
// too; the write-ahead log has it until it is started over.
func (t *tx) EraseAgent(userCode, partnerID, mobile string, calls []store.CallKey) error {
	if err := t.write(userCode); err != nil {
		return err
	}
	if err := t.dropMobile(mobile, partnerID, userCode); err != nil {
		return err
	}
	for _, sql := range [...]string{
		`UPDATE activations SET comment = '', latlong = '' WHERE user_code = ?`,
		`UPDATE blocks SET reason = '' WHERE user_code = ?`,
	} {
		q := t.c.prepare(sql)
		if err := q.text(userCode).run(); err != nil {
			return err
		}
	}
	for _, key := range calls {
		q := t.c.prepare(`DELETE FROM calls WHERE call_key = ?`)
		if err := q.blob(key[:]).run(); err != nil {
			return err
		}
	}
	return nil
}

// dropMobile forgets that an agent has a number.
func (t *tx) dropMobile(mobile, partnerID, userCode string) error {
	q := t.c.prepare(`DELETE FROM mobiles WHERE mobile = ? AND partner_id = ? AND user_code = ?`)
	if err := q.text(mobile, partnerID, userCode).run(); err != nil {
		return err
	}
	q = t.c.prepare(`DELETE FROM mobiles_new WHERE mobile = ? AND partner_id = ? AND user_code = ?`)
	if err := q.text(mobile, partnerID, userCode).run(); err != nil {
		return err
	}
	t.mobiles -= int64(t.c.Changes())
	return nil
}

// CallsAbout implements store.EraseTx.
func (t *tx) CallsAbout(userCode string) (list []store.CallKey, err error) {
	q := t.c.prepare(`SELECT call_key FROM calls WHERE user_code = ?`)
	for q.text(userCode); q.next(); {
		var key store.CallKey
		q.bytes(key[:])
		list = append(list, key)
	}
	return list, wrap(q.err)
}

// EraseMember implements store.EraseTx.
func (t *tx) EraseMember(msisdn string, m member.Member) error {
	if err := t.writeMember(msisdn); err != nil {
		return err
	}
	q := t.c.prepare(`DELETE FROM members WHERE msisdn = ? AND revision = ?`)
	q.text(msisdn).int(int64(m.Revision))
	if err := t.guarded(&q, "member"); err != nil {
		return err
	}
	return t.CreateMember(m)
}
