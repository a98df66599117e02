package postgres

import (
	"errors"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/rs/xid"

	"github.com/switchboard-platform/switchboard/internal/block"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/member"
	"github.com/switchboard-platform/switchboard/internal/store/group"
)

// onePerMachine is the setting that gives a transaction one connection to each machine: one snapshot of it, and one
// commit on it.
const onePerMachine = "citus.max_adaptive_executor_pool_size"

// engine makes an engine of a connection of the store.
func (s *Store) engine(c *connection) *engine {
	e := newEngine(c)
	if e.distributed = s.distributed; e.distributed {
		e.name = xid.New().String()
	}
	return e
}

// unwarned runs something that must not be warned of.
func (e *engine) unwarned(run func() error) error {
	e.c.line.warning()
	if err := run(); err != nil {
		return err
	}
	if message := e.c.line.warning(); message != "" {
		slog.Warn("the database does not promise that a change is kept", "warning", message)
		return errNotEverywhere
	}
	return nil
}

// machineLost is err, unless it is how a coordinator says that it lost a machine: as an error of its own, which has no
// code but the one for errors without a code.
func (e *engine) machineLost(err error) error {
	var refused *pgconn.PgError
	if e.distributed && errors.As(err, &refused) && refused.Code == "XX000" { // internal_error
		return fault.Wrap(err, fault.Unavailable, "A machine of the database's cluster cannot be reached.")
	}
	return err
}

// settle makes every machine commit what was decided and it has not done yet, or roll back what was given up; and makes
// sure that what the coordinator decided is on its second machine.
func (e *engine) settle() error {
	return e.unwarned(func() error {
		if err := e.send("SELECT recover_prepared_transactions()", nil, nil); err != nil {
			return err
		}
		return e.send(prove, nil, nil)
	})
}

// beginSettled begins a transaction that finds everything committed everywhere. Whoever committed on this connection
// made sure of it; what another one left is looked after under the lock, before the transaction begins anew.
func (t *tx) beginSettled(jobs []*group.Job) (version int64, err error) {
	version, err = t.begin(jobs)
	if err != nil || !t.e.distributed || t.writer == t.e.name {
		return version, err
	}
	e := t.e
	e.rollback()
	if err = e.send("SELECT pg_advisory_lock($1)", []any{changeLock}, nil); err == nil {
		err = e.settle()
	}
	if err == nil {
		version, err = t.begin(jobs)
	}
	if err == nil {
		err = e.send("SELECT pg_advisory_unlock($1)", []any{changeLock}, nil) // the transaction has it as well
	}
	if err != nil {
		return 0, e.giveUp(err)
	}
	return version, nil
}

// beforeCommit is sent with the last writes of a transaction. The lock is held until every machine has committed.
func (e *engine) beforeCommit() {
	if e.distributed {
		e.queue("SELECT pg_advisory_xact_lock($1)", commitLock)
	}
}

// settleAtMost bounds how long an answer waits for a machine that went away between the two phases of a commit.
const settleAtMost = 20 * time.Second

// commit commits with what waits. Where the tables are distributed a machine may have been lost in between: then the
// change is made, but what it changed can be read as it was on that machine. So nothing is answered until it has committed
// as well.
func (e *engine) commit() error {
	err := e.unwarned(func() error { return e.send(commit, nil, nil) })
	if !e.distributed {
		return err
	}
	for began := time.Now(); errors.Is(err, errNotEverywhere) && !e.c.IsClosed() && time.Since(began) < settleAtMost; time.Sleep(retryPause) {
		err = e.settle()
	}
	return err
}

// beginView begins a transaction that sees one committed state. Where the tables are distributed, each machine has a
// snapshot of its own: they are taken while nobody commits.
func (e *engine) beginView() error {
	if !e.distributed {
		e.queue("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
		return nil
	}
	if err := e.send("SELECT pg_advisory_lock_shared($1)", []any{commitLock}, nil); err != nil {
		return e.giveUp(err)
	}
	e.queue("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
	e.queue("SELECT 1 FROM uses LIMIT 1") // asks every machine
	if err := e.send("SELECT pg_advisory_unlock_shared($1)", []any{commitLock}, nil); err != nil {
		return e.giveUp(err)
	}
	return nil
}

// giveUp closes a connection that may have the lock.
func (e *engine) giveUp(err error) error {
	e.c.drop()
	return e.Fault(err)
}

// CreateMember implements store.MemberTx. No index over the machines says that a member's number is unique: it is
// looked for, which is enough under the lock.
func (t *tx) CreateMember(m member.Member) error {
	if t.e.distributed && m.Number != "" {
		if err := t.absent(`SELECT count(*) FROM members m WHERE m.number = ? AND m.number <> ''`, m.Number); err != nil {
			return err
		}
	}
	return t.Tx.CreateMember(m)
}

// SaveBlock implements store.BlockTx: as with a member's number, a block's id is not given to another agent.
func (t *tx) SaveBlock(b block.Block) error {
	if t.e.distributed {
		if err := t.absent(`SELECT count(*) FROM blocks b WHERE b.block_id = ? AND b.user_code <> ?`, b.ID, b.Agent); err != nil {
			return err
		}
	}
	return t.Tx.SaveBlock(b)
}

// absent refuses what a statement counts.
func (t *tx) absent(count string, args ...string) error {
	n, err := t.t.Number(count, args...)
	if err == nil && n > 0 {
		err = fault.New(fault.Exists, "It is there already.")
	}
	return err
}
