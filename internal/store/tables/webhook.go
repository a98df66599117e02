package tables

import (
	"strings"
	"time"

	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/store"
	"github.com/switchboard-platform/switchboard/internal/webhook"
)

// endpoints reads the endpoints that were not removed, with their secrets.
func (c *Conn) endpoints() (list []webhook.Endpoint, err error) {
	at := map[string]int{}
	q := c.Prepare(`SELECT endpoint_id, partner_id, url, description, kinds, services, created_at, updated_at, since, disabled_at, disabled
 FROM webhook_endpoints WHERE removed_at = 0 ORDER BY endpoint_id`)
	for q.Next() {
		e := webhook.Endpoint{ID: q.Str(), PartnerID: q.Str(), URL: q.Str(), Description: q.Str(), Kinds: split(q.Str()), Services: split(q.Str())}
		e.CreatedAt, e.UpdatedAt, e.Since = q.Time(), q.Time(), uint64(q.Num())
		e.DisabledAt, e.Disabled = q.Time(), webhook.Reason(q.Str())
		at[e.ID] = len(list)
		list = append(list, e)
	}
	if q.Err != nil {
		return nil, q.Err
	}
	s := c.Prepare(`SELECT endpoint_id, number, sealed, created_at, expires_at FROM webhook_secrets ORDER BY endpoint_id, number`)
	for s.Next() {
		if i, ok := at[s.Str()]; ok {
			secret := webhook.Secret{Number: int(s.Num()), Sealed: s.newBytes(), CreatedAt: s.Time(), ExpiresAt: s.Time()}
			list[i].Secrets = append(list[i].Secrets, secret)
		}
	}
	return list, s.Err
}

// split takes a list with commas apart; "" is the empty list.
func split(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(s, ",")
}

// SaveEndpoint implements store.WebhookTx.
func (t *Tx) SaveEndpoint(e webhook.Endpoint) error {
	if err := t.write(""); err != nil {
		return err
	}
	q := t.c.Prepare(`INSERT INTO webhook_endpoints (endpoint_id, partner_id, url, description, kinds, services, created_at, updated_at,
 since, disabled_at, disabled, removed_at) VALUES (?,?,?,?,?,?,?,?,?,?,?,0) ON CONFLICT (endpoint_id) DO UPDATE SET
 url=excluded.url, description=excluded.description, kinds=excluded.kinds, services=excluded.services, updated_at=excluded.updated_at,
 since=excluded.since, disabled_at=excluded.disabled_at, disabled=excluded.disabled`)
	q.Text(e.ID, e.PartnerID, e.URL, e.Description, strings.Join(e.Kinds, ","), strings.Join(e.Services, ","))
	q.Int(store.Micro(e.CreatedAt), store.Micro(e.UpdatedAt), int64(e.Since), store.Micro(e.DisabledAt)).Text(string(e.Disabled))
	if err := q.Run(); err != nil {
		return err
	}
	gone := t.c.Prepare(`DELETE FROM webhook_secrets WHERE endpoint_id = ? AND number < ?`)
	if len(e.Secrets) > 0 {
		if err := gone.Text(e.ID).Int(int64(e.Secrets[0].Number)).Run(); err != nil {
			return err
		}
	}
	for _, s := range e.Secrets {
		q := t.c.Prepare(`INSERT INTO webhook_secrets (endpoint_id, number, sealed, created_at, expires_at) VALUES (?,?,?,?,?)
 ON CONFLICT (endpoint_id, number) DO UPDATE SET expires_at=excluded.expires_at`)
		if err := q.Text(e.ID).Int(int64(s.Number)).Blob(s.Sealed).Int(store.Micro(s.CreatedAt), store.Micro(s.ExpiresAt)).Run(); err != nil {
			return err
		}
	}
	return t.wroteDirectory(nil)
}

