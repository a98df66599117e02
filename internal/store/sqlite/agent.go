package sqlite

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/store"
)

const agentColumns = `a.user_code, a.partner_id, a.standing, a.mobile, a.first_name, a.middle_name, a.last_name,
 a.city, a.state, a.created_at, a.updated_at, a.version, a.seq, a.hash,
 a.pan, a.email, a.dob, a.shop_name, a.line, a.pincode, a.district, a.area,
 a.stand_since, a.latlong, a.devices, a.erased_at, a.open_blocks`

const selectAgent = `SELECT ` + agentColumns + ` FROM agents a WHERE a.user_code = ?`

// record reads an agent and its activations. The first statement stays open while the second
// runs, so that both see the same commit without the cost of a transaction around them. (One
// statement with a join would be planned anew at every use: this SQLite looks at what is bound.)
func (c *conn) record(userCode string) (*agent.Record, error) {
	q := c.prepare(selectAgent)
	if q.text(userCode); !q.next() {
		if q.err != nil {
			return nil, wrap(q.err)
		}
		return nil, unknownAgent()
	}
	r := &agent.Record{Agent: q.readAgent()}
	blocked := q.num() > 0
	activations, err := c.activations(r.Agent.UserCode)
	r.Activations = activations
	if err == nil && blocked {
		r.Blocks, err = c.openBlocks(r.Agent.UserCode)
	}
	return r, cmp.Or(err, q.done())
}

func unknownAgent() error { return fault.New(fault.UnknownAgent, "No such agent.") }

func (q *query) readAgent() (a agent.Agent) {
	p := &a.Profile
	a.UserCode, a.PartnerID, a.Standing = q.str(), q.str(), agent.Standing(q.num())
	p.Mobile, p.FirstName, p.MiddleName, p.LastName = q.str(), q.str(), q.str(), q.str()
	p.Address.City, p.Address.State = q.str(), q.str()
	a.CreatedAt, a.UpdatedAt, a.Head = q.time(), q.time(), q.readHead()
	p.PAN, p.Email, p.DOB, p.ShopName = q.str(), q.str(), q.str(), q.str()
	p.Address.Line, p.Address.Pincode, p.Address.District, p.Address.Area = q.str(), q.str(), q.str(), q.str()
	a.StandSince, a.LatLong, a.Devices, a.ErasedAt = q.time(), q.str(), agent.Devices(q.str()), q.time()
	return a
}

func (q *query) bindAgent(a *agent.Agent) *query {
	p := &a.Profile
	q.text(a.PartnerID).int(int64(a.Standing))
	q.text(p.Mobile, p.FirstName, p.MiddleName, p.LastName, p.Address.City, p.Address.State)
	q.int(micro(a.CreatedAt), micro(a.UpdatedAt)).head(a.Head)
	q.text(p.PAN, p.Email, p.DOB, p.ShopName, p.Address.Line, p.Address.Pincode, p.Address.District, p.Address.Area)
	return q.int(micro(a.StandSince)).text(a.LatLong, string(a.Devices)).int(micro(a.ErasedAt))
}

// Agent implements store.AgentTx.
func (t *tx) Agent(userCode string) (*agent.Record, error) { return t.c.record(userCode) }

// AgentState implements store.AgentTx. What is in memory spares the agent's page, if the agent was
// not changed in this transaction and its chain ends in an activation: then the page has nothing to add.
func (t *tx) AgentState(userCode string) (*agent.Record, error) {
	brief := t.s.records.peek(userCode)
	if brief == nil || !t.writable || slices.Contains(t.agents, userCode) {
		return t.c.record(userCode)
	}
	activations, err := t.c.activations(userCode)
	if err != nil {
		return nil, err
	}
	r := &agent.Record{Agent: agent.Agent{UserCode: userCode, PartnerID: brief.Agent.PartnerID, Standing: brief.Agent.Standing}, Activations: activations}
	if r.Head().Version != brief.Agent.Head.Version {
		return t.c.record(userCode)
	}
	return r, nil
}

