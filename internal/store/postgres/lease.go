package postgres

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/switchboard-platform/switchboard/internal/fault"
)

// The lease of the node that changes the database. It is prolonged long before it ends; a node that is gone is
// waited for until then.
const (
	nodeLease  = "node"
	leaseFor   = 10 * time.Second
	leaseEvery = 2 * time.Second

	leaseAtMost = 5 * time.Second // to take it first, and to give it back
)

// takeLease takes or prolongs the lease, unless another one holds it.
const takeLease = `INSERT INTO leases (name, holder, held_until) VALUES ($1, $2, clock_timestamp() + $3::interval)
 ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, held_until = excluded.held_until
 WHERE leases.holder = excluded.holder OR leases.held_until < clock_timestamp() RETURNING holder`

// lease keeps the lease of a node until it is closed.
type lease struct {
	s      *Store
	c      *connection
	cancel context.CancelFunc
	done   chan struct{}
}

// holdLease takes the lease. Conflict when another node has it.
func holdLease(ctx context.Context, s *Store) (*lease, error) {
	c, err := s.connect(ctx)
	if err != nil {
		return nil, err
	}
	l := &lease{s: s, c: c, done: make(chan struct{})}
	first, cancel := context.WithTimeout(ctx, leaseAtMost)
	defer cancel()
	if err := l.take(first, leaseFor); err != nil {
		_ = c.Close(context.WithoutCancel(ctx))
		return nil, err
	}
	ctx, l.cancel = context.WithCancel(context.Background())
	go l.keep(ctx)
	return l, nil
}

func (l *lease) take(ctx context.Context, upTo time.Duration) error {
	var holder string
	err := l.c.QueryRow(ctx, takeLease, nodeLease, l.s.cfg.Node, upTo).Scan(&holder)
	if errors.Is(err, pgx.ErrNoRows) {
		return fault.New(fault.Conflict, "Another node has this database open. Stop it first; if it is gone, wait %s and try again.", leaseFor)
	}
	return unreachable(err)
}

// keep prolongs the lease until ctx ends. Whoever loses it learns so with the next change: see tx.begin.
func (l *lease) keep(ctx context.Context) {
	defer close(l.done)
	tick := time.NewTicker(leaseEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if l.s.reign.over(l.c) {
			c, err := l.s.instead(ctx, l.c)
			if err != nil {
				continue
			}
			l.c = c
		}
		if err := l.prolong(ctx); err != nil && ctx.Err() == nil {
			slog.Error("the lease of this node cannot be prolonged", "error", err)
		}
	}
}

// prolong takes as long as the database takes: given up, it would go on waiting there. Another primary ends the wait.
func (l *lease) prolong(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(l.c.line.term, cancel)()
	return l.take(ctx, leaseFor)
}

// close gives the lease back, so that another node need not wait.
func (l *lease) close() {
	l.cancel()
	<-l.done
	ctx, cancel := context.WithTimeout(context.Background(), leaseAtMost)
	defer cancel()
	if l.c.IsClosed() { // by the end of a prolongation
		if c, err := l.s.connect(ctx); err == nil {
			l.c = c
		}
	}
	_ = l.take(ctx, 0) // if it fails the next one waits
	_ = l.c.Close(ctx)
}

// errTakenOver is the cause of the answer of a node that is no longer the one.
var errTakenOver = errors.New("its lease is another one's")

func takenOver() error {
	return fault.Wrap(errTakenOver, fault.Unavailable, "Another node has taken over; this one changes nothing any more. Restart it when the other is gone.")
}
