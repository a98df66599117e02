package registry

import (
	"context"

	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// EraseAgent erases the personal data of a closed agent, for good: the profile, comments, places, devices and
// reasons, and the key of the personal texts in its events. Events and states stay. changed is false when
// it was erased already. Faults: UnknownAgent, Conflict.
func (r *Registry) EraseAgent(ctx context.Context, by Caller, userCode string) (changed bool, err error) {
	// Reading all calls takes too long for a change to wait for. None that is made meanwhile is about a person:
	// the agent is closed.
	var calls []store.CallKey
	err = r.store.View(ctx, func(tx store.Tx) (err error) {
		calls, err = tx.CallsAbout(userCode)
		return err
	})
	if err != nil {
		return false, err
	}
	err = r.update(ctx, by, func(tx store.Tx) error {
		changed, err = eraseAgent(tx, by, userCode, calls)
		return err
	})
	return changed, err
}

func eraseAgent(tx store.Tx, by Caller, userCode string, calls []store.CallKey) (changed bool, err error) {
	rec, err := own(tx.Agent, by.PartnerID, userCode)
	if err != nil {
		return false, err
	}
	a, e, err := rec.Erase(by.Cause)
	if err != nil || e == nil {
		return false, err
	}
	if err := tx.EraseAgent(userCode, a.PartnerID, rec.Agent.Profile.Mobile, calls); err != nil {
		return false, err
	}
	if err := saveAgent(tx, rec, a, e); err != nil {
		return false, err
	}
	return true, tx.DestroySubjectKey(e.Subject)
}

// EraseMember erases the personal data of a closed member, for good: name, identity, member number, devices, PIN,
// and the phone number, which is free from then on. The member's ID stands in its place. Faults: NotFound,
// Conflict.
func (r *Registry) EraseMember(ctx context.Context, by Caller, msisdn string) (changed bool, err error) {
	err = r.update(ctx, by, func(tx store.Tx) error {
		m, err := tx.Member(msisdn)
		if err != nil {
			return err
		}
		ch, err := m.Erase(by.Cause)
		if changed = ch != nil; err != nil || ch == nil {
			return err
		}
		erased, err := appendEvents(tx, ch)
		if err != nil {
			return err
		}
		if err := tx.EraseMember(msisdn, erased); err != nil {
			return err
		}
		if err := tx.DropTerms(memberTerms(m)); err != nil {
			return err
		}
		return tx.DestroySubjectKey(event.Subject{Kind: event.Member, ID: m.ID})
	})
	if fault.Is(err, fault.NotFound) {
		err = fault.New(fault.NotFound, "No such member; one that was erased is known by its id alone, which begins with m-.")
	}
	return changed, err
}
