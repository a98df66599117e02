package tables

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

// Record reads an agent, its activations and its open blocks. The first statement stays open while the second
// runs, so that both see the same commit without the cost of a transaction around them. (One
// statement with a join would be planned anew at every use: this SQLite looks at what is bound.)
func (c *Conn) Record(userCode string) (*agent.Record, error) {
	q := c.Prepare(selectAgent)
	if q.Text(userCode); !q.Next() {
		if q.Err != nil {
			return nil, q.Err
		}
		return nil, UnknownAgent()
	}
	r := &agent.Record{Agent: q.readAgent()}
	blocked := q.Num() > 0
	activations, err := c.Activations(r.Agent.UserCode)
	r.Activations = activations
	if err == nil && blocked {
		r.Blocks, err = c.openBlocks(r.Agent.UserCode)
	}
	return r, cmp.Or(err, q.Done())
}

// UnknownAgent is the fault of an agent that is not there.
func UnknownAgent() error { return fault.New(fault.UnknownAgent, "No such agent.") }

func (q *Query) readAgent() (a agent.Agent) {
	p := &a.Profile
	a.UserCode, a.PartnerID, a.Standing = q.Str(), q.Str(), agent.Standing(q.Num())
	p.Mobile, p.FirstName, p.MiddleName, p.LastName = q.Str(), q.Str(), q.Str(), q.Str()
	p.Address.City, p.Address.State = q.Str(), q.Str()
	a.CreatedAt, a.UpdatedAt, a.Head = q.Time(), q.Time(), q.readHead()
	p.PAN, p.Email, p.DOB, p.ShopName = q.Str(), q.Str(), q.Str(), q.Str()
	p.Address.Line, p.Address.Pincode, p.Address.District, p.Address.Area = q.Str(), q.Str(), q.Str(), q.Str()
	a.StandSince, a.LatLong, a.Devices, a.ErasedAt = q.Time(), q.Str(), agent.Devices(q.Str()), q.Time()
	return a
}

func (q *Query) bindAgent(a *agent.Agent) *Query {
	p := &a.Profile
	q.Text(a.PartnerID).Int(int64(a.Standing))
	q.Text(p.Mobile, p.FirstName, p.MiddleName, p.LastName, p.Address.City, p.Address.State)
	q.Int(store.Micro(a.CreatedAt), store.Micro(a.UpdatedAt)).Head(a.Head)
	q.Text(p.PAN, p.Email, p.DOB, p.ShopName, p.Address.Line, p.Address.Pincode, p.Address.District, p.Address.Area)
	return q.Int(store.Micro(a.StandSince)).Text(a.LatLong, string(a.Devices)).Int(store.Micro(a.ErasedAt))
}

// Agent implements store.AgentTx.
func (t *Tx) Agent(userCode string) (*agent.Record, error) { return t.c.Record(userCode) }

// SelectState reads what an agent's state is made of, a row for each activation: see AddState.
const (
	SelectState = `SELECT a.user_code, a.partner_id, a.standing, a.version, a.seq, a.hash, ` + activationColumns + `
 FROM agents a LEFT JOIN activations s ON s.user_code = a.user_code WHERE a.user_code = ? ORDER BY s.service_code`

	// SelectStates is for an array of agents, in no order.
	SelectStates = `SELECT a.user_code, a.partner_id, a.standing, a.version, a.seq, a.hash, ` + activationColumns + `
 FROM agents a LEFT JOIN activations s ON s.user_code = a.user_code WHERE a.user_code = ANY(?)`
)

// AddState adds a row of SelectState to a state, which is nil before the first. An agent without activations has
// one row, with nothing of an activation.
func AddState(r *agent.Record, row Stmt) *agent.Record {
	q := Row(row)
	a := agent.Agent{UserCode: q.Str(), PartnerID: q.Str(), Standing: agent.Standing(q.Num()), Head: q.readHead()}
	if r == nil {
		r = &agent.Record{Agent: a}
	}
	if q.ColumnLen(q.col) > 0 {
		r.Activations = append(r.Activations, q.readActivation(a.UserCode))
	}
	return r
}

