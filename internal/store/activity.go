package store

import "time"

// ActivityTx keeps how often things happened, in steps of time. It is no part of the record of changes.
type ActivityTx interface {
	// AddCounts adds to what is counted already. Invalid when a name or a label has a tab or a line feed.
	AddCounts(counts []Count) error

	// Counts tells what was counted in steps of a length that began at a time or later, in order of time, name and label.
	Counts(step time.Duration, from time.Time, tell func(Count)) error

	// ForgetCounts forgets what was counted in steps of a length that began before a time.
	ForgetCounts(step time.Duration, before time.Time) error

	// CountEvents counts the events after seq, at most the next limit of them, in steps of a minute, with the kind
	// of event as the label and no name. last is the Seq of the last one, after when there is none.
	CountEvents(after uint64, limit int) (counts []Count, last uint64, err error)
}

// Count says how often something happened in a step of time.
type Count struct {
	Step  time.Duration // whole seconds
	Start time.Time
	Name  string // what is counted
	Label string // of which kind, "" where there are none
	N     int64
}
