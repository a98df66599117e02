// Package audit owns the proof that no event was altered: the Merkle log over all events (RFC 6962), its
// signed heads (C2SP checkpoints), proofs that an event is in it, the form in which events are exported, and
// the Checker that goes through events and rows and tells what does not fit. It is pure: events and rows
// come in one by one, from a store or a file.
package audit
