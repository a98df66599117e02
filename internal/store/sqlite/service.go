package sqlite

import (
	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/fault"
)

// SaveService implements store.ServiceTx.
func (t *tx) SaveService(s agent.Service) error {
	if err := t.write(""); err != nil {
		return err
	}
	q := t.c.prepare(`INSERT INTO services (service_code, name, provider, review, needs_latlong, created_at, updated_at,
 removed, version, seq, hash) VALUES (?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT (service_code) DO UPDATE SET
 name=excluded.name, provider=excluded.provider, review=excluded.review, needs_latlong=excluded.needs_latlong,
 created_at=excluded.created_at, updated_at=excluded.updated_at, removed=excluded.removed,
 version=excluded.version, seq=excluded.seq, hash=excluded.hash`)
	q.text(s.Code, s.Name, s.Provider).int(int64(s.Review), flag(s.NeedsLatLong), micro(s.CreatedAt), micro(s.UpdatedAt), flag(s.Removed))
	return t.wroteDirectory(q.head(s.Head).run())
}

func exists(message string) error { return fault.New(fault.Exists, "%s", message) }
