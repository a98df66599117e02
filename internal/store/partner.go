package store

import "github.com/switchboard-platform/switchboard/internal/partner"

// PartnerTx writes partners and their keys; Store.Directory reads them.
type PartnerTx interface {
	// Directory gives partners, keys and services as this transaction sees them.
	Directory() (*Directory, error)

	// SavePartner adds or replaces a partner. Exists when another partner has its initiator id.
	SavePartner(p partner.Partner) error

	// SaveKey adds or replaces a developer key. Exists when another partner has the key.
	SaveKey(k partner.Key) error
}
