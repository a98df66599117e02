package postgres

import (
	"context"
	"errors"
	"os"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/rs/xid"

	"github.com/switchboard-platform/switchboard/internal/store/group"
)

// claims has what this process took of the work that is one's at a time. Its connection is its own: what is
// claimed must be prolonged, however much is read.
type claims struct {
	s      *Store
	holder string

	mu sync.Mutex
	c  *pgx.Conn // nil when there is none
}

// newClaims names the process after its machine, for people, and apart from every other one. A node that was
// copied with its directory must not be taken for the one it was copied from.
func newClaims(s *Store) *claims {
	host, _ := os.Hostname() // "" if it has none
	return &claims{s: s, holder: host + "/" + xid.New().String()}
}

// The clock that counts is the database's: all processes have it in common.
const (
	takeClaim = `INSERT INTO leases (name, holder, held_until) VALUES ($1, $2, clock_timestamp() + $3::interval)
 ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, held_until = excluded.held_until
 WHERE leases.holder = excluded.holder OR leases.held_until < clock_timestamp() RETURNING 1`
	dropClaim = `DELETE FROM leases WHERE name = $1 AND holder = $2`
)

// Claim implements store.Work.
func (s *Store) Claim(ctx context.Context, work string, d time.Duration) (held bool, err error) {
	if s.closed.Load() {
		return false, group.Closed()
	}
	if err := ctx.Err(); err != nil {
		return false, group.Ended(err)
	}
	ctx, cancel := context.WithTimeout(ctx, connectAtMost)
	defer cancel()
	err = s.claims.do(ctx, func(c *pgx.Conn) error {
		if d == 0 {
			_, err := c.Exec(ctx, dropClaim, work, s.claims.holder)
			return err
		}
		var one int
		err := c.QueryRow(ctx, takeClaim, work, s.claims.holder, d).Scan(&one)
		if held = err == nil; errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		return err
	})
	return held, faultOf(err)
}

// do lends the connection to fn, one at a time.
func (l *claims) do(ctx context.Context, fn func(*pgx.Conn) error) (err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.c == nil || l.c.IsClosed() {
		if l.c, err = l.s.connect(ctx); err != nil {
			l.c = nil
			return err
		}
	}
	return fn(l.c)
}

func (l *claims) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.c != nil {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_ = l.c.Close(ctx)
	}
}
