package sqlite

import (
	"encoding/binary"
	"time"

	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/block"
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
	created := store.Micro(a.CreatedAt)
	b = binary.AppendVarint(b, created)
	b = number(b, a.Profile.Mobile)
	b = text(b, a.Profile.FirstName)
	b = text(b, a.Profile.MiddleName)
	b = text(b, a.Profile.LastName)
	b = p.word(b, a.Profile.Address.City)
	b = p.word(b, a.Profile.Address.State)
	b = packExtras(b, r)
	b = binary.AppendUvarint(b, uint64(len(r.Activations)))
	for i := range r.Activations {
		x := &r.Activations[i]
		b = p.word(b, x.ServiceCode)
		extra := x.LatLong != "" || x.Dates != agent.Dates{}
		b = append(b, byte(x.State.Status)<<4|byte(x.State.Verification)|byte(store.Flag(extra))<<3)
		b = text(b, x.Comment)
		b = binary.AppendVarint(b, store.Micro(x.CreatedAt)-created)
		b = binary.AppendVarint(b, store.Micro(x.UpdatedAt)) // 0, in most
		if extra {
			b = text(b, x.LatLong)
			for _, t := range [...]time.Time{x.Dates.From, x.Dates.Until, x.Dates.VerifyBy} {
				b = binary.AppendVarint(b, store.Micro(t))
			}
		}
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
	a.CreatedAt = store.FromMicro(created)
	a.Profile.Mobile = u.number()
	a.Profile.FirstName, a.Profile.MiddleName, a.Profile.LastName = u.text(), u.text(), u.text()
	a.Profile.Address.City, a.Profile.Address.State = u.word(), u.word()
	u.extras(r)
	if n := u.uvarint(); n > 0 {
		r.Activations = make([]agent.Activation, n)
	}
	for i := range r.Activations {
		x := &r.Activations[i]
		x.UserCode, x.ServiceCode = userCode, u.word()
		state := u.byte()
		x.State = agent.State{Status: agent.Status(state >> 4), Verification: agent.Verification(state & 7)}
		x.Comment = u.text()
		x.CreatedAt, x.UpdatedAt = store.FromMicro(created+u.varint()), store.FromMicro(u.varint())
		if state&8 != 0 {
			x.LatLong = u.text()
			x.Dates = agent.Dates{From: store.FromMicro(u.varint()), Until: store.FromMicro(u.varint()), VerifyBy: store.FromMicro(u.varint())}
		}
	}
	return r
}

// packExtras appends what few agents have: one byte for those that have none of it.
func packExtras(b []byte, r *store.Record) []byte {
	a := &r.Agent
	if a.StandSince.IsZero() && a.LatLong == "" && a.Devices == "" && len(r.Blocks) == 0 {
		return append(b, 0)
	}
	b = binary.AppendVarint(append(b, 1), store.Micro(a.StandSince))
	b = text(text(b, a.LatLong), string(a.Devices))
	b = binary.AppendUvarint(b, uint64(len(r.Blocks)))
	for i := range r.Blocks {
		x := &r.Blocks[i]
		b = text(text(b, x.ID), x.Service)
		b = text(append(b, byte(x.Owner)), string(x.Rule))
		for _, t := range [...]time.Time{x.From, x.Until, x.PlacedAt} {
			b = binary.AppendVarint(b, store.Micro(t))
		}
	}
	return b
}

func (u *unpacker) extras(r *store.Record) {
	if u.byte() == 0 {
		return
	}
	a := &r.Agent
	a.StandSince, a.LatLong, a.Devices = store.FromMicro(u.varint()), u.text(), agent.Devices(u.text())
	for range u.uvarint() {
		x := block.Block{ID: u.text(), Target: block.Target{Agent: a.UserCode, Service: u.text()}}
		x.Owner, x.Rule = block.Owner(u.byte()), block.Rule(u.text())
		x.From, x.Until, x.PlacedAt = store.FromMicro(u.varint()), store.FromMicro(u.varint()), store.FromMicro(u.varint())
		r.Blocks = append(r.Blocks, x)
	}
}
