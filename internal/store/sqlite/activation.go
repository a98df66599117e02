package sqlite

import (
	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/store"
)

const activationColumns = `s.service_code, s.status, s.verification, s.comment, s.latlong,
 s.created_at, s.updated_at, s.version, s.seq, s.hash, s.effective_from, s.effective_until, s.verify_by, s.requested_by, s.endorsed_by`

func (q *query) readActivation(userCode string) (a agent.Activation) {
	a.UserCode, a.ServiceCode = userCode, q.str()
	a.State.Status, a.State.Verification = agent.Status(q.num()), agent.Verification(q.num())
	a.Comment, a.LatLong = q.str(), q.str()
	a.CreatedAt, a.UpdatedAt, a.Head = q.time(), q.time(), q.readHead()
	a.Dates = agent.Dates{From: q.time(), Until: q.time(), VerifyBy: q.time()}
	a.RequestedBy, a.EndorsedBy = q.str(), q.str()
	return a
}

func (q *query) bindActivation(a *agent.Activation) *query {
	q.int(int64(a.State.Status), int64(a.State.Verification)).text(a.Comment, a.LatLong)
	q.int(micro(a.CreatedAt), micro(a.UpdatedAt)).head(a.Head)
	return q.int(micro(a.Dates.From), micro(a.Dates.Until), micro(a.Dates.VerifyBy)).text(a.RequestedBy, a.EndorsedBy)
}

// activations reads those of one agent. The order is that of the primary key, which the statement
// walks; asking for it as well would make it be planned anew at every use.
func (c *conn) activations(userCode string) (list []agent.Activation, err error) {
	q := c.prepare(`SELECT ` + activationColumns + ` FROM activations s WHERE s.user_code = ?`)
	for q.text(userCode); q.next(); {
		if list == nil {
			list = make([]agent.Activation, 0, 6)
		}
		list = append(list, q.readActivation(userCode))
	}
	return list, wrap(q.err)
}

// CreateActivation implements store.ActivationTx.
func (t *tx) CreateActivation(a agent.Activation) error {
	if err := t.write(a.UserCode); err != nil {
		return err
	}
	q := t.c.prepare(`INSERT INTO activations (user_code, service_code, status, verification, comment, latlong,
 created_at, updated_at, version, seq, hash, effective_from, effective_until, verify_by, requested_by, endorsed_by)
 VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)`)
	return q.text(a.UserCode, a.ServiceCode).bindActivation(&a).run()
}

// UpdateActivation implements store.ActivationTx.
func (t *tx) UpdateActivation(a agent.Activation, was uint64) error {
	if err := t.write(a.UserCode); err != nil {
		return err
	}
	q := t.c.prepare(`UPDATE activations SET status=?, verification=?, comment=?, latlong=?,
 created_at=?, updated_at=?, version=?, seq=?, hash=?, effective_from=?, effective_until=?, verify_by=?, requested_by=?,
 endorsed_by=? WHERE user_code=? AND service_code=? AND version=?`)
	q.bindActivation(&a).text(a.UserCode, a.ServiceCode).int(int64(was))
	return t.guarded(&q, "service "+a.ServiceCode+" of agent "+a.UserCode)
}

const listActivations = `SELECT s.user_code, ` + activationColumns + ` FROM activations s
 WHERE (s.user_code > ?1 OR s.user_code = ?1 AND s.service_code > ?2) AND s.user_code >= ?1
 AND (?3 < 0 OR s.status = ?3) AND (?4 = '' OR s.service_code = ?4)`

// listWaiting repeats the condition of the partial index, without which it would not be used.
const listWaiting = listActivations + ` AND s.verification = 3`

const listOrder = ` ORDER BY s.user_code, s.service_code LIMIT ?5`

// Activations implements store.ActivationTx.
func (t *tx) Activations(f store.ActivationFilter) (list []agent.Activation, err error) {
	sql, status := listActivations+listOrder, int64(-1)
	if f.Waiting {
		sql = listWaiting + listOrder
	}
	if f.Status != nil {
		status = int64(*f.Status)
	}
	q := t.c.prepare(sql)
	q.text(f.AfterUser, f.AfterService).int(status).text(f.ServiceCode).int(int64(f.Limit))
	for q.next() {
		list = append(list, q.readActivation(q.str()))
	}
	return list, wrap(q.err)
}
