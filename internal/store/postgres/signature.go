package postgres

import (
	"context"
	"time"

	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/sign"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// A use that was just kept is given as well; one that another node keeps at the same moment is not seen yet, and nothing
// is given.
const keepUse = `WITH kept AS (
 INSERT INTO signature_uses (developer_key, signed_at, digest, address, used_at) VALUES ($1, $2, $3, $4, $5)
 ON CONFLICT DO NOTHING RETURNING digest, address, used_at)
SELECT * FROM kept UNION ALL SELECT digest, address, used_at FROM signature_uses WHERE developer_key = $1 AND signed_at = $2`

// useTries bounds how often a use is looked for that another node keeps at the same moment.
const useTries = 5

// FirstUse gives the first use of a timestamp by a key on any node: u itself, if there was none.
func (s *Store) FirstUse(ctx context.Context, developerKey string, millis int64, u sign.Use) (first sign.Use, err error) {
	found := false
	err = s.read(ctx, func(e *engine) error {
		for range useTries {
			rows, err := e.c.Query(ctx, keepUse, developerKey, millis, int64(u.Digest), u.Address, store.Micro(u.At))
			if err != nil {
				return faultOf(err)
			}
			for rows.Next() {
				var digest, at int64
				if err := rows.Scan(&digest, &first.Address, &at); err != nil {
					return faultOf(err)
				}
				first.Digest, first.At, found = uint64(digest), store.FromMicro(at), true
			}
			if rows.Close(); found || rows.Err() != nil {
				return faultOf(rows.Err())
			}
		}
		return fault.New(fault.Unavailable, "The database is busy.")
	})
	return first, err
}

// ForgetUses forgets uses from before a time, and gives how many.
func (s *Store) ForgetUses(ctx context.Context, before time.Time) (n int, err error) {
	err = s.read(ctx, func(e *engine) error {
		tag, err := e.c.Exec(ctx, `DELETE FROM signature_uses WHERE used_at < $1`, store.Micro(before))
		n = int(tag.RowsAffected())
		return faultOf(err)
	})
	return n, err
}
