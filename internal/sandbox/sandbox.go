package sandbox

// The published credentials: a partner's key pair and initiator_id, and the code of its agent.
const (
	DeveloperKey = "becbbce45f79c6f5109f848acd540567"
	AccessKey    = "d2fe1d99-6298-4af2-8cc5-d97dcf46df30"
	InitiatorID  = "9962981729"
	UserCode     = "20810200"

	// PartnerID is the partner that a sandbox makes for these credentials.
	PartnerID = "sandbox"
)
