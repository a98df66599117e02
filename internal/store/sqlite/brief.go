package sqlite

import (
	"cmp"

	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/member"
	"github.com/switchboard-platform/switchboard/internal/store"
)

const briefAgentColumns = `a.user_code, a.partner_id, a.standing, a.mobile, a.first_name, a.middle_name, a.last_name,
 a.city, a.state, a.created_at, a.version, a.stand_since, a.latlong, a.devices, a.open_blocks`

// briefAgent reads an agent in brief, and whether there are open blocks.
func (q *query) briefAgent() (a agent.Agent, blocked bool) {
	p := &a.Profile
	a.UserCode, a.PartnerID, a.Standing = q.str(), q.str(), agent.Standing(q.num())
	p.Mobile, p.FirstName, p.MiddleName, p.LastName = q.str(), q.str(), q.str(), q.str()
	p.Address.City, p.Address.State = q.str(), q.str()
	a.CreatedAt, a.Head.Version = q.time(), uint64(q.num())
	a.StandSince, a.LatLong, a.Devices = q.time(), q.str(), agent.Devices(q.str())
	return a, q.num() > 0
}

const briefActivationColumns = `s.service_code, s.status, s.verification, s.comment, s.created_at, s.updated_at, s.version,
 s.latlong, s.effective_from, s.effective_until, s.verify_by`

// addBriefActivation reads a row into its agent's record, whose version is that of its youngest row.
func (q *query) addBriefActivation(r *agent.Record) {
	a := agent.Activation{UserCode: r.Agent.UserCode, ServiceCode: q.str()}
	a.State = agent.State{Status: agent.Status(q.num()), Verification: agent.Verification(q.num())}
	a.Comment, a.CreatedAt, a.UpdatedAt = q.str(), q.time(), q.time()
	r.Agent.Head.Version = max(r.Agent.Head.Version, uint64(q.num()))
	a.LatLong, a.Dates = q.str(), agent.Dates{From: q.time(), Until: q.time(), VerifyBy: q.time()}
	r.Activations = append(r.Activations, a)
}

// brief reads an agent's brief record: see agent.Record.Brief.
func (c *conn) brief(userCode string) (*store.Record, error) {
	q := c.prepare(`SELECT ` + briefAgentColumns + ` FROM agents a WHERE a.user_code = ?`)
	if q.text(userCode); !q.next() {
		if q.err != nil {
			return nil, wrap(q.err)
		}
		return nil, unknownAgent()
	}
	a, blocked := q.briefAgent()
	r := &store.Record{Record: agent.Record{Agent: a}}
	s := c.prepare(`SELECT ` + briefActivationColumns + ` FROM activations s WHERE s.user_code = ?`)
	for s.text(userCode); s.next(); {
		s.addBriefActivation(&r.Record)
	}
	err := wrap(s.err)
	if err == nil && blocked {
		r.Blocks, err = c.briefBlocks(userCode)
	}
	return r, cmp.Or(err, q.done()) // q stays open till here: both see one commit
}

// briefs reads the brief records of the next agents after a user code. A transaction must be open.
func (c *conn) briefs(after string, limit int) (list []*store.Record, err error) {
	q := c.prepare(`SELECT ` + briefAgentColumns + ` FROM agents a WHERE a.user_code > ? ORDER BY a.user_code LIMIT ?`)
	for q.text(after).int(int64(limit)); q.next(); {
		a, blocked := q.briefAgent()
		r := &store.Record{Record: agent.Record{Agent: a}}
		if blocked {
			if r.Blocks, err = c.briefBlocks(a.UserCode); err != nil {
				return nil, cmp.Or(q.done(), err)
			}
		}
		list = append(list, r)
	}
	if q.err != nil || len(list) == 0 {
		return nil, wrap(q.err)
	}
	s := c.prepare(`SELECT s.user_code, ` + briefActivationColumns + ` FROM activations s
 WHERE s.user_code > ? AND s.user_code <= ? ORDER BY s.user_code, s.service_code`)
	i := 0
	for s.text(after, list[len(list)-1].Agent.UserCode); s.next(); {
		code := s.str()
		for list[i].Agent.UserCode != code {
			i++
		}
		s.addBriefActivation(&list[i].Record)
	}
	return list, wrap(s.err)
}

// Records implements store.AgentTx.
func (t *tx) Records(after string, limit int) ([]*store.Record, error) {
	return t.c.briefs(after, limit)
}

func (q *query) briefMember() *member.Member {
	m := &member.Member{}
	q.readBriefMember(m)
	if q.num() == 1 {
		m.PIN.Hash = issued
	}
	return m
}

// briefMember reads a member in brief: see member.Member.Brief.
func (c *conn) briefMember(msisdn string) (*member.Member, error) {
	q := c.prepare(`SELECT ` + briefMemberColumns + `, m.pin_hash <> '' FROM members m WHERE m.msisdn = ?`)
	if q.text(msisdn); !q.next() {
		return nil, cmp.Or(wrap(q.err), noMember())
	}
	return q.briefMember(), q.done()
}

// briefMembers reads the next members after a phone number, in brief.
func (c *conn) briefMembers(after string, limit int) (list []*member.Member, err error) {
	q := c.prepare(`SELECT ` + briefMemberColumns + `, m.pin_hash <> '' FROM members m WHERE m.msisdn > ? ORDER BY m.msisdn LIMIT ?`)
	for q.text(after).int(int64(limit)); q.next(); {
		list = append(list, q.briefMember())
	}
	return list, wrap(q.err)
}
