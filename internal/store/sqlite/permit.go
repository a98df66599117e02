package sqlite

import (
	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// Permit implements store.Store, from the packed record alone: that is two lines of the processor's cache, where a
// record that is ready for use is dozens.
func (s *Store) Permit(userCode, serviceCode string) (p store.Permit, ok bool) {
	dir := s.dir.Load()
	svc := dir.ServiceAt(serviceCode)
	if svc == nil || s.closed.Load() {
		return p, false
	}
	c := s.records
	hash := c.hash(userCode)
	shard := &c.shards[hash%cacheShards]
	var brief briefest
	shard.mu.Lock()
	packed := shard.packed.glance(hash, userCode)
	if packed != nil {
		ok = brief.read(c.packer, packed, serviceCode)
	}
	shard.mu.Unlock()
	if !ok || !brief.unconditional(dir, svc) || s.dir.Load() != dir {
		return p, false
	}
	s.asked.Add(1)
	return store.Permit{PartnerID: brief.partnerID, Version: brief.version}, true
}

// briefest is what a decision without conditions is made on.
type briefest struct {
	partnerID string
	standing  agent.Standing
	version   uint64
	state     agent.State
	dates     agent.Dates
}

// unconditional asks the rule.
func (b *briefest) unconditional(dir *store.Directory, svc *agent.Service) bool {
	return svc.Unconditional(b.standing, b.state, b.dates) && len(dir.BlocksOnService(svc.Code))+len(dir.BlocksOnPartner(b.partnerID)) == 0
}

// read reads what packRecord wrote of one activation. false when there is none, when the agent has blocks or devices,
// and when a word of it is not in the dictionary.
func (b *briefest) read(p *packer, packed []byte, serviceCode string) bool {
	p.mu.RLock()
	defer p.mu.RUnlock()
	u := unpacker{p: p, b: packed}
	partner := u.uvarint()
	if partner == 0 {
		return false
	}
	b.partnerID, b.standing = p.words[partner], agent.Standing(u.byte())
	b.version = u.uvarint()
	u.varint() // when it was made
	u.skipWord()
	for range 3 { // the names
		u.skip()
	}
	u.skipWord()
	u.skipWord()
	if u.byte() != 0 {
		u.varint() // since when it has its standing
		u.skip()   // the place
		if u.uvarint()+u.uvarint() > 0 {
			return false
		}
	}
	want := p.index[serviceCode]
	for range u.uvarint() {
		word := u.uvarint()
		if word == 0 {
			u.skip()
		}
		b.readActivation(&u)
		if word == want && want != 0 {
			return true
		}
	}
	return false
}

func (b *briefest) readActivation(u *unpacker) {
	state := u.byte()
	b.state = agent.State{Status: agent.Status(state >> 4), Verification: agent.Verification(state & 7)}
	u.skip() // the comment
	u.varint()
	u.varint()
	b.dates = agent.Dates{}
	if state&8 != 0 {
		u.skip() // the place
		b.dates = agent.Dates{From: store.FromMicro(u.varint()), Until: store.FromMicro(u.varint()), VerifyBy: store.FromMicro(u.varint())}
	}
}

// skip steps over a text.
func (u *unpacker) skip() { u.i += int(u.uvarint()) }

// skipWord steps over a word or a number.
func (u *unpacker) skipWord() {
	if u.uvarint() == 0 {
		u.skip()
	}
}
