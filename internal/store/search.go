package store

import (
	"time"

	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/member"
)

// SearchTx finds agents and members by what is known of them. The terms by which they are found are no part of the record:
// registry.Indexer derives them from it, a moment after a change.
type SearchTx interface {
	// AddTerms adds terms; those that are there stay.
	AddTerms(terms []Term) error

	// DropTerms takes terms away for good; it is no error when one is not there.
	DropTerms(terms []Term) error

	// Terms lists terms by text, then id.
	Terms(f TermFilter) ([]Term, error)

	// CountTerms counts terms that begin with a text, up to a number.
	CountTerms(kind event.SubjectKind, prefix string, most int) (int, error)

	// NamedBetween gives the agents and members about which there are events after one and up to another that may have
	// changed their names or codes, in order of Seq.
	NamedBetween(after, upTo uint64) ([]event.Subject, error)

	// AgentsByCode gives those of the agents that there are, in no order.
	AgentsByCode(userCodes []string) ([]agent.Agent, error)

	// AgentsWithMobile gives user codes of agents of any partner whose mobile number begins with a text, by number. One may
	// be of an agent that has another number by now.
	AgentsWithMobile(prefix string, limit int) ([]string, error)

	// MembersByID gives those of the members that there are, by the ids that they have in events, in no order.
	MembersByID(ids []string) ([]member.Member, error)
}

// Term is a text by which an agent or a member is found: see package term.
type Term struct {
	Kind event.SubjectKind // event.Agent or event.Member
	Text string
	ID   string // the agent's user code, the member's phone number
}

// TermFilter says which terms to list.
type TermFilter struct {
	Kind   event.SubjectKind
	Prefix string   // with which they begin; required
	With   []string // beginnings of words that they have, each after a space
	Reach  int      // at most so many that begin with the prefix are looked at; required
	Limit  int      // at most so many; required
}

// EventSearchTx finds events.
type EventSearchTx interface {
	// FindEvents lists events, the youngest first.
	FindEvents(f EventFilter) ([]event.Event, error)

	// Chain lists the events of a subject from one on, following its chain back.
	Chain(s event.Subject, seq uint64, limit int) ([]event.Event, error)

	// OperatorsEvent gives the Seq of the n-th event before one that an operator caused, counted from 0; 0 when there are
	// not so many.
	OperatorsEvent(before uint64, n int) (uint64, error)

	// EventTimes gives when those of the events that there are were caused.
	EventTimes(seqs []uint64) (map[uint64]time.Time, error)
}

// EventFilter says which events to find. Zero fields do not restrict.
type EventFilter struct {
	SubjectKind event.SubjectKind
	Kind        string // or a family: "block.*"
	Actor       string // "operator:asha", or all of a kind: "operator"
	Service     string
	RequestID   string
	Since       time.Time // caused at this time or later …
	Until       time.Time // … and before this one
	From        uint64    // Seq of the first to look at …
	Before      uint64    // … and of the one behind the last; required
	Limit       int       // at most so many; required
}
