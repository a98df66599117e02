package sqlite

import (
	"time"

	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// MemberCall implements store.MemberCallTx.
func (t *tx) MemberCall(key store.CallKey) (store.MemberCall, error) {
	q := t.c.prepare(`SELECT fingerprint, pin_tag, begun, counted, until, answer, at FROM member_calls WHERE call_key = ?`)
	if q.blob(key[:]); !q.next() {
		if q.err != nil {
			return store.MemberCall{}, wrap(q.err)
		}
		return store.MemberCall{}, fault.New(fault.NotFound, "No such call.")
	}
	c := store.MemberCall{Key: key}
	q.bytes(c.Fingerprint[:])
	q.bytes(c.PINTag[:])
	c.Begun, c.Counted, c.Until, c.Answer, c.At = q.num() == 1, q.num() == 1, q.time(), q.newBytes(), q.time()
	return c, q.done()
}

// SaveMemberCall implements store.MemberCallTx. A call that is there keeps its place, and its entry in the index
// is not written again.
func (t *tx) SaveMemberCall(c store.MemberCall) error {
	if err := t.write(""); err != nil {
		return err
	}
	q := t.c.prepare(`INSERT INTO member_calls (call_key, fingerprint, pin_tag, begun, counted, until, answer, at)
 VALUES (?,?,?,?,?,?,?,?) ON CONFLICT (call_key) DO UPDATE SET fingerprint=excluded.fingerprint,
 pin_tag=excluded.pin_tag, begun=excluded.begun, counted=excluded.counted, until=excluded.until, answer=excluded.answer, at=excluded.at`)
	q.blob(c.Key[:]).blob(c.Fingerprint[:]).blob(c.PINTag[:])
	return q.int(flag(c.Begun), flag(c.Counted), micro(c.Until)).blob(c.Answer).int(micro(c.At)).run()
}

// ForgetMemberCalls implements store.MemberCallTx.
func (t *tx) ForgetMemberCalls(before time.Time, limit int) (int, error) {
	return t.forgetOld(`SELECT call_id, at FROM member_calls ORDER BY call_id LIMIT ?`,
		`DELETE FROM member_calls WHERE call_id <= ?`, before, limit)
}
