package store

import "github.com/switchboard-platform/switchboard/internal/agent"

// ServiceTx writes the catalogue; Directory reads it.
type ServiceTx interface {
	// SaveService adds or replaces a service.
	SaveService(s agent.Service) error
}
