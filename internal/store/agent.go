package store

import "github.com/switchboard-platform/switchboard/internal/agent"

// AgentTx reads and writes agents.
type AgentTx interface {
	// Agent gives an agent with all its activations, by service code. UnknownAgent when there is none.
	Agent(userCode string) (*agent.Record, error)

	// AgentState gives what a change of an activation is decided on: like Agent, but of the agent
	// itself only user code, partner, standing and a Head that may be older than that of its
	// activations. UnknownAgent when there is none.
	AgentState(userCode string) (*agent.Record, error)

	// CreateAgent adds a new agent. Exists when the user code is taken.
	CreateAgent(a agent.Agent) error

	// UpdateAgent writes a changed agent. was is the version its row had when it was read
	// (Agent.Head.Version); Conflict when the row no longer has it.
	UpdateAgent(a agent.Agent, was uint64) error

	// AgentsByMobile gives the agents of a partner that have a mobile number, by user code.
	AgentsByMobile(partnerID, mobile string) ([]agent.Agent, error)

	// Agents lists agents by user code.
	Agents(f AgentFilter) ([]agent.Agent, error)

	// Records gives up to limit agents with their activations and open blocks, in brief (see
	// agent.Record.Brief), in order of user code, beginning after one.
	Records(after string, limit int) ([]*Record, error)

	// CountAgents gives how many agents there are.
	CountAgents() (int, error)

	// HaveAgents gives those of the user codes from first to last that exist, in order, up to limit.
	HaveAgents(first, last string, limit int) ([]string, error)

	// NewUserCode gives a user code that no agent has and that was never given before: eight digits.
	NewUserCode() (string, error)
}

// AgentFilter says which agents to list; zero fields do not restrict.
type AgentFilter struct {
	PartnerID string
	After     string // user codes after this one
	Limit     int    // at most so many; required
}
