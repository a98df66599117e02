package registry

import (
	"context"

	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// Change asks for a command on one service of one agent.
type Change struct {
	UserCode    string
	ServiceCode string
	Command     agent.Command
	Call        Call
	// Answer makes the answer that a repetition of a named call gets again. It must be pure: it
	// runs inside the transaction, perhaps more than once. Required when Call is named.
	Answer func(Outcome) []byte
}

// Outcome is what became of a Change.
type Outcome struct {
	Service    agent.Service
	Activation agent.Activation
	Changed    bool   // false when it was so already
	Repeated   []byte // the first answer, when this was the repetition of a named call
}

// ChangeService applies a command to an activation and records it.
//
// Faults: UnknownAgent, UnknownService, AgentInactive, Invalid, Conflict, CallReused, CallSpent,
// Unauthenticated (the key was revoked meanwhile).
func (r *Registry) ChangeService(ctx context.Context, by Caller, ch Change) (out Outcome, err error) {
	r.store.Prefetch(ctx, ch.UserCode)
	err = r.store.Update(ctx, func(tx store.Tx) (err error) {
		out, err = changeService(tx, by, ch)
		return err
	})
	return out, err
}

func changeService(tx store.Tx, by Caller, ch Change) (out Outcome, err error) {
	dir, err := mayStill(tx, by)
	if err != nil {
		return out, err
	}
	if out.Repeated, err = repeated(tx, by.PartnerID, ch.Call); err != nil || out.Repeated != nil {
		return out, err
	}
	rec, err := own(tx.AgentState, by.PartnerID, ch.UserCode)
	if err != nil {
		return out, err
	}
	svc, ok := dir.Service(ch.ServiceCode)
	if !ok {
		return out, fault.New(fault.UnknownService, "Service code %.40q is not in the catalogue.", ch.ServiceCode)
	}
	was := rec.Activation(svc.Code)
	now, e, err := rec.Apply(svc, ch.Command, by.Cause)
	if err != nil {
		return out, err
	}
	out.Service, out.Activation, out.Changed = svc, now, e != nil
	if e != nil {
		if out.Activation, err = saveActivation(tx, was, now, e); err != nil {
			return out, err
		}
	}
	if ch.Call.Reference == "" {
		return out, nil
	}
	return out, remember(tx, by, ch.Call, ch.UserCode, out.Activation, ch.Answer(out))
}

// saveActivation writes an activation and its event together.
func saveActivation(tx store.Tx, was, now agent.Activation, e *event.Event) (agent.Activation, error) {
	if err := tx.AppendEvent(e); err != nil {
		return now, err
	}
	now.Head = e.Head()
	if was.State == agent.Absent {
		return now, tx.CreateActivation(now)
	}
	return now, tx.UpdateActivation(now, was.Head.Version)
}

// Activations lists activations; see store.ActivationFilter.
func (r *Registry) Activations(ctx context.Context, f store.ActivationFilter) (list []agent.Activation, err error) {
	err = r.store.View(ctx, func(tx store.Tx) (err error) {
		list, err = tx.Activations(f)
		return err
	})
	return list, err
}
