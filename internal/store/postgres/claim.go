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
	c  *connection // nil when there is none
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

// giveBackAtMost bounds the giving back of work: if that fails, the next one waits until the claim is over.
const giveBackAtMost = 2 * time.Second

// Claim implements store.Work.
func (s *Store) Claim(ctx context.Context, work string, d time.Duration) (held bool, err error) {
	if s.closed.Load() {
		return false, group.Closed()
	}
	if err := ctx.Err(); err != nil {
		return false, group.Ended(err)
	}
	s.claims.mu.Lock()
	defer s.claims.mu.Unlock()
	if d == 0 {
		return false, faultOf(s.claims.giveBack(ctx, work))
	}
	held, err = s.claims.take(ctx, work, d)
	return held, faultOf(err)
}

// take takes as long as the database takes: given up, it would go on waiting there. Another primary ends the wait.
func (l *claims) take(ctx context.Context, work string, d time.Duration) (held bool, err error) {
	if l.c == nil || l.s.reign.over(l.c) {
		if l.c, err = l.s.instead(ctx, l.c); err != nil {
			return false, err
		}
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(l.c.line.term, cancel)()
	var one int
	err = l.c.QueryRow(ctx, takeClaim, work, l.holder, d).Scan(&one)
	if errors.Is(err, pgx.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}

func (l *claims) giveBack(ctx context.Context, work string) error {
	if l.c == nil || l.s.reign.over(l.c) {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, giveBackAtMost)
	defer cancel()
	_, err := l.c.Exec(ctx, dropClaim, work, l.holder)
	return err
}

func (l *claims) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.c != nil {
		l.c.drop()
	}
}
