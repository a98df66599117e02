// Package origin owns the question where a request came from: the address of the caller, seen
// through the proxies that the operator trusts and no others.
package origin