// RemoveEndpoint implements store.WebhookTx.
func (t *Tx) RemoveEndpoint(id string, at time.Time) error {
	if err := t.write(""); err != nil {
		return err
	}
	q := t.c.Prepare(`UPDATE webhook_endpoints SET removed_at = ? WHERE endpoint_id = ?`)
	if err := q.Int(store.Micro(at)).Text(id).Run(); err != nil {
		return err
	}
	secrets := t.c.Prepare(`DELETE FROM webhook_secrets WHERE endpoint_id = ?`)
	if err := secrets.Text(id).Run(); err != nil {
		return err
	}
	progress := t.c.Prepare(`DELETE FROM webhook_progress WHERE endpoint_id = ?`)
	return t.wroteDirectory(progress.Text(id).Run())
}

// Progress implements store.WebhookTx.
func (t *Tx) Progress(endpointID string) (webhook.Progress, error) {
	p := webhook.Progress{EndpointID: endpointID}
	q := t.c.Prepare(`SELECT behind, failing_since FROM webhook_progress WHERE endpoint_id = ?`)
	if q.Text(endpointID); !q.Next() {
		return p, q.Err
	}
	p.Behind, p.FailingSince = uint64(q.Num()), q.Time()
	return p, q.Done()
}

// SaveProgress implements store.WebhookTx.
func (t *Tx) SaveProgress(p webhook.Progress) error {
	if err := t.write(""); err != nil {
		return err
	}
	q := t.c.Prepare(`INSERT INTO webhook_progress (endpoint_id, behind, failing_since, last) VALUES (?,?,?,0)
 ON CONFLICT (endpoint_id) DO UPDATE SET behind=excluded.behind, failing_since=excluded.failing_since`)
	return q.Text(p.EndpointID).Int(int64(p.Behind), store.Micro(p.FailingSince)).Run()
}

const deliveryColumns = `endpoint_id, number, message_id, seq, kind, line, body, state, attempts, tried, created_at, due_at, done_at`

func (q *Query) readDelivery() (d webhook.Delivery) {
	d.EndpointID, d.Number, d.MessageID, d.Seq = q.Str(), uint64(q.Num()), q.Str(), uint64(q.Num())
	d.Kind, d.Line, d.Body, d.State = event.Kind(q.Str()), q.Str(), q.Str(), webhook.State(q.Num())
	d.Attempts, d.Tried = int(q.Num()), int(q.Num())
	d.CreatedAt, d.NextAt, d.DoneAt = q.Time(), q.Time(), q.Time()
	return d
}

func (q *Query) deliveries() (list []webhook.Delivery, err error) {
	for q.Next() {
		list = append(list, q.readDelivery())
	}
	return list, q.Err
}

// AddDelivery implements store.WebhookTx.
func (t *Tx) AddDelivery(d *webhook.Delivery) error {
	if err := t.write(""); err != nil {
		return err
	}
	number, err := t.c.Number(`INSERT INTO webhook_progress (endpoint_id, behind, failing_since, last) VALUES (?,0,0,1)
 ON CONFLICT (endpoint_id) DO UPDATE SET last = webhook_progress.last + 1 RETURNING last`, d.EndpointID)
	if err != nil {
		return err
	}
	first, err := t.firstInLine(d.EndpointID, d.Line)
	if err != nil {
		return err
	}
	d.Number = uint64(number)
	if d.State == webhook.Waiting && first == 0 {
		d.NextAt = d.CreatedAt
	}
	q := t.c.Prepare(`INSERT INTO webhook_deliveries (` + deliveryColumns + `, claimed) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,0)`)
	q.Text(d.EndpointID).Int(int64(d.Number)).Text(d.MessageID).Int(int64(d.Seq)).Text(string(d.Kind), d.Line, d.Body)
	return q.Int(int64(d.State), int64(d.Attempts), int64(d.Tried), store.Micro(d.CreatedAt), store.Micro(d.NextAt), store.Micro(d.DoneAt)).Run()
}

// firstInLine gives the number of the first delivery of a line that waits, 0 when none does.
func (t *Tx) firstInLine(endpointID, line string) (uint64, error) {
	if line == "" {
		return 0, nil
	}
	n, err := t.c.Number(`SELECT number FROM webhook_deliveries WHERE endpoint_id = ? AND line = ? AND state = 0 ORDER BY number LIMIT 1`, endpointID, line)
	return uint64(n), err
}

