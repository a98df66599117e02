// Package event owns the record of a change: what an Event says, and the hash chain that binds
// the events of one subject (an agent, a member, a channel, …) to each other. It is pure: it
// stores nothing and knows no clock; time and identity come in as a Cause.
package event
