// Package member owns what a member of mobile banking is: who they are, the devices bound to them,
// the PIN rules, the ladder of wrong attempts, and what each call may do in which state. It is
// pure: it compares no PIN and knows no clock; a call's outcome and the time come in as arguments.
package member
