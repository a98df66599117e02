package admin

import (
	"time"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/answer"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/member"
	"github.com/switchboard-platform/switchboard/internal/registry"
	"github.com/switchboard-platform/switchboard/internal/store"
)

func (h *Handler) members(r request) (any, error) {
	limit, err := limitOf(r)
	if err != nil {
		return nil, err
	}
	list, err := h.reg.Members(r.Context(), store.MemberFilter{After: r.FormValue("after"), Limit: limit + 1})
	if err != nil {
		return nil, err
	}
	wire := func(m member.Member) switchboard.Member { return wireMember(m, r.cause.At) }
	return answer.Page(list, limit, wire, func(m member.Member) string { return m.MSISDN }), nil
}

func (h *Handler) member(r request) (any, error) {
	n, err := eventsOf(r)
	if err != nil {
		return nil, err
	}
	m, events, err := h.reg.MemberHistory(r.Context(), r.PathValue("msisdn"), max(n, 1))
	if err != nil {
		return nil, err
	}
	w := wireMember(*m, r.cause.At)
	for _, e := range events[:min(n, len(events))] {
		w.Events = append(w.Events, wireEvent(e))
	}
	return w, nil
}

// wireMember leaves out the hash of the PIN, which is for no one.
func wireMember(m member.Member, now time.Time) switchboard.Member {
	return switchboard.Member{
		ID: m.ID, MSISDN: m.MSISDN, MemberNumber: m.Number, FullName: m.FullName, IdentityType: m.Identity.Type, Identity: m.Identity.Value,
		Standing: m.Standing.String(), IMSI: m.IMSI, AppID: m.AppID, PIN: pinState(m.PIN), PINSetAt: m.PIN.SetAt,
		Password: wireTally(m.Password, now), Foreign: wireTally(m.Foreign, now), OTP: wireTally(m.OTP, now), WrongIdentities: m.WrongIdentities,
		CreatedAt: m.CreatedAt, UpdatedAt: m.UpdatedAt, Version: m.Head.Version,
	}
}

func pinState(p member.PIN) string {
	switch {
	case p.Hash == "":
		return "none"
	case p.Chosen:
		return "chosen"
	}
	return "issued"
}

func wireTally(t member.Tally, now time.Time) switchboard.Tally {
	state := "free"
	switch block, _ := t.Block(now); {
	case block != member.Allowed:
		state = block.String() // locked or suspended
	case t.Action == member.Warn:
		state = "warned"
	}
	return switchboard.Tally{State: state, Attempts: t.Attempts, Flag: t.Flag, Action: t.Action.String(), Until: t.Until}
}

func (h *Handler) addMember(r request) (any, error) {
	in, err := decode[switchboard.NewMember](r)
	if err != nil {
		return nil, err
	}
	m := member.Member{MSISDN: in.MSISDN, Number: in.MemberNumber, FullName: in.FullName, IMSI: in.IMSI, AppID: in.AppID,
		Identity: member.Identity{Type: in.IdentityType, Value: in.Identity}}
	if m, err = h.reg.AddMember(r.Context(), r.caller(), m); err != nil {
		return nil, err
	}
	return wireMember(m, r.cause.At), nil
}

func (h *Handler) bindDevice(r request) (any, error) {
	in, err := decode[switchboard.NewBinding](r)
	if err != nil {
		return nil, err
	}
	d := member.Device{Type: member.DeviceType(in.Type), ID: in.ID}
	var found, bad fault.Fields
	d.Check(&found)
	for _, f := range found { // the domain names a field of each type, this body one for both
		name := "id"
		if !d.Type.Valid() {
			name = "type"
		}
		bad.Add(name, "%s", f.Problem)
	}
	member.CheckReason(in.Reason, &bad)
	if err := bad.Err(); err != nil {
		return nil, err
	}
	changed, err := h.reg.BindMember(r.Context(), r.having(in.IfVersion), r.PathValue("msisdn"), d, in.Reason)
	return switchboard.Changed{Changed: changed}, err
}

func (h *Handler) unbindDevices(r request) (any, error) {
	in, err := decode[switchboard.Unbinding](r)
	if err != nil {
		return nil, err
	}
	types := []member.DeviceType{member.AppID}
	if in.Devices != nil {
		types = types[:0]
	}
	var bad fault.Fields
	for _, text := range in.Devices {
		t := member.DeviceType(text)
		if types = append(types, t); !t.Valid() {
			bad.Add("devices", "must be of APP_ID and IMSI, not %.40q", text)
		}
	}
	if len(types) == 0 {
		bad.Add("devices", "must name APP_ID, IMSI or both")
	}
	member.CheckReason(in.Reason, &bad)
	if err := bad.Err(); err != nil {
		return nil, err
	}
	changed, err := h.reg.UnbindMember(r.Context(), r.having(in.IfVersion), r.PathValue("msisdn"), types, in.Reason)
	return switchboard.Changed{Changed: changed}, err
}

// because reads a body that gives nothing but a reason, of who saw what.
func because(r request) (registry.Caller, string, error) {
	in, err := decode[switchboard.Because](r)
	if err != nil {
		return registry.Caller{}, "", err
	}
	var bad fault.Fields
	member.CheckReason(in.Reason, &bad)
	return r.having(in.IfVersion), in.Reason, bad.Err()
}

func (h *Handler) unlockMember(r request) (any, error) {
	by, reason, err := because(r)
	if err != nil {
		return nil, err
	}
	changed, err := h.reg.UnlockMember(r.Context(), by, r.PathValue("msisdn"), reason)
	return switchboard.Changed{Changed: changed}, err
}

func (h *Handler) setMemberStanding(r request) (any, error) {
	in, err := decode[switchboard.MemberStanding](r)
	if err != nil {
		return nil, err
	}
	var bad fault.Fields
	to, ok := member.ParseStanding(in.Standing)
	if !ok {
		bad.Add("standing", "must be open or closed")
	}
	member.CheckReason(in.Reason, &bad)
	if err := bad.Err(); err != nil {
		return nil, err
	}
	changed, err := h.reg.SetMemberStanding(r.Context(), r.having(in.IfVersion), r.PathValue("msisdn"), to, in.Reason)
	return switchboard.Changed{Changed: changed}, err
}

// issuePIN is the one place where a PIN leaves the server.
func (h *Handler) issuePIN(r request) (any, error) {
	by, reason, err := because(r)
	if err != nil {
		return nil, err
	}
	msisdn := r.PathValue("msisdn")
	pin, err := h.reg.IssuePIN(r.Context(), by, msisdn, reason)
	if err != nil {
		return nil, err
	}
	return switchboard.IssuedPIN{MSISDN: msisdn, PIN: pin.Reveal()}, nil
}
