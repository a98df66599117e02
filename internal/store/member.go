package store

import (
	"time"

	"github.com/switchboard-platform/switchboard/internal/channel"
	"github.com/switchboard-platform/switchboard/internal/member"
)

// MemberTx reads and writes members.
type MemberTx interface {
	// Member gives a member by phone number. NotFound when there is none.
	Member(msisdn string) (*member.Member, error)

	// FindMember gives a member by member number or identity, whichever is not zero; identities are
	// compared in their normal form. Of several with the same identity it gives the first open one by
	// phone number, or else the first. NotFound when there is none.
	FindMember(number string, identity member.Identity) (*member.Member, error)

	// CreateMember adds a new member; its Revision becomes 1. Exists when the phone number or the
	// member number is taken.
	CreateMember(m member.Member) error

	// UpdateMember writes a changed member, whose Revision is still that of its row when it was
	// read; the row's becomes one more. Conflict when the row has another. ID, phone number and
	// member number never change.
	UpdateMember(m member.Member) error

	// Members lists members by phone number.
	Members(f MemberFilter) ([]member.Member, error)

	// HaveMembers gives those of the phone numbers from first to last that exist, in order, up to limit.
	HaveMembers(first, last string, limit int) ([]string, error)
}

// MemberFilter says which members to list; zero fields do not restrict.
type MemberFilter struct {
	After string // phone numbers after this one
	Limit int    // at most so many; required
}

// MemberCallTx remembers the calls of channels that show a PIN, by api_request_id.
type MemberCallTx interface {
	// MemberCall gives what is remembered under a key. NotFound when nothing is.
	MemberCall(key CallKey) (MemberCall, error)

	// SaveMemberCall remembers a call, replacing what was remembered under its key.
	SaveMemberCall(c MemberCall) error

	// ForgetMemberCalls forgets up to limit of the calls made before a time and says how many. It
	// goes in the order they were first saved and stops at the first that is to stay.
	ForgetMemberCalls(before time.Time, limit int) (int, error)
}

// MemberCall is one call of a channel for a member.
type MemberCall struct {
	Key         CallKey   // digest of the channel and its api_request_id
	Fingerprint [16]byte  // of what was asked, without PINs
	PINTag      [16]byte  // of the PINs, made with a key that is not in the store
	Begun       bool      // it is not answered yet
	Counted     bool      // of one begun: its attempt is on the member's tally
	Until       time.Time // of one begun: after this, whoever began it is taken for dead
	Answer      []byte    // the answer's body; empty when a repetition is to be asked anew
	At          time.Time
}

// ChannelTx writes channels and their secrets; Directory reads them.
type ChannelTx interface {
	// SaveChannel adds or replaces a channel.
	SaveChannel(c channel.Channel) error

	// SaveSecret adds or replaces a secret of a channel. Exists when another channel has its id.
	SaveSecret(s channel.Secret) error
}

// LadderTx writes the ladders; Directory reads them.
type LadderTx interface {
	// SaveLadder replaces the ladder for its kind of attempt.
	SaveLadder(l member.Ladder) error
}
