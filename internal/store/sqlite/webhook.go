package sqlite

import (
	"strings"
	"time"

	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/store"
	"github.com/switchboard-platform/switchboard/internal/webhook"
)

// endpoints reads the endpoints that were not removed, with their secrets.
func (c *conn) endpoints() (list []webhook.Endpoint, err error) {
	at := map[string]int{}
	q := c.prepare(`SELECT endpoint_id, partner_id, url, description, kinds, services, created_at, updated_at, since, disabled_at, disabled
 FROM webhook_endpoints WHERE removed_at = 0 ORDER BY endpoint_id`)
	for q.next() {
		e := webhook.Endpoint{ID: q.str(), PartnerID: q.str(), URL: q.str(), Description: q.str(), Kinds: split(q.str()), Services: split(q.str())}
		e.CreatedAt, e.UpdatedAt, e.Since = q.time(), q.time(), uint64(q.num())
		e.DisabledAt, e.Disabled = q.time(), webhook.Reason(q.str())
		at[e.ID] = len(list)
		list = append(list, e)
	}
	if q.err != nil {
		return nil, wrap(q.err)
	}
	s := c.prepare(`SELECT endpoint_id, number, sealed, created_at, expires_at FROM webhook_secrets ORDER BY endpoint_id, number`)
	for s.next() {
		if i, ok := at[s.str()]; ok {
			secret := webhook.Secret{Number: int(s.num()), Sealed: s.newBytes(), CreatedAt: s.time(), ExpiresAt: s.time()}
			list[i].Secrets = append(list[i].Secrets, secret)
		}
	}
	return list, wrap(s.err)
}

// split takes a list with commas apart; "" is the empty list.
func split(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(s, ",")
}

// SaveEndpoint implements store.WebhookTx.
func (t *tx) SaveEndpoint(e webhook.Endpoint) error {
	if err := t.write(""); err != nil {
		return err
	}
	q := t.c.prepare(`INSERT INTO webhook_endpoints (endpoint_id, partner_id, url, description, kinds, services, created_at, updated_at,
 since, disabled_at, disabled, removed_at) VALUES (?,?,?,?,?,?,?,?,?,?,?,0) ON CONFLICT (endpoint_id) DO UPDATE SET
 url=excluded.url, description=excluded.description, kinds=excluded.kinds, services=excluded.services, updated_at=excluded.updated_at,
 since=excluded.since, disabled_at=excluded.disabled_at, disabled=excluded.disabled`)
	q.text(e.ID, e.PartnerID, e.URL, e.Description, strings.Join(e.Kinds, ","), strings.Join(e.Services, ","))
	q.int(micro(e.CreatedAt), micro(e.UpdatedAt), int64(e.Since), micro(e.DisabledAt)).text(string(e.Disabled))
	if err := q.run(); err != nil {
		return err
	}
	gone := t.c.prepare(`DELETE FROM webhook_secrets WHERE endpoint_id = ? AND number < ?`)
	if len(e.Secrets) > 0 {
		if err := gone.text(e.ID).int(int64(e.Secrets[0].Number)).run(); err != nil {
			return err
		}
	}
	for _, s := range e.Secrets {
		q := t.c.prepare(`INSERT INTO webhook_secrets (endpoint_id, number, sealed, created_at, expires_at) VALUES (?,?,?,?,?)
 ON CONFLICT (endpoint_id, number) DO UPDATE SET expires_at=excluded.expires_at`)
		if err := q.text(e.ID).int(int64(s.Number)).blob(s.Sealed).int(micro(s.CreatedAt), micro(s.ExpiresAt)).run(); err != nil {
			return err
		}
	}
	return t.wroteDirectory(nil)
}

