package member

import (
	"strconv"
	"time"

	"github.com/switchboard-platform/switchboard/internal/event"
)

// Change is a member as it becomes, with the events that record it. They have no version and hash
// yet: each follows the one before it in the member's chain.
type Change struct {
	Member Member
	Events []event.Event
}

// change begins a change of a member.
func (m Member) change(c event.Cause) *Change {
	m.UpdatedAt = c.At
	return &Change{Member: m}
}

func (ch *Change) record(kind event.Kind, c event.Cause, pairs ...string) *Change {
	ch.Events = append(ch.Events, event.Event{
		Subject: event.Subject{Kind: event.Member, ID: ch.Member.ID}, Kind: kind, Cause: c, Data: event.Data(pairs...),
	})
	return ch
}

// tally gives the one that a PIN from a device counts on, and what events call the device.
func (m *Member) tally(d Device) (t *Tally, name string) {
	if m.Holds(d) {
		return &m.Password, "bound"
	}
	return &m.Foreign, "other"
}

// Count counts the attempt of a call that Gate let through, before its PIN is compared: whatever
// happens then, it has been counted. A step of the ladder that it reaches is recorded.
func (m Member) Count(a Ask, l Ladder, c event.Cause) *Change {
	ch := m.change(c)
	t, _ := ch.Member.tally(a.Device)
	ch.raise(a, l, t.Attempts+1, c)
	return ch
}

// raise brings the tally of a call to so many attempts, and records the step of the ladder that is reached.
func (ch *Change) raise(a Ask, l Ladder, to int, c event.Cause) {
	t, device := ch.Member.tally(a.Device)
	after, reached := t.raise(l, to, c.At)
	if *t = after; reached {
		ch.record(event.LadderReached, c, tallyPairs(after, "ladder", string(Password), "device", device)...)
	}
}

// tallyPairs are the particulars of a tally after others.
func tallyPairs(t Tally, pairs ...string) []string {
	pairs = append(pairs, "attempts", strconv.Itoa(t.Attempts), "flag", t.Flag, "action", t.Action.String())
	if !t.Until.IsZero() {
		pairs = append(pairs, "until", t.Until.Format(time.RFC3339))
	}
	return pairs
}

// Fail records that the PIN of a counted call was wrong.
func (m Member) Fail(a Ask, c event.Cause) *Change {
	return m.change(c).refuse(event.PINRefused, a, c)
}

func (ch *Change) refuse(kind event.Kind, a Ask, c event.Cause) *Change {
	t, device := ch.Member.tally(a.Device)
	return ch.record(kind, c, "command", a.Command.String(), "device", device, "attempts", strconv.Itoa(t.Attempts))
}

// Proof is what is known of a counted call once its PIN was compared and right.
type Proof struct {
	NewHash string // of SetPIN and ChangePIN: the new PIN's hash; "" when it was refused
	Rehash  string // the same PIN hashed anew, because the way of hashing changed; "" mostly
}

// Pass does what a call asks whose PIN was right, and clears what was counted. The member may have
// changed since Gate: what an operator or another call did meanwhile stands. That the PIN is still the
// one that was compared, the caller has seen.
func (m Member) Pass(a Ask, p Proof, l Ladders, c event.Cause) (*Change, Refusal, time.Time) {
	ch := m.change(c)
	if r, until := m.gateAgain(a, c.At); r != Allowed {
		return ch, r, until
	}
	if p.Rehash != "" {
		ch.Member.PIN.Hash = p.Rehash
	}
	if !ch.identify(a, l.Password, c) {
		return ch, WrongIdentity, time.Time{}
	}
	ch.clear(a, c)
	switch {
	case commandNeeds[a.Command].chosen && !m.PIN.Chosen:
		return ch, PINNotChosen, time.Time{}
	case (a.Command == SetPIN || a.Command == ChangePIN) && p.NewHash == "":
		return ch, BadNewPIN, time.Time{}
	}
	return ch, ch.do(a, p, l, c), time.Time{}
}

// gateAgain is Gate without the blocks that were counted up to: this call is one of those counted.
func (m *Member) gateAgain(a Ask, now time.Time) (Refusal, time.Time) {
	asIs := *m
	for _, t := range []*Tally{&asIs.Password, &asIs.Foreign} {
		if !t.Imposed {
			*t = Tally{}
		}
	}
	return asIs.Gate(a.Command, a.Device, now)
}

