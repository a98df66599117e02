package registry

import (
	"context"

	"github.com/rs/xid"

	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/member"
	"github.com/switchboard-platform/switchboard/internal/secret"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// saveMember appends the events of a change to the member's chain and writes the member.
func saveMember(tx store.Tx, ch *member.Change) (member.Member, error) {
	m, err := appendEvents(tx, ch)
	if err != nil {
		return m, err
	}
	err = tx.UpdateMember(m)
	m.Revision++
	return m, err
}

func appendEvents(tx store.Tx, ch *member.Change) (member.Member, error) {
	m := ch.Member
	for i := range ch.Events {
		head, err := record(tx, m.Head, &ch.Events[i])
		if err != nil {
			return m, err
		}
		m.Head = head
	}
	return m, nil
}

// maybe makes a member that does not exist nil.
func maybe(m *member.Member, err error) (*member.Member, error) {
	if fault.Is(err, fault.NotFound) {
		return nil, nil
	}
	return m, err
}

// maybeCall makes a call that is not remembered nil.
func maybeCall(c store.MemberCall, err error) (*store.MemberCall, error) {
	if err != nil {
		return nil, unlessMissing(err)
	}
	return &c, nil
}

func unlessMissing(err error) error {
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	return err
}

// AddMember makes a member. Exists when the phone number or the member number is taken.
func (r *Registry) AddMember(ctx context.Context, by Caller, m member.Member) (member.Member, error) {
	var bad fault.Fields
	m.Check(&bad)
	if err := bad.Err(); err != nil {
		return m, err
	}
	m.ID = newMemberID(by.Cause)
	err := r.update(ctx, by, func(tx store.Tx) error {
		reason, _, err := taken(tx, &m)
		if err != nil {
			return err
		}
		if reason != "" {
			return fault.New(fault.Exists, "%s", reason)
		}
		m, err = createMember(tx, member.Add(m, by.Cause))
		return err
	})
	return m, err
}

// newMemberID gives the name that a member has in events: of its making, and of nothing personal.
func newMemberID(c event.Cause) string { return "m-" + xid.NewWithTime(c.At).String() }

// taken says what stands against a new member; same that it is the member who exists.
func taken(tx store.Tx, m *member.Member) (reason string, same bool, err error) {
	have, err := tx.HaveMembers(m.MSISDN, m.MSISDN, 1)
	if err != nil || len(have) > 0 {
		return "A member with phone number " + m.MSISDN + " exists already.", true, err
	}
	if m.Number == "" {
		return "", false, nil
	}
	other, err := maybe(tx.FindMember(m.Number, member.Identity{}))
	if err != nil || other == nil {
		return "", false, err
	}
	return "Another member has member number " + m.Number + ".", false, nil
}

func createMember(tx store.Tx, ch *member.Change) (member.Member, error) {
	m, err := appendEvents(tx, ch)
	if err != nil {
		return m, err
	}
	err = tx.CreateMember(m)
	m.Revision = 1
	return m, err
}

// Members lists members; see store.MemberFilter.
func (r *Registry) Members(ctx context.Context, f store.MemberFilter) (list []member.Member, err error) {
	err = r.store.View(ctx, func(tx store.Tx) (err error) {
		list, err = tx.Members(f)
		return err
	})
	return list, err
}

// MemberHistory gives a member with the last events of its chain, newest first; limit 0 gives all.
func (r *Registry) MemberHistory(ctx context.Context, msisdn string, limit int) (m *member.Member, events []event.Event, err error) {
	err = r.store.View(ctx, func(tx store.Tx) (err error) {
		if m, err = tx.Member(msisdn); err != nil {
			return err
		}
		if events, err = store.History(tx, m.Head, limit); err != nil {
			return err
		}
		return reveal(tx, events)
	})
	return m, events, err
}

// operate changes a member by an operator's hand, as it was seen. changed is false when decide had nothing to change.
func (r *Registry) operate(ctx context.Context, by Caller, msisdn, reason string, decide func(member.Member) *member.Change) (changed bool, err error) {
	var bad fault.Fields
	if member.CheckReason(reason, &bad); bad != nil {
		return false, bad.Err()
	}
	err = r.update(ctx, by, func(tx store.Tx) error {
		m, err := tx.Member(msisdn)
		if err != nil {
			return err
		}
		if m.Erased() {
			return fault.New(fault.Conflict, "The personal data of this member was erased: nothing about the member can be changed any more.")
		}
		ch := decide(*m)
		if changed = ch != nil; !changed {
			return nil
		}
		if err := by.Seen.stillIn(tx, m.Head, mattersToMember); err != nil {
			return err
		}
		_, err = saveMember(tx, ch)
		return err
	})
	return changed, err
}

// mattersToMember leaves out the one kind of event that nobody decides on: a wrong PIN alone leads to nothing.
func mattersToMember(e event.Event) bool { return e.Kind != event.PINRefused }

// UnbindMember takes devices from a member at once. changed is false when none was bound.
func (r *Registry) UnbindMember(ctx context.Context, by Caller, msisdn string, types []member.DeviceType, reason string) (changed bool, err error) {
	return r.operate(ctx, by, msisdn, reason, func(m member.Member) *member.Change { return m.Unbind(types, reason, by.Cause) })
}

// BindMember gives a member a device. changed is false when it was so already.
func (r *Registry) BindMember(ctx context.Context, by Caller, msisdn string, d member.Device, reason string) (changed bool, err error) {
	var bad fault.Fields
	if d.Check(&bad); bad != nil {
		return false, bad.Err()
	}
	return r.operate(ctx, by, msisdn, reason, func(m member.Member) *member.Change { return m.Bind(d, reason, by.Cause) })
}

// UnlockMember clears every count of wrong attempts. changed is false when there was none.
func (r *Registry) UnlockMember(ctx context.Context, by Caller, msisdn, reason string) (changed bool, err error) {
	return r.operate(ctx, by, msisdn, reason, func(m member.Member) *member.Change { return m.Unlock(reason, by.Cause) })
}

// SetMemberStanding opens or closes a member. changed is false when it was so already.
func (r *Registry) SetMemberStanding(ctx context.Context, by Caller, msisdn string, to member.Standing, reason string) (changed bool, err error) {
	return r.operate(ctx, by, msisdn, reason, func(m member.Member) *member.Change { return m.SetStanding(to, reason, by.Cause) })
}

// IssuePIN gives a member a new PIN, to be told once; the member must replace it by SET_PIN.
// Unavailable when too many calls wait for their PIN to be hashed.
func (r *Registry) IssuePIN(ctx context.Context, by Caller, msisdn, reason string) (pin secret.Text, err error) {
	turn, err := r.pins.Enter("")
	if err != nil {
		return pin, err
	}
	defer turn.Leave()
	pin = secret.NewPIN(r.rules.MinDigits, func(s string) bool { return r.rules.Refuse(s, "") == "" })
	hash := turn.Hash(msisdn, pin)
	_, err = r.operate(ctx, by, msisdn, reason, func(m member.Member) *member.Change { return m.IssuePIN(hash, reason, by.Cause) })
	if err != nil {
		return secret.Text{}, err
	}
	return pin, nil
}