// RemoveEndpoint implements store.WebhookTx.
func (t *tx) RemoveEndpoint(id string, at time.Time) error {
	if err := t.write(""); err != nil {
		return err
	}
	q := t.c.prepare(`UPDATE webhook_endpoints SET removed_at = ? WHERE endpoint_id = ?`)
	if err := q.int(micro(at)).text(id).run(); err != nil {
		return err
	}
	secrets := t.c.prepare(`DELETE FROM webhook_secrets WHERE endpoint_id = ?`)
	if err := secrets.text(id).run(); err != nil {
		return err
	}
	progress := t.c.prepare(`DELETE FROM webhook_progress WHERE endpoint_id = ?`)
	return t.wroteDirectory(progress.text(id).run())
}

// Progress implements store.WebhookTx.
func (t *tx) Progress(endpointID string) (webhook.Progress, error) {
	p := webhook.Progress{EndpointID: endpointID}
	q := t.c.prepare(`SELECT behind, failing_since FROM webhook_progress WHERE endpoint_id = ?`)
	if q.text(endpointID); !q.next() {
		return p, wrap(q.err)
	}
	p.Behind, p.FailingSince = uint64(q.num()), q.time()
	return p, q.done()
}

// SaveProgress implements store.WebhookTx.
func (t *tx) SaveProgress(p webhook.Progress) error {
	if err := t.write(""); err != nil {
		return err
	}
	q := t.c.prepare(`INSERT INTO webhook_progress (endpoint_id, behind, failing_since, last) VALUES (?,?,?,0)
 ON CONFLICT (endpoint_id) DO UPDATE SET behind=excluded.behind, failing_since=excluded.failing_since`)
	return q.text(p.EndpointID).int(int64(p.Behind), micro(p.FailingSince)).run()
}

const deliveryColumns = `endpoint_id, number, message_id, seq, kind, line, body, state, attempts, tried, created_at, due_at, done_at`

func (q *query) readDelivery() (d webhook.Delivery) {
	d.EndpointID, d.Number, d.MessageID, d.Seq = q.str(), uint64(q.num()), q.str(), uint64(q.num())
	d.Kind, d.Line, d.Body, d.State = event.Kind(q.str()), q.str(), q.str(), webhook.State(q.num())
	d.Attempts, d.Tried = int(q.num()), int(q.num())
	d.CreatedAt, d.NextAt, d.DoneAt = q.time(), q.time(), q.time()
	return d
}

func (q *query) deliveries() (list []webhook.Delivery, err error) {
	for q.next() {
		list = append(list, q.readDelivery())
	}
	return list, wrap(q.err)
}

// AddDelivery implements store.WebhookTx.
func (t *tx) AddDelivery(d *webhook.Delivery) error {
	if err := t.write(""); err != nil {
		return err
	}
	number, err := t.c.one(`INSERT INTO webhook_progress (endpoint_id, behind, failing_since, last) VALUES (?,0,0,1)
 ON CONFLICT (endpoint_id) DO UPDATE SET last = last + 1 RETURNING last`, d.EndpointID)
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
	q := t.c.prepare(`INSERT INTO webhook_deliveries (` + deliveryColumns + `, claimed) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,0)`)
	q.text(d.EndpointID).int(int64(d.Number)).text(d.MessageID).int(int64(d.Seq)).text(string(d.Kind), d.Line, d.Body)
	return q.int(int64(d.State), int64(d.Attempts), int64(d.Tried), micro(d.CreatedAt), micro(d.NextAt), micro(d.DoneAt)).run()
}

// one reads a number.
func (c *conn) one(sql string, args ...string) (int64, error) {
	q := c.prepare(sql)
	if q.text(args...); !q.next() {
		return 0, wrap(q.err)
	}
	n := q.num()
	return n, q.done()
}

// firstInLine gives the number of the first delivery of a line that waits, 0 when none does.
func (t *tx) firstInLine(endpointID, line string) (uint64, error) {
	if line == "" {
		return 0, nil
	}
	n, err := t.c.one(`SELECT number FROM webhook_deliveries WHERE endpoint_id = ? AND line = ? AND state = 0 ORDER BY number LIMIT 1`, endpointID, line)
	return uint64(n), err
}

