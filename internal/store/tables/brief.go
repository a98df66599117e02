package tables

import (
	"cmp"

	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/member"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// BriefAgentColumns are those that BriefAgent reads, of agents as a.
const BriefAgentColumns = `a.user_code, a.partner_id, a.standing, a.mobile, a.first_name, a.middle_name, a.last_name,
 a.city, a.state, a.created_at, a.version, a.stand_since, a.latlong, a.devices, a.open_blocks`

// BriefAgent reads an agent in brief, and whether there are open blocks.
func (q *Query) BriefAgent() (a agent.Agent, blocked bool) {
	p := &a.Profile
	a.UserCode, a.PartnerID, a.Standing = q.Str(), q.Str(), agent.Standing(q.Num())
	p.Mobile, p.FirstName, p.MiddleName, p.LastName = q.Str(), q.Str(), q.Str(), q.Str()
	p.Address.City, p.Address.State = q.Str(), q.Str()
	a.CreatedAt, a.Head.Version = q.Time(), uint64(q.Num())
	a.StandSince, a.LatLong, a.Devices = q.Time(), q.Str(), agent.Devices(q.Str())
	return a, q.Num() > 0
}

// BriefActivationColumns are those that AddBriefActivation reads, of activations as s.
const BriefActivationColumns = `s.service_code, s.status, s.verification, s.comment, s.created_at, s.updated_at, s.version,
 s.latlong, s.effective_from, s.effective_until, s.verify_by`

// AddBriefActivation reads a row into its agent's record, whose version is that of its youngest row.
func (q *Query) AddBriefActivation(r *agent.Record) {
	a := agent.Activation{UserCode: r.Agent.UserCode, ServiceCode: q.Str()}
	a.State = agent.State{Status: agent.Status(q.Num()), Verification: agent.Verification(q.Num())}
	a.Comment, a.CreatedAt, a.UpdatedAt = q.Str(), q.Time(), q.Time()
	r.Agent.Head.Version = max(r.Agent.Head.Version, uint64(q.Num()))
	a.LatLong, a.Dates = q.Str(), agent.Dates{From: q.Time(), Until: q.Time(), VerifyBy: q.Time()}
	r.Activations = append(r.Activations, a)
}

// Brief reads an agent's brief record: see agent.Record.Brief.
func (c *Conn) Brief(userCode string) (*store.Record, error) {
	q := c.Prepare(`SELECT ` + BriefAgentColumns + ` FROM agents a WHERE a.user_code = ?`)
	if q.Text(userCode); !q.Next() {
		if q.Err != nil {
			return nil, q.Err
		}
		return nil, UnknownAgent()
	}
	a, blocked := q.BriefAgent()
	r := &store.Record{Record: agent.Record{Agent: a}}
	s := c.Prepare(`SELECT ` + BriefActivationColumns + ` FROM activations s WHERE s.user_code = ?`)
	for s.Text(userCode); s.Next(); {
		s.AddBriefActivation(&r.Record)
	}
	err := s.Err
	InOrder(r.Activations)
	if err == nil && blocked {
		r.Blocks, err = c.briefBlocks(userCode)
	}
	return r, cmp.Or(err, q.Done()) // q stays open till here: both see one commit
}

// Briefs reads the brief records of the next agents after a user code. A transaction must be open.
func (c *Conn) Briefs(after string, limit int) (list []*store.Record, err error) {
	q := c.Prepare(`SELECT ` + BriefAgentColumns + ` FROM agents a WHERE a.user_code > ? ORDER BY a.user_code LIMIT ?`)
	for q.Text(after).Int(int64(limit)); q.Next(); {
		a, blocked := q.BriefAgent()
		r := &store.Record{Record: agent.Record{Agent: a}}
		if blocked {
			if r.Blocks, err = c.briefBlocks(a.UserCode); err != nil {
				return nil, cmp.Or(q.Done(), err)
			}
		}
		list = append(list, r)
	}
	if q.Err != nil || len(list) == 0 {
		return nil, q.Err
	}
	s := c.Prepare(`SELECT s.user_code, ` + BriefActivationColumns + ` FROM activations s
 WHERE s.user_code > ? AND s.user_code <= ? ORDER BY s.user_code, s.service_code`)
	i := 0
	for s.Text(after, list[len(list)-1].Agent.UserCode); s.Next(); {
		code := s.Str()
		for list[i].Agent.UserCode != code {
			i++
		}
		s.AddBriefActivation(&list[i].Record)
	}
	return list, s.Err
}

// Records implements store.AgentTx.
func (t *Tx) Records(after string, limit int) ([]*store.Record, error) {
	return t.c.Briefs(after, limit)
}

// PINIssued is what stands in brief for the hash of a PIN.
const PINIssued = "-"

// BriefMember reads a row of SelectBriefMember.
func (q *Query) BriefMember() *member.Member {
	m := &member.Member{}
	q.readBriefMember(m)
	if q.Num() == 1 {
		m.PIN.Hash = PINIssued
	}
	return m
}

// SelectBriefMember reads what BriefMember wants.
const SelectBriefMember = `SELECT ` + briefMemberColumns + `, m.pin_hash <> '' FROM members m WHERE m.msisdn = ?`

// BriefMember reads a member in brief: see member.Member.Brief.
func (c *Conn) BriefMember(msisdn string) (*member.Member, error) {
	q := c.Prepare(SelectBriefMember)
	if q.Text(msisdn); !q.Next() {
		return nil, cmp.Or(q.Err, NoMember())
	}
	return q.BriefMember(), q.Done()
}

// BriefMembers reads the next members after a phone number, in brief.
func (c *Conn) BriefMembers(after string, limit int) (list []*member.Member, err error) {
	q := c.Prepare(`SELECT ` + briefMemberColumns + `, m.pin_hash <> '' FROM members m WHERE m.msisdn > ? ORDER BY m.msisdn LIMIT ?`)
	for q.Text(after).Int(int64(limit)); q.Next(); {
		list = append(list, q.BriefMember())
	}
	return list, q.Err
}
