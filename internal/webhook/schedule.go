package webhook

import (
	"time"

	"github.com/switchboard-platform/switchboard/internal/event"
)

// Schedule gives how long after each attempt that failed the next one follows. The first attempt is made
// at once, so that there is one attempt more than entries.
func Schedule() []time.Duration {
	return []time.Duration{
		5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour,
		10 * time.Hour, 14 * time.Hour, 20 * time.Hour, 24 * time.Hour,
	}
}

// maxRetryAfter bounds how long a receiver can ask to be left alone.
const maxRetryAfter = 24 * time.Hour

// jitter is the share by which a wait is longer or shorter, at most.
const jitter = 0.1

// The statuses of HTTP that mean something of their own.
const (
	statusGone        = 410
	statusTooMany     = 429
	statusUnavailable = 503
)

// After decides what becomes of the delivery after an attempt that has just ended. random, from 0 to 1, spreads
// the next attempts of what failed together.
func (d Delivery) After(a Attempt, now time.Time, random float64) Delivery {
	d.Attempts, d.Tried = d.Attempts+1, d.Tried+1
	wait, again := d.wait(a, random)
	switch {
	case a.OK():
		d.State, d.NextAt, d.DoneAt = Delivered, time.Time{}, now
	case !again:
		d.State, d.NextAt, d.DoneAt = Failed, time.Time{}, now
	default:
		d.NextAt = now.Add(wait)
	}
	return d
}

// wait says how long to wait after a failed attempt; ok is false when it was the last one. A test is tried
// once: whoever asked for it waits for how it ends.
func (d *Delivery) wait(a Attempt, random float64) (w time.Duration, ok bool) {
	waits := Schedule()
	if d.Kind == Test || d.Attempts > len(waits) {
		return 0, false
	}
	w = waits[d.Attempts-1]
	w += time.Duration(jitter * (2*random - 1) * float64(w))
	if a.Status == statusTooMany || a.Status == statusUnavailable {
		w = max(w, min(a.RetryAfter, maxRetryAfter))
	}
	return w, true
}

// Again asks for a delivery that is over to be made once more, with the whole schedule before it.
func (d Delivery) Again(now time.Time) Delivery {
	d.State, d.Attempts, d.NextAt, d.DoneAt = Waiting, 0, now, time.Time{}
	return d
}

// Progress is how an endpoint is doing. It changes with the deliveries and is no part of the record.
type Progress struct {
	EndpointID   string
	Behind       uint64    // 0: it has got all events that were dispatched; else those up to this Seq
	FailingSince time.Time // the first attempt that failed after the last one that succeeded
}

// After notes how an attempt ended, and says why the endpoint is to be disabled, "" when it is not.
func (p Progress) After(kind event.Kind, a Attempt) (Progress, Reason) {
	switch {
	case a.OK():
		p.FailingSince = time.Time{}
	case a.Status == statusGone:
		return p, Gone
	case kind == Test: // of somebody who is about to find out what is wrong
	case p.FailingSince.IsZero():
		p.FailingSince = a.At
	case a.At.Sub(p.FailingSince) >= FailingFor:
		return p, Failing
	}
	return p, ""
}
