package fault_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard/internal/fault"
)

func TestCodeOf(t *testing.T) {
	t.Parallel()
	ours := fault.New(fault.Conflict, "It changed.")
	for _, c := range []struct {
		name string
		err  error
		want fault.Code
	}{
		{"nil", nil, ""},
		{"ours", ours, fault.Conflict},
		{"ours, wrapped", fmt.Errorf("while saving: %w", ours), fault.Conflict},
		{"ours, joined", errors.Join(io.EOF, ours), fault.Conflict},
		{"ours, around another", fault.Wrap(ours, fault.Exists, "It is there."), fault.Exists},
		{"not ours", io.EOF, fault.Internal},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := fault.CodeOf(c.err); got != c.want || !fault.Is(c.err, c.want) || fault.Is(c.err, fault.TooMany) {
				t.Errorf("the code is %q, want %q", got, c.want)
			}
		})
	}
}

// TestAs: an error that is not ours shows nothing of itself, and is still the cause.
func TestAs(t *testing.T) {
	t.Parallel()
	if fault.As(nil) != nil {
		t.Error("nil is a fault")
	}
	ours := fault.New(fault.Invalid, "No.")
	if got := fault.As(fmt.Errorf("in a handler: %w", ours)); got != ours {
		t.Errorf("ours becomes %v", got)
	}
	secret := errors.New("sql: password=hunter2")
	got := fault.As(secret)
	if got.Code != fault.Internal || got.Message != "Something went wrong on our side." || !errors.Is(got, secret) {
		t.Errorf("another's becomes %+v", got)
	}
}

// TestPanicked: whoever caused a panic is told nothing of it, and the log where it was.
func TestPanicked(t *testing.T) {
	t.Parallel()
	defer func() {
		got := fault.Panicked(recover())
		if got.Code != fault.Internal || got.Message != "Something went wrong on our side." {
			t.Errorf("a panic becomes %+v", got)
		}
		if cause := got.Unwrap().Error(); !strings.HasPrefix(cause, "panic: hunter2\n") || !strings.Contains(cause, "fault_test.TestPanicked") {
			t.Errorf("its cause is %s", cause)
		}
	}()
	panic("hunter2")
}

func TestError(t *testing.T) {
	t.Parallel()
	e := fault.Wrap(io.EOF, fault.Unavailable, "The file %s ends.", "x")
	if e.Message != "The file x ends." || e.Error() != "unavailable: The file x ends.: EOF" || !errors.Is(e, io.EOF) {
		t.Errorf("the error is %v", e)
	}
	if e := fault.New(fault.Exists, "100%"+"%"); e.Error() != "exists: 100%" || e.Unwrap() != nil {
		t.Errorf("the error is %v", e)
	}
}

func TestLater(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		wait, want time.Duration
		seconds    string
	}{
		{0, time.Second, "1"}, {time.Millisecond, time.Second, "1"}, {time.Minute, time.Minute, "60"}, {1001 * time.Millisecond, 1001 * time.Millisecond, "2"},
	} {
		e := fault.Later(c.wait, "Too many %s; try again later.", "requests")
		if e.Code != fault.TooMany || e.Message != "Too many requests; try again later." || e.RetryAfter != c.want || e.RetrySeconds() != c.seconds {
			t.Errorf("after %s: %+v, %s s", c.wait, e, e.RetrySeconds())
		}
	}
	if s := fault.New(fault.Unavailable, "Later.").RetrySeconds(); s != "1" {
		t.Errorf("who is not told how long waits %s s", s)
	}
}

func TestFields(t *testing.T) {
	t.Parallel()
	var f fault.Fields
	if err := f.Err(); err != nil {
		t.Errorf("no bad field gives %v", err)
	}
	f.Add("mobile", "must be %s", "ten digits")
	f.Add("dob", "is required")
	e := fault.As(f.Err())
	if e.Code != fault.Invalid || e.Message != "Please correct: mobile must be ten digits; dob is required." ||
		len(e.Fields) != 2 || e.Fields[0] != (fault.Field{Name: "mobile", Problem: "must be ten digits"}) {
		t.Errorf("the error is %+v", e)
	}
}
