package registry

import (
	"context"

	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// Onboarding asks for a new agent of a partner. The profile must have been checked.
type Onboarding struct {
	PartnerID string
	UserCode  string // "" to be given one
	Profile   agent.Profile
	Call      Call
	Answer    func(agent.Agent) []byte // as Change.Answer
}

// Onboarded is what became of an Onboarding.
type Onboarded struct {
	Agent    agent.Agent
	Repeated []byte // the first answer, when this was the repetition of a named call
}

// Onboard makes a new agent and records it. Exists, with the agent, when the partner has one with
// this mobile number already, or one with this user code.
func (r *Registry) Onboard(ctx context.Context, by Caller, req Onboarding) (out Onboarded, err error) {
	if req.Call, err = r.naming(ctx, req.Call); err != nil {
		return out, err
	}
	err = r.store.Update(ctx, func(tx store.Tx) (err error) {
		out, err = onboard(tx, by, req)
		return err
	})
	return out, err
}

func onboard(tx store.Tx, by Caller, req Onboarding) (out Onboarded, err error) {
	dir, err := mayStill(tx, by)
	if err != nil {
		return out, err
	}
	if _, err := dir.FindPartner(req.PartnerID); err != nil {
		return out, err
	}
	if out.Repeated, err = repeated(tx, by.PartnerID, req.Call); err != nil || out.Repeated != nil {
		return out, err
	}
	if out.Agent, err = sameMobile(tx, req); err != nil {
		return out, err
	}
	code, err := freeUserCode(tx, req.UserCode)
	if err != nil {
		return out, err
	}
	a, e := agent.Onboard(code, req.PartnerID, req.Profile, by.Cause)
	if err := tx.AppendEvent(&e); err != nil {
		return out, err
	}
	a.Head = e.Head()
	if err := tx.CreateAgent(a); err != nil {
		return out, err
	}
	out.Agent = a
	if req.Call.Reference == "" {
		return out, nil
	}
	return out, remember(tx, by, req.Call, a.UserCode, agent.Activation{}, req.Answer(a))
}

// freeUserCode gives the code asked for, if nobody has it, or a new one.
func freeUserCode(tx store.Tx, asked string) (string, error) {
	if asked == "" {
		return tx.NewUserCode()
	}
	taken, err := tx.HaveAgents(asked, asked, 1)
	if err == nil && len(taken) > 0 {
		err = fault.New(fault.Exists, "An agent with user code %s exists already.", asked)
	}
	return asked, err
}

// sameMobile refuses a second agent with the same mobile number: it is the same person, and most
// likely the same request sent again after its answer was lost.
func sameMobile(tx store.Tx, req Onboarding) (agent.Agent, error) {
	if req.Profile.Mobile == "" {
		return agent.Agent{}, nil
	}
	same, err := tx.AgentsByMobile(req.PartnerID, req.Profile.Mobile)
	if err != nil || len(same) == 0 {
		return agent.Agent{}, err
	}
	return same[0], fault.New(fault.Exists, "An agent with this mobile number exists already: %s.", same[0].UserCode)
}

// SetStanding opens, suspends or closes an agent. changed is false when it was so already.
func (r *Registry) SetStanding(ctx context.Context, by Caller, userCode string, to agent.Standing, reason string) (changed bool, err error) {
	_, changed, err = r.changeAgent(ctx, by, userCode, func(rec *agent.Record) (agent.Agent, *event.Event, error) {
		return rec.SetStanding(to, reason, by.Cause)
	})
	return changed, err
}

// saveAgent writes a changed agent and its event together, after the last event of its record, which
// follows the change.
func saveAgent(tx store.Tx, rec *agent.Record, a agent.Agent, e *event.Event) (err error) {
	if a.Head, err = record(tx, rec.Head(), e); err != nil {
		return err
	}
	if err := tx.UpdateAgent(a, rec.Agent.Head.Version); err != nil {
		return err
	}
	was := rec.Agent
	rec.Agent = a
	return dropFormerTerms(tx, &was, &a)
}

// Agents lists agents; see store.AgentFilter.
func (r *Registry) Agents(ctx context.Context, f store.AgentFilter) (list []agent.Agent, err error) {
	err = r.store.View(ctx, func(tx store.Tx) (err error) {
		list, err = tx.Agents(f)
		return err
	})
	return list, err
}

// History gives an agent with the last events of its chain, newest first; limit 0 gives all.
func (r *Registry) History(ctx context.Context, userCode string, limit int) (rec *agent.Record, events []event.Event, err error) {
	err = r.store.View(ctx, func(tx store.Tx) (err error) {
		if rec, err = tx.Agent(userCode); err != nil {
			return err
		}
		if events, err = store.History(tx, rec.Head(), limit); err != nil {
			return err
		}
		return reveal(tx, events)
	})
	return rec, events, err
}
