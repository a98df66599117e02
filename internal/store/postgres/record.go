package postgres

import (
	"context"
	"fmt"
	"slices"

	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/member"
	"github.com/switchboard-platform/switchboard/internal/store"
	"github.com/switchboard-platform/switchboard/internal/store/tables"
)

// briefRows is what is read of agents in brief: the directory's version, the agent and one of its activations a row, as
// of one moment. It has a row even if there is no agent.
const briefRows = `SELECT d.version, ` + tables.BriefAgentColumns + `, ` + tables.BriefActivationColumns + `
 FROM directory_version d LEFT JOIN agents a ON a.user_code = %s LEFT JOIN activations s ON s.user_code = a.user_code`

var (
	selectBrief  = fmt.Sprintf(briefRows, "$1")
	selectBriefs = fmt.Sprintf(briefRows, "ANY($1)") + ` ORDER BY a.user_code`
)

// briefs is what a statement of briefRows gives.
type briefs struct {
	version int64 // of the directory
	list    []*store.Record
	blocked []bool // which of them have open blocks, which are not read
}

// add reads a row. Those of one agent follow each other.
func (b *briefs) add(values [][]byte) {
	q := tables.Row(&stmt{row: values})
	b.version = q.Num()
	if q.ColumnLen(q.Column()) == 0 {
		return
	}
	a, blocked := q.BriefAgent()
	if n := len(b.list); n == 0 || b.list[n-1].Agent.UserCode != a.UserCode {
		b.list, b.blocked = append(b.list, &store.Record{Record: agent.Record{Agent: a}}), append(b.blocked, blocked)
	}
	if q.ColumnLen(q.Column()) > 0 {
		q.AddBriefActivation(&b.list[len(b.list)-1].Record)
	}
}

// brief reads agents in brief and the directory's version, by selectBrief or selectBriefs.
func (s *Store) brief(ctx context.Context, sql string, userCodes any) (b briefs, err error) {
	err = s.lookups.read(ctx, sql, func() func([][]byte) {
		b = briefs{}
		return b.add
	}, userCodes)
	for _, rec := range b.list {
		tables.InOrder(rec.Activations)
	}
	return b, err
}

// Record implements store.Store.
func (s *Store) Record(ctx context.Context, userCode string) (*store.Record, error) {
	rec, _, err := s.State(ctx, userCode)
	if err == nil && rec == nil {
		err = tables.UnknownAgent()
	}
	return rec, err
}

// State implements store.Store, with one trip to the database unless the directory has changed or the agent has
// open blocks.
func (s *Store) State(ctx context.Context, userCode string) (*store.Record, *store.Directory, error) {
	if !storable(userCode) {
		dir, err := s.Directory(ctx)
		return nil, dir, err
	}
	b, err := s.brief(ctx, selectBrief, userCode)
	if err != nil {
		return nil, nil, err
	}
	held := s.dir.Load()
	switch {
	case held.version != b.version || len(b.list) > 0 && b.blocked[0]:
		return s.wholeState(ctx, userCode)
	case len(b.list) == 0:
		return nil, held.Directory, nil
	}
	return b.list[0], held.Directory, nil
}

// States implements store.Store, with one trip to the database for all agents without open blocks.
func (s *Store) States(ctx context.Context, userCodes []string) ([]*store.Record, *store.Directory, error) {
	asked := slices.DeleteFunc(slices.Clone(userCodes), func(code string) bool { return !storable(code) })
	for {
		b, err := s.brief(ctx, selectBriefs, asked)
		if err != nil {
			return nil, nil, err
		}
		dir, err := s.directory(ctx, b.version)
		if err != nil {
			return nil, nil, err
		}
		same, err := s.readBlocked(ctx, &b, dir)
		if err != nil {
			return nil, nil, err
		}
		if held := s.dir.Load(); same && held.Directory == dir && held.version == b.version {
			return inOrderOf(userCodes, b.list), dir, nil
		}
	}
}

// readBlocked reads the agents that have open blocks with them. same says that the directory was still the same.
func (s *Store) readBlocked(ctx context.Context, b *briefs, dir *store.Directory) (same bool, err error) {
	for i, rec := range b.list {
		if !b.blocked[i] {
			continue
		}
		whole, now, err := s.wholeState(ctx, rec.Agent.UserCode)
		if err != nil || whole == nil || now != dir {
			return false, err
		}
		b.list[i] = whole
	}
	return true, nil
}

// inOrderOf puts records in the order in which they were asked for, nil for those that are not there.
func inOrderOf(userCodes []string, list []*store.Record) []*store.Record {
	found := make(map[string]*store.Record, len(list))
	for _, rec := range list {
		found[rec.Agent.UserCode] = rec
	}
	ordered := make([]*store.Record, len(userCodes))
	for i, code := range userCodes {
		ordered[i] = found[code]
	}
	return ordered
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

// selectMember reads the directory's version and a member in brief, as of one moment. It has a row even if there is
// no member.
const selectMember = `SELECT d.version, ` + tables.BriefMemberColumns + ` FROM directory_version d LEFT JOIN members m ON m.msisdn = $1`

// Member implements store.Store.
func (s *Store) Member(ctx context.Context, msisdn string) (m *member.Member, err error) {
	m, _, err = s.briefMember(ctx, msisdn)
	if err == nil && m == nil {
		err = tables.NoMember()
	}
	return m, err
}

// MemberState implements store.Store.
func (s *Store) MemberState(ctx context.Context, msisdn string) (*member.Member, *store.Directory, error) {
	if !storable(msisdn) {
		dir, err := s.Directory(ctx)
		return nil, dir, err
	}
	for {
		m, version, err := s.briefMember(ctx, msisdn)
		if err != nil {
			return nil, nil, err
		}
		if held := s.dir.Load(); held.version == version {
			return m, held.Directory, nil
		}
		if _, err := s.directory(ctx, version); err != nil {
			return nil, nil, err
		}
	}
}

// briefMember reads a member in brief, nil when there is none, and the directory's version.
func (s *Store) briefMember(ctx context.Context, msisdn string) (m *member.Member, version int64, err error) {
	set := func(values [][]byte) {
		q := tables.Row(&stmt{row: values})
		if version = q.Num(); q.ColumnLen(q.Column()) > 0 {
			m = q.BriefMember()
		}
	}
	err = s.lookups.read(ctx, selectMember, func() func([][]byte) { return set }, msisdn)
	return m, version, err
}