// CreateAgent implements store.AgentTx.
func (t *tx) CreateAgent(a agent.Agent) error {
	if err := t.write(a.UserCode); err != nil {
		return err
	}
	q := t.c.prepare(`INSERT INTO agents (user_code, partner_id, standing, mobile, first_name, middle_name, last_name,
 city, state, created_at, updated_at, version, seq, hash, pan, email, dob, shop_name, line, pincode, district, area,
 stand_since, latlong, devices, erased_at) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)`)
	if err := q.text(a.UserCode).bindAgent(&a).run(); err != nil {
		return err
	}
	return t.addMobile(&a)
}

// UpdateAgent implements store.AgentTx.
func (t *tx) UpdateAgent(a agent.Agent, was uint64) error {
	if err := t.write(a.UserCode); err != nil {
		return err
	}
	noted, err := t.hasMobile(&a)
	if err != nil {
		return err
	}
	q := t.c.prepare(`UPDATE agents SET partner_id=?, standing=?, mobile=?, first_name=?, middle_name=?, last_name=?,
 city=?, state=?, created_at=?, updated_at=?, version=?, seq=?, hash=?, pan=?, email=?, dob=?, shop_name=?,
 line=?, pincode=?, district=?, area=?, stand_since=?, latlong=?, devices=?, erased_at=? WHERE user_code=? AND version=?`)
	if err := t.guarded(q.bindAgent(&a).text(a.UserCode).int(int64(was)), "agent "+a.UserCode); err != nil || noted {
		return err
	}
	return t.addMobile(&a)
}

// guarded runs a write that must hit one row; none means that somebody else changed it first.
func (t *tx) guarded(q *query, what string) error {
	if err := q.run(); err != nil {
		return err
	}
	if t.c.Changes() == 0 {
		return fault.New(fault.Conflict, "The %s was changed meanwhile; try again.", what)
	}
	return nil
}

// Agents implements store.AgentTx.
func (t *tx) Agents(f store.AgentFilter) ([]agent.Agent, error) {
	q := t.c.prepare(`SELECT ` + agentColumns + ` FROM agents a
 WHERE a.user_code > ?1 AND (?2 = '' OR a.partner_id = ?2) ORDER BY a.user_code LIMIT ?3`)
	return q.text(f.After, f.PartnerID).int(int64(f.Limit)).agents()
}

func (q *query) agents() (list []agent.Agent, err error) {
	for q.next() {
		list = append(list, q.readAgent()) // the number of open blocks is left
	}
	return list, wrap(q.err)
}

// HaveAgents implements store.AgentTx.
func (t *tx) HaveAgents(first, last string, limit int) (codes []string, err error) {
	q := t.c.prepare(`SELECT user_code FROM agents WHERE user_code BETWEEN ? AND ? ORDER BY user_code LIMIT ?`)
	for q.text(first, last).int(int64(limit)); q.next(); {
		codes = append(codes, q.str())
	}
	return codes, wrap(q.err)
}

// The user codes we give out; those an import brings may lie anywhere.
const (
	userCodeSetting = "next_user_code"
	firstUserCode   = 30000001
	lastUserCode    = 99999999
	codeSpan        = 1000 // how many are looked at in one go
)

// NewUserCode implements store.AgentTx.
func (t *tx) NewUserCode() (string, error) {
	value, err := t.Setting(userCodeSetting)
	if err != nil {
		return "", err
	}
	next, _ := strconv.Atoi(value)
	for next = max(next, firstUserCode); next <= lastUserCode; next += codeSpan {
		end := min(next+codeSpan-1, lastUserCode)
		taken, err := t.HaveAgents(strconv.Itoa(next), strconv.Itoa(end), 2*codeSpan)
		if err != nil {
			return "", err
		}
		for n := next; n <= end; n++ {
			if code := strconv.Itoa(n); !slices.Contains(taken, code) {
				return code, t.SetSetting(userCodeSetting, strconv.Itoa(n+1))
			}
		}
	}
	return "", fault.New(fault.Unavailable, "Every user code of eight digits is taken.")
}