// State reads an agent's state: see store.AgentTx.AgentState. nil when there is no such agent.
func (c *Conn) State(userCode string) (r *agent.Record, err error) {
	q := c.Prepare(SelectState)
	for q.Text(userCode); q.Next(); {
		r = AddState(r, q.Stmt)
	}
	return r, q.Err
}

// AgentState implements store.AgentTx.
func (t *Tx) AgentState(userCode string) (*agent.Record, error) { return t.c.Record(userCode) }

// CreateAgent implements store.AgentTx.
func (t *Tx) CreateAgent(a agent.Agent) error {
	if err := t.write(a.UserCode); err != nil {
		return err
	}
	q := t.c.Prepare(`INSERT INTO agents (user_code, partner_id, standing, mobile, first_name, middle_name, last_name,
 city, state, created_at, updated_at, version, seq, hash, pan, email, dob, shop_name, line, pincode, district, area,
 stand_since, latlong, devices, erased_at) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)`)
	return q.Text(a.UserCode).bindAgent(&a).Run()
}

// UpdateAgent implements store.AgentTx.
func (t *Tx) UpdateAgent(a agent.Agent, was uint64) error {
	if err := t.write(a.UserCode); err != nil {
		return err
	}
	q := t.c.Prepare(`UPDATE agents SET partner_id=?, standing=?, mobile=?, first_name=?, middle_name=?, last_name=?,
 city=?, state=?, created_at=?, updated_at=?, version=?, seq=?, hash=?, pan=?, email=?, dob=?, shop_name=?,
 line=?, pincode=?, district=?, area=?, stand_since=?, latlong=?, devices=?, erased_at=? WHERE user_code=? AND version=?`)
	return t.guarded(q.bindAgent(&a).Text(a.UserCode).Int(int64(was)), "agent "+a.UserCode)
}

// guarded runs a write that must hit one row; none means that somebody else changed it first.
func (t *Tx) guarded(q *Query, what string) error {
	if err := q.Run(); err != nil {
		return err
	}
	if !t.c.Changed() {
		return fault.New(fault.Conflict, "The %s was changed meanwhile; try again.", what)
	}
	return nil
}

// Agents implements store.AgentTx.
func (t *Tx) Agents(f store.AgentFilter) ([]agent.Agent, error) {
	q := t.c.Prepare(`SELECT ` + agentColumns + ` FROM agents a
 WHERE a.user_code > ?1 AND (?2 = '' OR a.partner_id = ?2) ORDER BY a.user_code LIMIT ?3`)
	return q.Text(f.After, f.PartnerID).Int(int64(f.Limit)).agents()
}

func (q *Query) agents() (list []agent.Agent, err error) {
	for q.Next() {
		list = append(list, q.readAgent()) // the number of open blocks is left
	}
	return list, q.Err
}

// Agents reads the agents that a condition on texts is true of.
func (c *Conn) Agents(where string, args ...string) ([]agent.Agent, error) {
	q := c.Prepare(`SELECT ` + agentColumns + ` FROM agents a WHERE ` + where)
	return q.Text(args...).agents()
}

// CountAgents implements store.AgentTx.
func (t *Tx) CountAgents() (int, error) {
	n, err := t.c.Number(`SELECT count(*) FROM agents`)
	return int(n), err
}

// HaveAgents implements store.AgentTx.
func (t *Tx) HaveAgents(first, last string, limit int) (codes []string, err error) {
	q := t.c.Prepare(`SELECT user_code FROM agents WHERE user_code BETWEEN ? AND ? ORDER BY user_code LIMIT ?`)
	for q.Text(first, last).Int(int64(limit)); q.Next(); {
		codes = append(codes, q.Str())
	}
	return codes, q.Err
}

// The user codes we give out; those an import brings may lie anywhere.
const (
	userCodeSetting = "next_user_code"
	firstUserCode   = 30000001
	lastUserCode    = 99999999
	codeSpan        = 1000 // how many are looked at in one go
)

// NewUserCode implements store.AgentTx.
func (t *Tx) NewUserCode() (string, error) {
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