// SaveDelivery implements store.WebhookTx.
func (t *Tx) SaveDelivery(d webhook.Delivery) error {
	if err := t.write(""); err != nil {
		return err
	}
	if d.State != webhook.Waiting {
		d.NextAt = time.Time{}
	}
	if err := t.putDelivery(d); err != nil || d.Line == "" {
		return err
	}
	return t.orderLine(d)
}

func (t *Tx) putDelivery(d webhook.Delivery) error {
	q := t.c.Prepare(`UPDATE webhook_deliveries SET state = ?, attempts = ?, tried = ?, due_at = ?, done_at = ?, claimed = 0
 WHERE endpoint_id = ? AND number = ?`)
	q.Int(int64(d.State), int64(d.Attempts), int64(d.Tried), store.Micro(d.NextAt), store.Micro(d.DoneAt))
	return q.Text(d.EndpointID).Int(int64(d.Number)).Run()
}

// orderLine makes the first of a delivery's line that waits due, and no other.
func (t *Tx) orderLine(d webhook.Delivery) error {
	first, err := t.firstInLine(d.EndpointID, d.Line)
	if err != nil || first == 0 {
		return err
	}
	others := t.c.Prepare(`UPDATE webhook_deliveries SET due_at = 0
 WHERE endpoint_id = ? AND line = ? AND state = 0 AND number > ? AND due_at > 0 AND claimed = 0`)
	if d.State == webhook.Waiting { // it may have come before one that was due
		if err := others.Text(d.EndpointID, d.Line).Int(int64(first)).Run(); err != nil {
			return err
		}
	}
	if first == d.Number {
		return nil // it has its own time
	}
	next := t.c.Prepare(`UPDATE webhook_deliveries SET due_at = ? WHERE endpoint_id = ? AND number = ? AND due_at = 0`)
	at := d.DoneAt
	if at.IsZero() {
		at = d.CreatedAt
	}
	return next.Int(store.Micro(at)).Text(d.EndpointID).Int(int64(first)).Run()
}

// removed hides what belongs to an endpoint that was removed.
const notRemoved = ` AND NOT EXISTS (SELECT 1 FROM webhook_endpoints e WHERE e.endpoint_id = d.endpoint_id AND e.removed_at > 0)`

// Delivery implements store.WebhookTx.
func (t *Tx) Delivery(endpointID string, number uint64) (webhook.Delivery, error) {
	q := t.c.Prepare(`SELECT ` + deliveryColumns + ` FROM webhook_deliveries d WHERE endpoint_id = ? AND number = ?` + notRemoved)
	list, err := q.Text(endpointID).Int(int64(number)).deliveries()
	if err == nil && len(list) == 0 {
		err = fault.New(fault.NotFound, "Endpoint %.40q has no delivery %d.", endpointID, number)
	}
	if err != nil {
		return webhook.Delivery{}, err
	}
	return list[0], nil
}

// Deliveries implements store.WebhookTx.
func (t *Tx) Deliveries(f store.DeliveryFilter) ([]webhook.Delivery, error) {
	sql := `SELECT ` + deliveryColumns + ` FROM webhook_deliveries d WHERE endpoint_id = ?1 AND number > ?2 AND (CAST(?3 AS BIGINT) = 0 OR number < ?3) AND created_at >= ?4` + notRemoved
	if f.State != nil { // written out, so that an index over one state alone serves
		sql += [...]string{` AND state = 0`, ` AND state = 1`, ` AND state = 2`}[*f.State%3]
	}
	if f.Oldest || f.After > 0 {
		sql += ` ORDER BY number LIMIT ?5`
	} else {
		sql += ` ORDER BY number DESC LIMIT ?5`
	}
	q := t.c.Prepare(sql)
	return q.Text(f.EndpointID).Int(int64(f.After), int64(f.Before), store.Micro(f.Since), int64(f.Limit)).deliveries()
}

// CountWaiting implements store.WebhookTx.
func (t *Tx) CountWaiting(endpointID string) (int, error) {
	n, err := t.c.Number(`SELECT count(*) FROM webhook_deliveries WHERE endpoint_id = ? AND state = 0`, endpointID)
	return int(n), err
}

