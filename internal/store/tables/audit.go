package tables

import (
	"cmp"
	"math"
	"time"

	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/audit"
	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// ScanEvents implements store.AuditTx. It reads what the database holds of each column without making
// anything for it: a whole log is hundreds of millions of them.
func (t *Tx) ScanEvents(after uint64, fn func(*event.Raw) error) error {
	q := t.c.scan(`SELECT ` + eventColumns + ` FROM events WHERE seq > ? ORDER BY seq`)
	var r event.Raw
	for q.Int(int64(after)); q.Next(); {
		q.readRaw(&r)
		if err := fn(&r); err != nil {
			return cmp.Or(err, q.Done())
		}
	}
	return q.Err
}

// readRaw reads the columns of an event into r, whose texts are overwritten.
func (q *Query) readRaw(r *event.Raw) {
	r.Seq, r.Prev = uint64(q.Num()), uint64(q.Num())
	q.raw(&r.SubjectKind)
	q.raw(&r.SubjectID)
	r.Version = uint64(q.Num())
	q.raw(&r.Kind)
	q.raw(&r.Service)
	q.raw(&r.Actor)
	q.raw(&r.Key)
	q.raw(&r.Address)
	q.raw(&r.RequestID)
	r.At = q.Num()
	q.raw(&r.Data)
	q.hash((*[32]byte)(&r.Hash))
}

// raw reads a text or blob into b, which grows when it is too short.
func (q *Query) raw(b *[]byte) {
	n := q.bytes((*b)[:cap(*b)])
	if n == cap(*b) { // perhaps there is more
		*b = make([]byte, q.ColumnLen(q.col-1)+64)
		q.col--
		n = q.bytes(*b)
	}
	*b = (*b)[:n]
}

// hash reads a hash; what is none becomes zero.
func (q *Query) hash(h *[32]byte) {
	if q.ColumnLen(q.col) != len(h) {
		*h = [32]byte{}
		q.col++
		return
	}
	q.bytes(h[:])
}

// LastSeq implements store.AuditTx.
func (t *Tx) LastSeq() (uint64, error) { return t.c.LastSeq() }

// EventHash implements store.AuditTx.
func (t *Tx) EventHash(seq uint64) (h event.Hash, err error) {
	if seq == 0 {
		return h, nil
	}
	q := t.c.Prepare(`SELECT hash FROM events WHERE seq = ?`)
	if q.Int(int64(seq)); !q.Next() {
		return h, cmp.Or(q.Err, error(fault.New(fault.NotFound, "There is no event %d.", seq)))
	}
	q.hash((*[32]byte)(&h))
	return h, q.Done()
}

// EventSpan implements store.AuditTx. Events come in the order of their commits, which is nearly that of their times.
func (t *Tx) EventSpan(from, until time.Time) (first, last uint64, err error) {
	q := t.c.Prepare(`SELECT coalesce(min(seq), 0), coalesce(max(seq), 0) FROM events WHERE at >= ? AND (CAST(?2 AS BIGINT) = 0 OR at < ?2)`)
	if q.Int(store.Micro(from), store.Micro(until)); !q.Next() {
		return 0, 0, q.Err
	}
	first, last = uint64(q.Num()), uint64(q.Num())
	return first, last, q.Done()
}

// rowQueries read the heads of the rows that have a chain of their own.
func rowQueries() []struct {
	kind event.SubjectKind
	sql  string
} {
	return []struct {
		kind event.SubjectKind
		sql  string
	}{
		{event.Partner, `SELECT partner_id, version, seq, hash FROM partners`},
		{event.Service, `SELECT service_code, version, seq, hash FROM services`},
		{event.Channel, `SELECT channel_id, version, seq, hash FROM channels`},
		{event.Ladder, `SELECT security, version, seq, hash FROM ladders`},
		{event.Operator, `SELECT name, version, seq, hash FROM operators`},
		{event.Switch, `SELECT switch_id, version, seq, hash FROM switches`},
		{event.Plan, `SELECT plan_id, version, seq, hash FROM plans WHERE version > 0`}, // one being made has no event yet
		{event.Review, `SELECT user_code || '/' || service_code, version, seq, hash FROM review_claims`},
		{event.Member, `SELECT member_id, version, seq, hash FROM members`},
	}
}

const (
	agentRows      = `SELECT user_code, version, seq, hash FROM agents`
	activationRows = `SELECT user_code, version, seq, hash, service_code, status, verification, effective_from, effective_until, verify_by
 FROM activations`
)

// ScanRows implements store.AuditTx.
func (t *Tx) ScanRows(fn func(*audit.Row) error) error {
	for _, x := range rowQueries() {
		if err := t.scanRows(x.kind, x.sql, fn); err != nil {
			return err
		}
	}
	return cmp.Or(t.scanRows(event.Agent, agentRows, fn), t.scanRows(event.Agent, activationRows, fn))
}

func (t *Tx) scanRows(kind event.SubjectKind, sql string, fn func(*audit.Row) error) error {
	q := t.c.scan(sql)
	r := audit.Row{Kind: kind}
	for q.Next() {
		q.raw(&r.ID)
		r.Head.Version, r.Head.Seq = uint64(q.Num()), uint64(q.Num())
		q.hash((*[32]byte)(&r.Head.Hash))
		if sql == activationRows {
			q.raw(&r.Service)
			r.State = agent.State{Status: agent.Status(narrow(q.Num())), Verification: agent.Verification(narrow(q.Num()))}
			r.Dates = agent.Dates{From: q.Time(), Until: q.Time(), VerifyBy: q.Time()}
		}
		if err := fn(&r); err != nil {
			return cmp.Or(err, q.Done())
		}
	}
	return q.Err
}

// narrow brings a number to one byte. What does not fit into it becomes what no state has.
func narrow(n int64) uint8 {
	if n < 0 || n > math.MaxUint8 {
		return math.MaxUint8 - 1
	}
	return uint8(n)
}

// LogBlocks implements store.AuditTx.
func (t *Tx) LogBlocks(from int) (list []audit.Hash, err error) {
	q := t.c.Prepare(`SELECT block, hash FROM log_blocks WHERE block >= ? ORDER BY block`)
	for q.Int(int64(from)); q.Next(); {
		n, next := q.Num(), from+len(list)
		var h audit.Hash
		q.hash((*[32]byte)(&h))
		if list = append(list, h); n != int64(next) {
			return nil, cmp.Or[error](q.Done(), fault.New(fault.Invalid, "Block %d of the log is missing.", next))
		}
	}
	return list, q.Err
}

// AddLogBlocks implements store.AuditTx.
func (t *Tx) AddLogBlocks(first int, hashes []audit.Hash) error {
	if err := t.write(""); err != nil {
		return err
	}
	for i, h := range hashes {
		q := t.c.Prepare(`INSERT INTO log_blocks (block, hash) VALUES (?,?)`)
		if err := q.Int(int64(first + i)).Blob(h[:]).Run(); err != nil {
			return err
		}
	}
	return nil
}

const headColumns = `head, size, root, at, note`

func (q *Query) readLogHead() (h audit.SignedHead) {
	h.ID, h.Size = uint64(q.Num()), uint64(q.Num())
	q.hash((*[32]byte)(&h.Root))
	h.At, h.Note = q.Time(), q.Str()
	return h
}

// LogHeads implements store.AuditTx.
func (t *Tx) LogHeads(after uint64, limit int) (list []audit.SignedHead, err error) {
	q := t.c.Prepare(`SELECT ` + headColumns + ` FROM log_heads WHERE head > ? ORDER BY head LIMIT ?`)
	for q.Int(int64(after), int64(limit)); q.Next(); {
		list = append(list, q.readLogHead())
	}
	return list, q.Err
}

// LastLogHead implements store.AuditTx.
func (t *Tx) LastLogHead() (h audit.SignedHead, err error) {
	q := t.c.Prepare(`SELECT ` + headColumns + ` FROM log_heads ORDER BY head DESC LIMIT 1`)
	if !q.Next() {
		return h, cmp.Or(q.Err, error(fault.New(fault.NotFound, "No head of the log was signed yet.")))
	}
	h = q.readLogHead()
	return h, q.Done()
}

// AddLogHead implements store.AuditTx.
func (t *Tx) AddLogHead(h audit.SignedHead) (audit.SignedHead, error) {
	if err := t.write(""); err != nil {
		return h, err
	}
	q := t.c.Prepare(`INSERT INTO log_heads (head, size, root, at, note)
 VALUES ((SELECT coalesce(max(head), 0) + 1 FROM log_heads), ?,?,?,?) RETURNING head`)
	if q.Int(int64(h.Size)).Blob(h.Root[:]).Int(store.Micro(h.At)).Text(h.Note); !q.Next() {
		return h, q.Err
	}
	h.ID = uint64(q.Num())
	return h, q.Run()
}
