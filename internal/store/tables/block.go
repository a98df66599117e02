package tables

import (
	"github.com/switchboard-platform/switchboard/internal/block"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// BlockColumns are those that Block reads, of blocks as b.
const BlockColumns = `b.block_id, b.user_code, b.service_code, b.partner_id, b.owner, b.rule, b.from_at, b.until_at, b.placed_at,
 b.reason, b.placed_by, b.lift_asked_by, b.lift_asked_at, b.lifted_at, b.lifted_by`

// Block reads BlockColumns.
func (q *Query) Block() (b block.Block) {
	b.ID = q.Str()
	b.Target = block.Target{Agent: q.Str(), Service: q.Str(), Partner: q.Str()}
	b.Owner, b.Rule = block.Owner(q.Num()), block.Rule(q.Str())
	b.From, b.Until, b.PlacedAt = q.Time(), q.Time(), q.Time()
	b.Reason, b.PlacedBy = q.Str(), q.Str()
	b.LiftAskedBy, b.LiftAskedAt = q.Str(), q.Time()
	b.LiftedAt, b.LiftedBy = q.Time(), q.Str()
	return b
}

func (q *Query) blocks() (list []block.Block, err error) {
	for q.Next() {
		list = append(list, q.Block())
	}
	return list, q.Err
}

// openBlocks gives the open blocks on an agent and its activations.
func (c *Conn) openBlocks(userCode string) ([]block.Block, error) {
	q := c.Prepare(`SELECT ` + BlockColumns + ` FROM blocks b WHERE b.user_code = ? AND b.lifted_at = 0 ORDER BY b.block_id`)
	return q.Text(userCode).blocks()
}

// briefBlocks is openBlocks in brief: see block.Block.Brief.
func (c *Conn) briefBlocks(userCode string) ([]block.Block, error) {
	list, err := c.openBlocks(userCode)
	for i := range list {
		list[i] = list[i].Brief()
	}
	return list, err
}

// sharedBlocks gives the open blocks on services and partners.
func (c *Conn) sharedBlocks() ([]block.Block, error) {
	q := c.Prepare(`SELECT ` + BlockColumns + ` FROM blocks b WHERE b.user_code = '' AND b.lifted_at = 0 ORDER BY b.block_id`)
	return q.blocks()
}

// Block implements store.BlockTx.
func (t *Tx) Block(id string) (block.Block, error) {
	q := t.c.Prepare(`SELECT ` + BlockColumns + ` FROM blocks b WHERE b.block_id = ?`)
	list, err := q.Text(id).blocks()
	if err == nil && len(list) == 0 {
		return block.Block{}, fault.New(fault.NotFound, "There is no block %.40q.", id)
	}
	if err != nil {
		return block.Block{}, err
	}
	return list[0], nil
}

// SaveBlock implements store.BlockTx.
func (t *Tx) SaveBlock(b block.Block) error {
	if err := t.write(b.Agent); err != nil {
		return err
	}
	q := t.c.Prepare(`INSERT INTO blocks (block_id, user_code, service_code, partner_id, owner, rule, from_at, until_at, placed_at,
 reason, placed_by, lift_asked_by, lift_asked_at, lifted_at, lifted_by) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)
 ON CONFLICT (block_id) DO UPDATE SET owner=excluded.owner, rule=excluded.rule, reason=excluded.reason, from_at=excluded.from_at,
 until_at=excluded.until_at, placed_at=excluded.placed_at, placed_by=excluded.placed_by, lift_asked_by=excluded.lift_asked_by, lift_asked_at=excluded.lift_asked_at,
 lifted_at=excluded.lifted_at, lifted_by=excluded.lifted_by`)
	q.Text(b.ID, b.Agent, b.Service, b.Partner).Int(int64(b.Owner)).Text(string(b.Rule))
	q.Int(store.Micro(b.From), store.Micro(b.Until), store.Micro(b.PlacedAt)).Text(b.Reason, b.PlacedBy, b.LiftAskedBy)
	if err := q.Int(store.Micro(b.LiftAskedAt), store.Micro(b.LiftedAt)).Text(b.LiftedBy).Run(); err != nil {
		return err
	}
	if b.Agent == "" {
		return t.wroteDirectory(nil)
	}
	count := t.c.Prepare(`UPDATE agents SET open_blocks =
 (SELECT count(*) FROM blocks b WHERE b.user_code = ?1 AND b.lifted_at = 0) WHERE user_code = ?1`)
	return count.Text(b.Agent).Run()
}

// Blocks implements store.BlockTx.
func (t *Tx) Blocks(f store.BlockFilter) ([]block.Block, error) {
	const rest = ` AND (?2 = '' OR b.service_code = ?2) AND (?3 = '' OR b.partner_id = ?3) AND (?4 < 0 OR b.owner = ?4)
 AND (?5 = 0 OR b.lifted_at = 0) AND (?6 = '' OR b.block_id < ?6) ORDER BY b.block_id DESC LIMIT ?7`
	sql := `SELECT ` + BlockColumns + ` FROM blocks b WHERE ?1 = ''` + rest
	if f.Agent != "" {
		sql = `SELECT ` + BlockColumns + ` FROM blocks b WHERE b.user_code = ?1` + rest
	}
	owner := int64(-1)
	if f.Owner != nil {
		owner = int64(*f.Owner)
	}
	q := t.c.Prepare(sql)
	return q.Text(f.Agent, f.Service, f.Partner).Int(owner, store.Flag(f.Open)).Text(f.Before).Int(int64(f.Limit)).blocks()
}
