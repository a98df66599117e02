package sqlite

import (
	"time"

	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// Call implements store.CallTx.
func (t *tx) Call(key store.CallKey) (store.Call, error) {
	q := t.c.prepare(`SELECT fingerprint, user_code, service_code, status, verification, answer, at FROM calls WHERE call_key = ?`)
	if q.blob(key[:]); !q.next() {
		if q.err != nil {
			return store.Call{}, wrap(q.err)
		}
		return store.Call{}, fault.New(fault.NotFound, "No such call.")
	}
	c := store.Call{Key: key}
	q.bytes(c.Fingerprint[:])
	c.UserCode, c.ServiceCode = q.str(), q.str()
	c.State = agent.State{Status: agent.Status(q.num()), Verification: agent.Verification(q.num())}
	c.Answer, c.At = q.newBytes(), q.time()
	return c, q.done()
}

// SaveCall implements store.CallTx.
func (t *tx) SaveCall(c store.Call) error {
	if err := t.write(""); err != nil {
		return err
	}
	q := t.c.prepare(`INSERT INTO calls (call_key, fingerprint, user_code, service_code, status, verification, answer, at)
 VALUES (?,?,?,?,?,?,?,?)`)
	q.blob(c.Key[:]).blob(c.Fingerprint[:]).text(c.UserCode, c.ServiceCode)
	return q.int(int64(c.State.Status), int64(c.State.Verification)).blob(c.Answer).int(micro(c.At)).run()
}

// ForgetCalls implements store.CallTx.
func (t *tx) ForgetCalls(before time.Time, limit int) (int, error) {
	return t.forgetOld(`SELECT call_id, at FROM calls ORDER BY call_id LIMIT ?`, `DELETE FROM calls WHERE call_id <= ?`, before, limit)
}

// forgetOld forgets calls from a table in which they stand in the order they came: the oldest are the first, and
// the look stops at the first that is to stay.
func (t *tx) forgetOld(oldest, forget string, before time.Time, limit int) (int, error) {
	q := t.c.prepare(oldest)
	var last int64
	for q.int(int64(limit)); q.next(); {
		id, at := q.num(), q.num()
		if at >= micro(before) {
			break
		}
		last = id
	}
	if err := q.done(); err != nil || last == 0 {
		return 0, err
	}
	if err := t.write(""); err != nil {
		return 0, err
	}
	del := t.c.prepare(forget)
	if err := del.int(last).run(); err != nil {
		return 0, err
	}
	return t.c.Changes(), nil
}
