package store

import "github.com/switchboard-platform/switchboard/internal/agent"

// ActivationTx reads and writes activations. Those of one agent come with AgentTx.Agent.
type ActivationTx interface {
	// CreateActivation adds the first activation of a service for an agent. Exists when there is one.
	CreateActivation(a agent.Activation) error

	// UpdateActivation writes a changed activation. was is the version its row had when it was
	// read (Head.Version); Conflict when the row no longer has it.
	UpdateActivation(a agent.Activation, was uint64) error

	// Activations lists activations by user code, then service code. With Waiting it reads only
	// those that wait for a reviewer, however many others there are.
	Activations(f ActivationFilter) ([]agent.Activation, error)
}

// ActivationFilter says which activations to list; zero fields do not restrict.
type ActivationFilter struct {
	Waiting      bool // only those a reviewer has still to look at
	Status       *agent.Status
	ServiceCode  string
	AfterUser    string // those after this user code …
	AfterService string // … and service code
	Limit        int    // at most so many; required
}
