package tables

import (
	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// SaveService implements store.ServiceTx.
func (t *Tx) SaveService(s agent.Service) error {
	if err := t.write(""); err != nil {
		return err
	}
	q := t.c.Prepare(`INSERT INTO services (service_code, name, provider, review, needs_latlong, created_at, updated_at,
 removed, version, seq, hash, confirm, fence_metres, fence_country, fence_slack, dormant_days, verify_days)
 VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT (service_code) DO UPDATE SET
 name=excluded.name, provider=excluded.provider, review=excluded.review, needs_latlong=excluded.needs_latlong,
 created_at=excluded.created_at, updated_at=excluded.updated_at, removed=excluded.removed,
 version=excluded.version, seq=excluded.seq, hash=excluded.hash, confirm=excluded.confirm, fence_metres=excluded.fence_metres,
 fence_country=excluded.fence_country, fence_slack=excluded.fence_slack, dormant_days=excluded.dormant_days, verify_days=excluded.verify_days`)
	q.Text(s.Code, s.Name, s.Provider).Int(int64(s.Review), store.Flag(s.NeedsLatLong), store.Micro(s.CreatedAt), store.Micro(s.UpdatedAt), store.Flag(s.Removed))
	q.Head(s.Head).Int(int64(s.Confirm), int64(s.Fence.Distance)).Text(s.Fence.Country)
	return t.wroteDirectory(q.Int(int64(s.Fence.Tolerance), int64(s.DormantDays), int64(s.VerifyDays)).Run())
}

func exists(message string) error { return fault.New(fault.Exists, "%s", message) }
