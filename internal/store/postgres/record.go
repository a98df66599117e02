package postgres

import (
	"context"

	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/member"
	"github.com/switchboard-platform/switchboard/internal/store"
	"github.com/switchboard-platform/switchboard/internal/store/tables"
)

// selectBrief reads the directory's version and an agent with its activations in brief, a row each, as of one moment.
const selectBrief = `SELECT (SELECT version FROM directory_version), ` + tables.BriefAgentColumns + `, ` + tables.BriefActivationColumns + `
 FROM agents a LEFT JOIN activations s ON s.user_code = a.user_code WHERE a.user_code = $1 ORDER BY s.service_code`

// brief reads an agent in brief and the directory's version. blocked says that there are open blocks, which it
// does not read; rec is nil when there is no such agent.
func (s *Store) brief(ctx context.Context, userCode string) (rec *store.Record, version int64, blocked bool, err error) {
	add := func(values [][]byte) {
		q := tables.Row(&stmt{row: values})
		version = q.Num()
		a, open := q.BriefAgent()
		if rec == nil {
			rec, blocked = &store.Record{Record: agent.Record{Agent: a}}, open
		}
		if q.ColumnLen(q.Column()) > 0 {
			q.AddBriefActivation(&rec.Record)
		}
	}
	err = s.lookups.read(ctx, selectBrief, func() func([][]byte) {
		rec = nil
		return add
	}, userCode)
	return rec, version, blocked, err
}

// Record implements store.Store.
func (s *Store) Record(ctx context.Context, userCode string) (*store.Record, error) {
	rec, _, blocked, err := s.brief(ctx, userCode)
	if err == nil && blocked {
		rec, _, err = s.wholeState(ctx, userCode)
	}
	if err == nil && rec == nil {
		err = tables.UnknownAgent()
	}
	return rec, err
}

// State implements store.Store, with one trip to the database unless the directory has changed, or the agent has
// open blocks, or there is none.
func (s *Store) State(ctx context.Context, userCode string) (*store.Record, *store.Directory, error) {
	rec, version, blocked, err := s.brief(ctx, userCode)
	if err != nil {
		return nil, nil, err
	}
	if held := s.dir.Load(); held.version == version && !blocked {
		return rec, held.Directory, nil
	}
	return s.wholeState(ctx, userCode)
}

// Permit implements store.Store: nothing is held that it could be said from.
func (s *Store) Permit(string, string) (store.Permit, bool) { return store.Permit{}, false }

// wholeState reads an agent with its blocks, and the directory if it is not held.
func (s *Store) wholeState(ctx context.Context, userCode string) (rec *store.Record, dir *store.Directory, err error) {
	err = s.View(ctx, func(x store.Tx) error {
		t := x.(*tx).t
		version, err := t.Number(selectVersion)
		if err != nil {
			return err
		}
		if dir, err = s.directoryOf(t, version); err != nil {
			return err
		}
		rec, err = t.Brief(userCode)
		if fault.Is(err, fault.UnknownAgent) {
			return nil
		}
		return err
	})
	return rec, dir, err
}

// selectMember is numbered once.
var selectMember = numbered(tables.SelectBriefMember)

// Member implements store.Store.
func (s *Store) Member(ctx context.Context, msisdn string) (m *member.Member, err error) {
	set := func(values [][]byte) {
		q := tables.Row(&stmt{row: values})
		m = q.BriefMember()
	}
	err = s.lookups.read(ctx, selectMember, func() func([][]byte) { return set }, msisdn)
	if err == nil && m == nil {
		err = tables.NoMember()
	}
	return m, err
}
