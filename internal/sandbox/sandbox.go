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

// The sandbox's transaction switch.
const (
	SwitchID    = "sandbox"
	SwitchToken = "sandbox-switch"
)

// The sandbox's channel, and the members it has: those of the samples of the mobile banking API.
const (
	ChannelID     = "sandbox"
	ChannelSecret = "sandbox"

	MSISDN       = "254712345678"
	PIN          = "1234" // chosen by the member
	AppID        = "1099200912931023"
	IMSI         = "639020000000001"
	NationalID   = "23994857"
	MemberNumber = "012939"
	FullName     = "John Doe"

	// NewMSISDN is of a member whose PIN is still the issued one.
	NewMSISDN       = "254712345679"
	NewPIN          = "0000"
	NewIMSI         = "639020000000002"
	NewNationalID   = "23994858"
	NewMemberNumber = "012940"
	NewFullName     = "Jane Wanjiku"
)

// The sandbox's operators: an administrator, and a reviewer for what takes two.
const (
	OperatorName     = "operator"
	ReviewerName     = "reviewer"
	OperatorPassword = "sandbox"
)
