package sqlite

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// addMobile notes which agent has a number. A number that an agent gave up stays noted; whoever
// looks it up sees in the agent that it is no longer so.
func (t *tx) addMobile(a *agent.Agent) error {
	if a.Profile.Mobile == "" {
		return nil
	}
	q := t.c.prepare(`INSERT INTO mobiles_new (mobile, partner_id, user_code) VALUES (?,?,?)`)
	if err := q.Text(a.Profile.Mobile, a.PartnerID, a.UserCode).Run(); err != nil {
		return err
	}
	t.mobiles++
	return nil
}

// hasMobile says whether the agent's row has its number already, which is noted then.
func (t *tx) hasMobile(a *agent.Agent) (has bool, err error) {
	q := t.c.prepare(`SELECT mobile = ? AND partner_id = ? FROM agents WHERE user_code = ?`)
	if q.Text(a.Profile.Mobile, a.PartnerID, a.UserCode); !q.Next() {
		return false, q.Err
	}
	has = q.Num() == 1
	return has, q.Done()
}

// CreateAgent implements store.AgentTx.
func (t *tx) CreateAgent(a agent.Agent) error {
	if err := t.Tx.CreateAgent(a); err != nil {
		return err
	}
	return t.addMobile(&a)
}

// UpdateAgent implements store.AgentTx.
func (t *tx) UpdateAgent(a agent.Agent, was uint64) error {
	noted, err := t.hasMobile(&a)
	if err != nil {
		return err
	}
	if err := t.Tx.UpdateAgent(a, was); err != nil || noted {
		return err
	}
	return t.addMobile(&a)
}

// EraseAgent implements store.EraseTx. What is deleted or written over is overwritten in the database file
// too; the write-ahead log has it until it is started over.
func (t *tx) EraseAgent(userCode, partnerID, mobile string, calls []store.CallKey) error {
	if err := t.Tx.EraseAgent(userCode, partnerID, mobile, calls); err != nil {
		return err
	}
	return t.dropMobile(mobile, partnerID, userCode)
}

// dropMobile forgets that an agent has a number.
func (t *tx) dropMobile(mobile, partnerID, userCode string) error {
	q := t.c.prepare(`DELETE FROM mobiles WHERE mobile = ? AND partner_id = ? AND user_code = ?`)
	if err := q.Text(mobile, partnerID, userCode).Run(); err != nil {
		return err
	}
	q = t.c.prepare(`DELETE FROM mobiles_new WHERE mobile = ? AND partner_id = ? AND user_code = ?`)
	if err := q.Text(mobile, partnerID, userCode).Run(); err != nil {
		return err
	}
	t.mobiles -= int64(t.c.Changes())
	return nil
}

// AgentsByMobile implements store.AgentTx.
func (t *tx) AgentsByMobile(partnerID, mobile string) ([]agent.Agent, error) {
	q := t.c.prepare(`SELECT user_code FROM mobiles WHERE mobile = ?1 AND partner_id = ?2
 UNION SELECT user_code FROM mobiles_new WHERE mobile = ?1 AND partner_id = ?2 ORDER BY 1`)
	var codes []string
	for q.Text(mobile, partnerID); q.Next(); {
		codes = append(codes, q.Str())
	}
	if q.Err != nil {
		return nil, q.Err
	}
	var list []agent.Agent
	for _, code := range codes {
		rec, err := t.c.tables.Record(code)
		if err != nil {
			return nil, err
		}
		if rec.Agent.Profile.Mobile == mobile && rec.Agent.PartnerID == partnerID {
			list = append(list, rec.Agent)
		}
	}
	return list, nil
}

// AgentsWithMobile implements store.SearchTx.
func (t *tx) AgentsWithMobile(prefix string, limit int) (codes []string, err error) {
	q := t.c.prepare(`SELECT mobile, user_code FROM (SELECT mobile, user_code FROM mobiles WHERE mobile >= ?1 AND mobile < ?2 ORDER BY mobile LIMIT ?3)
 UNION SELECT mobile, user_code FROM mobiles_new WHERE mobile >= ?1 AND mobile < ?2 ORDER BY 1, 2 LIMIT ?3`)
	for q.Text(prefix, prefix+string(utf8.MaxRune)).Int(int64(limit)); q.Next(); {
		_ = q.Str()
		codes = append(codes, q.Str())
	}
	return codes, q.Err
}