// SaveDelivery implements store.WebhookTx.
func (t *tx) SaveDelivery(d webhook.Delivery) error {
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

func (t *tx) putDelivery(d webhook.Delivery) error {
	q := t.c.prepare(`UPDATE webhook_deliveries SET state = ?, attempts = ?, tried = ?, due_at = ?, done_at = ?, claimed = 0
 WHERE endpoint_id = ? AND number = ?`)
	q.int(int64(d.State), int64(d.Attempts), int64(d.Tried), micro(d.NextAt), micro(d.DoneAt))
	return q.text(d.EndpointID).int(int64(d.Number)).run()
}

// orderLine makes the first of a delivery's line that waits due, and no other.
func (t *tx) orderLine(d webhook.Delivery) error {
	first, err := t.firstInLine(d.EndpointID, d.Line)
	if err != nil || first == 0 {
		return err
	}
	others := t.c.prepare(`UPDATE webhook_deliveries SET due_at = 0
 WHERE endpoint_id = ? AND line = ? AND state = 0 AND number > ? AND due_at > 0 AND claimed = 0`)
	if d.State == webhook.Waiting { // it may have come before one that was due
		if err := others.text(d.EndpointID, d.Line).int(int64(first)).run(); err != nil {
			return err
		}
	}
	if first == d.Number {
		return nil // it has its own time
	}
	next := t.c.prepare(`UPDATE webhook_deliveries SET due_at = ? WHERE endpoint_id = ? AND number = ? AND due_at = 0`)
	at := d.DoneAt
	if at.IsZero() {
		at = d.CreatedAt
	}
	return next.int(micro(at)).text(d.EndpointID).int(int64(first)).run()
}

// removed hides what belongs to an endpoint that was removed.
const notRemoved = ` AND NOT EXISTS (SELECT 1 FROM webhook_endpoints e WHERE e.endpoint_id = d.endpoint_id AND e.removed_at > 0)`

// Delivery implements store.WebhookTx.
func (t *tx) Delivery(endpointID string, number uint64) (webhook.Delivery, error) {
	q := t.c.prepare(`SELECT ` + deliveryColumns + ` FROM webhook_deliveries d WHERE endpoint_id = ? AND number = ?` + notRemoved)
	list, err := q.text(endpointID).int(int64(number)).deliveries()
	if err == nil && len(list) == 0 {
		err = fault.New(fault.NotFound, "Endpoint %.40q has no delivery %d.", endpointID, number)
	}
	if err != nil {
		return webhook.Delivery{}, err
	}
	return list[0], nil
}

// Deliveries implements store.WebhookTx.
func (t *tx) Deliveries(f store.DeliveryFilter) ([]webhook.Delivery, error) {
	sql := `SELECT ` + deliveryColumns + ` FROM webhook_deliveries d WHERE endpoint_id = ?1 AND number > ?2 AND (?3 = 0 OR number < ?3) AND created_at >= ?4` + notRemoved
	if f.State != nil { // written out, so that an index over one state alone serves
		sql += [...]string{` AND state = 0`, ` AND state = 1`, ` AND state = 2`}[*f.State%3]
	}
	if f.Oldest || f.After > 0 {
		sql += ` ORDER BY number LIMIT ?5`
	} else {
		sql += ` ORDER BY number DESC LIMIT ?5`
	}
	q := t.c.prepare(sql)
	return q.text(f.EndpointID).int(int64(f.After), int64(f.Before), micro(f.Since), int64(f.Limit)).deliveries()
}

// CountWaiting implements store.WebhookTx.
func (t *tx) CountWaiting(endpointID string) (int, error) {
	n, err := t.c.one(`SELECT count(*) FROM webhook_deliveries WHERE endpoint_id = ? AND state = 0`, endpointID)
	return int(n), err
}

// ClaimDeliveries implements store.WebhookTx.
func (t *tx) ClaimDeliveries(endpointID string, at, until time.Time, limit int) ([]webhook.Delivery, error) {
	if err := t.write(""); err != nil {
		return nil, err
	}
	q := t.c.prepare(`SELECT ` + deliveryColumns + ` FROM webhook_deliveries d
 WHERE endpoint_id = ? AND due_at > 0 AND due_at <= ?` + notRemoved + ` ORDER BY due_at, row LIMIT ?`)
	list, err := q.text(endpointID).int(micro(at), int64(limit)).deliveries()
	for i := range list {
		claim := t.c.prepare(`UPDATE webhook_deliveries SET due_at = ?, claimed = 1 WHERE endpoint_id = ? AND number = ?`)
		if err := claim.int(micro(until)).text(endpointID).int(int64(list[i].Number)).run(); err != nil {
			return nil, err
		}
		list[i].NextAt = until
	}
	return list, err
}

// ReleaseDeliveries implements store.WebhookTx.
func (t *tx) ReleaseDeliveries(at time.Time) error {
	if n, err := t.c.one(`SELECT count(*) FROM webhook_deliveries WHERE claimed = 1`); err != nil || n == 0 {
		return err // as at most starts: nothing to write, and nothing to sync
	}
	if err := t.write(""); err != nil {
		return err
	}
	q := t.c.prepare(`UPDATE webhook_deliveries SET due_at = ?, claimed = 0 WHERE claimed = 1`)
	return q.int(micro(at)).run()
}

// HastenDeliveries implements store.WebhookTx.
func (t *tx) HastenDeliveries(endpointID string, at time.Time, limit int) (int, error) {
	if err := t.write(""); err != nil {
		return 0, err
	}
	q := t.c.prepare(`UPDATE webhook_deliveries SET due_at = ?1 WHERE row IN (SELECT row FROM webhook_deliveries
 WHERE endpoint_id = ?2 AND due_at > ?1 AND claimed = 0 LIMIT ?3)`)
	err := q.int(micro(at)).text(endpointID).int(int64(limit)).run()
	return t.c.Changes(), err
}

// NextDelivery implements store.WebhookTx.
func (t *tx) NextDelivery(endpointID string) (time.Time, error) {
	n, err := t.c.one(`SELECT due_at FROM webhook_deliveries d WHERE endpoint_id = ? AND due_at > 0`+notRemoved+` ORDER BY due_at LIMIT 1`, endpointID)
	return fromMicro(n), err
}

// SaveAttempt implements store.WebhookTx.
func (t *tx) SaveAttempt(a webhook.Attempt) error {
	if err := t.write(""); err != nil {
		return err
	}
	q := t.c.prepare(`INSERT INTO webhook_attempts (endpoint_id, number, attempt, url, at, took, status, problem, header, body) VALUES (?,?,?,?,?,?,?,?,?,?)`)
	q.text(a.EndpointID).int(int64(a.Number), int64(a.Attempt)).text(a.URL)
	return q.int(micro(a.At), a.Took.Microseconds(), int64(a.Status)).text(a.Problem, a.Header, a.Body).run()
}

// Attempts implements store.WebhookTx.
func (t *tx) Attempts(endpointID string, number uint64) (list []webhook.Attempt, err error) {
	q := t.c.prepare(`SELECT attempt, url, at, took, status, problem, header, body FROM webhook_attempts WHERE endpoint_id = ? AND number = ? ORDER BY attempt`)
	for q.text(endpointID).int(int64(number)); q.next(); {
		a := webhook.Attempt{EndpointID: endpointID, Number: number, Attempt: int(q.num()), URL: q.str(), At: q.time()}
		a.Took, a.Status = time.Duration(q.num())*time.Microsecond, int(q.num())
		a.Problem, a.Header, a.Body = q.str(), q.str(), q.str()
		list = append(list, a)
	}
	return list, wrap(q.err)
}
