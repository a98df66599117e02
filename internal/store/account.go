package store

import (
	"time"

	"github.com/switchboard-platform/switchboard/internal/access"
)

// AccountTx keeps what operators sign in with. Nothing of it is in the Directory.
type AccountTx interface {
	// Account gives what an operator signs in with; nothing but the name when nothing was saved.
	Account(operator string) (access.Account, error)

	// Accounts gives all that were saved, by operator.
	Accounts() ([]access.Account, error)

	// SaveAccount adds or replaces what an operator signs in with.
	SaveAccount(a access.Account) error
}

// SessionTx keeps the sessions of operators. Nothing of them is in the Directory.
type SessionTx interface {
	// Session gives a session by its id. NotFound when there is none, or none any more.
	Session(id string) (access.Session, error)

	// Sessions gives the sessions of an operator, or with "" of all, the oldest first.
	Sessions(operator string) ([]access.Session, error)

	// SaveSession adds or replaces a session.
	SaveSession(s access.Session) error

	// SeeSession notes that a session was used at a time. It does not bring back one that is gone, nor go back in time.
	SeeSession(id string, at time.Time) error

	// DeleteSession takes a session away; false when there was none.
	DeleteSession(id string) (bool, error)

	// DeleteSessions takes all sessions of an operator away but one, "" for none, and gives how many.
	DeleteSessions(operator, but string) (int, error)

	// ForgetSessions takes those away that ended until a time, or were last seen until another, and gives how many.
	ForgetSessions(ended, seen time.Time) (int, error)
}

// TallyTx counts wrong passwords.
type TallyTx interface {
	// Tally gives what is counted about something; nothing but that when nothing is.
	Tally(about string) (access.Tally, error)

	// Tallies gives all that are locked after a time, by what they are about.
	Tallies(lockedAfter time.Time) ([]access.Tally, error)

	// SaveTally adds or replaces what is counted about something.
	SaveTally(t access.Tally) error

	// ForgetTally forgets what is counted about something.
	ForgetTally(about string) error

	// ForgetTallies forgets up to limit of those that count since before a time and were locked no later than it, and says how many.
	ForgetTallies(before time.Time, limit int) (int, error)
}
