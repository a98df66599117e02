package store

import (
	"time"

	"github.com/switchboard-platform/switchboard/internal/agent"
)

// CallTx remembers calls that their caller named, so that a repetition gets the first answer.
type CallTx interface {
	// Call gives what is remembered under a key. NotFound when nothing is.
	Call(key CallKey) (Call, error)

	// CallsByReference gives up to limit calls whose keys begin with a digest, in order of the keys.
	CallsByReference(digest [8]byte, limit int) ([]Call, error)

	// SaveCall remembers a call. Exists when its key is taken.
	SaveCall(c Call) error

	// ForgetCalls forgets up to limit of the calls made before a time and says how many. It goes in
	// the order they were saved and stops at the first that is to stay.
	ForgetCalls(before time.Time, limit int) (int, error)
}

// CallKey is a digest of the client_ref_id alone, so that a call is found by it, and then one of whose call it is, where it
// went and its client_ref_id.
type CallKey [16]byte

// Call is a call that was answered.
type Call struct {
	Key         CallKey
	Fingerprint [16]byte // of what was asked
	UserCode    string   // the agent it was about
	ServiceCode string   // the service it was about, "" when it was about the agent
	State       agent.State
	Answer      []byte // the answer's body
	At          time.Time
}
