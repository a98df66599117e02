// Package block owns Block: a reason why an agent, an activation, a service or a partner may not transact,
// with an owner who alone lifts it. It is pure: no clock, no store, no context.
package block
