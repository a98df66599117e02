package sqlite

import (
	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// SaveUses implements store.UsageTx.
func (t *tx) SaveUses(uses []store.Use) error {
	if err := t.write(""); err != nil {
		return err
	}
	for _, u := range uses {
		q := t.c.prepare(`INSERT INTO uses (user_code, service_code, day) VALUES (?,?,?)
 ON CONFLICT (user_code, service_code) DO UPDATE SET day = max(day, excluded.day)`)
		if err := q.text(u.UserCode, u.ServiceCode).int(int64(u.Day)).run(); err != nil {
			return err
		}
	}
	return nil
}

// Uses implements store.UsageTx.
func (t *tx) Uses(userCode string) (list []store.Use, err error) {
	q := t.c.prepare(`SELECT service_code, day FROM uses WHERE user_code = ?`)
	for q.text(userCode); q.next(); {
		list = append(list, store.Use{UserCode: userCode, ServiceCode: q.str(), Day: int(q.num())})
	}
	return list, wrap(q.err)
}

// dayMicros is a day in microseconds.
const dayMicros = 24 * 60 * 60 * 1_000_000

// Idle implements store.UsageTx.
func (t *tx) Idle(f store.IdleFilter) (list []agent.Activation, err error) {
	q := t.c.prepare(`SELECT s.user_code, ` + activationColumns + ` FROM activations s
 WHERE s.user_code > ?1 AND s.service_code = ?2 AND s.status = 1 AND max(s.created_at, s.updated_at) < ?3
 AND NOT EXISTS (SELECT 1 FROM uses u WHERE u.user_code = s.user_code AND u.service_code = s.service_code AND u.day >= ?4)
 ORDER BY s.user_code LIMIT ?5`)
	for q.text(f.After, f.ServiceCode).int(int64(f.Since)*dayMicros, int64(f.Since), int64(f.Limit)); q.next(); {
		list = append(list, q.readActivation(q.str()))
	}
	return list, wrap(q.err)
}
