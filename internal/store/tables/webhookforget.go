package tables

import (
	"time"

	"github.com/switchboard-platform/switchboard/internal/store"
	"github.com/switchboard-platform/switchboard/internal/webhook"
)

// ForgetDeliveries implements store.WebhookTx. Rows are in the order in which they were made.
func (t *Tx) ForgetDeliveries(before time.Time, limit int) (n int, err error) {
	if err := t.write(""); err != nil {
		return 0, err
	}
	q := t.c.Prepare(`SELECT endpoint_id, number FROM webhook_deliveries WHERE row IN
 (SELECT row FROM webhook_deliveries ORDER BY row LIMIT ?2) AND created_at < ?1`)
	list, err := q.Int(store.Micro(before), int64(limit)).keys()
	if err != nil {
		return 0, err
	}
	removed, err := t.removedEndpoints()
	if err != nil {
		return 0, err
	}
	for _, id := range removed {
		q := t.c.Prepare(`SELECT endpoint_id, number FROM webhook_deliveries WHERE endpoint_id = ? LIMIT ?`)
		its, err := q.Text(id).Int(int64(limit)).keys()
		if err != nil {
			return 0, err
		}
		if len(its) == 0 {
			gone := t.c.Prepare(`DELETE FROM webhook_endpoints WHERE endpoint_id = ?`)
			if err := gone.Text(id).Run(); err != nil {
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

func (q *Query) keys() (list []deliveryKey, err error) {
	for q.Next() {
		list = append(list, deliveryKey{q.Str(), q.Num()})
	}
	return list, q.Err
}

func (t *Tx) removedEndpoints() (ids []string, err error) {
	q := t.c.Prepare(`SELECT endpoint_id FROM webhook_endpoints WHERE removed_at > 0`)
	for q.Next() {
		ids = append(ids, q.Str())
	}
	return ids, q.Err
}

func (t *Tx) dropDeliveries(list []deliveryKey) error {
	for _, k := range list {
		line, err := t.lineWaitingFor(k)
		if err != nil {
			return err
		}
		attempts := t.c.Prepare(`DELETE FROM webhook_attempts WHERE endpoint_id = ? AND number = ?`)
		if err := attempts.Text(k.endpointID).Int(k.number).Run(); err != nil {
			return err
		}
		delivery := t.c.Prepare(`DELETE FROM webhook_deliveries WHERE endpoint_id = ? AND number = ?`)
		if err := delivery.Text(k.endpointID).Int(k.number).Run(); err != nil {
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
func (t *Tx) lineWaitingFor(k deliveryKey) (webhook.Delivery, error) {
	q := t.c.Prepare(`SELECT line, created_at FROM webhook_deliveries WHERE endpoint_id = ? AND number = ? AND state = 0`)
	if q.Text(k.endpointID).Int(k.number); !q.Next() {
		return webhook.Delivery{}, q.Err
	}
	d := webhook.Delivery{EndpointID: k.endpointID, Number: uint64(k.number), State: webhook.Failed, Line: q.Str(), CreatedAt: q.Time()}
	return d, q.Done()
}
