// Package fault owns the one error type of the project and its codes. A fault's message is
// always safe to show; its cause goes to the log alone. How a code looks on the wire is each
// dialect's business, in one table there.
package fault
