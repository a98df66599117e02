package registry

import (
	"context"

	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/block"
	"github.com/switchboard-platform/switchboard/internal/event"
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
	if ch.Call, err = r.naming(ctx, ch.Call); err != nil {
		return out, err
	}
	err = r.store.Update(ctx, func(tx store.Tx) (err error) {
		out, err = changeService(tx, by, ch)
		return err
	}, ch.Call.near(ch.UserCode, by.PartnerID)...)
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
	load := tx.AgentState
	if ch.Command.Kind.Verifies() { // which may end blocks
		load = tx.Agent
	}
	rec, err := own(load, by.PartnerID, ch.UserCode)
	if err != nil {
		return out, err
	}
	svc, err := dir.FindService(ch.ServiceCode)
	if err != nil {
		return out, err
	}
	claim, err := heedClaim(tx, by, rec.Activation(svc.Code), ch.Command.Kind)
	if err != nil {
		return out, err
	}
	now, e, err := rec.Apply(svc, ch.Command, by.Cause)
	if err == nil && e != nil {
		err = by.Seen.still(rec.Agent.Head, rec.Activation(svc.Code).Head)
	}
	if err != nil {
		return out, err
	}
	out.Service, out.Activation, out.Changed = svc, now, e != nil
	if e != nil {
		if out.Activation, err = saveActivation(tx, rec, now, e); err == nil {
			err = endVerified(tx, dir, follow(rec, out.Activation), svc, claim, e)
		}
		if err != nil {
			return out, err
		}
	}
	if ch.Call.Reference == "" {
		return out, nil
	}
	return out, remember(tx, by, ch.Call, ch.UserCode, out.Activation, ch.Answer(out))
}

// saveActivation writes an activation and its event together.
// It follows the last event of the agent's record.
func saveActivation(tx store.Tx, rec *agent.Record, now agent.Activation, e *event.Event) (agent.Activation, error) {
	was := rec.Activation(now.ServiceCode)
	head, err := record(tx, rec.Head(), e)
	if err != nil {
		return now, err
	}
	now.Head = head
	if was.State == agent.Absent {
		return now, tx.CreateActivation(now)
	}
	return now, tx.UpdateActivation(now, was.Head.Version)
}

// endVerified ends what a reviewer's decision ends, which an event records: the claim, and the system's blocks on an
// activation that was verified anew. Where lifting takes two people and approving does not, the first one's renewal asks
// for it and the second one's lifts.
func endVerified(tx store.Tx, dir *store.Directory, rec *agent.Record, svc agent.Service, claim agent.Claim, e *event.Event) error {
	if err := endClaim(tx, claim); err != nil || e.Kind != event.ServiceApproved && e.Kind != event.ActivationRenewed {
		return err
	}
	two := svc.Confirm&agent.ConfirmLifting != 0 && svc.Confirm&agent.ConfirmApproval == 0
	t := target{dir: dir, rec: rec}
	for _, b := range rec.Blocks {
		if b.Owner != block.System || b.Service != e.Service {
			continue
		}
		if _, _, err := t.lift(tx, b, two, "", e.Cause); err != nil {
			return err
		}
	}
	return nil
}

// follow puts a saved activation into its record, so that the next event follows it.
func follow(rec *agent.Record, now agent.Activation) *agent.Record {
	if i := rec.ActivationIndex(now.ServiceCode); i >= 0 {
		rec.Activations[i] = now
	}
	return rec
}

// Activations lists activations; see store.ActivationFilter.
func (r *Registry) Activations(ctx context.Context, f store.ActivationFilter) (list []agent.Activation, err error) {
	err = r.store.View(ctx, func(tx store.Tx) (err error) {
		list, err = tx.Activations(f)
		return err
	})
	return list, err
}
