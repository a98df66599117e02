package tables

import (
	"github.com/switchboard-platform/switchboard/internal/member"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// EraseAgent implements store.EraseTx, but for who has which mobile number where that stands in a table of its own.
func (t *Tx) EraseAgent(userCode, _, _ string, calls []store.CallKey) error {
	if err := t.write(userCode); err != nil {
		return err
	}
	for _, sql := range [...]string{
		`UPDATE activations SET comment = '', latlong = '' WHERE user_code = ?`,
		`UPDATE blocks SET reason = '' WHERE user_code = ?`,
	} {
		q := t.c.Prepare(sql)
		if err := q.Text(userCode).Run(); err != nil {
			return err
		}
	}
	for _, key := range calls {
		q := t.c.Prepare(`DELETE FROM calls WHERE call_key = ?`)
		if err := q.Blob(key[:]).Run(); err != nil {
			return err
		}
	}
	return nil
}

// CallsAbout implements store.EraseTx.
func (t *Tx) CallsAbout(userCode string) (list []store.CallKey, err error) {
	q := t.c.Prepare(`SELECT call_key FROM calls WHERE user_code = ?`)
	for q.Text(userCode); q.Next(); {
		var key store.CallKey
		q.bytes(key[:])
		list = append(list, key)
	}
	return list, q.Err
}

// EraseMember implements store.EraseTx.
func (t *Tx) EraseMember(msisdn string, m member.Member) error {
	if err := t.writeMember(msisdn); err != nil {
		return err
	}
	q := t.c.Prepare(`DELETE FROM members WHERE msisdn = ? AND revision = ?`)
	q.Text(msisdn).Int(int64(m.Revision))
	if err := t.guarded(&q, "member"); err != nil {
		return err
	}
	return t.CreateMember(m)
}
