package webhook

import (
	"encoding/hex"
	"time"

	"github.com/switchboard-platform/switchboard/internal/event"
)

// Delivery is one message for one endpoint, and how far it has come.
type Delivery struct {
	EndpointID string
	Number     uint64 // its place among those of the endpoint, from 1
	MessageID  string // the same for every attempt, and for every endpoint the event is for
	Seq        uint64 // of the event; 0 for a test
	Kind       event.Kind
	Line       string // what it must keep its order with; "" for nothing
	Body       string // the JSON that is sent
	State      State
	Attempts   int // of the schedule it is in
	Tried      int // attempts ever made
	CreatedAt  time.Time
	NextAt     time.Time // when it is tried next; zero while it waits for another of its line, and once it is over
	DoneAt     time.Time // when it was delivered or given up
}

// State is where a delivery stands.
type State uint8

// The states.
const (
	Waiting   State = 0
	Delivered State = 1
	Failed    State = 2 // given up
)

// States gives every state there is.
func States() []State { return []State{Waiting, Delivered, Failed} }

// String is the state as commands and answers spell it.
func (s State) String() string { return [...]string{"waiting", "delivered", "failed"}[s%3] }

// ParseState reads what String wrote.
func ParseState(s string) (State, bool) {
	for _, x := range States() {
		if x.String() == s {
			return x, true
		}
	}
	return Waiting, false
}

// Test is the kind of a message that somebody asked for, to see whether it arrives.
const Test event.Kind = "webhook.test"

// New makes the delivery of an event to an endpoint; body is the JSON that says it.
func New(endpointID string, e event.Event, body string, now time.Time) Delivery {
	return Delivery{EndpointID: endpointID, MessageID: messageID(e.Hash), Seq: e.Seq, Kind: e.Kind, Line: e.Subject.String(), Body: body, CreatedAt: now}
}

// messageID names the message of an event. It comes from the event's hash, so that another event never gets
// it, not even after a database was restored and its numbers are given anew.
func messageID(h event.Hash) string { return "evt_" + hex.EncodeToString(h[:12]) }

// NewTest makes a test message, named after the request that asked for it.
func NewTest(endpointID, requestID, body string, now time.Time) Delivery {
	return Delivery{EndpointID: endpointID, MessageID: "test_" + requestID, Kind: Test, Body: body, CreatedAt: now}
}

// Attempt is one try, and how it ended.
type Attempt struct {
	EndpointID string
	Number     uint64 // of the delivery
	Attempt    int    // from 1, of all that were ever made
	URL        string // where it went
	At         time.Time
	Took       time.Duration
	Status     int    // of HTTP; 0 when there was no answer
	Problem    string // why there was none; "" when there was
	Header     string // the header lines of the answer
	Body       string // the first bytes of the answer

	RetryAfter time.Duration // what the answer asks for; not kept
}

// OK says whether the message arrived.
func (a *Attempt) OK() bool { return a.Status >= 200 && a.Status < 300 }
