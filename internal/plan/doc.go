// Package plan owns Plan: a change of many activations at once, or blocks on many, that is made, looked at,
// confirmed, applied at a pace, and can be undone as a whole; and Item, one activation or agent of it. It is
// pure: no clock, no store, no context.
package plan
