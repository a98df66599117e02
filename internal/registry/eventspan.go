package registry

import (
	"time"

	"github.com/switchboard-platform/switchboard/internal/store"
)

// eventSpan finds where in the record the events of a span of time are, without reading those before. Events come in the order of
// their commits, which is nearly that of their times: what one long request records, an import for instance, has the
// time at which it began, and may stand behind what was caused later.
type eventSpan struct {
	tx           store.Tx
	last         uint64    // the last event there is
	since, until time.Time // zero: from the beginning, to the end
}

// How closely a part of the record is looked at to find where a time is: in so many sections, each by so many events.
const (
	spanSections = 16
	spanSamples  = 4
	spanNarrow   = 512  // events: no closer look is worth while
	spanSlack    = 2000 // events on either side: requests that run side by side end in any order
)

// find gives the first event that may be of the span, and the one behind the last.
func (s *eventSpan) find() (from, before uint64, err error) {
	from, before = 1, s.last+1
	if !s.since.IsZero() {
		if from, _, err = s.turn(func(_, latest time.Time) bool { return !latest.Before(s.since) }); err != nil {
			return 0, 0, err
		}
	}
	if !s.until.IsZero() {
		_, before, err = s.turn(func(earliest, _ time.Time) bool { return !earliest.Before(s.until) })
	}
	from, before = from-min(spanSlack, from-1), min(before+spanSlack, s.last+1)
	return from, max(from, before), err
}

// turn finds the part of the record in which something begins to be so of the times of neighbouring events.
func (s *eventSpan) turn(is func(earliest, latest time.Time) bool) (from, before uint64, err error) {
	from, before = 1, s.last+1
	for before-from > spanNarrow {
		step := (before - from) / (spanSections * spanSamples)
		seqs := make([]uint64, 0, spanSections*spanSamples)
		for i := range uint64(spanSections * spanSamples) {
			seqs = append(seqs, from+i*step)
		}
		times, err := s.tx.EventTimes(seqs)
		if err != nil {
			return 0, 0, err
		}
		section := 0
		for section < spanSections && !is(bounds(times, seqs[section*spanSamples:(section+1)*spanSamples])) {
			section++
		}
		wide := step * spanSamples
		begin := from + uint64(max(section-1, 0))*wide
		if section < spanSections {
			before = min(before, from+uint64(section+1)*wide)
		}
		from = begin
	}
	return from, before, nil
}

// bounds gives the earliest and the latest time of some events.
func bounds(times map[uint64]time.Time, seqs []uint64) (earliest, latest time.Time) {
	for i, seq := range seqs {
		at := times[seq]
		if i == 0 || at.Before(earliest) {
			earliest = at
		}
		if i == 0 || at.After(latest) {
			latest = at
		}
	}
	return earliest, latest
}
