// Package socket owns the Unix socket of the operator's API: paths of any length, a mode that lets
// only the owner in, and who is at the other end.
package socket
