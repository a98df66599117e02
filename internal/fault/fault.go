package fault

import (
	"errors"
	"fmt"
	"math"
	"runtime/debug"
	"strconv"
	"strings"
	"time"
)

// Code says what kind of fault happened; programs branch on it, never on the message.
type Code string

// The codes. Each dialect has one table that maps them to its own answers.
const (
	Invalid          Code = "invalid"           // one or more fields are missing or malformed; see Error.Fields
	Unauthenticated  Code = "unauthenticated"   // the caller could not be identified
	WrongInitiator   Code = "wrong_initiator"   // initiator_id is not the calling partner's
	Forbidden        Code = "forbidden"         // the caller is known, and may not do this
	SignInAgain      Code = "sign_in_again"     // the caller may do this, and must have signed in a moment ago
	UnknownAgent     Code = "unknown_agent"     // no such agent, or another partner's
	UnknownService   Code = "unknown_service"   // no such service in the catalogue
	AgentInactive    Code = "agent_inactive"    // the operator suspended or closed the agent
	NotFound         Code = "not_found"         // any other thing that does not exist
	Exists           Code = "exists"            // it is there already
	Conflict         Code = "conflict"          // the state does not permit it, or changed meanwhile
	CallReused       Code = "call_reused"       // a client_ref_id came again with another request
	CallSpent        Code = "call_spent"        // a client_ref_id came again, but its answer no longer holds
	TooLarge         Code = "too_large"         // the body is over the limit
	UnsupportedMedia Code = "unsupported_media" // the content type is not one we read
	NoRoute          Code = "no_route"          // no such address
	WrongMethod      Code = "wrong_method"      // the address exists, the method does not
	TooMany          Code = "too_many"          // a rate limit; see Error.RetryAfter
	Unavailable      Code = "unavailable"       // stopping, overloaded or the store refuses; try again
	Internal         Code = "internal"          // anything else: our fault
)

// Field is one bad field of a request: which, and what to do about it.
type Field struct {
	Name    string
	Problem string
}

// Error is the one error type. Message and Fields are always safe to show to the caller;
// Err is the cause, which only the log sees.
type Error struct {
	Code       Code
	Message    string
	Fields     []Field
	RetryAfter time.Duration
	Err        error
}

// Error gives code, message and cause: text for logs.
func (e *Error) Error() string {
	s := string(e.Code) + ": " + e.Message
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// New makes an error whose message may be shown to the caller.
func New(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// Wrap makes an error with a cause that only the log sees.
func Wrap(err error, code Code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...), Err: err}
}

// leastWait is what a caller who came too often is told to wait at least.
const leastWait = time.Second

// Later makes a TooMany: whoever gets it may try again after wait, and never sooner than leastWait.
func Later(wait time.Duration, format string, args ...any) *Error {
	e := New(TooMany, format, args...)
	e.RetryAfter = max(wait, leastWait)
	return e
}

// RetrySeconds is RetryAfter in whole seconds, rounded up, one at least.
func (e *Error) RetrySeconds() string {
	return strconv.Itoa(int(math.Ceil(max(e.RetryAfter, leastWait).Seconds())))
}

// CodeOf gives the code of err: "" for nil, Internal for an error that is not ours.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return Internal
}

// Is reports whether err carries code.
func Is(err error, code Code) bool { return CodeOf(err) == code }

// As gives err as an *Error. One that is not ours becomes Internal with a message that
// shows nothing of it. As(nil) is nil.
func As(err error) *Error {
	if err == nil {
		return nil
	}
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return &Error{Code: Internal, Message: ours, Err: err}
}

// ours is all that a caller is told of a fault that is none of theirs.
const ours = "Something went wrong on our side."

// Panicked makes of what recover gave an Internal, which says nothing of it but to the log. The cause has the
// stack, so it must be called by the deferred function that recovered.
func Panicked(value any) *Error {
	return Wrap(fmt.Errorf("panic: %v\n%s", value, debug.Stack()), Internal, ours)
}

// Fields collects the bad fields of one request, so that all are reported at once.
// The zero value is ready to use.
type Fields []Field

// Add records that the field name is bad and why.
func (f *Fields) Add(name, format string, args ...any) {
	*f = append(*f, Field{Name: name, Problem: fmt.Sprintf(format, args...)})
}

// Err is nil when nothing was added, else an Invalid error that names every field.
func (f Fields) Err() error {
	if len(f) == 0 {
		return nil
	}
	parts := make([]string, len(f))
	for i, x := range f {
		parts[i] = x.Name + " " + x.Problem
	}
	return &Error{Code: Invalid, Message: "Please correct: " + strings.Join(parts, "; ") + ".", Fields: f}
}
