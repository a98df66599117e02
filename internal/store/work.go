package store

import (
	"context"
	"time"
)

// Work shares out what only one process may do at a time, and lets processes wake each other.
type Work interface {
	// Claim takes a piece of work for this process and a while, or prolongs that it has it; no time at all gives it
	// back. False when another process has it yet. The while begins after Claim was called and before it returns,
	// so whoever counts from the call counts right. A process that is gone loses what it had when the while is over.
	Claim(ctx context.Context, work string, d time.Duration) (bool, error)

	// Stir tells those who wait for a topic, in every process, that there may be something to do. What is said while
	// a process has lost its connection it does not hear: whoever waits looks now and again as well.
	Stir(topic string)

	// Stirred gives what receives after a Stir. Several of them may be heard as one, and one as several; of several
	// who wait for a topic in one process one hears it.
	Stirred(topic string) <-chan struct{}
}
