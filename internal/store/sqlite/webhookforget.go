package sqlite

import (
	"time"

	"github.com/switchboard-platform/switchboard/internal/webhook"
)

// ForgetDeliveries implements store.WebhookTx. Rows are in the order in which they were made.
func (t *tx) ForgetDeliveries(before time.Time, limit int) (n int, err error) {
	if err := t.write(""); err != nil {
		return 0, err
	}
	q := t.c.prepare(`SELECT endpoint_id, number FROM webhook_deliveries WHERE row IN
 (SELECT row FROM webhook_deliveries ORDER BY row LIMIT ?2) AND created_at < ?1`)
	list, err := q.int(micro(before), int64(limit)).keys()
	if err != nil {
		return 0, err
	}
	removed, err := t.removedEndpoints()
	if err != nil {
		return 0, err
	}
	for _, id := range removed {
		q := t.c.prepare(`SELECT endpoint_id, number FROM webhook_deliveries WHERE endpoint_id = ? LIMIT ?`)
		its, err := q.text(id).int(int64(limit)).keys()
		if err != nil {
			return 0, err
		}
		if len(its) == 0 {
			gone := t.c.prepare(`DELETE FROM webhook_endpoints WHERE endpoint_id = ?`)
			if err := gone.text(id).run(); err != nil {
				return 0, err
			}
		}
		list = append(list, its...)
	}
	list = list[:min(len(list), limit)]
	return len(list), t.dropDeliveries(list)
}

// deliveryKey names a delivery.
type deliveryKey struct {
	endpointID string
	number     int64
}

func (q *query) keys() (list []deliveryKey, err error) {
	for q.next() {
		list = append(list, deliveryKey{q.str(), q.num()})
	}
	return list, wrap(q.err)
}

func (t *tx) removedEndpoints() (ids []string, err error) {
	q := t.c.prepare(`SELECT endpoint_id FROM webhook_endpoints WHERE removed_at > 0`)
	for q.next() {
		ids = append(ids, q.str())
	}
	return ids, wrap(q.err)
}

func (t *tx) dropDeliveries(list []deliveryKey) error {
	for _, k := range list {
		line, err := t.lineWaitingFor(k)
		if err != nil {
			return err
		}
		attempts := t.c.prepare(`DELETE FROM webhook_attempts WHERE endpoint_id = ? AND number = ?`)
		if err := attempts.text(k.endpointID).int(k.number).run(); err != nil {
			return err
		}
		delivery := t.c.prepare(`DELETE FROM webhook_deliveries WHERE endpoint_id = ? AND number = ?`)
		if err := delivery.text(k.endpointID).int(k.number).run(); err != nil {
			return err
		}
		if err := t.orderLine(line); err != nil {
			return err
		}
	}
	return nil
}

// lineWaitingFor gives a delivery as if it had just failed, so that the next of its line is due once it is gone;
// without a line when nothing waits for it.
func (t *tx) lineWaitingFor(k deliveryKey) (webhook.Delivery, error) {
	q := t.c.prepare(`SELECT line, created_at FROM webhook_deliveries WHERE endpoint_id = ? AND number = ? AND state = 0`)
	if q.text(k.endpointID).int(k.number); !q.next() {
		return webhook.Delivery{}, wrap(q.err)
	}
	d := webhook.Delivery{EndpointID: k.endpointID, Number: uint64(k.number), State: webhook.Failed, Line: q.str(), CreatedAt: q.time()}
	return d, q.done()
}
