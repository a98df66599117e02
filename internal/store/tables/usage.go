package tables

import (
	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// SaveUses implements store.UsageTx.
func (t *Tx) SaveUses(uses []store.Use) error {
	if err := t.write(""); err != nil {
		return err
	}
	for _, u := range uses {
		q := t.c.Prepare(`INSERT INTO uses (user_code, service_code, day) VALUES (?,?,?)
 ON CONFLICT (user_code, service_code) DO UPDATE SET day = CASE WHEN excluded.day > uses.day THEN excluded.day ELSE uses.day END`)
		if err := q.Text(u.UserCode, u.ServiceCode).Int(int64(u.Day)).Run(); err != nil {
			return err
		}
	}
	return nil
}

// Uses implements store.UsageTx.
func (t *Tx) Uses(userCode string) (list []store.Use, err error) {
	q := t.c.Prepare(`SELECT service_code, day FROM uses WHERE user_code = ? ORDER BY service_code`)
	for q.Text(userCode); q.Next(); {
		list = append(list, store.Use{UserCode: userCode, ServiceCode: q.Str(), Day: int(q.Num())})
	}
	return list, q.Err
}

// dayMicros is a day in microseconds.
const dayMicros = 24 * 60 * 60 * 1_000_000

// Idle implements store.UsageTx.
func (t *Tx) Idle(f store.IdleFilter) (list []agent.Activation, err error) {
	q := t.c.Prepare(`SELECT s.user_code, ` + activationColumns + ` FROM activations s
 WHERE s.user_code > ?1 AND s.service_code = ?2 AND s.status = 1 AND s.created_at < CAST(?3 AS BIGINT) AND s.updated_at < ?3
 AND NOT EXISTS (SELECT 1 FROM uses u WHERE u.user_code = s.user_code AND u.service_code = s.service_code AND u.day >= ?4)
 ORDER BY s.user_code LIMIT ?5`)
	for q.Text(f.After, f.ServiceCode).Int(int64(f.Since)*dayMicros, int64(f.Since), int64(f.Limit)); q.Next(); {
		list = append(list, q.readActivation(q.Str()))
	}
	return list, q.Err
}

// SaveKeyUses implements store.UsageTx.
func (t *Tx) SaveKeyUses(uses []store.KeyUse) error {
	if err := t.write(""); err != nil {
		return err
	}
	for _, u := range uses {
		q := t.c.Prepare(`INSERT INTO key_uses (kind, key_id, used_at) VALUES (?,?,?) ON CONFLICT (kind, key_id) DO UPDATE
 SET used_at = CASE WHEN excluded.used_at > key_uses.used_at THEN excluded.used_at ELSE key_uses.used_at END`)
		if err := q.Text(string(u.Key.Kind), u.Key.ID).Int(store.Micro(u.At)).Run(); err != nil {
			return err
		}
	}
	return nil
}

// KeyUses implements store.UsageTx.
func (t *Tx) KeyUses() (list []store.KeyUse, err error) {
	q := t.c.Prepare(`SELECT kind, key_id, used_at FROM key_uses ORDER BY kind, key_id`)
	for q.Next() {
		list = append(list, store.KeyUse{Key: store.KeyName{Kind: store.KeyKind(q.Str()), ID: q.Str()}, At: q.Time()})
	}
	return list, q.Err
}
