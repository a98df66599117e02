package postgres

import (
	"context"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/block"
	"github.com/switchboard-platform/switchboard/internal/member"
	"github.com/switchboard-platform/switchboard/internal/store"
	"github.com/switchboard-platform/switchboard/internal/store/tables"
)

// trip is what several ask for, and what came of it: all as of one moment, after the last of them asked. So one
// statement a table does for all, which costs the database half of what a statement each does.
type trip struct {
	wantAgents, wantMembers []string // perhaps some twice; none that cannot be stored
	done                    chan struct{}

	err     error
	edition edition // of the directory
	agents  map[string]*store.Record
	members map[string]*member.Member
}

// want adds to what is asked for.
func (t *trip) want(agents, members []string) {
	t.wantAgents = appendStorable(t.wantAgents, agents)
	t.wantMembers = appendStorable(t.wantMembers, members)
}

func appendStorable(list, more []string) []string {
	for _, s := range more {
		if storable(s) {
			list = append(list, s)
		}
	}
	return list
}

const (
	beginSnapshot     = `BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY`
	selectAgents      = `SELECT ` + tables.BriefAgentColumns + ` FROM agents a WHERE a.user_code = ANY($1)`
	selectActivations = `SELECT s.user_code, ` + tables.BriefActivationColumns + ` FROM activations s WHERE s.user_code = ANY($1)`
	selectBlocks      = `SELECT ` + tables.BlockColumns + ` FROM blocks b WHERE b.user_code = ANY($1) AND b.lifted_at = 0`
	selectMembers     = `SELECT ` + tables.BriefMemberColumns + ` FROM members m WHERE m.msisdn = ANY($1)`
)

// read asks all at once, in a transaction of its own unless there is one.
func (t *trip) read(ctx context.Context, c *pgx.Conn, timeline int64, begin bool) error {
	t.edition.timeline = timeline
	t.agents, t.members = make(map[string]*store.Record, len(t.wantAgents)), make(map[string]*member.Member, len(t.wantMembers))
	b := &pgx.Batch{}
	begin = begin && len(t.wantAgents)+len(t.wantMembers) > 0 // one statement needs none
	if begin {
		b.Queue(beginSnapshot)
	}
	queue(b, selectVersion, t.addVersion)
	if len(t.wantAgents) > 0 {
		queue(b, selectAgents, t.addAgent, t.wantAgents)
		queue(b, selectActivations, t.addActivation, t.wantAgents)
		queue(b, selectBlocks, t.addBlock, t.wantAgents)
	}
	if len(t.wantMembers) > 0 {
		queue(b, selectMembers, t.addMember, t.wantMembers)
	}
	if begin {
		b.Queue("COMMIT")
	}
	if err := c.SendBatch(ctx, b).Close(); err != nil {
		return err
	}
	t.sort()
	return nil
}

// queue adds a statement whose rows go to add.
func queue(b *pgx.Batch, sql string, add func(q tables.Query), args ...any) {
	b.Queue(sql, args...).Query(func(rows pgx.Rows) error {
		var s stmt
		for rows.Next() {
			s.row = rows.RawValues()
			add(tables.Row(&s))
		}
		return rows.Err()
	})
}

func (t *trip) addVersion(q tables.Query) { t.edition.version = q.Num() }

func (t *trip) addAgent(q tables.Query) {
	a, _ := q.BriefAgent()
	t.agents[a.UserCode] = &store.Record{Record: agent.Record{Agent: a}}
}

func (t *trip) addActivation(q tables.Query) {
	if rec := t.agents[q.Str()]; rec != nil {
		q.AddBriefActivation(&rec.Record)
	}
}

func (t *trip) addBlock(q tables.Query) {
	b := q.Block()
	if rec := t.agents[b.Agent]; rec != nil {
		rec.Blocks = append(rec.Blocks, b.Brief())
	}
}

func (t *trip) addMember(q tables.Query) {
	m := q.BriefMember()
	t.members[m.MSISDN] = m
}

// sort puts what records have in order.
func (t *trip) sort() {
	for _, rec := range t.agents {
		tables.InOrder(rec.Activations)
		slices.SortFunc(rec.Blocks, func(a, b block.Block) int { return strings.Compare(a.ID, b.ID) })
	}
}
