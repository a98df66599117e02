package member

import (
	"slices"

	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
)

// Add makes a new member of one that Check found good. It has an ID already.
func Add(m Member, c event.Cause) *Change {
	m.CreatedAt, m.Head, m.Revision = c.At, event.Head{}, 0
	ch := &Change{Member: m}
	return ch.record(event.MemberAdded, c, "imsi", mask(IMSI, m.IMSI), "app_id", mask(AppID, m.AppID))
}

func mask(t DeviceType, id string) string {
	if id == "" {
		return ""
	}
	return Device{t, id}.Mask()
}

// Unbind takes devices from the member at once and without a PIN. nil when none was bound.
func (m Member) Unbind(types []DeviceType, reason string, c event.Cause) *Change {
	ch := m.change(c)
	for _, t := range []DeviceType{IMSI, AppID} {
		if id := m.Bound(t); id != "" && slices.Contains(types, t) {
			ch.record(event.DeviceUnbound, c, "type", string(t), "device", Device{t, id}.Mask()).because(reason)
			ch.Member.setBound(Device{Type: t})
		}
	}
	return ch.orNothing()
}

// Bind gives the member a device by an operator's hand, in place of the one of its type. nil when it was so.
func (m Member) Bind(d Device, reason string, c event.Cause) *Change {
	ch := m.change(c)
	was := m.Bound(d.Type)
	if was == d.ID {
		return nil
	}
	if was != "" {
		ch.record(event.DeviceUnbound, c, "type", string(d.Type), "device", Device{d.Type, was}.Mask()).because(reason)
	}
	ch.Member.setBound(d)
	return ch.record(event.DeviceBound, c, "type", string(d.Type), "device", d.Mask()).because(reason)
}

func (m *Member) setBound(d Device) {
	if d.Type == IMSI {
		m.IMSI = d.ID
	} else {
		m.AppID = d.ID
	}
}

// Unlock clears everything that was counted. nil when nothing was.
func (m Member) Unlock(reason string, c event.Cause) *Change {
	if m.Password == (Tally{}) && m.Foreign == (Tally{}) && m.OTP == (Tally{}) && m.WrongIdentities == 0 {
		return nil
	}
	ch := m.change(c)
	ch.Member.Password, ch.Member.Foreign, ch.Member.OTP, ch.Member.WrongIdentities = Tally{}, Tally{}, Tally{}, 0
	return ch.record(event.MemberUnlocked, c).because(reason)
}

// IssuePIN gives the member a PIN that must be replaced at the first use, and clears the counts of
// wrong PINs and identities: whoever hands it out has seen who they are.
func (m Member) IssuePIN(hash, reason string, c event.Cause) *Change {
	ch := m.change(c)
	ch.Member.PIN = PIN{Hash: hash, SetAt: c.At}
	ch.Member.Password, ch.Member.Foreign, ch.Member.WrongIdentities = Tally{}, Tally{}, 0
	return ch.record(event.PINIssued, c).because(reason)
}

// SetStanding opens or closes the member. nil when it was so already.
func (m Member) SetStanding(to Standing, reason string, c event.Cause) *Change {
	if m.Standing == to {
		return nil
	}
	ch := m.change(c)
	ch.Member.Standing = to
	return ch.record(event.MemberStatus, c, "from", m.Standing.String(), "to", to.String()).because(reason)
}

// because adds an operator's reason to the last event. People write in their own words, so it is personal.
func (ch *Change) because(reason string) *Change {
	ch.Events[len(ch.Events)-1].Private = event.Private("reason", reason)
	return ch
}

// Erased says whether the personal data was erased: then the ID stands in the place of the phone number.
func (m *Member) Erased() bool { return m.MSISDN == m.ID }

// Erase takes everything personal out of the member: what remains is that there was one. Only a closed
// member can be erased. nil when it was erased already. Faults: Conflict.
func (m Member) Erase(c event.Cause) (*Change, error) {
	if m.Erased() {
		return nil, nil
	}
	if m.Standing != Closed {
		return nil, fault.New(fault.Conflict, "The member is %s: close it before its personal data is erased.", m.Standing)
	}
	ch := &Change{Member: Member{ID: m.ID, MSISDN: m.ID, Standing: Closed, CreatedAt: m.CreatedAt, UpdatedAt: c.At, Revision: m.Revision, Head: m.Head}}
	return ch.record(event.MemberErased, c), nil
}

// orNothing is nil for a change that nothing recorded.
func (ch *Change) orNothing() *Change {
	if len(ch.Events) == 0 {
		return nil
	}
	return ch
}

// maxReason is the longest reason, in bytes.
const maxReason = 200

// CheckReason adds what is wrong with the reason an operator gives.
func CheckReason(reason string, bad *fault.Fields) {
	if reason == "" || !plain(reason, maxReason) {
		bad.Add("reason", "is required, plain text of at most %d bytes", maxReason)
	}
}
