// Package body owns how the body of a request comes in: of which type it is, and how much of it is read.
package body
