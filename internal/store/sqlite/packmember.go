package sqlite

import (
	"encoding/binary"

	"github.com/switchboard-platform/switchboard/internal/member"
	"github.com/switchboard-platform/switchboard/internal/store"
	"github.com/switchboard-platform/switchboard/internal/store/tables"
)

// memberCodec keeps members in brief: see member.Member.Brief.
var memberCodec = codec[member.Member]{
	key:    func(m *member.Member) string { return m.MSISDN },
	pack:   packMember,
	unpack: unpackMember,
}

// The marks of a packed member. The standing is in the bits above them.
const (
	markIssued   = 1 << iota // a PIN
	markChosen               // the PIN, by the member
	standingBits = iota
)

func packMember(p *packer, b []byte, m *member.Member) []byte {
	b = append(b, byte(m.Standing)<<standingBits|byte(store.Flag(m.PIN.Hash != ""))*markIssued|byte(store.Flag(m.PIN.Chosen))*markChosen)
	b = text(b, m.ID)
	b = binary.AppendUvarint(b, m.Revision)
	b = number(b, m.Number)
	b = text(b, m.FullName)
	b = p.word(b, m.Identity.Type)
	b = number(b, m.Identity.Value)
	b = number(b, m.IMSI)
	b = text(b, m.AppID)
	for _, t := range []*member.Tally{&m.Password, &m.Foreign, &m.OTP} {
		b = p.tally(b, t)
	}
	return b
}

// unpackMember reads what packMember wrote. The texts of the member are its own.
func unpackMember(p *packer, msisdn string, b []byte) *member.Member {
	u := unpacker{p: p, b: b, s: string(b)}
	marks := u.byte()
	m := &member.Member{MSISDN: msisdn, Standing: member.Standing(marks >> standingBits)}
	if m.PIN.Chosen = marks&markChosen != 0; marks&markIssued != 0 {
		m.PIN.Hash = tables.PINIssued
	}
	m.ID, m.Revision = u.text(), u.uvarint()
	m.Number, m.FullName = u.number(), u.text()
	m.Identity.Type, m.Identity.Value = u.word(), u.number()
	m.IMSI, m.AppID = u.number(), u.text()
	for _, t := range []*member.Tally{&m.Password, &m.Foreign, &m.OTP} {
		u.tally(t)
	}
	return m
}

// The marks of a packed tally: one that stands at nothing, as most do, is a single 0. The action is in
// the bits above them.
const (
	markCounted = 1 << iota // more follows
	markImposed
	actionBits = iota
)

func (p *packer) tally(b []byte, t *member.Tally) []byte {
	if *t == (member.Tally{}) {
		return append(b, 0)
	}
	b = append(b, byte(t.Action)<<actionBits|byte(store.Flag(t.Imposed))*markImposed|markCounted)
	b = binary.AppendVarint(b, int64(t.Attempts))
	b = p.word(b, t.Flag)
	return binary.AppendVarint(b, store.Micro(t.Until))
}

func (u *unpacker) tally(t *member.Tally) {
	marks := u.byte()
	if marks == 0 {
		return
	}
	t.Action, t.Imposed = member.Action(marks>>actionBits), marks&markImposed != 0
	t.Attempts, t.Flag, t.Until = int(u.varint()), u.word(), store.FromMicro(u.varint())
}
