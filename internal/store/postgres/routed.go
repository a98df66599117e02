package postgres

import (
	"context"

	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/member"
	"github.com/switchboard-platform/switchboard/internal/store"
	"github.com/switchboard-platform/switchboard/internal/store/tables"
)

// Where the tables are distributed each machine has a snapshot of its own. So what must be of one moment is read by one
// statement, which goes to the machine that has the agent or the member, and reads the directory's version there.
const (
	routeAgent = `SELECT (SELECT version FROM directory_version), ` + tables.BriefAgentColumns + `, ` + tables.BriefActivationColumns + `
 FROM agents a LEFT JOIN activations s ON s.user_code = a.user_code WHERE a.user_code = $1`
	routeMember = `SELECT (SELECT version FROM directory_version), ` + tables.BriefMemberColumns + ` FROM members m WHERE m.msisdn = $1`
)

// route looks for one agent, or for one member, or for the directory's version alone. known is false when there is no such one, or
// it has open blocks: the statement has not read all then, nor the version.
func (s *Store) route(ctx context.Context, agents, members []string) (t *trip, known bool, err error) {
	t = &trip{agents: map[string]*store.Record{}, members: map[string]*member.Member{}}
	t.want(agents, members)
	sql, args := selectVersion, []any(nil)
	var rec *store.Record
	blocked := false
	add := func(q tables.Query) {
		switch {
		case len(t.wantAgents) > 0:
			var a agent.Agent
			a, blocked = q.BriefAgent()
			if rec == nil {
				rec = &store.Record{Record: agent.Record{Agent: a}}
				t.agents[a.UserCode] = rec
			}
			if q.ColumnLen(q.Column()) > 0 {
				q.AddBriefActivation(&rec.Record)
			}
		case len(t.wantMembers) > 0:
			t.addMember(q)
		}
	}
	switch {
	case len(t.wantAgents) > 0:
		sql, args = routeAgent, []any{t.wantAgents[0]}
	case len(t.wantMembers) > 0:
		sql, args = routeMember, []any{t.wantMembers[0]}
	}
	err = s.read(ctx, func(e *engine) error {
		rows, err := e.c.Query(ctx, sql, args...)
		if err != nil {
			return e.Fault(err)
		}
		defer rows.Close()
		for rows.Next() {
			q := tables.Row(&stmt{row: rows.RawValues()})
			t.edition, known = edition{e.c.line.timeline, q.Num()}, true
			add(q)
		}
		return e.Fault(rows.Err())
	})
	t.sort()
	return t, known && !blocked, err
}