// settler moves mobiles_new into mobiles: sorted, so that each page of the tree is written once for
// many numbers, and in small Updates, so that no change waits long behind one.
type settler struct {
	s    *Store
	stop chan struct{}
	done chan struct{}
}

const (
	settleEvery = time.Second
	settleFrom  = 50000 // so many are moved at once, even while more come
	settleBatch = 2000  // in one Update
)

func (k *settler) run() {
	defer close(k.done)
	tick := time.NewTicker(settleEvery)
	defer tick.Stop()
	for last := int64(-1); ; {
		select {
		case <-k.stop:
			return
		case <-tick.C:
		}
		// A run that is short and still growing is worth waiting for.
		waiting := k.s.unsettled.Load()
		if waiting == 0 || waiting < settleFrom && waiting != last {
			last = waiting
			continue
		}
		if err := k.settle(context.Background()); err != nil {
			slog.Warn("new mobile numbers cannot be sorted in; it will be tried again", "error", err)
		}
		last = -1
	}
}

// owner is a row of either table.
type owner struct {
	id                          int64 // in mobiles_new
	mobile, partnerID, userCode string
}

// settle moves what is in mobiles_new now. A stop in between leaves numbers in both tables, which
// does no harm: moving them again changes nothing.
func (k *settler) settle(ctx context.Context) error {
	owners, last, err := k.newest(ctx)
	if err != nil || len(owners) == 0 {
		return err
	}
	slices.SortFunc(owners, func(a, b owner) int { return strings.Compare(a.mobile, b.mobile) })
	for batch := range slices.Chunk(owners, settleBatch) {
		select {
		case <-k.stop:
			return nil
		default:
		}
		if err := k.s.Update(ctx, func(tx store.Tx) error { return insertOwners(tx, batch) }); err != nil {
			return err
		}
	}
	for upTo := last - int64(len(owners)); upTo < last; { // their numbers hardly have gaps
		upTo = min(upTo+settleBatch, last)
		if err := k.s.Update(ctx, func(tx store.Tx) error { return dropSettled(tx, upTo) }); err != nil {
			return err
		}
	}
	return nil
}

func (k *settler) newest(ctx context.Context) (owners []owner, last int64, err error) {
	err = k.s.read(ctx, func(c *conn) error {
		q := c.prepare(`SELECT mobile_id, mobile, partner_id, user_code FROM mobiles_new ORDER BY mobile_id LIMIT ?`)
		for q.Int(2 * settleFrom); q.Next(); {
			last = q.Num()
			owners = append(owners, owner{last, q.Str(), q.Str(), q.Str()})
		}
		return q.Err
	})
	return owners, last, err
}

func insertOwners(t store.Tx, owners []owner) error {
	own := t.(*tx)
	if err := own.BeforeWrite("", ""); err != nil {
		return err
	}
	for _, o := range owners {
		// From the row, and not from memory: the agent may have been erased meanwhile.
		q := own.c.prepare(`INSERT OR IGNORE INTO mobiles (mobile, partner_id, user_code)
 SELECT mobile, partner_id, user_code FROM mobiles_new WHERE mobile_id = ?`)
		if err := q.Int(o.id).Run(); err != nil {
			return err
		}
	}
	return nil
}

func dropSettled(t store.Tx, last int64) error {
	own := t.(*tx)
	if err := own.BeforeWrite("", ""); err != nil {
		return err
	}
	q := own.c.prepare(`DELETE FROM mobiles_new WHERE mobile_id <= ?`)
	if err := q.Int(last).Run(); err != nil {
		return err
	}
	own.mobiles -= int64(own.c.Changes())
	return nil
}

func (k *settler) close() {
	close(k.stop)
	<-k.done
}
