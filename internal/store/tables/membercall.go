package tables

import (
	"time"

	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// MemberCall implements store.MemberCallTx.
func (t *Tx) MemberCall(key store.CallKey) (store.MemberCall, error) {
	q := t.c.Prepare(`SELECT fingerprint, pin_tag, begun, counted, until, answer, at FROM member_calls WHERE call_key = ?`)
	if q.Blob(key[:]); !q.Next() {
		if q.Err != nil {
			return store.MemberCall{}, q.Err
		}
		return store.MemberCall{}, fault.New(fault.NotFound, "No such call.")
	}
	c := store.MemberCall{Key: key}
	q.bytes(c.Fingerprint[:])
	q.bytes(c.PINTag[:])
	c.Begun, c.Counted, c.Until, c.Answer, c.At = q.Num() == 1, q.Num() == 1, q.Time(), q.newBytes(), q.Time()
	return c, q.Done()
}

// SaveMemberCall implements store.MemberCallTx. A call that is there keeps its place, and its entry in the index
// is not written again.
func (t *Tx) SaveMemberCall(c store.MemberCall) error {
	if err := t.write(""); err != nil {
		return err
	}
	q := t.c.Prepare(`INSERT INTO member_calls (call_key, fingerprint, pin_tag, begun, counted, until, answer, at)
 VALUES (?,?,?,?,?,?,?,?) ON CONFLICT (call_key) DO UPDATE SET fingerprint=excluded.fingerprint,
 pin_tag=excluded.pin_tag, begun=excluded.begun, counted=excluded.counted, until=excluded.until, answer=excluded.answer, at=excluded.at`)
	q.Blob(c.Key[:]).Blob(c.Fingerprint[:]).Blob(c.PINTag[:])
	return q.Int(store.Flag(c.Begun), store.Flag(c.Counted), store.Micro(c.Until)).Blob(c.Answer).Int(store.Micro(c.At)).Run()
}

// ForgetMemberCalls implements store.MemberCallTx.
func (t *Tx) ForgetMemberCalls(before time.Time, limit int) (int, error) {
	return t.forgetOld(`SELECT call_id, at FROM member_calls ORDER BY call_id LIMIT ?`,
		`DELETE FROM member_calls WHERE call_id <= ?`, before, limit)
}
