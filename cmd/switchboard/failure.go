package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/switchboard-platform/switchboard/internal/fault"
)

// errHelpShown ends a command line that was answered with help, though none was asked for.
var errHelpShown = errors.New("help was shown")

// failure is an error with what the command line adds to it.
type failure struct {
	err    error
	remedy string // what to do next, a sentence; may be empty
	usage  bool   // the command line is wrong, and nothing was tried
}

func (f *failure) Error() string { return f.err.Error() }
func (f *failure) Unwrap() error { return f.err }

// usageError says that the command line of the command at path is wrong.
func usageError(path, format string, args ...any) error {
	err := fault.New("usage", format, args...)
	return &failure{err: err, usage: true, remedy: fmt.Sprintf("Run '%s --help' to see how it is used.", path)}
}

// withRemedy adds what to do next to err.
func withRemedy(err error, format string, args ...any) error {
	return &failure{err: err, remedy: fmt.Sprintf(format, args...)}
}

// failureView is an error in JSON.
type failureView struct {
	Code    fault.Code  `json:"code"`
	Message string      `json:"message"`
	Fields  []fieldView `json:"fields,omitempty"`
	Cause   string      `json:"cause,omitempty"`
	Remedy  string      `json:"remedy,omitempty"`
	listed  bool        // Message does nothing but join Fields
}

type fieldView struct {
	Field   string `json:"field"`
	Problem string `json:"problem"`
}

// report prints err on Err and gives the exit code.
func (c *cli) report(ctx context.Context, err error) int {
	code := exitFailed
	var f *failure
	if errors.As(err, &f) && f.usage || errors.Is(err, errHelpShown) {
		code = exitUsage
	}
	if errors.Is(err, errHelpShown) {
		return code
	}
	if errors.Is(err, errDenied) {
		return exitDenied
	}
	v := viewFailure(ctx, err)
	if c.json {
		e := json.NewEncoder(c.Err)
		e.SetEscapeHTML(false)
		_ = e.Encode(map[string]failureView{"error": v}) // nobody is left to tell
		return code
	}
	_, _ = io.WriteString(c.Err, c.failureText(v))
	return code
}

// viewFailure takes err apart. Unlike a server's caller, the person at the command line is shown
// the cause: the machine is theirs.
func viewFailure(ctx context.Context, err error) failureView {
	v := failureView{Code: fault.Internal, Message: err.Error()}
	var e *fault.Error
	if errors.As(err, &e) {
		v.Code, v.Message = e.Code, e.Message
		if e.Err != nil {
			v.Cause = e.Err.Error()
		}
		v.listed = len(e.Fields) > 1 && e.Message == fault.As(fault.Fields(e.Fields).Err()).Message
		for _, f := range e.Fields {
			v.Fields = append(v.Fields, fieldView{f.Name, f.Problem})
		}
	}
	var f *failure
	if errors.As(err, &f) {
		v.Remedy = f.remedy
	}
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return failureView{Code: "interrupted", Message: "interrupted", Remedy: v.Remedy}
	}
	return v
}

// failureText is the error for people. Several fields get a line each.
func (c *cli) failureText(v failureView) string {
	var b strings.Builder
	message := v.Message
	if v.listed {
		message = fmt.Sprintf("please correct these %d:", len(v.Fields))
	}
	fmt.Fprintf(&b, "%s %s\n", c.paint(c.Err, red, "switchboard:"), printable(message))
	if v.listed {
		for _, f := range v.Fields {
			fmt.Fprintf(&b, "  %s %s\n", printable(f.Field), printable(f.Problem))
		}
	}
	if v.Cause != "" {
		fmt.Fprintf(&b, "  cause: %s\n", printable(v.Cause))
	}
	if v.Remedy != "" {
		fmt.Fprintf(&b, "%s\n", v.Remedy)
	}
	return b.String()
}