// identify compares the identity that a call shows, if it must show one.
//
// A wrong one leaves the call counted as a wrong PIN does. But the next right PIN clears that, so that
// whoever has the PIN could try one identity after another; therefore wrong identities have a count of
// their own too, and the tally is brought at least to that.
func (ch *Change) identify(a Ask, l Ladder, c event.Cause) bool {
	m := &ch.Member
	if !commandNeeds[a.Command].identity && a.Identity == (Identity{}) {
		return true
	}
	if m.Identity.Equal(a.Identity) {
		if m.WrongIdentities > 0 {
			ch.record(event.AttemptsCleared, c, "wrong_identities", strconv.Itoa(m.WrongIdentities))
		}
		m.WrongIdentities = 0
		return true
	}
	m.WrongIdentities++
	ch.raise(a, l, m.WrongIdentities, c)
	t, _ := m.tally(a.Device)
	t.Imposed = t.Action >= Suspend
	ch.refuse(event.IdentityRefused, a, c)
	return false
}

// clear wipes what was counted. A PIN from a bound device says nothing of attempts from elsewhere: if
// it cleared those, each of the member's own logins would give a thief new ones.
func (ch *Change) clear(a Ask, c event.Cause) {
	m := &ch.Member
	if m.Holds(a.Device) {
		ch.wipe(&m.Password, 1, c, "bound")
		return
	}
	ch.wipe(&m.Foreign, 1, c, "other")
	ch.wipe(&m.Password, 0, c, "bound")
}

// wipe clears a tally, and records it if there was more on it than the attempts of the call itself.
func (ch *Change) wipe(t *Tally, own int, c event.Cause, device string) {
	was := *t
	if *t = (Tally{}); was != *t && was != (Tally{Attempts: own}) {
		ch.record(event.AttemptsCleared, c, "device", device, "attempts", strconv.Itoa(was.Attempts))
	}
}

// do is the part of Pass that differs from command to command.
func (ch *Change) do(a Ask, p Proof, l Ladders, c event.Cause) Refusal {
	m := &ch.Member
	switch a.Command {
	case Activate:
		ch.bindApp(a.Device, c)
	case Deactivate:
		if m.AppID != "" {
			ch.record(event.AppDeactivated, c, "app_id", Device{AppID, m.AppID}.Mask(), "by", string(a.Device.Type))
			m.AppID = ""
		}
	case SetPIN:
		m.PIN = PIN{Hash: p.NewHash, Chosen: true, SetAt: c.At}
		ch.record(event.PINChosen, c)
	case ChangePIN:
		m.PIN = PIN{Hash: p.NewHash, Chosen: true, SetAt: c.At}
		ch.record(event.PINChanged, c)
	case SetSecurity:
		return ch.setSecurity(a, l.Of(a.Security), c)
	}
	return Allowed
}

// bindApp binds an app. A member has one: the former is unbound.
func (ch *Change) bindApp(d Device, c event.Cause) {
	m := &ch.Member
	if m.AppID == d.ID {
		return
	}
	if m.AppID != "" {
		ch.record(event.DeviceUnbound, c, "type", string(AppID), "device", Device{AppID, m.AppID}.Mask(), "reason", "activated on another device")
	}
	m.AppID = d.ID
	ch.record(event.AppActivated, c, "app_id", d.Mask())
}

// setSecurity sets a tally as a channel wants it: never weaker than the ladder has it for so many
// attempts, nor than the block in force. The event leaves out a flag that is not the ladder's: it is
// the channel's own text, and could be personal.
func (ch *Change) setSecurity(a Ask, l Ladder, c event.Cause) Refusal {
	t := &ch.Member.Password
	if a.Security == OTP {
		t = &ch.Member.OTP
	}
	set := a.Set
	if set.Until = set.Until.UTC(); set.Action != Suspend {
		set.Until = time.Time{}
	}
	if due, reached := t.raise(l, set.Attempts, c.At); reached && set.weaker(due, c.At) {
		set = due
	}
	if set.weaker(*t, c.At) {
		return HeldBack
	}
	set.Imposed = true
	*t = set
	if !l.names(set.Flag) {
		set.Flag = ""
	}
	ch.record(event.SecuritySet, c, tallyPairs(set, "ladder", string(a.Security))...)
	return Allowed
}
