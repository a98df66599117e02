package tables

import (
	"slices"
	"strings"

	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/store"
)

const activationColumns = `s.service_code, s.status, s.verification, s.comment, s.latlong,
 s.created_at, s.updated_at, s.version, s.seq, s.hash, s.effective_from, s.effective_until, s.verify_by, s.requested_by, s.endorsed_by,
 s.waiting_since`

func (q *Query) readActivation(userCode string) (a agent.Activation) {
	a.UserCode, a.ServiceCode = userCode, q.Str()
	a.State.Status, a.State.Verification = agent.Status(q.Num()), agent.Verification(q.Num())
	a.Comment, a.LatLong = q.Str(), q.Str()
	a.CreatedAt, a.UpdatedAt, a.Head = q.Time(), q.Time(), q.readHead()
	a.Dates = agent.Dates{From: q.Time(), Until: q.Time(), VerifyBy: q.Time()}
	a.RequestedBy, a.EndorsedBy, a.WaitingSince = q.Str(), q.Str(), q.Time()
	return a
}

func (q *Query) bindActivation(a *agent.Activation) *Query {
	q.Int(int64(a.State.Status), int64(a.State.Verification)).Text(a.Comment, a.LatLong)
	q.Int(store.Micro(a.CreatedAt), store.Micro(a.UpdatedAt)).Head(a.Head)
	return q.Int(store.Micro(a.Dates.From), store.Micro(a.Dates.Until), store.Micro(a.Dates.VerifyBy)).Text(a.RequestedBy, a.EndorsedBy).Int(store.Micro(a.WaitingSince))
}

// Activations reads those of one agent, by service code. That is the order of the primary key, which SQLite walks;
// asking for it would make the statement be planned anew at every use.
func (c *Conn) Activations(userCode string) (list []agent.Activation, err error) {
	q := c.Prepare(`SELECT ` + activationColumns + ` FROM activations s WHERE s.user_code = ?`)
	for q.Text(userCode); q.Next(); {
		if list == nil {
			list = make([]agent.Activation, 0, 6)
		}
		list = append(list, q.readActivation(userCode))
	}
	return InOrder(list), q.Err
}

// InOrder sorts the activations of an agent by service code, if they are not so already.
func InOrder(list []agent.Activation) []agent.Activation {
	byCode := func(a, b agent.Activation) int { return strings.Compare(a.ServiceCode, b.ServiceCode) }
	if !slices.IsSortedFunc(list, byCode) {
		slices.SortFunc(list, byCode)
	}
	return list
}

// CreateActivation implements store.ActivationTx.
func (t *Tx) CreateActivation(a agent.Activation) error {
	if err := t.write(a.UserCode); err != nil {
		return err
	}
	q := t.c.Prepare(`INSERT INTO activations (user_code, service_code, status, verification, comment, latlong,
 created_at, updated_at, version, seq, hash, effective_from, effective_until, verify_by, requested_by, endorsed_by, waiting_since)
 VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)`)
	return q.Text(a.UserCode, a.ServiceCode).bindActivation(&a).Run()
}

// UpdateActivation implements store.ActivationTx.
func (t *Tx) UpdateActivation(a agent.Activation, was uint64) error {
	if err := t.write(a.UserCode); err != nil {
		return err
	}
	q := t.c.Prepare(`UPDATE activations SET status=?, verification=?, comment=?, latlong=?,
 created_at=?, updated_at=?, version=?, seq=?, hash=?, effective_from=?, effective_until=?, verify_by=?, requested_by=?,
 endorsed_by=?, waiting_since=? WHERE user_code=? AND service_code=? AND version=?`)
	q.bindActivation(&a).Text(a.UserCode, a.ServiceCode).Int(int64(was))
	return t.guarded(&q, "service "+a.ServiceCode+" of agent "+a.UserCode)
}

const listActivations = `SELECT s.user_code, ` + activationColumns + ` FROM activations s
 WHERE (s.user_code > ?1 OR s.user_code = ?1 AND s.service_code > ?2) AND s.user_code >= ?1
 AND (?3 < 0 OR s.status = ?3) AND (?4 = '' OR s.service_code = ?4)`

// listWaiting repeats the condition of the partial index, without which it would not be used.
const listWaiting = listActivations + ` AND s.verification = 3`

const listOrder = ` ORDER BY s.user_code, s.service_code LIMIT ?5`

// Activations implements store.ActivationTx.
func (t *Tx) Activations(f store.ActivationFilter) (list []agent.Activation, err error) {
	sql, status := listActivations+listOrder, int64(-1)
	if f.Waiting {
		sql = listWaiting + listOrder
	}
	if f.Status != nil {
		status = int64(*f.Status)
	}
	q := t.c.Prepare(sql)
	q.Text(f.AfterUser, f.AfterService).Int(status).Text(f.ServiceCode).Int(int64(f.Limit))
	for q.Next() {
		list = append(list, q.readActivation(q.Str()))
	}
	return list, q.Err
}
