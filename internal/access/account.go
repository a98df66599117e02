package access

import (
	"encoding/hex"
	"time"

	"github.com/switchboard-platform/switchboard/internal/fault"
)

// Account is what an operator signs in with.
type Account struct {
	Operator   string
	Password   string    // its hash, of package secret; "" for none
	PasswordAt time.Time // when it was set
	MustChange bool      // somebody else chose it: it lets its owner choose another one, and do nothing else
	SignedInAt time.Time // last
}

// Way is how somebody signed in.
type Way string

// The ways.
const (
	ByPassword Way = "password"
	ByPasskey  Way = "passkey" // a password and a passkey
	ByOpenID   Way = "openid"
)

// Session is one browser in which an operator is signed in. Its token is known by a digest alone.
type Session struct {
	ID         string   // SessionID of Hash: shown in lists and events
	Hash       [32]byte // of package secret
	Operator   string
	Way        Way
	Address    string
	Agent      string // the browser, as it calls itself
	MustChange bool   // see Account
	CreatedAt  time.Time
	ProvenAt   time.Time // when its owner last proved who they are, with all that it takes; zero when nobody told
	SeenAt     time.Time // when it last asked for something, to the minute
	ExpiresAt  time.Time
}

// SessionPrefix begins the ids of sessions, and of nothing else.
const SessionPrefix = "session-"

// sessionIDBytes is how much of a digest an id is made of: too little to be of help to anybody, and enough for no two
// to be the same.
const sessionIDBytes = 10

// SessionID is the id of the session with a token of this digest.
func SessionID(hash [32]byte) string {
	return SessionPrefix + hex.EncodeToString(hash[:sessionIDBytes])
}

// seenEvery is how exactly it is known when a session was last used: noting it each time would make a write of each read.
const seenEvery = time.Minute

// Live says whether the session is good at a time: it ends at its end, and when it was not used for too long.
func (s Session) Live(at time.Time, idle time.Duration) bool {
	return at.Before(s.ExpiresAt) && at.Before(s.SeenAt.Add(idle))
}

// Stale says whether it is time to note that the session is in use.
func (s Session) Stale(at time.Time) bool { return at.Sub(s.SeenAt) >= seenEvery }

// FreshFor is how long ago somebody has proven who they are at most, for what leaves a way in behind it.
const FreshFor = 15 * time.Minute

// ProvenLately refuses a session whose owner proved too long ago who they are.
func (s Session) ProvenLately(at time.Time) error {
	if at.Sub(s.ProvenAt) <= FreshFor {
		return nil
	}
	return fault.New(fault.SignInAgain, "This opens a way in, tells a secret or takes a passkey away: it takes a sign-in of the last %d minutes.", int(FreshFor.Minutes()))
}

// maxAgent bounds what is kept of a browser's own account of itself, in bytes.
const maxAgent = 200

// BrowserName is as much of a User-Agent as is kept: its plain characters, up to a length.
func BrowserName(userAgent string) string {
	name := make([]byte, 0, min(len(userAgent), maxAgent))
	for i := 0; i < len(userAgent) && len(name) < maxAgent; i++ {
		if c := userAgent[i]; c >= ' ' && c <= '~' {
			name = append(name, c)
		}
	}
	return string(name)
}
