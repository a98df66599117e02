package sqlite

import (
	"github.com/switchboard-platform/switchboard/internal/block"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/store"
)

const blockColumns = `b.block_id, b.user_code, b.service_code, b.partner_id, b.owner, b.rule, b.from_at, b.until_at, b.placed_at,
 b.reason, b.placed_by, b.lift_asked_by, b.lift_asked_at, b.lifted_at, b.lifted_by`

func (q *query) readBlock() (b block.Block) {
	b.ID = q.str()
	b.Target = block.Target{Agent: q.str(), Service: q.str(), Partner: q.str()}
	b.Owner, b.Rule = block.Owner(q.num()), block.Rule(q.str())
	b.From, b.Until, b.PlacedAt = q.time(), q.time(), q.time()
	b.Reason, b.PlacedBy = q.str(), q.str()
	b.LiftAskedBy, b.LiftAskedAt = q.str(), q.time()
	b.LiftedAt, b.LiftedBy = q.time(), q.str()
	return b
}

func (q *query) blocks() (list []block.Block, err error) {
	for q.next() {
		list = append(list, q.readBlock())
	}
	return list, wrap(q.err)
}

// openBlocks gives the open blocks on an agent and its activations.
func (c *conn) openBlocks(userCode string) ([]block.Block, error) {
	q := c.prepare(`SELECT ` + blockColumns + ` FROM blocks b WHERE b.user_code = ? AND b.lifted_at = 0 ORDER BY b.block_id`)
	return q.text(userCode).blocks()
}

// briefBlocks is openBlocks in brief: see block.Block.Brief.
func (c *conn) briefBlocks(userCode string) ([]block.Block, error) {
	list, err := c.openBlocks(userCode)
	for i := range list {
		list[i] = list[i].Brief()
	}
	return list, err
}

// sharedBlocks gives the open blocks on services and partners.
func (c *conn) sharedBlocks() ([]block.Block, error) {
	q := c.prepare(`SELECT ` + blockColumns + ` FROM blocks b WHERE b.user_code = '' AND b.lifted_at = 0 ORDER BY b.block_id`)
	return q.blocks()
}

// Block implements store.BlockTx.
func (t *tx) Block(id string) (block.Block, error) {
	q := t.c.prepare(`SELECT ` + blockColumns + ` FROM blocks b WHERE b.block_id = ?`)
	list, err := q.text(id).blocks()
	if err == nil && len(list) == 0 {
		return block.Block{}, fault.New(fault.NotFound, "There is no block %.40q.", id)
	}
	if err != nil {
		return block.Block{}, err
	}
	return list[0], nil
}

// SaveBlock implements store.BlockTx.
func (t *tx) SaveBlock(b block.Block) error {
	if err := t.write(b.Agent); err != nil {
		return err
	}
	q := t.c.prepare(`INSERT INTO blocks (block_id, user_code, service_code, partner_id, owner, rule, from_at, until_at, placed_at,
 reason, placed_by, lift_asked_by, lift_asked_at, lifted_at, lifted_by) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)
 ON CONFLICT (block_id) DO UPDATE SET owner=excluded.owner, rule=excluded.rule, reason=excluded.reason, from_at=excluded.from_at,
 until_at=excluded.until_at, placed_at=excluded.placed_at, placed_by=excluded.placed_by, lift_asked_by=excluded.lift_asked_by, lift_asked_at=excluded.lift_asked_at,
 lifted_at=excluded.lifted_at, lifted_by=excluded.lifted_by`)
	q.text(b.ID, b.Agent, b.Service, b.Partner).int(int64(b.Owner)).text(string(b.Rule))
	q.int(micro(b.From), micro(b.Until), micro(b.PlacedAt)).text(b.Reason, b.PlacedBy, b.LiftAskedBy)
	if err := q.int(micro(b.LiftAskedAt), micro(b.LiftedAt)).text(b.LiftedBy).run(); err != nil {
		return err
	}
	if b.Agent == "" {
		return t.wroteDirectory(nil)
	}
	count := t.c.prepare(`UPDATE agents SET open_blocks =
 (SELECT count(*) FROM blocks b WHERE b.user_code = ?1 AND b.lifted_at = 0) WHERE user_code = ?1`)
	return count.text(b.Agent).run()
}

// Blocks implements store.BlockTx.
func (t *tx) Blocks(f store.BlockFilter) ([]block.Block, error) {
	const rest = ` AND (?2 = '' OR b.service_code = ?2) AND (?3 = '' OR b.partner_id = ?3) AND (?4 < 0 OR b.owner = ?4)
 AND (?5 = 0 OR b.lifted_at = 0) AND (?6 = '' OR b.block_id < ?6) ORDER BY b.block_id DESC LIMIT ?7`
	sql := `SELECT ` + blockColumns + ` FROM blocks b WHERE ?1 = ''` + rest
	if f.Agent != "" {
		sql = `SELECT ` + blockColumns + ` FROM blocks b WHERE b.user_code = ?1` + rest
	}
	owner := int64(-1)
	if f.Owner != nil {
		owner = int64(*f.Owner)
	}
	q := t.c.prepare(sql)
	return q.text(f.Agent, f.Service, f.Partner).int(owner, flag(f.Open)).text(f.Before).int(int64(f.Limit)).blocks()
}
