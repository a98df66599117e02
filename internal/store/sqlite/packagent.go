package sqlite

import (
	"encoding/binary"

	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// recordCodec keeps brief records of agents: see agent.Record.Brief.
var recordCodec = codec[store.Record]{
	key:    func(r *store.Record) string { return r.Agent.UserCode },
	pack:   packRecord,
	unpack: unpackRecord,
}

func packRecord(p *packer, b []byte, r *store.Record) []byte {
	a := &r.Agent
	b = p.word(b, a.PartnerID)
	b = append(b, byte(a.Standing))
	b = binary.AppendUvarint(b, a.Head.Version)
	created := micro(a.CreatedAt)
	b = binary.AppendVarint(b, created)
	b = number(b, a.Profile.Mobile)
	b = text(b, a.Profile.FirstName)
	b = text(b, a.Profile.MiddleName)
	b = text(b, a.Profile.LastName)
	b = p.word(b, a.Profile.Address.City)
	b = p.word(b, a.Profile.Address.State)
	b = binary.AppendUvarint(b, uint64(len(r.Activations)))
	for i := range r.Activations {
		x := &r.Activations[i]
		b = p.word(b, x.ServiceCode)
		b = append(b, byte(x.State.Status)<<4|byte(x.State.Verification))
		b = text(b, x.Comment)
		b = binary.AppendVarint(b, micro(x.CreatedAt)-created)
		b = binary.AppendVarint(b, micro(x.UpdatedAt)) // 0, in most
	}
	return b
}

// unpackRecord reads what packRecord wrote. The texts of the record are its own.
func unpackRecord(p *packer, userCode string, b []byte) *store.Record {
	u := unpacker{p: p, b: b, s: string(b)}
	r := &store.Record{}
	a := &r.Agent
	a.UserCode, a.PartnerID, a.Standing = userCode, u.word(), agent.Standing(u.byte())
	a.Head.Version = u.uvarint()
	created := u.varint()
	a.CreatedAt = fromMicro(created)
	a.Profile.Mobile = u.number()
	a.Profile.FirstName, a.Profile.MiddleName, a.Profile.LastName = u.text(), u.text(), u.text()
	a.Profile.Address.City, a.Profile.Address.State = u.word(), u.word()
	if n := u.uvarint(); n > 0 {
		r.Activations = make([]agent.Activation, n)
	}
	for i := range r.Activations {
		x := &r.Activations[i]
		x.UserCode, x.ServiceCode = userCode, u.word()
		state := u.byte()
		x.State = agent.State{Status: agent.Status(state >> 4), Verification: agent.Verification(state & 15)}
		x.Comment = u.text()
		x.CreatedAt, x.UpdatedAt = fromMicro(created+u.varint()), fromMicro(u.varint())
	}
	return r
}
