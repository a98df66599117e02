package trail

import (
	"math"
	"time"

	"github.com/switchboard-platform/switchboard"
)

// Wire makes the wire form of an entry.
func (e Entry) Wire() switchboard.LoggedRequest {
	return switchboard.LoggedRequest{Seq: e.Seq, At: e.At, RequestID: e.RequestID, Operation: e.Operation, Method: e.Method, Path: e.Path,
		Status: e.Status, Outcome: e.Outcome, Cause: e.Cause, Detail: e.Detail, Key: e.Key, Address: e.Address, DurationMS: millis(e.Took)}
}

// millis gives a duration in milliseconds, to the microsecond.
func millis(d time.Duration) float64 { return math.Round(d.Seconds()*1e6) / 1e3 }
