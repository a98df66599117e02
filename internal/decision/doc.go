// Package decision answers over HTTP whether an agent may use a service: one question, many at once, and
// both in the words of AuthZEN. It reads questions, asks package registry and writes answers; why something
// is denied is known to package agent alone.
package decision
