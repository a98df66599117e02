// Package agent owns what an Agent, a Service and an Activation are: their states, the table of
// transitions, and the rules their fields obey. It is pure: no context, no clock, no storage; time
// and identity come in with the event.Cause of a command.
package agent
