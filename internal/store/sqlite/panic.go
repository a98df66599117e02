package sqlite

import (
	"fmt"
	"runtime/debug"
)

// panicError carries what a function panicked with, and where, to the log.
type panicError struct {
	value any
	stack []byte
}

func newPanic(value any) panicError { return panicError{value, debug.Stack()} }

func (p panicError) Error() string { return fmt.Sprintf("panic: %v\n%s", p.value, p.stack) }
