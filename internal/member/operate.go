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
			ch.record(event.DeviceUnbound, c, "type", string(t), "device", Device{t, id}.Mask(), "reason", reason)
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
		ch.record(event.DeviceUnbound, c, "type", string(d.Type), "device", Device{d.Type, was}.Mask(), "reason", reason)
	}
	ch.Member.setBound(d)
	return ch.record(event.DeviceBound, c, "type", string(d.Type), "device", d.Mask(), "reason", reason)
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
	return ch.record(event.MemberUnlocked, c, "reason", reason)
}

// IssuePIN gives the member a PIN that must be replaced at the first use, and clears the counts of
// wrong PINs and identities: whoever hands it out has seen who they are.
func (m Member) IssuePIN(hash, reason string, c event.Cause) *Change {
	ch := m.change(c)
	ch.Member.PIN = PIN{Hash: hash, SetAt: c.At}
	ch.Member.Password, ch.Member.Foreign, ch.Member.WrongIdentities = Tally{}, Tally{}, 0
	return ch.record(event.PINIssued, c, "reason", reason)
}

// SetStanding opens or closes the member. nil when it was so already.
func (m Member) SetStanding(to Standing, reason string, c event.Cause) *Change {
	if m.Standing == to {
		return nil
	}
	ch := m.change(c)
	ch.Member.Standing = to
	return ch.record(event.MemberStatus, c, "from", m.Standing.String(), "to", to.String(), "reason", reason)
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
		bad.Add("reason", "is required, plain text of at most %d bytes and nothing personal: it is kept for ever", maxReason)
	}
}
