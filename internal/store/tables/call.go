package tables

import (
	"bytes"
	"cmp"
	"time"

	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/store"
)

const callColumns = `call_key, fingerprint, user_code, service_code, status, verification, answer, at`

// SelectCalls reads what ReadCall wants, for an array of keys.
const SelectCalls = `SELECT ` + callColumns + ` FROM calls WHERE call_key = ANY(?)`

// ReadCall reads a row of SelectCalls.
func ReadCall(row Stmt) *store.Call {
	q, c := Row(row), &store.Call{}
	q.bytes(c.Key[:])
	q.bytes(c.Fingerprint[:])
	c.UserCode, c.ServiceCode = q.Str(), q.Str()
	c.State = agent.State{Status: agent.Status(q.Num()), Verification: agent.Verification(q.Num())}
	c.Answer, c.At = q.newBytes(), q.Time()
	return c
}

// Call implements store.CallTx.
func (t *Tx) Call(key store.CallKey) (store.Call, error) {
	q := t.c.Prepare(`SELECT ` + callColumns + ` FROM calls WHERE call_key = ?`)
	if q.Blob(key[:]); !q.Next() {
		return store.Call{}, cmp.Or(q.Err, error(fault.New(fault.NotFound, "No such call.")))
	}
	c := ReadCall(q.Stmt)
	return *c, q.Done()
}

// CallsByReference implements store.CallTx.
func (t *Tx) CallsByReference(digest [8]byte, limit int) (list []store.Call, err error) {
	first, last := store.CallKey{}, store.CallKey(bytes.Repeat([]byte{0xff}, len(store.CallKey{})))
	copy(first[:], digest[:])
	copy(last[:], digest[:])
	q := t.c.Prepare(`SELECT ` + callColumns + ` FROM calls WHERE call_key >= ? AND call_key <= ? ORDER BY call_key LIMIT ?`)
	for q.Blob(first[:]).Blob(last[:]).Int(int64(limit)); q.Next(); {
		list = append(list, *ReadCall(q.Stmt))
	}
	return list, q.Err
}

// SaveCall implements store.CallTx.
func (t *Tx) SaveCall(c store.Call) error {
	if err := t.write(""); err != nil {
		return err
	}
	q := t.c.Prepare(`INSERT INTO calls (` + callColumns + `)
 VALUES (?,?,?,?,?,?,?,?)`)
	q.Blob(c.Key[:]).Blob(c.Fingerprint[:]).Text(c.UserCode, c.ServiceCode)
	return q.Int(int64(c.State.Status), int64(c.State.Verification)).Blob(c.Answer).Int(store.Micro(c.At)).Run()
}

// ForgetCalls implements store.CallTx.
func (t *Tx) ForgetCalls(before time.Time, limit int) (int, error) {
	return t.forgetOld(`SELECT call_id, at FROM calls ORDER BY call_id LIMIT ?`, `DELETE FROM calls WHERE call_id <= ?`, before, limit)
}

// forgetOld forgets calls from a table in which they stand in the order they came: the oldest are the first, and
// the look stops at the first that is to stay.
func (t *Tx) forgetOld(oldest, forget string, before time.Time, limit int) (int, error) {
	q := t.c.Prepare(oldest)
	var last int64
	for q.Int(int64(limit)); q.Next(); {
		id, at := q.Num(), q.Num()
		if at >= store.Micro(before) {
			break
		}
		last = id
	}
	if err := q.Done(); err != nil || last == 0 {
		return 0, err
	}
	if err := t.write(""); err != nil {
		return 0, err
	}
	del := t.c.Prepare(forget)
	if err := del.Int(last).Run(); err != nil {
		return 0, err
	}
	return t.c.Changes(), nil
}
