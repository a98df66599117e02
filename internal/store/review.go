package store

import (
	"time"

	"github.com/switchboard-platform/switchboard/internal/agent"
)

// ReviewTx reads what waits for a review, and keeps who looks at it.
type ReviewTx interface {
	// Reviews lists the activations that wait for a review by when they began to, then user code, then service code. It
	// reads no more of them than it gives, unless it is asked for claimed ones, which are few.
	Reviews(f ReviewFilter) ([]Review, error)

	// ReviewTotals counts what waits, by service code; Over is what has waited since before a time.
	ReviewTotals(before time.Time) ([]ReviewTotal, error)

	// ClaimsHeld counts the reviews that somebody has claimed and holds at a time.
	ClaimsHeld(by string, at time.Time) (int, error)

	// Claim gives what was claimed of an activation last, without anybody when nothing ever was.
	Claim(userCode, serviceCode string) (agent.Claim, error)

	// SaveClaim adds or replaces the claim of an activation.
	SaveClaim(c agent.Claim) error
}

// Review is an activation that waits for a review.
type Review struct {
	Activation agent.Activation
	Agent      agent.Agent // of it whose it is, the names, city and state
	Claim      agent.Claim // as ReviewTx.Claim
}

// ReviewFilter says which reviews to list; zero fields do not restrict.
type ReviewFilter struct {
	ServiceCode string
	HeldAt      time.Time // only those that anybody has claimed and holds then
	After       ReviewKey
	Limit       int // at most so many; required
}

// ReviewKey is a place in the order of reviews.
type ReviewKey struct {
	Since       time.Time // Activation.WaitingSince
	UserCode    string
	ServiceCode string
}

// Key is the place of a review.
func (r *Review) Key() ReviewKey {
	return ReviewKey{r.Activation.WaitingSince, r.Activation.UserCode, r.Activation.ServiceCode}
}

// ReviewTotal is how much waits of one service.
type ReviewTotal struct {
	ServiceCode string
	Waiting     int
	Over        int       // has waited for too long
	Second      int       // was approved by the first of two
	Oldest      time.Time // since when the oldest waits
}
