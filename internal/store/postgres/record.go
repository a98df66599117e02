package postgres

import (
	"context"

	"github.com/switchboard-platform/switchboard/internal/member"
	"github.com/switchboard-platform/switchboard/internal/store"
	"github.com/switchboard-platform/switchboard/internal/store/tables"
)

// together is how many agents one caller may ask for on a trip that others share. More would keep them waiting.
func (s *Store) together() int {
	if s.distributed {
		return 1
	}
	return 64
}

// ask asks for what together allows. It gives nil when a transaction must look.
func (s *Store) ask(ctx context.Context, agents, members []string) (*trip, error) {
	if !s.distributed {
		return s.lookups.ask(ctx, agents, members)
	}
	t, known, err := s.route(ctx, agents, members)
	if !known {
		t = nil
	}
	return t, err
}

// look asks for agents and members, and gives the directory as of the same moment: with one trip to the database
// unless the directory has changed, or very many are asked for.
func (s *Store) look(ctx context.Context, agents, members []string) (*trip, *store.Directory, error) {
	for range 2 {
		if len(agents) > s.together() {
			break
		}
		t, err := s.ask(ctx, agents, members)
		if err != nil {
			return nil, nil, err
		}
		if t == nil {
			break
		}
		if held := s.dir.Load(); held.edition == t.edition {
			return t, held.Directory, nil
		}
		if _, err := s.directory(ctx, t.edition); err != nil {
			return nil, nil, err
		}
	}
	return s.lookAlone(ctx, agents, members)
}

// lookAlone looks in a transaction of its own, in which it reads the directory too if it is not held.
func (s *Store) lookAlone(ctx context.Context, agents, members []string) (t *trip, dir *store.Directory, err error) {
	err = s.View(ctx, func(x store.Tx) error {
		tx := x.(*tx)
		now, err := tx.edition()
		if err != nil {
			return err
		}
		if dir, err = s.directoryOf(tx.t, now); err != nil {
			return err
		}
		t = &trip{}
		t.want(agents, members)
		return faultOf(t.read(ctx, tx.e.c.Conn, now.timeline, false))
	})
	return t, dir, err
}

// lookFor looks for what the directory does not matter to.
func (s *Store) lookFor(ctx context.Context, agents, members []string) (*trip, error) {
	t, err := s.ask(ctx, agents, members)
	if t == nil && err == nil {
		t, _, err = s.lookAlone(ctx, agents, members)
	}
	return t, err
}

// Record implements store.Store.
func (s *Store) Record(ctx context.Context, userCode string) (*store.Record, error) {
	t, err := s.lookFor(ctx, []string{userCode}, nil)
	if err != nil {
		return nil, err
	}
	rec := t.agents[userCode]
	if rec == nil {
		err = tables.UnknownAgent()
	}
	return rec, err
}

// State implements store.Store.
func (s *Store) State(ctx context.Context, userCode string) (*store.Record, *store.Directory, error) {
	t, dir, err := s.look(ctx, []string{userCode}, nil)
	if err != nil {
		return nil, nil, err
	}
	return t.agents[userCode], dir, nil
}

// States implements store.Store.
func (s *Store) States(ctx context.Context, userCodes []string) ([]*store.Record, *store.Directory, error) {
	t, dir, err := s.look(ctx, userCodes, nil)
	if err != nil {
		return nil, nil, err
	}
	list := make([]*store.Record, len(userCodes))
	for i, code := range userCodes {
		list[i] = t.agents[code]
	}
	return list, dir, nil
}

// Permit implements store.Store: nothing is held that it could be said from.
func (s *Store) Permit(string, string) (store.Permit, bool) { return store.Permit{}, false }

// Member implements store.Store.
func (s *Store) Member(ctx context.Context, msisdn string) (*member.Member, error) {
	t, err := s.lookFor(ctx, nil, []string{msisdn})
	if err != nil {
		return nil, err
	}
	m := t.members[msisdn]
	if m == nil {
		err = tables.NoMember()
	}
	return m, err
}

// MemberState implements store.Store.
func (s *Store) MemberState(ctx context.Context, msisdn string) (*member.Member, *store.Directory, error) {
	t, dir, err := s.look(ctx, nil, []string{msisdn})
	if err != nil {
		return nil, nil, err
	}
	return t.members[msisdn], dir, nil
}
