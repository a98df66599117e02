package registry

import (
	"encoding/base64"
	"encoding/json"
	"time"

	"github.com/rs/xid"

	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/secret"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// purpose is what a challenge is for. One that was made for one thing is good for no other.
type purpose string

// The purposes.
const (
	toMakePasskey purpose = "challenge: make a passkey"
	toSignIn      purpose = "challenge: sign in with a passkey"
	toVisit       purpose = "challenge: sign in at the OpenID provider"
)

// challengeGood is how long a challenge can be answered.
const challengeGood = 5 * time.Minute

// challenge is what a browser was asked and has not answered yet. The browser keeps it, sealed under the master key, so
// that any node can judge the answer and nothing is written for people who turn back. Once answered, its id is
// remembered for as long as it would be good: it is answered once.
type challenge struct {
	ID         string    `json:"id"`
	Operator   string    `json:"operator,omitempty"`
	PasswordAt time.Time `json:"password_at,omitzero"` // see Proof
	Until      time.Time `json:"until"`
	State      []byte    `json:"state"` // what judges the answer
}

// sealChallenge gives the text that a browser keeps until it answers.
func (r *Registry) sealChallenge(to purpose, c challenge) (string, error) {
	c.ID, c.Until = xid.New().String(), r.Now().Add(challengeGood)
	plain, err := json.Marshal(c)
	if err != nil {
		return "", fault.Wrap(err, fault.Internal, "The challenge could not be written.")
	}
	sealed, err := r.sealer.Seal(secret.NewText(string(plain)), string(to))
	return base64.RawURLEncoding.EncodeToString(sealed), err
}

// openChallenge reads what sealChallenge wrote, for the same purpose, while it is good.
func (r *Registry) openChallenge(to purpose, text string) (c challenge, err error) {
	sealed, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return c, errChallengeOver(err)
	}
	plain, err := r.sealer.Open(sealed, string(to))
	if err == nil {
		err = json.Unmarshal([]byte(plain.Reveal()), &c)
	}
	if err != nil {
		return c, errChallengeOver(err)
	}
	if !r.Now().Before(c.Until) {
		return c, errChallengeOver(nil)
	}
	return c, nil
}

// spend notes that the challenge was answered, and refuses one that was already.
func (c challenge) spend(tx store.Tx) error {
	err := tx.SpendChallenge(c.ID, c.Until)
	if fault.Is(err, fault.Exists) {
		return errChallengeOver(err)
	}
	return err
}

func errChallengeOver(err error) error {
	return fault.Wrap(err, fault.Unauthenticated, "It took too long, or this was answered before. Begin again.")
}
