package store

import (
	"time"

	"github.com/switchboard-platform/switchboard/internal/webhook"
)

// WebhookTx keeps where partners want events delivered, and the deliveries. Directory reads the endpoints.
type WebhookTx interface {
	// SaveEndpoint adds an endpoint or replaces the one with its id, secrets included.
	SaveEndpoint(e webhook.Endpoint) error

	// RemoveEndpoint takes an endpoint out of the directory. Its deliveries can no longer be found; see
	// ForgetDeliveries.
	RemoveEndpoint(id string, at time.Time) error

	// Progress gives how an endpoint is doing; one that was never saved is zero but for its id.
	Progress(endpointID string) (webhook.Progress, error)

	// SaveProgress sets it.
	SaveProgress(p webhook.Progress) error

	// AddDelivery adds a delivery and gives it the next number of its endpoint's, from 1, never one that was given before. When no other
	// one of its line waits, or it has no line, it is due at once: its NextAt becomes its CreatedAt.
	AddDelivery(d *webhook.Delivery) error

	// SaveDelivery writes state, attempts and times of a delivery, and ends a claim. One that waits
	// keeps its NextAt if no earlier one of its line waits, and is not due otherwise; a later one of the
	// line that was due is so no more. When one is over, the next of its line becomes due at once (at
	// its DoneAt).
	SaveDelivery(d webhook.Delivery) error

	// Delivery gives a delivery. NotFound when there is none.
	Delivery(endpointID string, number uint64) (webhook.Delivery, error)

	// Deliveries lists deliveries by number.
	Deliveries(f DeliveryFilter) ([]webhook.Delivery, error)

	// CountWaiting gives how many deliveries of an endpoint wait.
	CountWaiting(endpointID string) (int, error)

	// ClaimDeliveries gives up to limit deliveries of an endpoint that are due at a time, those due longest
	// first, and makes them due at until instead: by then they have been saved, or whoever claimed them is
	// gone.
	ClaimDeliveries(endpointID string, at, until time.Time, limit int) ([]webhook.Delivery, error)

	// ReleaseDeliveries makes all claimed deliveries due at a time, when nobody is left who claimed them.
	ReleaseDeliveries(at time.Time) error

	// HastenDeliveries makes up to limit deliveries of an endpoint that are due after a time due at it, and
	// gives how many; those that are claimed are left alone.
	HastenDeliveries(endpointID string, at time.Time, limit int) (int, error)

	// NextDelivery gives when the first delivery of an endpoint is due; zero when none is.
	NextDelivery(endpointID string) (time.Time, error)

	// SaveAttempt adds an attempt.
	SaveAttempt(a webhook.Attempt) error

	// Attempts gives the attempts of a delivery, the first one first.
	Attempts(endpointID string, number uint64) ([]webhook.Attempt, error)

	// ForgetDeliveries forgets up to limit deliveries, with their attempts, that were made before a time
	// or whose endpoint was removed, whatever their state, and gives how many. The next of a line whose first
	// one is forgotten is due.
	ForgetDeliveries(before time.Time, limit int) (int, error)
}

// DeliveryFilter says which deliveries to list; zero fields do not restrict.
type DeliveryFilter struct {
	EndpointID string // required
	State      *webhook.State
	Since      time.Time // made at this time or later
	Before     uint64    // numbers before this one: the youngest first
	After      uint64    // numbers after this one: the oldest first, as with Oldest
	Oldest     bool      // the oldest first
	Limit      int       // at most so many; required
}