// ClaimDeliveries implements store.WebhookTx.
func (t *Tx) ClaimDeliveries(endpointID string, at, until time.Time, limit int) ([]webhook.Delivery, error) {
	if err := t.write(""); err != nil {
		return nil, err
	}
	q := t.c.Prepare(`SELECT ` + deliveryColumns + ` FROM webhook_deliveries d
 WHERE endpoint_id = ? AND due_at > 0 AND due_at <= ?` + notRemoved + ` ORDER BY due_at, row LIMIT ?`)
	list, err := q.Text(endpointID).Int(store.Micro(at), int64(limit)).deliveries()
	for i := range list {
		claim := t.c.Prepare(`UPDATE webhook_deliveries SET due_at = ?, claimed = 1 WHERE endpoint_id = ? AND number = ?`)
		if err := claim.Int(store.Micro(until)).Text(endpointID).Int(int64(list[i].Number)).Run(); err != nil {
			return nil, err
		}
		list[i].NextAt = until
	}
	return list, err
}

// ReleaseDeliveries implements store.WebhookTx.
func (t *Tx) ReleaseDeliveries(at time.Time) error {
	if n, err := t.c.Number(`SELECT count(*) FROM webhook_deliveries WHERE claimed = 1`); err != nil || n == 0 {
		return err // as at most starts: nothing to write, and nothing to sync
	}
	if err := t.write(""); err != nil {
		return err
	}
	q := t.c.Prepare(`UPDATE webhook_deliveries SET due_at = ?, claimed = 0 WHERE claimed = 1`)
	return q.Int(store.Micro(at)).Run()
}

// HastenDeliveries implements store.WebhookTx.
func (t *Tx) HastenDeliveries(endpointID string, at time.Time, limit int) (int, error) {
	if err := t.write(""); err != nil {
		return 0, err
	}
	q := t.c.Prepare(`UPDATE webhook_deliveries SET due_at = ?1 WHERE row IN (SELECT row FROM webhook_deliveries
 WHERE endpoint_id = ?2 AND due_at > ?1 AND claimed = 0 LIMIT ?3)`)
	err := q.Int(store.Micro(at)).Text(endpointID).Int(int64(limit)).Run()
	return t.c.Changes(), err
}

// NextDelivery implements store.WebhookTx.
func (t *Tx) NextDelivery(endpointID string) (time.Time, error) {
	n, err := t.c.Number(`SELECT due_at FROM webhook_deliveries d WHERE endpoint_id = ? AND due_at > 0`+notRemoved+` ORDER BY due_at LIMIT 1`, endpointID)
	return store.FromMicro(n), err
}

// SaveAttempt implements store.WebhookTx.
func (t *Tx) SaveAttempt(a webhook.Attempt) error {
	if err := t.write(""); err != nil {
		return err
	}
	q := t.c.Prepare(`INSERT INTO webhook_attempts (endpoint_id, number, attempt, url, at, took, status, problem, header, body) VALUES (?,?,?,?,?,?,?,?,?,?)`)
	q.Text(a.EndpointID).Int(int64(a.Number), int64(a.Attempt)).Text(a.URL)
	return q.Int(store.Micro(a.At), a.Took.Microseconds(), int64(a.Status)).Text(a.Problem, a.Header, a.Body).Run()
}

// Attempts implements store.WebhookTx.
func (t *Tx) Attempts(endpointID string, number uint64) (list []webhook.Attempt, err error) {
	q := t.c.Prepare(`SELECT attempt, url, at, took, status, problem, header, body FROM webhook_attempts WHERE endpoint_id = ? AND number = ? ORDER BY attempt`)
	for q.Text(endpointID).Int(int64(number)); q.Next(); {
		a := webhook.Attempt{EndpointID: endpointID, Number: number, Attempt: int(q.Num()), URL: q.Str(), At: q.Time()}
		a.Took, a.Status = time.Duration(q.Num())*time.Microsecond, int(q.Num())
		a.Problem, a.Header, a.Body = q.Str(), q.Str(), q.Str()
		list = append(list, a)
	}
	return list, q.Err
}
