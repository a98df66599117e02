package store

import "github.com/switchboard-platform/switchboard/internal/member"

// EraseTx takes what is personal out of rows, for good. Events stay as they are: see SubjectKeyTx.
type EraseTx interface {
	// EraseAgent takes out what other rows than the agent's own hold of the agent: who has its mobile
	// number, comments and places of its activations, reasons of the blocks on it, and the calls with keys
	// given, which are forgotten.
	EraseAgent(userCode, partnerID, mobile string, calls []CallKey) error

	// CallsAbout gives the keys of the calls remembered about an agent. It reads all calls.
	CallsAbout(userCode string) ([]CallKey, error)

	// EraseMember puts the row of an erased member, whose phone number is its ID, in the place of the one
	// that stood under a phone number. Conflict when that row has another Revision than m.
	EraseMember(msisdn string, m member.Member) error
}
