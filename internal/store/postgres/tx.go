package postgres

import (
	"context"

	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/store"
	"github.com/switchboard-platform/switchboard/internal/store/group"
	"github.com/switchboard-platform/switchboard/internal/store/tables"
)

// tx is a transaction on one connection: the writer's, or one that reads.
type tx struct {
	tables.Tx
	e        *engine
	t        *tables.Conn
	writable bool

	seq       uint64           // of the last event, with those of this transaction
	dir       *store.Directory // as it was when the transaction began; nil when that is not known
	directory bool             // it was written
	dirty     bool             // an Update of the group wrote
	wrote     bool             // the one that runs did
	near      near
	writer    string // the connection that changed anything last
}

func newTx(e *engine, writable bool) *tx {
	t := &tx{e: e, t: &tables.Conn{Engine: e}, writable: writable}
	t.Tx = tables.NewTx(t.t, t)
	return t
}

// BeforeWrite implements tables.Own.
func (t *tx) BeforeWrite(userCode, _ string) error {
	if !t.writable {
		return fault.New(fault.Internal, "This transaction can only read.")
	}
	delete(t.near.agents, userCode)
	t.wrote, t.dirty = true, true
	return nil
}

// WroteDirectory implements tables.Own.
func (t *tx) WroteDirectory() { t.directory = true }

// Seq implements tables.Own.
func (t *tx) Seq() *uint64 { return &t.seq }

// HeldDirectory implements tables.Own.
func (t *tx) HeldDirectory() *store.Directory {
	if t.directory {
		return nil
	}
	return t.dir
}

// AgentsByMobile implements store.AgentTx.
func (t *tx) AgentsByMobile(partnerID, mobile string) ([]agent.Agent, error) {
	return t.t.Agents(`mobile = ? AND partner_id = ? ORDER BY user_code`, mobile, partnerID)
}

// EraseAgent implements store.EraseTx.
func (t *tx) EraseAgent(userCode, partnerID, mobile string, calls []store.CallKey) error {
	clear(t.near.calls)
	if err := t.Tx.EraseAgent(userCode, partnerID, mobile, calls); err != nil {
		return err
	}
	q := t.t.Prepare(`UPDATE agents SET mobile = '' WHERE user_code = ? AND mobile = ?`)
	return q.Text(userCode, mobile).Run()
}

// View implements store.Store.
func (s *Store) View(ctx context.Context, fn func(store.Tx) error) error {
	return s.read(ctx, func(e *engine) error { return view(e, fn) })
}

// LongView implements store.Store: on a connection of its own.
func (s *Store) LongView(ctx context.Context, fn func(store.Tx) error) error {
	if err := ctx.Err(); err != nil {
		return group.Ended(err)
	}
	s.apart.RLock()
	defer s.apart.RUnlock()
	if s.closed.Load() {
		return group.Closed()
	}
	c, err := s.connect(ctx)
	if err != nil {
		return err
	}
	defer c.drop()
	err = s.use(ctx, s.engine(c), func(e *engine) error { return view(e, fn) })
	if err != nil && ctx.Err() != nil {
		return group.Ended(ctx.Err())
	}
	return err
}

// view calls fn with a transaction that reads.
func view(e *engine, fn func(store.Tx) error) error {
	if err := e.beginView(); err != nil {
		return err
	}
	defer e.rollback()
	return group.Call(fn, newTx(e, false))
}

// rollback ends a transaction of which nothing is to stay, and leaves the connection fit for the next.
func (e *engine) rollback() {
	begun := e.c.PgConn().TxStatus() != 'I'
	e.waiting, e.broken, e.sent, e.mode = nil, nil, true, hopeful
	if begun {
		_ = e.send("ROLLBACK", nil, nil) // a connection that cannot even do this is closed, and replaced
	}
}
