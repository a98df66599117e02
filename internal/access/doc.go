// Package access owns who calls besides partners' signatures and channels: Operator (a person at the
// desk, with roles), Switch (a transaction switch that asks for decisions), Token (a bearer secret of
// an operator, a switch or a partner), and what an operator signs in with: Account, Session, the rules of
// passwords, and the Tally of wrong ones. It is pure: no clock, no store, no context.
package access
